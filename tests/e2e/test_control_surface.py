"""The control surface of apigatewayv2 through boto3: conflicts, what is in use, paging, scopes, and
each class of error with its exact code (spec sections 1.5, 1.6 and 2.18)."""

import json
import subprocess

import pytest

from harness.errors import refused

FUNCTION = ("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
            "arn:aws:lambda:us-east-1:000000000000:function:f/invocations")
CONFIGURATION = [{"CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/x"}]


@pytest.fixture
def api(v2):
    api_id = v2.create_api(Name="surface", ProtocolType="HTTP")["ApiId"]
    v2.create_stage(ApiId=api_id, StageName="dev")
    yield {"ApiId": api_id}
    v2.delete_api(ApiId=api_id)


@pytest.fixture
def chat(v2):
    made = v2.create_api(Name="chat", ProtocolType="WEBSOCKET",
                         RouteSelectionExpression="$request.body.action")
    yield {"ApiId": made["ApiId"]}
    v2.delete_api(ApiId=made["ApiId"])


@pytest.fixture
def domain(v2):
    v2.create_domain_name(DomainName="api.example.com", DomainNameConfigurations=CONFIGURATION)
    yield {"DomainName": "api.example.com"}
    v2.delete_domain_name(DomainName="api.example.com")


def jwt(v2, api, name="gate"):
    return v2.create_authorizer(**api, Name=name, AuthorizerType="JWT", IdentitySource=[],
                                JwtConfiguration={"Issuer": "https://i.example"})["AuthorizerId"]


def test_each_class_of_error_has_its_code(control, v2, api):
    with refused("NotFoundException", 404, exactly="Invalid Authorizer identifier specified"):
        v2.get_authorizer(**api, AuthorizerId="abc123")
    with refused("NotFoundException", 404, exactly="Invalid Model identifier specified abc123"):
        v2.get_model(**api, ModelId="abc123")
    with refused("NotFoundException", 404, exactly="Invalid VpcLink identifier specified abc123"):
        v2.get_vpc_link(VpcLinkId="abc123")
    missing = "The domain name resource specified in the request was not found."
    with refused("NotFoundException", 404, exactly=missing):
        v2.get_api_mappings(DomainName="none.example.com")
    v2.create_model(**api, Name="M", Schema="{}")
    with refused("ConflictException", 409):
        v2.create_model(**api, Name="M", Schema="{}")
    with refused("BadRequestException", 400, saying="Invalid model schema specified"):
        v2.create_model(**api, Name="N", Schema="[")
    for number in range(10):
        jwt(v2, api, f"n{number}")
    words = "Maximum number of Authorizers for this API has been reached (10)."
    with refused("TooManyRequestsException", 429, exactly=words):
        jwt(v2, api, "eleventh")
    status, body = control.control_socket("POST", f"/v2/apis/{api['ApiId']}/models", b'{"name":7}')
    assert (status, body["message"].split(" ('")[0]) == (
        400, "class java.lang.Integer can not be converted to an String")


def test_what_is_in_use_stays(v2, api, domain):
    authorizer = jwt(v2, api)
    route = v2.create_route(**api, RouteKey="GET /pets", AuthorizationType="JWT",
                            AuthorizerId=authorizer, AuthorizationScopes=["read"])
    in_use = "Cannot delete authorizer 'gate', is referenced in route: GET /pets"
    with refused("ConflictException", 409, exactly=in_use):
        v2.delete_authorizer(**api, AuthorizerId=authorizer)
    v2.delete_route(**api, RouteId=route["RouteId"])
    v2.delete_authorizer(**api, AuthorizerId=authorizer)
    mapping = v2.create_api_mapping(**domain, **api, Stage="dev")["ApiMappingId"]
    with refused("BadRequestException", 400, saying="Deleting stage dev failed"):
        v2.delete_stage(**api, StageName="dev")
    with refused("BadRequestException", 400, saying=f"Deleting API {api['ApiId']} failed"):
        v2.delete_api(**api)
    v2.delete_api_mapping(**domain, ApiMappingId=mapping)
    link = v2.create_vpc_link(Name="l", SubnetIds=[])["VpcLinkId"]
    integration = v2.create_integration(
        **api, IntegrationType="HTTP_PROXY", IntegrationMethod="GET", PayloadFormatVersion="1.0",
        ConnectionType="VPC_LINK", ConnectionId=link,
        IntegrationUri="arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/b/c")
    words = f"Cannot delete vpc link. Vpc link '{link}', is referenced in"
    with refused("BadRequestException", 400, saying=words):
        v2.delete_vpc_link(VpcLinkId=link)
    v2.delete_integration(**api, IntegrationId=integration["IntegrationId"])
    assert v2.delete_vpc_link(VpcLinkId=link)["ResponseMetadata"]["HTTPStatusCode"] == 202


