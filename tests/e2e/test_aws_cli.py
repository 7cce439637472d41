"""The AWS CLI from PyPI, unmodified."""

import json

import pytest

from harness.aws import aws_cli


@pytest.fixture
def aws(control):
    return aws_cli(control)


def test_from_create_api_to_a_live_route_and_back(aws, control, nginx):
    api = aws("create-api", "--name", "pets", "--protocol-type", "HTTP", "--target", nginx.url)
    api_id, host = api["ApiId"], f"{api['ApiId']}.execute-api.localhost"
    assert control.ask("/any/path?x=1", host=host).body == b"GET /any/path?x=1"

    integration = aws(
        "create-integration", "--api-id", api_id, "--integration-type", "HTTP_PROXY",
        "--integration-method", "ANY", "--payload-format-version", "1.0",
        "--integration-uri", f"{nginx.url}/animals/{{id}}",
    )
    target = f"integrations/{integration['IntegrationId']}"
    route = aws("create-route", "--api-id", api_id, "--route-key", "GET /pets/{id}",
                "--target", target)
    assert control.ask("/pets/7", host=host).body == b"GET /animals/7"

    routes = aws("get-routes", "--api-id", api_id)["Items"]
    assert sorted(route["RouteKey"] for route in routes) == ["$default", "GET /pets/{id}"]
    aws("delete-route", "--api-id", api_id, "--route-id", route["RouteId"])
    assert control.ask("/pets/7", host=host).body == b"GET /pets/7"

    assert api_id in [item["ApiId"] for item in aws("get-apis")["Items"]]
    aws("delete-api", "--api-id", api_id)
    assert control.ask("/pets/7", host=host).status == 403


def test_tags(aws):
    api_id = aws("create-api", "--name", "tagged", "--protocol-type", "HTTP")["ApiId"]
    arn = f"arn:aws:apigateway:us-east-1::/apis/{api_id}"
    aws("tag-resource", "--resource-arn", arn, "--tags", "team=zoo,cost=1")
    assert aws("get-tags", "--resource-arn", arn) == {"Tags": {"team": "zoo", "cost": "1"}}
    aws("untag-resource", "--resource-arn", arn, "--tag-keys", "cost")
    assert aws("get-tags", "--resource-arn", arn) == {"Tags": {"team": "zoo"}}


def test_the_cli_pages_by_itself(aws):
    for number in range(3):
        aws("create-api", "--name", f"page-{number}", "--protocol-type", "HTTP")
    by_pages = aws("get-apis", "--page-size", "1")["Items"]
    assert by_pages == aws("get-apis")["Items"] and len(by_pages) >= 3


def test_errors_are_shown_with_code_and_operation(aws):
    error = aws("get-api", "--api-id", "aaaaaaaaaa", code=255)
    assert "(NotFoundException)" in error and "GetApi" in error
    assert "Invalid API identifier specified 000000000000:aaaaaaaaaa" in error
    error = aws("list-portals", code=255)
    assert "(BadRequestException)" in error and "ListPortals" in error


def test_an_authorizer_closes_its_routes(aws, control, nginx):
    api_id = aws("create-api", "--name", "closed", "--protocol-type", "HTTP",
                 "--target", nginx.url)["ApiId"]
    authorizer = aws(
        "create-authorizer", "--api-id", api_id, "--authorizer-type", "JWT", "--name", "gate",
        "--identity-source", "$request.header.Authorization",
        "--jwt-configuration", "Audience=pets,Issuer=https://issuer.example",
    )
    assert authorizer["JwtConfiguration"] == {
        "Audience": ["pets"], "Issuer": "https://issuer.example"}
    route = aws("get-routes", "--api-id", api_id)["Items"][0]["RouteId"]
    aws("update-route", "--api-id", api_id, "--route-id", route, "--authorization-type", "JWT",
        "--authorizer-id", authorizer["AuthorizerId"])
    host = f"{api_id}.execute-api.localhost"
    assert control.ask("/any", host=host).status == 401
    error = aws("delete-authorizer", "--api-id", api_id, "--authorizer-id",
                authorizer["AuthorizerId"], code=255)
    assert "(ConflictException)" in error and "is referenced in route: $default" in error
    aws("update-route", "--api-id", api_id, "--route-id", route, "--authorization-type", "NONE")
    assert control.ask("/any", host=host).body == b"GET /any"
    aws("delete-authorizer", "--api-id", api_id, "--authorizer-id", authorizer["AuthorizerId"])


