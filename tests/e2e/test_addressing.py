"""How an API is reached: Host and path forms, stages, variables (spec 2.1, 2.4; DESIGN 1)."""

import pytest

from harness.answers import BROKEN_INTEGRATION, FORBIDDEN, NOT_FOUND, assert_answer
from harness.errors import refused


@pytest.fixture
def pets(gateway, nginx):
    """One API with a default and a named stage."""
    api = gateway.make_api({"GET /pets/{id}": f"{nginx.url}/animals/{{id}}"})
    gateway.v2.create_stage(ApiId=api.id, StageName="prod", AutoDeploy=True)
    return api


@pytest.mark.parametrize(
    "host",
    [
        "{id}.execute-api.localhost",
        "{id}.execute-api.localhost:8080",
        "{id}.execute-api.us-east-1.amazonaws.com",
        "{ID}.EXECUTE-API.Example.org:1",
        "{id}.execute-api.localhost.localstack.cloud:4566",
    ],
)
def test_the_host_names_the_api(gateway, pets, host):
    host = host.format(id=pets.id, ID=pets.id.upper())
    answer = gateway.ask("/pets/7", host=host)
    assert (answer.status, answer.body) == (200, b"GET /animals/7")
    answer = gateway.ask("/prod/pets/7", host=host)
    assert (answer.status, answer.body) == (200, b"GET /animals/7")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8080", "anything.example"])
@pytest.mark.parametrize(
    "form",
    [
        "/_aws/execute-api/{id}/{stage}/pets/7?x=1",
        "/restapis/{id}/{stage}/_user_request_/pets/7?x=1",
    ],
)
@pytest.mark.parametrize("stage", ["prod", "$default"])
def test_the_path_names_the_api_where_the_host_does_not(gateway, pets, form, stage, host):
    answer = gateway.ask(form.format(id=pets.id, stage=stage), host=host)
    assert (answer.status, answer.body) == (200, b"GET /animals/7?x=1")


def test_path_forms_without_a_host_over_http_1_0(gateway, pets):
    path = f"/_aws/execute-api/{pets.id}/prod/pets/7"
    answer = gateway.ask(path, host=None, version="HTTP/1.0")
    assert (answer.status, answer.body) == (200, b"GET /animals/7")


def test_the_absolute_form_names_the_api_and_wins_over_host(pets):
    with pets.wire() as wire:
        answer = wire.request(f"http://{pets.host}/pets/7", host="elsewhere.example")
    assert (answer.status, answer.body) == (200, b"GET /animals/7")


def test_a_host_of_an_api_that_is_not_there_is_403_whatever_the_path(gateway, pets):
    host = "aaaaaaaaaa.execute-api.localhost"
    for path in ("/", "/pets/7", f"/_aws/execute-api/{pets.id}/prod/pets/7",
                 f"/restapis/{pets.id}/prod/_user_request_/pets/7"):
        assert_answer(gateway.ask(path, host=host), FORBIDDEN)


def test_a_host_that_names_no_api_is_403_without_a_target(gateway):
    for host in ("localhost", "www.example.com", "execute-api.localhost", "x.execute-apix.y"):
        assert_answer(gateway.ask("/", host=host), FORBIDDEN)


def test_path_forms_of_what_is_not_there(gateway, pets):
    for path in ("/_aws/execute-api/aaaaaaaaaa/prod/x",
                 "/restapis/aaaaaaaaaa/prod/_user_request_/"):
        answer = gateway.ask(path)
        assert answer.status in (403, 404), answer
    assert_answer(gateway.ask(f"/_aws/execute-api/{pets.id}/gone/pets/7"), NOT_FOUND)


def test_the_first_segment_is_a_stage_only_where_a_stage_has_its_name(gateway, nginx):
    api = gateway.make_proxy(nginx)
    gateway.v2.create_stage(ApiId=api.id, StageName="prod", AutoDeploy=True)
    assert api.ask("/prod/x").body == b"GET /x"
    assert api.ask("/production/x").body == b"GET /production/x"
    assert api.ask("/other/prod/x").body == b"GET /other/prod/x"


def test_an_api_without_a_default_stage_is_404_outside_its_stages(gateway, nginx):
    api = gateway.make_api({"GET /x": nginx.url}, stage="prod")
    assert api.ask("/prod/x").status == 200
    assert_answer(api.ask("/x"), NOT_FOUND)
    assert_answer(api.ask("/"), NOT_FOUND)
    assert_answer(api.ask("/prod"), NOT_FOUND)


def test_the_root_of_a_named_stage(gateway, nginx):
    api = gateway.make_api({"GET /": f"{nginx.url}/root"}, stage="prod")
    assert api.ask("/prod").body == b"GET /root"
    assert api.ask("/prod/").body == b"GET /root"
    assert api.ask("/prod?x=1").body == b"GET /root?x=1"


def test_a_stage_without_a_deployment_is_404(gateway, nginx):
    api = gateway.make_api({"GET /x": nginx.url}, auto_deploy=False)
    assert_answer(api.ask("/x"), NOT_FOUND)
    deployment_id = gateway.v2.create_deployment(ApiId=api.id)["DeploymentId"]
    assert_answer(api.ask("/x"), NOT_FOUND)
    gateway.v2.update_stage(ApiId=api.id, StageName="$default", DeploymentId=deployment_id)
    assert api.ask("/x").status == 200


def test_an_api_without_stages_is_404(gateway, nginx):
    api = gateway.make_api({"GET /x": nginx.url}, stage=None)
    assert_answer(api.ask("/x"), NOT_FOUND)


