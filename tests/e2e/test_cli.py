"""`ringgate apis, routes, apply, validate, status, completions, key` (issue: CLI)."""

import json

import pytest

from harness.site import Site

DOCUMENT = """openapi: 3.0.3
info:
  title: Pets
  version: "1.2"
paths:
  /pets/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
    get:
      responses: {"200": {description: a pet}}
      x-amazon-apigateway-integration:
        type: http_proxy
        httpMethod: GET
        uri: TARGET/animals/{id}
        payloadFormatVersion: "1.0"
  /any/{proxy+}:
    x-amazon-apigateway-any-method:
      x-amazon-apigateway-integration:
        type: HTTP_PROXY
        httpMethod: ANY
        uri: TARGET/any/{proxy}
        payloadFormatVersion: "1.0"
        timeoutInMillis: 5000
  $default:
    x-amazon-apigateway-any-method:
      x-amazon-apigateway-integration:
        type: http_proxy
        httpMethod: ANY
        uri: TARGET/rest
        payloadFormatVersion: "1.0"
x-amazon-apigateway-cors:
  allowOrigins: ["https://shop.example"]
  allowMethods: [GET]
"""


@pytest.fixture(scope="module")
def site():
    site = Site().up()
    yield site
    site.close()


def find(site, name):
    return [api for page in site.v2.get_paginator("get_apis").paginate() for api in page["Items"]
            if api["Name"] == name]


@pytest.fixture
def document(site, nginx, tmp_path):
    def write(text=DOCUMENT, name="pets.yaml", **replaced):
        path = tmp_path / name
        text = text.replace("TARGET", nginx.url)
        for old, new in replaced.items():
            assert old in text
            text = text.replace(old, new)
        path.write_text(text)
        return path

    yield write
    for api in find(site, "Pets"):
        site.v2.delete_api(ApiId=api["ApiId"])


def test_status_tells_generation_workers_and_driver(site):
    status = json.loads(site.cli("status", "-o", "json").stdout)
    [plane] = status["dataPlanes"]
    assert plane["driver"] in ("io_uring", "epoll")
    assert plane["workers"] >= 1
    assert plane["ackedGeneration"] == status["control"]["generation"] > 0
    assert plane["pid"] == site.pid("ringgated")
    assert status["control"]["pid"] == site.pid("ringgate-control")
    assert status["control"]["region"] == "us-east-1"
    table = site.cli("status").stdout
    assert plane["driver"] in table


def test_status_of_a_site_that_does_not_run_says_what_to_do(new_site):
    site = new_site()
    done = site.cli("status", check=False)
    assert done.returncode != 0
    assert "ringgate up" in done.stderr and str(site.data) in done.stderr


def test_apis_and_routes_as_tables_and_as_json(site, nginx):
    api = site.make_api({"GET /pets/{id}": nginx.url, "$default": nginx.url}, name="shown")
    listed = json.loads(site.cli("apis", "-o", "json").stdout)
    assert "shown" in [item["name"] for item in listed if item["apiId"] == api.id]
    assert api.id in site.cli("apis").stdout and "shown" in site.cli("apis").stdout
    routes = json.loads(site.cli("routes", api.id, "-o", "json").stdout)
    assert sorted(route["routeKey"] for route in routes) == ["$default", "GET /pets/{id}"]
    assert "GET /pets/{id}" in site.cli("routes", api.id).stdout
    done = site.cli("routes", "aaaaaaaaaa", check=False)
    assert done.returncode != 0 and "aaaaaaaaaa" in done.stderr


def test_more_than_a_page_of_apis_is_listed_whole(site):
    made = {site.v2.create_api(Name="many", ProtocolType="HTTP")["ApiId"] for _ in range(30)}
    listed = json.loads(site.cli("apis", "-o", "json").stdout)
    assert made <= {item["apiId"] for item in listed}
    for api_id in made:
        site.v2.delete_api(ApiId=api_id)


def test_apply_creates_an_api_that_serves(site, document):
    done = site.cli("apply", document())
    assert "GET /pets/{id}" in done.stdout
    [api] = find(site, "Pets")
    assert api["Version"] == "1.2"
    assert api["CorsConfiguration"]["AllowOrigins"] == ["https://shop.example"]
    host = f"{api['ApiId']}.execute-api.localhost"
    assert site.ask("/pets/7", host=host).body == b"GET /animals/7"
    assert site.ask("/any/a/b", host=host, method="PUT").body == b"PUT /any/a/b"
    assert site.ask("/else", host=host).body == b"GET /rest"


def test_apply_again_updates_the_same_api_with_the_difference_alone(site, document):
    site.cli("apply", document())
    [before] = find(site, "Pets")
    same = json.loads(site.cli("apply", document(), "-o", "json").stdout)
    assert same["apiId"] == before["ApiId"] and same["created"] is False
    route = site.v2.get_routes(ApiId=before["ApiId"])["Items"]
    changed = document(**{"/animals/{id}": "/beasts/{id}", "/any/{proxy+}": "/every/{proxy+}"})
    done = site.cli("apply", changed)
    assert "ANY /every/{proxy+}" in done.stdout and "ANY /any/{proxy+}" in done.stdout
    assert "$default" not in done.stdout, "what stays the same is not in the diff"
    [after] = find(site, "Pets")
    host = f"{after['ApiId']}.execute-api.localhost"
    assert after["ApiId"] == before["ApiId"]
    assert site.ask("/pets/7", host=host).body == b"GET /beasts/7"
    assert site.ask("/every/x", host=host).body == b"GET /any/x"
    assert site.ask("/any/x", host=host).body == b"GET /rest"
    kept = {r["RouteKey"]: r["RouteId"] for r in site.v2.get_routes(ApiId=after["ApiId"])["Items"]}
    for old in route:
        if old["RouteKey"] in kept:
            assert kept[old["RouteKey"]] == old["RouteId"], "routes keep their ids"