def test_conflicts_in_the_words_of_aws(v2, api, domain):
    already = "The domain name you provided already exists."
    with refused("BadRequestException", 400, exactly=already):
        v2.create_domain_name(**domain, DomainNameConfigurations=CONFIGURATION)
    v2.create_api_mapping(**domain, **api, Stage="dev", ApiMappingKey="a/b")
    twice = "ApiMapping key already exists for this domain name"
    with refused("ConflictException", 409, exactly=twice):
        v2.create_api_mapping(**domain, **api, Stage="dev", ApiMappingKey="a/b")
    with refused("BadRequestException", 400, saying="may contain only letters, numbers and one of"):
        v2.create_api_mapping(**domain, **api, Stage="dev", ApiMappingKey="a b")
    with refused("BadRequestException", 400, exactly="Invalid stage identifier specified"):
        v2.create_api_mapping(**domain, **api, Stage="none", ApiMappingKey="c")
    action = [{"InvokeApi": {"ApiId": api["ApiId"], "Stage": "dev"}}]
    v2.create_routing_rule(**domain, Priority=1, Conditions=[], Actions=action)
    with refused("ConflictException", 409, saying="priority 1 already exists"):
        v2.create_routing_rule(**domain, Priority=1, Conditions=[], Actions=action)
    for mapping in v2.get_api_mappings(**domain)["Items"]:
        v2.delete_api_mapping(**domain, ApiMappingId=mapping["ApiMappingId"])
    for rule in v2.list_routing_rules(**domain)["RoutingRules"]:
        v2.delete_routing_rule(**domain, RoutingRuleId=rule["RoutingRuleId"])


def test_a_websocket_api_is_kept_whole(v2, chat):
    v2.create_model(**chat, Name="Message", Schema='{"type": "object"}')
    route = v2.create_route(**chat, RouteKey="send", RouteResponseSelectionExpression="$default",
                            ModelSelectionExpression="$request.body.kind",
                            RequestModels={"message": "Message"}, ApiKeyRequired=True)
    response = v2.create_route_response(**chat, RouteId=route["RouteId"],
                                        RouteResponseKey="$default")
    listed = v2.get_route_responses(**chat, RouteId=route["RouteId"])["Items"]
    assert [item["RouteResponseId"] for item in listed] == [response["RouteResponseId"]]
    mock = v2.create_integration(**chat, IntegrationType="MOCK",
                                 RequestTemplates={"200": '{"statusCode": 200}'},
                                 TemplateSelectionExpression="200")
    expression = "${integration.response.statuscode}"
    assert mock["IntegrationResponseSelectionExpression"] == expression
    v2.create_integration_response(**chat, IntegrationId=mock["IntegrationId"],
                                   IntegrationResponseKey="/2\\d\\d/")
    with refused("ConflictException", 409):
        v2.create_integration_response(**chat, IntegrationId=mock["IntegrationId"],
                                       IntegrationResponseKey="/2\\d\\d/")
    only = "Invalid authorizer type. Only REQUEST authorizer type is supported on WEBSOCKET"
    with refused("BadRequestException", 400, saying=only):
        jwt(v2, chat)
    cannot = "AuthorizerResultTtlInSeconds cannot be set for WEBSOCKET protocol Apis."
    with refused("BadRequestException", 400, exactly=cannot):
        v2.create_authorizer(**chat, Name="r", AuthorizerType="REQUEST", AuthorizerUri=FUNCTION,
                             IdentitySource=[], AuthorizerResultTtlInSeconds=0)
    connect = v2.create_authorizer(**chat, Name="r", AuthorizerType="REQUEST",
                                   AuthorizerUri=FUNCTION, IdentitySource=[])["AuthorizerId"]
    closed = {"AuthorizationType": "CUSTOM", "AuthorizerId": connect}
    with refused("BadRequestException", 400, saying="restricted to the $connect route only"):
        v2.create_route(**chat, RouteKey="other", **closed)
    assert v2.create_route(**chat, RouteKey="$connect", **closed)["AuthorizerId"] == connect
    with refused("BadRequestException", 400, saying="is for HTTP APIs only"):
        v2.update_api(**chat, CorsConfiguration={"AllowOrigins": ["*"]})


