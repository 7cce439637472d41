"""APIs through boto3: spec sections 1.3, 1.5, 1.6, 1.7 and 1.9."""

import datetime
import re
import uuid

import pytest

from harness.errors import refused

ACCOUNT = "000000000000"


def missing_api(api_id):
    return f"Invalid API identifier specified {ACCOUNT}:{api_id}"


def new_api(v2, **members):
    return v2.create_api(**({"Name": "test", "ProtocolType": "HTTP"} | members))


def test_a_new_api_has_the_defaults_of_the_model(control, v2):
    answer = new_api(v2, Name="pets")
    metadata = answer.pop("ResponseMetadata")
    assert metadata["HTTPStatusCode"] == 201
    assert metadata["HTTPHeaders"]["content-type"].startswith("application/json")
    assert metadata["RequestId"]
    api_id = answer.pop("ApiId")
    assert re.fullmatch(r"[a-z0-9]{10}", api_id)
    age = datetime.datetime.now(datetime.UTC) - answer.pop("CreatedDate")
    assert abs(age.total_seconds()) < 60
    assert answer.pop("Tags", {}) == {}
    assert answer == {
        "ApiEndpoint": f"http://{api_id}.execute-api.localhost:{control.http}",
        "ApiKeySelectionExpression": "$request.header.x-api-key",
        "DisableExecuteApiEndpoint": False,
        "IpAddressType": "ipv4",
        "Name": "pets",
        "ProtocolType": "HTTP",
        "RouteSelectionExpression": "$request.method $request.path",
    }


def test_get_shows_what_create_answered(v2):
    made = new_api(v2, Description="of pets", Version="7", Tags={"team": "zoo"})
    shown = v2.get_api(ApiId=made["ApiId"])
    made.pop("ResponseMetadata"), shown.pop("ResponseMetadata")
    assert shown == made
    assert (shown["Description"], shown["Version"]) == ("of pets", "7")
    assert shown["Tags"] == {"team": "zoo"}


def test_update_changes_what_it_names_and_nothing_else(v2):
    made = new_api(v2, Description="before", Version="1")
    updated = v2.update_api(ApiId=made["ApiId"], Description="after")
    assert updated["ResponseMetadata"]["HTTPStatusCode"] == 200
    shown = v2.get_api(ApiId=made["ApiId"])
    assert (shown["Description"], shown["Version"], shown["Name"]) == ("after", "1", "test")
    assert shown["CreatedDate"] == made["CreatedDate"]
    v2.update_api(ApiId=made["ApiId"], DisableExecuteApiEndpoint=True, Name="renamed")
    shown = v2.get_api(ApiId=made["ApiId"])
    assert (shown["DisableExecuteApiEndpoint"], shown["Name"]) == (True, "renamed")
    assert shown["ApiEndpoint"] == made["ApiEndpoint"]


def test_delete_answers_204_and_the_api_is_gone_with_all_it_held(v2):
    api_id = new_api(v2, Target="http://127.0.0.1:9")["ApiId"]
    assert v2.delete_api(ApiId=api_id)["ResponseMetadata"]["HTTPStatusCode"] == 204
    for call in (
        lambda: v2.get_api(ApiId=api_id),
        lambda: v2.get_routes(ApiId=api_id),
        lambda: v2.get_stages(ApiId=api_id),
        lambda: v2.delete_api(ApiId=api_id),
        lambda: v2.update_api(ApiId=api_id, Name="x"),
    ):
        with refused("NotFoundException", 404, exactly=missing_api(api_id)):
            call()
    assert api_id not in [api["ApiId"] for page in pages(v2) for api in page["Items"]]


def test_an_api_nobody_made_is_not_found(v2):
    with refused("NotFoundException", 404, exactly=missing_api("aaaaaaaaaa")):
        v2.get_api(ApiId="aaaaaaaaaa")


def test_ids_are_case_sensitive_on_the_control_plane(v2):
    api_id = new_api(v2)["ApiId"]
    with refused("NotFoundException", 404):
        v2.get_api(ApiId=api_id.upper())


def test_two_apis_may_have_one_name(v2):
    name = f"twin-{uuid.uuid4().hex}"
    assert new_api(v2, Name=name)["ApiId"] != new_api(v2, Name=name)["ApiId"]


