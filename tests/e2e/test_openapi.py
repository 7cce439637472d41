"""ImportApi, ReimportApi and ExportApi: five documents in the manner people publish, from the
document to traffic and back, and documents that mean no good."""

import json
import re
import time

import pytest
import yaml

from harness import node
from harness.aws import aws_cli
from harness.errors import refused
from harness.places import E2E

DOCUMENTS = E2E / "documents"
ORIGIN = "https://shop.example"


def text_of(name, backend):
    """A document whose backend is this one."""
    text = (DOCUMENTS / name).read_text(encoding="utf-8")
    return text.replace("https://backend.example", backend)


def stages(site, api_id, name, nginx):
    variables = {"backend": f"127.0.0.1:{nginx.port}", "version": "v7"}
    more = {"StageVariables": variables} if name == "stage-variables.yaml" else {}
    site.v2.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True, **more)
    if more:
        more["StageVariables"] = variables | {"version": "v8"}
        site.v2.create_stage(ApiId=api_id, StageName="next", AutoDeploy=True, **more)


# What is asked, and what the backend answers it was asked; or a status.
TRAFFIC = {
    "petstore.yaml": [
        ("GET", "/v3/pet/7", "GET /pets/7"), ("DELETE", "/v3/pet/7", "DELETE /pets/7"),
        ("PUT", "/v3/pet", "PUT /pets"), ("POST", "/v3/pet", "POST /pets"),
        ("GET", "/v3/pet/findByStatus?status=sold", "GET /pets/search?status=sold"),
        ("GET", "/v3/store/inventory", 500), ("GET", "/pet/7", 404), ("PATCH", "/v3/pet", 404),
    ],
    "cors.json": [("GET", "/articles", "GET /articles"), ("PUT", "/basket", "PUT /basket"),
                  ("POST", "/articles", 404)],
    "lambda.yaml": [("GET", "/health", "GET /health"), ("DELETE", "/orders", 404)],
    "stage-variables.yaml": [
        ("GET", "/items", "GET /v7/items"), ("POST", "/items", "POST /v7/items"),
        ("GET", "/items/9", "GET /v7/items/9"), ("GET", "/next/items/9", "GET /v8/items/9"),
    ],
    "greedy.json": [
        ("GET", "/api/a/b", "GET /read/a/b"), ("PUT", "/api/a/b", "PUT /write/a/b"),
        ("GET", "/api/users/5", "GET /user/5"), ("PUT", "/api/users/5", "PUT /write/users/5"),
        ("GET", "/other", "GET /nothing-else"),
    ],
}


def traffic(site, api_id, name):
    with site.wire() as wire:
        for method, path, wanted in TRAFFIC[name]:
            answer = wire.request(path, method=method, host=f"{api_id}.execute-api.localhost")
            if isinstance(wanted, int):
                assert answer.status == wanted, (method, path, answer)
            else:
                assert (answer.status, answer.body.decode()) == (200, wanted), (method, path)


def shape(v2, api_id):
    """Everything an API says, its ids aside."""
    api = v2.get_api(ApiId=api_id)
    said = {name: api.get(name) for name in
            ("Name", "Description", "Version", "CorsConfiguration", "DisableExecuteApiEndpoint",
             "IpAddressType", "Tags")}
    integrations = {item.pop("IntegrationId"): item
                    for item in v2.get_integrations(ApiId=api_id, MaxResults="500")["Items"]}
    authorizers = {item.pop("AuthorizerId"): item
                   for item in v2.get_authorizers(ApiId=api_id)["Items"]}
    routes = {}
    for route in v2.get_routes(ApiId=api_id, MaxResults="500")["Items"]:
        route.pop("RouteId")
        target = route.pop("Target", "").removeprefix("integrations/")
        route["integration"] = integrations.get(target)
        route["authorizer"] = authorizers.get(route.pop("AuthorizerId", None))
        routes[route["RouteKey"]] = route
    names = sorted(authorizer["Name"] for authorizer in authorizers.values())
    return said, routes, len(integrations), names


def export(v2, api_id, output="JSON", **more):
    body = v2.export_api(ApiId=api_id, Specification="OAS30", OutputType=output, **more)["body"]
    return body.read().decode()


def without_addresses(text):
    return re.sub(r"http://\w+\.execute-api[^\"]*", "", text)