def test_tokens_are_good_for_the_list_that_gave_them(v2, api):
    for number in range(3):
        v2.create_model(**api, Name=f"M{number}", Schema="{}")
        jwt(v2, api, f"a{number}")
        v2.create_domain_name(DomainName=f"p{number}.example.com",
                              DomainNameConfigurations=CONFIGURATION)
    by_pages = v2.get_paginator("get_models").paginate(**api, PaginationConfig={"PageSize": 2})
    names = [model["Name"] for page in by_pages for model in page["Items"]]
    assert sorted(names) == ["M0", "M1", "M2"]
    token = v2.get_models(**api, MaxResults="2")["NextToken"]
    tampered = token[:-1] + ("0" if token[-1] != "0" else "1")
    for list_, wrong in (
        (lambda t: v2.get_models(**api, NextToken=t), tampered),
        (lambda t: v2.get_authorizers(**api, NextToken=t), token),
        (lambda t: v2.get_domain_names(NextToken=t), token),
        (lambda t: v2.get_vpc_links(NextToken=t), "bm8="),
    ):
        with refused("BadRequestException", 400, saying="Invalid nextToken"):
            list_(wrong)
    for number in range(3):
        v2.delete_domain_name(DomainName=f"p{number}.example.com")


def test_regions_are_apart(control, v2, domain):
    elsewhere = control.client(region="eu-west-1")
    link = v2.create_vpc_link(Name="here", SubnetIds=[])["VpcLinkId"]
    assert elsewhere.get_domain_names()["Items"] == elsewhere.get_vpc_links()["Items"] == []
    with refused("NotFoundException", 404):
        elsewhere.get_vpc_link(VpcLinkId=link)
    with refused("NotFoundException", 404):
        elsewhere.delete_domain_name(**domain)
    # The same name there is another one.
    made = elsewhere.create_domain_name(**domain, DomainNameConfigurations=CONFIGURATION)
    assert made["DomainNameArn"] == "arn:aws:apigateway:eu-west-1::/domainnames/api.example.com"
    elsewhere.delete_domain_name(**domain)
    v2.get_domain_name(**domain)
    v2.delete_vpc_link(VpcLinkId=link)


def test_accounts_are_apart(control, domain):
    """The control socket takes the scope from headers."""
    def domains(account):
        done = subprocess.run(
            ["curl", "-s", "--unix-socket", control.data / "control.sock",
             "-H", "x-ringgate-region: us-east-1", "-H", f"x-ringgate-account: {account}",
             "http://localhost/v2/domainnames"],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=True)
        return [item["domainName"] for item in json.loads(done.stdout)["items"]]

    assert domains("000000000000") == [domain["DomainName"]]
    assert domains("111122223333") == []


def test_tags_of_everything_that_has_them(v2, api, domain):
    link = v2.create_vpc_link(Name="l", SubnetIds=[])["VpcLinkId"]
    root = "arn:aws:apigateway:us-east-1::"
    for arn in (f"{root}/apis/{api['ApiId']}", f"{root}/apis/{api['ApiId']}/stages/dev",
                f"{root}/domainnames/{domain['DomainName']}", f"{root}/vpclinks/{link}"):
        v2.tag_resource(ResourceArn=arn, Tags={"team": "zoo", "cost": "1"})
        v2.untag_resource(ResourceArn=arn, TagKeys=["cost"])
        assert v2.get_tags(ResourceArn=arn)["Tags"] == {"team": "zoo"}, arn
    with refused("BadRequestException", 400, saying="in a tag 'ringgate:targets'"):
        v2.tag_resource(ResourceArn=f"{root}/vpclinks/{link}", Tags={"ringgate:targets": "host"})
    v2.delete_vpc_link(VpcLinkId=link)
