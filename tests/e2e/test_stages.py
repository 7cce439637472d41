"""Stages and deployments through boto3: spec sections 1.7 and 1.10."""

import re

import pytest

from harness.errors import refused

NO_STAGE = "Invalid stage identifier specified"


@pytest.fixture
def api_id(v2):
    """An API with one route, no stage, no deployment."""
    api_id = v2.create_api(Name="stages", ProtocolType="HTTP")["ApiId"]
    v2.create_route(ApiId=api_id, RouteKey="GET /")
    return api_id


def deployments(v2, api_id):
    return v2.get_deployments(ApiId=api_id, MaxResults="500")["Items"]


def test_a_new_stage_has_the_defaults_of_the_model(v2, api_id):
    answer = v2.create_stage(ApiId=api_id, StageName="prod")
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 201
    assert answer.pop("CreatedDate") and answer.pop("LastUpdatedDate")
    answer.pop("AutoDeploy", None)
    assert answer == {
        "DefaultRouteSettings": {"DetailedMetricsEnabled": False},
        "RouteSettings": {},
        "StageName": "prod",
        "StageVariables": {},
        "Tags": {},
    }
    assert "DeploymentId" not in v2.get_stage(ApiId=api_id, StageName="prod")


def test_the_default_stage_by_its_escaped_name(v2, api_id):
    v2.create_stage(ApiId=api_id, StageName="$default")
    assert v2.get_stage(ApiId=api_id, StageName="$default")["StageName"] == "$default"
    v2.delete_stage(ApiId=api_id, StageName="$default")
    with refused("NotFoundException", 404, exactly=NO_STAGE):
        v2.get_stage(ApiId=api_id, StageName="$default")


def test_one_name_one_stage(v2, api_id):
    v2.create_stage(ApiId=api_id, StageName="prod")
    with refused("ConflictException", 409):
        v2.create_stage(ApiId=api_id, StageName="prod")


@pytest.mark.parametrize("name", ["", "a/b", "a b", "$other", "x" * 129, "ü"])
def test_a_bad_stage_name_is_refused(v2, api_id, name):
    with refused("BadRequestException", 400, saying="tage"):
        v2.create_stage(ApiId=api_id, StageName=name)
    assert v2.get_stages(ApiId=api_id)["Items"] == []


def test_stages_that_are_not_there(v2, api_id):
    for call in (
        lambda: v2.get_stage(ApiId=api_id, StageName="gone"),
        lambda: v2.update_stage(ApiId=api_id, StageName="gone", Description="x"),
        lambda: v2.delete_stage(ApiId=api_id, StageName="gone"),
    ):
        with refused("NotFoundException", 404, exactly=NO_STAGE):
            call()


def test_variables_are_merged_and_an_empty_value_removes_one(v2, api_id):
    v2.create_stage(ApiId=api_id, StageName="prod", StageVariables={"a": "1", "b": "2"})
    v2.update_stage(ApiId=api_id, StageName="prod", StageVariables={"b": "3", "a": ""})
    assert v2.get_stage(ApiId=api_id, StageName="prod")["StageVariables"] == {"b": "3"}


@pytest.mark.parametrize(
    "variables", [{"a-b": "1"}, {"a": "{1}"}, {"a": "x y"}, {"x" * 65: "1"}, {"a": "1" * 513}]
)
def test_a_bad_stage_variable_is_refused(v2, api_id, variables):
    with refused("BadRequestException", 400):
        v2.create_stage(ApiId=api_id, StageName="prod", StageVariables=variables)
    assert v2.get_stages(ApiId=api_id)["Items"] == []


def test_default_and_per_route_settings(v2, api_id):
    """Kept and shown, and taken away by their route key."""
    v2.create_stage(
        ApiId=api_id, StageName="prod",
        DefaultRouteSettings={"DetailedMetricsEnabled": False},
        RouteSettings={"GET /": {"DetailedMetricsEnabled": False}},
    )
    shown = v2.get_stage(ApiId=api_id, StageName="prod")
    assert shown["DefaultRouteSettings"]["DetailedMetricsEnabled"] is False
    assert shown["RouteSettings"] == {"GET /": {"DetailedMetricsEnabled": False}}
    answer = v2.delete_route_settings(ApiId=api_id, StageName="prod", RouteKey="GET /")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert v2.get_stage(ApiId=api_id, StageName="prod")["RouteSettings"] == {}


@pytest.mark.parametrize("where", ["DefaultRouteSettings", "RouteSettings"])
@pytest.mark.parametrize(
    "setting", [{"ThrottlingBurstLimit": 10}, {"ThrottlingRateLimit": 5.5},
                {"DetailedMetricsEnabled": True}]
)
def test_a_setting_is_kept_and_shown(v2, api_id, where, setting):
    given = setting if where == "DefaultRouteSettings" else {"GET /": setting}
    [name] = setting
    made = v2.create_stage(ApiId=api_id, StageName="prod", **{where: given})
    shown = v2.get_stage(ApiId=api_id, StageName="prod")[where]
    shown = shown if where == "DefaultRouteSettings" else shown["GET /"]
    assert shown[name] == setting[name]
    assert "x-ringgate-not-yet" not in made["ResponseMetadata"]["HTTPHeaders"]