@pytest.mark.parametrize("name", TRAFFIC)
def test_a_document_goes_round(gateway, nginx, name):
    v2 = gateway.v2
    how = {"Basepath": "prepend"} if name == "petstore.yaml" else {}
    made = v2.import_api(Body=text_of(name, nginx.url), FailOnWarnings=True, **how)
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert made["ProtocolType"] == "HTTP"
    api_id = made["ApiId"]
    assert v2.get_stages(ApiId=api_id)["Items"] == [], "a stage is for CreateStage, as on AWS"
    stages(gateway, api_id, name, nginx)
    traffic(gateway, api_id, name)
    wanted, exported = shape(v2, api_id), export(v2, api_id)
    as_yaml = export(v2, api_id, "YAML")
    assert yaml.safe_load(as_yaml) == json.loads(exported), "PyYAML reads the same"

    for text in (exported, as_yaml):
        twin = v2.import_api(Body=text, FailOnWarnings=True)["ApiId"]
        stages(gateway, twin, name, nginx)
        assert shape(v2, twin) == wanted
        assert without_addresses(export(v2, twin)) == without_addresses(exported)
        traffic(gateway, twin, name)
        v2.delete_api(ApiId=twin)

    routes = {route["RouteKey"]: route for route in v2.get_routes(ApiId=api_id)["Items"]}
    before = v2.get_stages(ApiId=api_id)["Items"]
    again = v2.reimport_api(ApiId=api_id, Body=as_yaml, FailOnWarnings=True)
    assert again["ResponseMetadata"]["HTTPStatusCode"] == 201 and again["ApiId"] == api_id
    assert shape(v2, api_id) == wanted
    after = {route["RouteKey"]: route for route in v2.get_routes(ApiId=api_id)["Items"]}
    assert after == routes, "what is the same keeps its id"
    assert v2.get_stages(ApiId=api_id)["Items"] == before, "and nothing was deployed"
    traffic(gateway, api_id, name)
    v2.delete_api(ApiId=api_id)


def test_cors_of_a_document_is_answered(gateway, nginx):
    api_id = gateway.v2.import_api(Body=text_of("cors.json", nginx.url))["ApiId"]
    stages(gateway, api_id, "cors.json", nginx)
    host = f"{api_id}.execute-api.localhost"
    preflight = {"Origin": ORIGIN, "Access-Control-Request-Method": "PUT"}
    answer = gateway.ask("/basket", method="OPTIONS", headers=preflight, host=host)
    assert answer.status == 204
    assert answer.get("access-control-allow-origin") == ORIGIN
    assert answer.get("access-control-max-age") == "3600"
    answer = gateway.ask("/articles", headers={"Origin": ORIGIN}, host=host)
    assert answer.get("access-control-expose-headers") == "x-total"


def test_a_reimport_changes_traffic_at_once_and_all_of_it(gateway, nginx):
    v2 = gateway.v2
    api_id = v2.import_api(Body=text_of("greedy.json", nginx.url))["ApiId"]
    stages(gateway, api_id, "greedy.json", nginx)
    host = f"{api_id}.execute-api.localhost"
    assert gateway.ask("/x", host=host).body == b"GET /nothing-else"
    v2.reimport_api(ApiId=api_id, Body=text_of("cors.json", nginx.url))
    assert gateway.ask("/articles", host=host).body == b"GET /articles"
    assert gateway.ask("/x", host=host).status == 404
    # A document that is refused changes nothing.
    with refused("BadRequestException", 400):
        v2.reimport_api(ApiId=api_id, Body=text_of("lambda.yaml", "ftp://backend"))
    assert gateway.ask("/articles", host=host).body == b"GET /articles"
    assert sorted(route["RouteKey"] for route in v2.get_routes(ApiId=api_id)["Items"]) == [
        "ANY /basket", "GET /articles"]


def test_an_export_of_a_stage_is_what_it_serves(control, nginx):
    v2 = control.v2
    api_id = v2.import_api(Body=text_of("cors.json", nginx.url))["ApiId"]
    deployment = v2.create_deployment(ApiId=api_id)["DeploymentId"]
    v2.create_stage(ApiId=api_id, StageName="prod", DeploymentId=deployment)
    v2.reimport_api(ApiId=api_id, Body=text_of("greedy.json", nginx.url))
    served = json.loads(export(v2, api_id, StageName="prod", ExportVersion="1.0"))
    assert sorted(served["paths"]) == ["/articles", "/basket"]
    assert served["servers"][0]["variables"] == {"basePath": {"default": "prod"}}
    assert "/api/{proxy+}" in json.loads(export(v2, api_id))["paths"]
    plain = export(v2, api_id, "YAML", StageName="prod", IncludeExtensions=False)
    assert "x-amazon" not in plain
    methods = ["delete", "get", "head", "options", "patch", "post", "put"]
    assert sorted(yaml.safe_load(plain)["paths"]["/basket"]) == methods
    with refused("NotFoundException", 404, saying="Invalid stage identifier"):
        export(v2, api_id, StageName="gone")
    with refused("NotFoundException", 404):
        export(v2, "none")


def test_warnings_are_told_and_refuse_where_they_are_to(control):
    v2 = control.v2
    body = json.dumps({"openapi": "3.0.1", "info": {"title": "w"}, "paths": {},
                       "components": {"schemas": {}}, "x-amazon-apigateway-policy": {}}, indent=1)
    made = v2.import_api(Body=body)
    assert made["Warnings"] == [
        "line 10, column 2: 'x-amazon-apigateway-policy' is for REST APIs; an HTTP API has no such "
        "thing (remove it)"]
    assert made["ImportInfo"] == [
        "line 8, column 3: 'schemas' has no effect: an HTTP API has no models"]
    count = len(v2.get_apis(MaxResults="500")["Items"])
    with refused("BadRequestException", 400, saying="Warnings found during import:\n\tline 10"):
        v2.import_api(Body=body, FailOnWarnings=True)
    assert len(v2.get_apis(MaxResults="500")["Items"]) == count