def test_quick_create_makes_a_route_an_integration_and_a_stage(v2):
    api_id = new_api(v2, Target="http://127.0.0.1:9/base")["ApiId"]
    [integration] = v2.get_integrations(ApiId=api_id)["Items"]
    [route] = v2.get_routes(ApiId=api_id)["Items"]
    [stage] = v2.get_stages(ApiId=api_id)["Items"]
    assert integration["ApiGatewayManaged"] is True
    assert integration["IntegrationType"] == "HTTP_PROXY"
    assert integration["IntegrationMethod"] == "ANY"
    assert integration["IntegrationUri"] == "http://127.0.0.1:9/base"
    assert integration["PayloadFormatVersion"] == "1.0"
    assert integration["ConnectionType"] == "INTERNET"
    assert integration["TimeoutInMillis"] == 30000
    assert route["ApiGatewayManaged"] is True
    assert route["RouteKey"] == "$default"
    assert route["Target"] == f"integrations/{integration['IntegrationId']}"
    assert stage["ApiGatewayManaged"] is True
    assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)
    assert stage["DeploymentId"]


def test_quick_create_takes_a_route_key(v2):
    api_id = new_api(v2, Target="http://127.0.0.1:9", RouteKey="GET /pets")["ApiId"]
    assert [route["RouteKey"] for route in v2.get_routes(ApiId=api_id)["Items"]] == ["GET /pets"]


def test_quick_create_of_a_bad_target_makes_nothing(v2):
    name = f"bad-{uuid.uuid4().hex}"
    with refused("BadRequestException", 400):
        new_api(v2, Name=name, Target="ftp://127.0.0.1/")
    assert name not in [api["Name"] for page in pages(v2) for api in page["Items"]]


@pytest.mark.parametrize(
    "members, parts",
    [
        ({"ProtocolType": "GRPC"}, ("HTTP", "WEBSOCKET")),
        ({"Name": ""}, ("ame",)),
        ({"Name": "x" * 129}, ("ame",)),
        ({"Description": "x" * 1025}, ("escription",)),
        ({"RouteKey": "GET /pets/"}, ("path parts appear to be invalid",)),
        ({"RouteSelectionExpression": "$request.body.action"}, ("outeSelectionExpression",)),
        (
            {"CorsConfiguration": {"AllowOrigins": ["*"], "AllowCredentials": True}},
            ("allow-credentials is not supported",),
        ),
    ],
)
def test_a_bad_value_is_refused_by_name(v2, members, parts):
    if "RouteKey" in members:
        members = members | {"Target": "http://127.0.0.1:9"}
    with refused("BadRequestException", 400, saying=parts):
        new_api(v2, **members)


def test_a_websocket_api_needs_its_expression(v2):
    with refused("BadRequestException", 400, saying="routeSelectionExpression"):
        v2.create_api(Name="sockets", ProtocolType="WEBSOCKET")
    made = v2.create_api(Name="sockets", ProtocolType="WEBSOCKET",
                         RouteSelectionExpression="$request.body.a")
    assert (made["ProtocolType"], made["RouteSelectionExpression"]) == (
        "WEBSOCKET", "$request.body.a")
    assert made["ApiEndpoint"].startswith("ws://")
    v2.delete_api(ApiId=made["ApiId"])


def pages(v2, size="50"):
    return v2.get_paginator("get_apis").paginate(PaginationConfig={"PageSize": int(size)})


def test_paging_over_more_than_a_hundred_apis(control):
    # A region of its own, so that the count is known.
    v2 = control.client(region="ap-south-1")
    made = {new_api(v2, Name=f"api-{number}")["ApiId"] for number in range(105)}
    assert len(made) == 105

    seen, token, rounds = [], None, 0
    while True:
        more = {"NextToken": token} if token else {}
        page = v2.get_apis(MaxResults="10", **more)
        seen += [api["ApiId"] for api in page["Items"]]
        rounds += 1
        token = page.get("NextToken")
        if not token:
            break
        assert len(page["Items"]) == 10
    assert rounds == 11
    assert len(seen) == 105 and set(seen) == made
    assert seen == sorted(seen), "lists come back sorted by id"

    by_paginator = [api["ApiId"] for page in pages(v2, 7) for api in page["Items"]]
    assert by_paginator == seen
    whole = v2.get_apis(MaxResults="500")
    assert len(whole["Items"]) == 105 and "NextToken" not in whole

    for api_id in seen:
        v2.delete_api(ApiId=api_id)
    assert v2.get_apis()["Items"] == []


def test_a_page_boundary_that_was_deleted_does_not_end_the_list(control):
    v2 = control.client(region="ap-south-2")
    made = sorted(new_api(v2)["ApiId"] for _ in range(5))
    first = v2.get_apis(MaxResults="2")
    v2.delete_api(ApiId=made[1])
    rest = v2.get_apis(MaxResults="10", NextToken=first["NextToken"])
    assert [api["ApiId"] for api in rest["Items"]] == made[2:]


@pytest.mark.parametrize("size", ["0", "-1", "ten", "1.5", ""])
def test_a_page_size_that_is_none_is_refused(v2, size):
    with refused("BadRequestException", 400, saying="axResults"):
        v2.get_apis(MaxResults=size)