def test_dry_run_shows_the_same_diff_and_changes_nothing(site, document):
    path = document()
    dry = site.cli("apply", path, "--dry-run")
    assert "GET /pets/{id}" in dry.stdout
    assert find(site, "Pets") == []
    site.cli("apply", path)
    before = site.status()["control"]["storeRevision"]
    site.cli("apply", document(**{"/rest": "/other"}), "--dry-run")
    assert site.status()["control"]["storeRevision"] == before


def test_apply_takes_json_too(site, document, nginx):
    text = json.dumps({
        "openapi": "3.0.1", "info": {"title": "Pets", "version": "1"},
        "paths": {"/x": {"get": {"x-amazon-apigateway-integration": {
            "type": "http_proxy", "httpMethod": "GET", "uri": f"{nginx.url}/json",
            "payloadFormatVersion": "1.0"}}}},
    }, indent=2)
    site.cli("apply", document(text, "pets.json"))
    [api] = find(site, "Pets")
    assert site.ask("/x", host=f"{api['ApiId']}.execute-api.localhost").body == b"GET /json"


MISTAKES = {
    "a misspelt extension": ({"type: http_proxy\n        httpMethod: GET": "typ: http_proxy\n"
                              "        httpMethod: GET"}, 12, "type"),
    "a bad URI": ({"uri: TARGET/animals/{id}": "uri: ftp://backend/animals"}, 14, "http"),
    "an illegal path": ({"/pets/{id}:": "/pets/:"}, 6, "path"),
    "a timeout out of range": ({"timeoutInMillis: 5000": "timeoutInMillis: 50000"}, 23, "30"),
    "an unknown kind": ({"type: HTTP_PROXY": "type: HTTPS"}, 19, "HTTPS"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("command", ["validate", "apply"])
def test_a_mistake_is_shown_with_file_line_and_hint(site, tmp_path, command, mistake):
    replaced, line, part = MISTAKES[mistake]
    text = DOCUMENT
    for old, new in replaced.items():
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "bad.yaml"
    path.write_text(text.replace("TARGET", "http://127.0.0.1:9"))
    before = site.status()["control"]["storeRevision"]
    done = site.cli(command, path, check=False, data_dir=command == "apply")
    assert done.returncode != 0, done
    shown = done.stderr + done.stdout
    lines = [f"{path.name}:{number}:" for number in (line - 1, line, line + 1)]
    assert any(where in shown for where in lines), (lines, shown)
    assert part in shown, shown
    assert site.status()["control"]["storeRevision"] == before


def test_broken_yaml_is_shown_with_its_line(site, tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text("openapi: 3.0.3\ninfo: {title: Pets, version: '1'}\npaths:\n  /x: [\n")
    done = site.cli("validate", path, check=False, data_dir=False)
    assert done.returncode != 0
    assert "broken.yaml:" in done.stderr + done.stdout


def test_a_file_that_is_not_there(site, tmp_path):
    done = site.cli("apply", tmp_path / "gone.yaml", check=False)
    assert done.returncode != 0 and "gone.yaml" in done.stderr


def test_validate_needs_no_running_site(new_site, tmp_path):
    path = tmp_path / "good.yaml"
    path.write_text(DOCUMENT.replace("TARGET", "http://127.0.0.1:9"))
    done = new_site().cli("validate", path, data_dir=False)
    assert done.returncode == 0


def test_validate_as_json_lists_the_problems(site, tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(DOCUMENT.replace("TARGET/rest", "nonsense").replace("TARGET", "http://h:9"))
    done = site.cli("validate", path, "-o", "json", check=False, data_dir=False)
    assert done.returncode != 0
    [checked] = json.loads(done.stdout)
    assert checked["valid"] is False and checked["file"] == str(path)
    [problem] = checked["problems"]
    assert problem["line"] == 29 and problem["message"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions(new_site, shell):
    done = new_site().cli("completions", shell, data_dir=False)
    assert "ringgate" in done.stdout and "validate" in done.stdout


def test_a_new_key_signs_and_the_old_one_no_more(new_site):
    """`ringgate key new` replaces test/test, so that other addresses may be listened on."""
    site = new_site().up()
    made = json.loads(site.cli("key", "new", "-o", "json").stdout)
    key = made.get("accessKeyId")
    secret = made.get("secretAccessKey")
    assert key and secret and len(secret) >= 40, made.keys()
    assert "Items" in site.client(key=key, secret=secret).get_apis()


def test_an_unknown_command_gets_a_hint(new_site):
    done = new_site().cli("statsu", check=False, data_dir=False)
    assert done.returncode == 2 and "status" in done.stderr