def test_the_aws_cli_imports_and_exports(control, nginx, tmp_path):
    aws = aws_cli(control)
    file, out = tmp_path / "api.yaml", tmp_path / "out.json"
    file.write_text(text_of("petstore.yaml", nginx.url), encoding="utf-8")
    made = aws("import-api", "--body", f"file://{file}", "--basepath", "split")
    assert made["Name"] == "Petstore" and made["Tags"] == {"team": "animals"}
    api_id = made["ApiId"]
    aws("export-api", "--api-id", api_id, "--specification", "OAS30", "--output-type", "JSON",
        str(out), reads=False)
    paths = json.loads(out.read_text(encoding="utf-8"))["paths"]
    assert sorted(paths) == ["/pet", "/pet/findByStatus", "/pet/{petId}", "/store/inventory"]
    again = aws("reimport-api", "--api-id", api_id, "--body", f"file://{out}",
                "--fail-on-warnings")
    assert again["ApiId"] == api_id
    file.write_text("openapi: 3.0.1\ninfo: [\n", encoding="utf-8")
    told = aws("reimport-api", "--api-id", api_id, "--body", f"file://{file}", code=255)
    assert "BadRequestException" in told and "line 3, column 1: not YAML" in told
    aws("delete-api", "--api-id", api_id)


def test_the_js_sdk_imports_and_exports(control):
    steps = node.run("openapi.mjs", control.endpoint, DOCUMENTS / "greedy.json")
    assert (steps["imported"], steps["reimported"], steps["same"]) == (201, 201, True)
    assert "info" not in steps, steps
    assert steps["paths"] == ["/$default", "/api/users/{id}", "/api/{proxy+}"]
    assert steps["routes"] == ["$default", "ANY /api/{proxy+}", "GET /api/users/{id}",
                               "GET /api/{proxy+}"]


HEAD = "openapi: 3.0.1\ninfo: {title: bad}\n"
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{at}: &a{at} [{f'*a{at - 1}, ' * 10}]\n" for at in range(1, 12))
HOSTILE = {
    "deep JSON": ('{"a":' * 100_000, "nested deeper than 100 levels"),
    "deep YAML": ("[" * 100_000, "recursion limit exceeded"),
    "deep blocks": ("".join(f"{' ' * at}a:\n" for at in range(2_000)), "nested deeper"),
    "aliases": (HEAD + BOMB, "the aliases of this document grow past every bound"),
    "an alias to itself": (HEAD + "x-a: &a [*a]", "line 3, column 10: an alias to itself"),
    "a circle": (HEAD + "paths: {/a: {$ref: '#/paths/~1a'}}",
                 "line 3, column 13: this reference leads on over more than 10 others"),
    "a circle of schemes": (
        HEAD + "paths: {}\ncomponents: {securitySchemes: {a: {$ref: "
        "'#/components/securitySchemes/a'}}}", "leads on over more than 10 others"),
    "twice in JSON": ('{"openapi": "3.0.1",\n "openapi": "3.0.1"}',
                      "line 2, column 2: 'openapi' stands twice in the same object"),
    "twice in YAML": (HEAD + "openapi: 3.0.1", "line 3, column 1: 'openapi' stands twice"),
    "many routes": (HEAD + "paths:\n" + "".join(f"  /p{at}: {{get: {{}}}}\n"
                                                for at in range(20_000)), "more than 300 routes"),
    "many unknown names": (HEAD + "paths: {}\nx-amazon-apigateway-policie: 1\n" + "".join(
        f"x-amazon-{at}: 1\n" for at in range(50_000)) + "paths: {}", "'paths' stands twice"),
    "long names": ('{"openapi": "3.0.1", "info": {"title": "x", "%s": 1}, "%s": 1}'
                   % ("t" * 1_000_000, "p" * 1_000_000), "the document has no 'paths'"),
    "not text": ("\x00\x01", "not YAML"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_document_is_refused_at_its_place(control, kind):
    text, words = HOSTILE[kind]
    began = time.monotonic()
    with refused("BadRequestException", 400, saying=["Errors found during import:\n\tline", words]):
        control.v2.import_api(Body=text)
    # No measurement: a reader that is of the wrong order takes minutes.
    assert time.monotonic() - began < 30


def test_a_document_that_is_too_large(control):
    with refused(("RequestEntityTooLargeException", "413"), 413):
        control.v2.import_api(Body=HEAD + "x-a: " + "a" * 6_500_000)


def test_what_is_no_document_at_all(control):
    with refused("BadRequestException", saying="the document is empty"):
        control.v2.import_api(Body="")
    chat = control.v2.create_api(Name="chat", ProtocolType="WEBSOCKET",
                                 RouteSelectionExpression="$request.body.action")["ApiId"]
    with refused("BadRequestException", saying="WebSocket"):
        control.v2.reimport_api(ApiId=chat, Body=HEAD + "paths: {}")
    with refused("BadRequestException", saying="WebSocket"):
        export(control.v2, chat)
    with refused("NotFoundException"):
        control.v2.reimport_api(ApiId="none", Body=HEAD + "paths: {}")