def test_a_token_that_we_did_not_make_is_refused(v2):
    with refused("BadRequestException", 400, saying="oken"):
        v2.get_apis(NextToken="not one of ours")


def test_cors_is_kept_in_the_callers_case_and_deleted_whole(v2):
    cors = {
        "AllowOrigins": ["https://Example.com"],
        "AllowMethods": ["GET", "post"],
        "AllowHeaders": ["X-Api-Key"],
    }
    api_id = new_api(v2, CorsConfiguration=cors)["ApiId"]
    assert v2.get_api(ApiId=api_id)["CorsConfiguration"] == cors, "unset members stay absent"
    v2.update_api(ApiId=api_id, CorsConfiguration={"AllowOrigins": ["*"], "MaxAge": 60})
    shown = v2.get_api(ApiId=api_id)["CorsConfiguration"]
    assert shown["AllowOrigins"] == ["*"] and shown["MaxAge"] == 60
    deleted = v2.delete_cors_configuration(ApiId=api_id)
    assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert "CorsConfiguration" not in v2.get_api(ApiId=api_id)


def test_deleting_the_cors_of_an_api_nobody_made_is_not_found(v2):
    with refused("NotFoundException", 404, exactly=missing_api("aaaaaaaaaa")):
        v2.delete_cors_configuration(ApiId="aaaaaaaaaa")


def test_tags_of_an_api_and_of_a_stage(v2):
    api_id = new_api(v2, Tags={"kept": "1"})["ApiId"]
    v2.create_stage(ApiId=api_id, StageName="prod")
    api_arn = f"arn:aws:apigateway:us-east-1::/apis/{api_id}"
    stage_arn = f"{api_arn}/stages/prod"
    answer = v2.tag_resource(ResourceArn=api_arn, Tags={"a": "1", "b": "2"})
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    v2.tag_resource(ResourceArn=api_arn, Tags={"b": "3"})
    v2.tag_resource(ResourceArn=stage_arn, Tags={"stage": "yes: é / x"})
    assert v2.get_tags(ResourceArn=api_arn)["Tags"] == {"kept": "1", "a": "1", "b": "3"}
    assert v2.get_api(ApiId=api_id)["Tags"] == {"kept": "1", "a": "1", "b": "3"}
    assert v2.get_tags(ResourceArn=stage_arn)["Tags"] == {"stage": "yes: é / x"}
    gone = v2.untag_resource(ResourceArn=api_arn, TagKeys=["a", "never there"])
    assert gone["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert v2.get_tags(ResourceArn=api_arn)["Tags"] == {"kept": "1", "b": "3"}
    v2.untag_resource(ResourceArn=api_arn, TagKeys=["b", "kept"])
    assert v2.get_tags(ResourceArn=api_arn).get("Tags", {}) == {}


def test_a_resource_has_fifty_tags_at_most(v2):
    api_id = new_api(v2)["ApiId"]
    arn = f"arn:aws:apigateway:us-east-1::/apis/{api_id}"
    v2.tag_resource(ResourceArn=arn, Tags={f"k{n}": "v" for n in range(50)})
    with refused("BadRequestException", 400, saying="50"):
        v2.tag_resource(ResourceArn=arn, Tags={"one-more": "v"})
    assert len(v2.get_tags(ResourceArn=arn)["Tags"]) == 50


def test_tags_of_what_is_not_there_or_no_arn(v2):
    with refused("NotFoundException", 404):
        v2.get_tags(ResourceArn="arn:aws:apigateway:us-east-1::/apis/aaaaaaaaaa")
    with refused("BadRequestException", 400):
        v2.get_tags(ResourceArn="arn:aws:s3:::bucket")
    with refused("BadRequestException", 400):
        v2.tag_resource(ResourceArn="nonsense", Tags={"a": "b"})


def test_the_arn_of_another_region_is_not_ours(control, v2):
    api_id = new_api(control.client(region="eu-west-1"))["ApiId"]
    with refused(("NotFoundException", "BadRequestException")):
        v2.get_tags(ResourceArn=f"arn:aws:apigateway:us-east-1::/apis/{api_id}")


def test_an_api_with_a_custom_id_tag_gets_that_id(v2):
    wanted = "mypetstore"
    try:
        made = new_api(v2, Tags={"_custom_id_": wanted})
    except v2.exceptions.ConflictException:
        pytest.fail("the id was free")
    assert made["ApiId"] == wanted, "spec section 1.9: offer the emulators' custom id tag"
    with refused("ConflictException", 409):
        new_api(v2, Tags={"_custom_id_": wanted})
    v2.delete_api(ApiId=wanted)
