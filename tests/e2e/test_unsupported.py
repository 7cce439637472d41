"""What is not built yet answers a modelled error that says so by name, never a silent success."""

import pytest

from harness.errors import refused

MODELLED = ("BadRequestException", "NotImplementedException")

# The operations of portals are in test_model_coverage.py.
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


@pytest.mark.parametrize("call", V1_CALLS)
def test_a_v1_operation_says_by_name_that_it_is_not_built(control, call):
    with refused(MODELLED, saying=operation(call)):
        getattr(control.client("apigateway"), call)(**V1_CALLS[call])


def test_an_operation_of_another_service_is_a_modelled_error(control):
    with refused(("BadRequestException", "MissingAuthenticationTokenException",
                  "InvalidSignatureException", "NotFoundException", "AccessDeniedException")):
        control.client("batch").describe_job_queues()
