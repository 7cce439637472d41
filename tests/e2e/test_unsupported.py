"""What is not built yet answers a modelled error that says so by name, never a silent success."""

import pytest

from harness.errors import refused

DOMAIN = {"DomainName": "api.example.com"}
MODELLED = ("BadRequestException", "NotImplementedException")

V2_CALLS = {
    "create_vpc_link": {"Name": "x", "SubnetIds": ["subnet-1"]},
    "get_vpc_links": {},
    "get_vpc_link": {"VpcLinkId": "abc123"},
    "update_vpc_link": {"VpcLinkId": "abc123"},
    "delete_vpc_link": {"VpcLinkId": "abc123"},
    "create_domain_name": DOMAIN,
    "get_domain_names": {},
    "get_domain_name": DOMAIN,
    "update_domain_name": DOMAIN,
    "delete_domain_name": DOMAIN,
    "get_api_mappings": DOMAIN,
    "create_api_mapping": DOMAIN | {"ApiId": "abc", "Stage": "prod"},
    "list_routing_rules": DOMAIN,
    "import_api": {"Body": "{}"},
    "create_portal": {
        "Authorization": {"None": {}},
        "EndpointConfiguration": {"None": {}},
        "PortalContent": {"DisplayName": "pets", "Theme": {"CustomColors": {
            "AccentColor": "#000", "BackgroundColor": "#000", "ErrorValidationColor": "#000",
            "HeaderColor": "#000", "NavigationColor": "#000", "TextColor": "#000"}}},
    },
    "list_portals": {},
    "list_portal_products": {},
}

OF_AN_API = {
    "create_authorizer": {"AuthorizerType": "JWT", "Name": "x",
                          "IdentitySource": ["$request.header.Authorization"],
                          "JwtConfiguration": {"Issuer": "https://example.com"}},
    "get_authorizers": {},
    "get_authorizer": {"AuthorizerId": "abc123"},
    "update_authorizer": {"AuthorizerId": "abc123"},
    "delete_authorizer": {"AuthorizerId": "abc123"},
    "create_model": {"Name": "x", "Schema": "{}"},
    "get_models": {},
    "get_model": {"ModelId": "abc123"},
    "get_model_template": {"ModelId": "abc123"},
    "delete_model": {"ModelId": "abc123"},
    "export_api": {"OutputType": "JSON", "Specification": "OAS30"},
    "reimport_api": {"Body": "{}"},
    "create_route_response": {"RouteId": "abc1234", "RouteResponseKey": "$default"},
    "get_route_responses": {"RouteId": "abc1234"},
    "create_integration_response": {"IntegrationId": "abc1234",
                                    "IntegrationResponseKey": "$default"},
    "get_integration_responses": {"IntegrationId": "abc1234"},
    "reset_authorizers_cache": {"StageName": "prod"},
}

V1_CALLS = {
    "create_rest_api": {"name": "x"},
    "get_rest_apis": {},
    "get_rest_api": {"restApiId": "abc"},
    "import_rest_api": {"body": b"{}"},
    "get_resources": {"restApiId": "abc"},
    "put_method": {"restApiId": "abc", "resourceId": "def", "httpMethod": "GET",
                   "authorizationType": "NONE"},
    "get_account": {},
    "create_api_key": {"name": "x"},
    "get_usage_plans": {},
    "get_domain_names": {},
    "get_tags": {"resourceArn": "arn:aws:apigateway:us-east-1::/restapis/abc"},
}


def operation(call):
    """create_vpc_link to CreateVpcLink."""
    return "".join(word.capitalize() for word in call.split("_"))


@pytest.mark.parametrize("call", V2_CALLS)
def test_a_v2_operation_that_is_not_built_says_so_by_name(control, call):
    with refused(MODELLED, saying=operation(call)):
        getattr(control.v2, call)(**V2_CALLS[call])


@pytest.mark.parametrize("call", OF_AN_API)
def test_an_operation_on_an_api_that_is_not_built_says_so_by_name(control, call):
    api_id = control.v2.create_api(Name="unsupported", ProtocolType="HTTP")["ApiId"]
    with refused(MODELLED, saying=operation(call)):
        getattr(control.v2, call)(ApiId=api_id, **OF_AN_API[call])


@pytest.mark.parametrize("call", V1_CALLS)
def test_a_v1_operation_says_by_name_that_it_is_not_built(control, call):
    with refused(MODELLED, saying=operation(call)):
        getattr(control.client("apigateway"), call)(**V1_CALLS[call])


def test_an_operation_of_another_service_is_a_modelled_error(control):
    with refused(("BadRequestException", "MissingAuthenticationTokenException",
                  "InvalidSignatureException", "NotFoundException", "AccessDeniedException")):
        control.client("lambda").list_functions()