def test_a_custom_domain_name_as_traffic(aws, control, nginx):
    api = aws("create-api", "--name", "pets", "--protocol-type", "HTTP", "--target", nginx.url)
    api_id, name = api["ApiId"], "traffic.example.com"
    certificate = "arn:aws:acm:us-east-1:000000000000:certificate/x"
    aws("create-domain-name", "--domain-name", name, "--domain-name-configurations",
        f"CertificateArn={certificate}")
    mapping = aws("create-api-mapping", "--domain-name", name, "--api-id", api_id, "--stage",
                  "$default", "--api-mapping-key", "a/b")
    assert control.ask("/a/b/c", host=name).body == b"GET /c"
    aws("update-domain-name", "--domain-name", name, "--routing-mode", "ROUTING_RULE_ONLY")
    assert control.ask("/a/b/c", host=name).status == 403
    invoke = {"InvokeApi": {"ApiId": api_id, "Stage": "$default", "StripBasePath": True}}
    rule = aws("create-routing-rule", "--domain-name", name, "--priority", "1", "--conditions",
               json.dumps([{"MatchBasePaths": {"AnyOf": ["a"]}}]), "--actions",
               json.dumps([invoke]))
    assert control.ask("/a/b/c", host=name).body == b"GET /b/c"
    aws("delete-routing-rule", "--domain-name", name, "--routing-rule-id", rule["RoutingRuleId"])
    aws("delete-api-mapping", "--domain-name", name, "--api-mapping-id", mapping["ApiMappingId"])
    assert control.ask("/a/b/c", host=name).status == 403
    aws("delete-domain-name", "--domain-name", name)
    aws("delete-api", "--api-id", api_id)


def test_a_websocket_api_a_domain_name_and_a_vpc_link(aws):
    api_id = aws("create-api", "--name", "chat", "--protocol-type", "WEBSOCKET",
                 "--route-selection-expression", "$request.body.action")["ApiId"]
    route = aws("create-route", "--api-id", api_id, "--route-key", "send")["RouteId"]
    aws("create-route-response", "--api-id", api_id, "--route-id", route,
        "--route-response-key", "$default")
    aws("create-stage", "--api-id", api_id, "--stage-name", "prod", "--auto-deploy")
    aws("create-domain-name", "--domain-name", "cli.example.com", "--domain-name-configurations",
        "CertificateArn=arn:aws:acm:us-east-1:000000000000:certificate/x")
    mapping = aws("create-api-mapping", "--domain-name", "cli.example.com", "--api-id", api_id,
                  "--stage", "prod")
    error = aws("delete-api", "--api-id", api_id, code=255)
    assert "Please remove all API mappings for the API from your custom domain names" in error
    aws("delete-api-mapping", "--domain-name", "cli.example.com", "--api-mapping-id",
        mapping["ApiMappingId"])
    aws("delete-domain-name", "--domain-name", "cli.example.com")
    aws("delete-api", "--api-id", api_id)
    link = aws("create-vpc-link", "--name", "l", "--subnet-ids", "subnet-1", "subnet-2",
               "--tags", "ringgate:targets=10.0.0.7:80")
    assert (link["SubnetIds"], link["VpcLinkStatus"]) == (["subnet-1", "subnet-2"], "AVAILABLE")
    aws("delete-vpc-link", "--vpc-link-id", link["VpcLinkId"])
    assert aws("get-vpc-links") == {"Items": []}
