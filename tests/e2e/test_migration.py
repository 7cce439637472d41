"""A data directory of the first release's format is opened: all of it is there and is served."""

import gzip
from pathlib import Path

import pytest

STORE = Path(__file__).parent / "fixtures" / "format-1.redb.gz"


@pytest.fixture
def site(new_site, driver, origin):
    site = new_site(driver)
    site.data.mkdir(mode=0o700)
    (site.data / "control.redb").write_bytes(gzip.decompress(STORE.read_bytes()))
    return site.up()


def test_what_the_first_format_kept_is_there_and_serves(site, origin):
    v2 = site.v2
    assert {api["Name"] for api in v2.get_apis()["Items"]} == {"pets", "quick"}
    assert [api["Name"] for api in site.client(region="eu-west-1").get_apis()["Items"]] == ["there"]
    pets = v2.get_api(ApiId="petsapi001")
    assert (pets["Description"], pets["Version"], pets["Tags"]["team"]) == ("of pets", "7", "zoo")
    assert pets["CorsConfiguration"]["MaxAge"] == 5
    routes = {route["RouteKey"]: route for route in v2.get_routes(ApiId="petsapi001")["Items"]}
    assert set(routes) == {"GET /pets/{id}", "$default", "ANY /late/{proxy+}"}
    stages = {stage["StageName"]: stage for stage in v2.get_stages(ApiId="petsapi001")["Items"]}
    assert stages["prod"]["Description"] == "pinned"
    # Its origin was `b:1`; point the stage that deploys itself at one that is there.
    host = f"127.0.0.1:{origin.port}"
    v2.update_stage(ApiId="petsapi001", StageName="$default", StageVariables={"host": host})
    assert site.ask("/pets/7", host="petsapi001.execute-api.localhost").status == 200
    assert origin.requests[-1].target == "/v1/7"
    # And it can be changed in ways the first format did not know.
    made = v2.create_authorizer(ApiId="petsapi001", Name="gate", AuthorizerType="JWT",
                                IdentitySource=[],
                                JwtConfiguration={"Issuer": "https://i.example"})
    v2.update_route(ApiId="petsapi001", RouteId=routes["GET /pets/{id}"]["RouteId"],
                    AuthorizationType="JWT", AuthorizerId=made["AuthorizerId"])
    assert site.ask("/pets/7", host="petsapi001.execute-api.localhost").status == 401