def test_a_deployment_is_frozen_and_a_stage_can_go_back(gateway, nginx):
    v2 = gateway.v2
    api = gateway.make_api({"GET /x": f"{nginx.url}/one"}, auto_deploy=False)
    first = v2.create_deployment(ApiId=api.id, StageName="$default")["DeploymentId"]
    v2.update_integration(ApiId=api.id, IntegrationId=api.integrations["GET /x"],
                          IntegrationUri=f"{nginx.url}/two")
    api.route("GET /y", f"{nginx.url}/y")
    assert api.ask("/x").body == b"GET /one", "not deployed, so not live"
    assert_answer(api.ask("/y"), NOT_FOUND)
    v2.create_deployment(ApiId=api.id, StageName="$default")
    assert api.ask("/x").body == b"GET /two"
    assert api.ask("/y").body == b"GET /y"
    v2.update_stage(ApiId=api.id, StageName="$default", DeploymentId=first)
    assert api.ask("/x").body == b"GET /one"
    assert_answer(api.ask("/y"), NOT_FOUND)


def test_turning_auto_deploy_off_freezes_what_is_live(gateway, nginx):
    api = gateway.make_api({"GET /x": f"{nginx.url}/one"})
    gateway.v2.update_stage(ApiId=api.id, StageName="$default", AutoDeploy=False)
    gateway.v2.update_integration(ApiId=api.id, IntegrationId=api.integrations["GET /x"],
                                  IntegrationUri=f"{nginx.url}/two")
    assert api.ask("/x").body == b"GET /one"
    gateway.v2.update_stage(ApiId=api.id, StageName="$default", AutoDeploy=True)
    assert api.ask("/x").body == b"GET /two"


def test_stage_variables_fill_uris_and_are_live_at_once(gateway, nginx):
    api = gateway.make_api(
        {"GET /x": "http://${stageVariables.host}/${stageVariables.base}/x"},
        variables={"host": f"127.0.0.1:{nginx.port}", "base": "blue"},
    )
    gateway.v2.create_stage(ApiId=api.id, StageName="prod", AutoDeploy=True, StageVariables={
        "host": f"127.0.0.1:{nginx.port}", "base": "green"})
    assert api.ask("/x").body == b"GET /blue/x"
    assert api.ask("/prod/x").body == b"GET /green/x"
    gateway.v2.update_stage(ApiId=api.id, StageName="prod", StageVariables={"base": "red"})
    assert api.ask("/prod/x").body == b"GET /red/x"
    assert api.ask("/x").body == b"GET /blue/x"


def test_variables_are_live_on_a_stage_that_does_not_deploy_itself(gateway, nginx):
    api = gateway.make_api({"GET /x": f"{nginx.url}/${{stageVariables.v}}"}, auto_deploy=False,
                           variables={"v": "one"})
    gateway.v2.create_deployment(ApiId=api.id, StageName="$default")
    assert api.ask("/x").body == b"GET /one"
    gateway.v2.update_stage(ApiId=api.id, StageName="$default", StageVariables={"v": "two"})
    assert api.ask("/x").body == b"GET /two"


def test_a_missing_stage_variable_breaks_its_route_alone(gateway, nginx):
    api = gateway.make_api({
        "GET /broken": f"{nginx.url}/${{stageVariables.missing}}",
        "GET /whole": f"{nginx.url}/whole",
    })
    assert_answer(api.ask("/broken"), BROKEN_INTEGRATION)
    assert api.ask("/whole").body == b"GET /whole"
    gateway.v2.update_stage(ApiId=api.id, StageName="$default", StageVariables={"missing": "found"})
    assert api.ask("/broken").body == b"GET /found"


def test_a_disabled_endpoint_is_404_and_comes_back(gateway, nginx):
    api = gateway.make_api({"GET /x": f"{nginx.url}/x"})
    gateway.v2.update_api(ApiId=api.id, DisableExecuteApiEndpoint=True)
    assert_answer(api.ask("/x"), NOT_FOUND)
    gateway.v2.update_api(ApiId=api.id, DisableExecuteApiEndpoint=False)
    assert api.ask("/x").body == b"GET /x"


def test_a_deleted_stage_and_a_deleted_api_are_gone_at_once(gateway, pets):
    with pets.wire() as wire:
        assert wire.request("/prod/pets/7").status == 200
        gateway.v2.delete_stage(ApiId=pets.id, StageName="prod")
        assert_answer(wire.request("/prod/pets/7"), NOT_FOUND)
        gateway.v2.delete_api(ApiId=pets.id)
        assert_answer(wire.request("/pets/7"), FORBIDDEN)
        with refused("NotFoundException"):
            gateway.v2.get_api(ApiId=pets.id)


def test_connections_path_of_an_http_api_is_404(gateway, nginx):
    api = gateway.make_api({"GET /x": nginx.url})
    assert_answer(api.ask("/@connections/abc"), NOT_FOUND)


@pytest.mark.parametrize(
    "template, wanted",
    [
        (None, "http://{id}.execute-api.localhost:{port}"),
        ("https://{api}.execute-api.{region}.amazonaws.com",
         "https://{id}.execute-api.us-east-1.amazonaws.com"),
        ("http://gateway.example/{api}", "http://gateway.example/{id}"),
    ],
)
def test_the_public_endpoint_shapes_api_endpoint(new_site, template, wanted):
    flags = ["--public-endpoint", template] if template else []
    site = new_site().up(*flags)
    api = site.v2.create_api(Name="shaped", ProtocolType="HTTP")
    assert api["ApiEndpoint"] == wanted.format(id=api["ApiId"], port=site.http)