def test_settings_of_a_route_that_is_not_there_in_awss_words(v2, api_id):
    wanted = "Unable to find Route by key GET /x within the provided RouteSettings"
    with refused("NotFoundException", 404, exactly=wanted):
        v2.create_stage(
            ApiId=api_id, StageName="prod",
            RouteSettings={"GET /x": {"DetailedMetricsEnabled": False}},
        )


def test_execution_logs_of_an_http_api_in_awss_words(v2, api_id):
    wanted = "Execution logs are not supported on protocolType HTTP"
    with refused("BadRequestException", 400, saying=wanted):
        v2.create_stage(
            ApiId=api_id, StageName="prod", DefaultRouteSettings={"LoggingLevel": "INFO"}
        )


def test_at_most_ten_stages(v2, api_id):
    for number in range(10):
        v2.create_stage(ApiId=api_id, StageName=f"s{number}")
    with refused(("BadRequestException", "TooManyRequestsException", "LimitExceededException"),
                 saying="10"):
        v2.create_stage(ApiId=api_id, StageName="one-more")


def test_a_new_deployment(v2, api_id):
    answer = v2.create_deployment(ApiId=api_id, Description="first")
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 201
    assert answer.pop("CreatedDate")
    deployment_id = answer.pop("DeploymentId")
    assert re.fullmatch(r"[a-z0-9]{6}", deployment_id)
    assert answer == {
        "AutoDeployed": False, "DeploymentStatus": "DEPLOYED", "Description": "first",
    }
    v2.update_deployment(ApiId=api_id, DeploymentId=deployment_id, Description="renamed")
    shown = v2.get_deployment(ApiId=api_id, DeploymentId=deployment_id)
    assert shown["Description"] == "renamed"


def test_create_deployment_moves_the_stage_it_names(v2, api_id):
    v2.create_stage(ApiId=api_id, StageName="prod")
    deployment_id = v2.create_deployment(ApiId=api_id, StageName="prod")["DeploymentId"]
    assert v2.get_stage(ApiId=api_id, StageName="prod")["DeploymentId"] == deployment_id


def test_a_deployment_to_a_stage_that_is_not_there(v2, api_id):
    with refused(("NotFoundException", "BadRequestException"), saying=NO_STAGE):
        v2.create_deployment(ApiId=api_id, StageName="gone")
    assert deployments(v2, api_id) == []


def test_a_deployment_that_is_not_there(v2, api_id):
    with refused("NotFoundException", 404):
        v2.get_deployment(ApiId=api_id, DeploymentId="aaaaaa")
    with refused(("NotFoundException", "BadRequestException")):
        v2.create_stage(ApiId=api_id, StageName="prod", DeploymentId="aaaaaa")
    assert v2.get_stages(ApiId=api_id)["Items"] == []


def test_a_deployment_in_use_cannot_be_deleted(v2, api_id):
    deployment_id = v2.create_deployment(ApiId=api_id)["DeploymentId"]
    v2.create_stage(ApiId=api_id, StageName="prod", DeploymentId=deployment_id)
    wanted = "Active stages pointing to this deployment must be moved or deleted"
    with refused(("BadRequestException", "ConflictException"), saying=wanted):
        v2.delete_deployment(ApiId=api_id, DeploymentId=deployment_id)
    v2.delete_stage(ApiId=api_id, StageName="prod")
    answer = v2.delete_deployment(ApiId=api_id, DeploymentId=deployment_id)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_auto_deploy_makes_a_deployment_of_each_change(v2, api_id):
    v2.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    first = v2.get_stage(ApiId=api_id, StageName="$default")
    assert first["AutoDeploy"] is True
    v2.create_route(ApiId=api_id, RouteKey="GET /more")
    second = v2.get_stage(ApiId=api_id, StageName="$default")
    assert second["DeploymentId"] != first["DeploymentId"]
    assert second["LastDeploymentStatusMessage"] == (
        f"Successfully deployed stage with deployment ID '{second['DeploymentId']}'"
    )
    shown = v2.get_deployment(ApiId=api_id, DeploymentId=second["DeploymentId"])
    assert (shown["AutoDeployed"], shown["DeploymentStatus"]) == (True, "DEPLOYED")


def test_auto_deployments_do_not_pile_up(v2, api_id):
    v2.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    for number in range(50):
        v2.update_api(ApiId=api_id, Description=f"change {number}")
        v2.create_route(ApiId=api_id, RouteKey=f"GET /r{number}")
    assert len(deployments(v2, api_id)) <= 2


def test_paging_over_stages_and_deployments(v2, api_id):
    for number in range(5):
        v2.create_stage(ApiId=api_id, StageName=f"s{number}")
        v2.create_deployment(ApiId=api_id)
    for operation, key in [("get_stages", "StageName"), ("get_deployments", "DeploymentId")]:
        pages = list(v2.get_paginator(operation).paginate(
            ApiId=api_id, PaginationConfig={"PageSize": 2}))
        names = [item[key] for page in pages for item in page["Items"]]
        assert [len(page["Items"]) for page in pages] == [2, 2, 1]
        assert len(set(names)) == 5


def test_access_log_settings_of_a_stage(v2, api_id):
    """Kept and shown."""
    settings = {"DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:g",
                "Format": "$context.requestId $context.status"}
    v2.create_stage(ApiId=api_id, StageName="prod", AccessLogSettings=settings)
    assert v2.get_stage(ApiId=api_id, StageName="prod")["AccessLogSettings"] == settings
