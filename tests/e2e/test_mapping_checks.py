"""What a parameter mapping may not say is refused when it is made, in AWS's words (spec 1.6, 2.9).
"""

import pytest
from botocore.exceptions import ClientError

BEGINS = "Invalid mapping expression specified: Validation Result: warnings : [], errors : ["

# AWS, "Reserved headers".
RESERVED = """access-control-allow-origin apigw-x Authorization Connection Content-Encoding
Content-Length Content-Location Forwarded Keep-Alive Origin Proxy-Authenticate Proxy-Authorization TE
Trailers Transfer-Encoding Upgrade x-amz-date x-amzn-trace-id X-Forwarded-For X-Forwarded-Host
X-Forwarded-Proto Via""".split()


@pytest.fixture
def api_id(v2):
    return v2.create_api(Name="m", ProtocolType="HTTP")["ApiId"]


def make(v2, api_id, **mappings):
    return v2.create_integration(
        ApiId=api_id, IntegrationType="HTTP_PROXY", IntegrationMethod="ANY",
        IntegrationUri="http://127.0.0.1:9", PayloadFormatVersion="1.0", **mappings)


def refused(v2, api_id, **mappings):
    with pytest.raises(ClientError) as caught:
        make(v2, api_id, **mappings)
    error = caught.value.response
    assert error["Error"]["Code"] == "BadRequestException"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    message = error["Error"]["Message"]
    assert message.startswith(BEGINS) and message.endswith("]"), message
    return message[len(BEGINS):-1]


@pytest.mark.parametrize("name", RESERVED)
def test_reserved_fields(v2, api_id, name):
    for action in ("append", "overwrite", "remove"):
        key = f"{action}:header.{name}"
        words = f"Operations on header {name} are restricted"
        assert refused(v2, api_id, RequestParameters={key: "x"}) == words
        assert refused(v2, api_id, ResponseParameters={"200": {key: "x"}}) == words


@pytest.mark.parametrize("key", ["header.x", "append:path", "add:header.x", "append:body.x",
                                 "overwrite:statuscode", "append:header.a b", "remove:path"])
def test_request_keys(v2, api_id, key):
    message = refused(v2, api_id, RequestParameters={key: "x"})
    assert message.startswith(f"Invalid Request Actioned Parameter destination specified: {key};")


@pytest.mark.parametrize("key", ["overwrite:path", "append:statuscode", "append:querystring.x",
                                 "append:overwrite.static"])
def test_response_keys(v2, api_id, key):
    message = refused(v2, api_id, ResponseParameters={"200": {key: "x"}})
    assert message.startswith(f"Invalid Response Actioned Parameter destination specified: {key};")


@pytest.mark.parametrize("value,words", [
    ("$request.nothing", "no reference"),
    ("${request.path", "no closing brace"),
    ("$response.body", "no reference"),
    ("$context.requestid", "did you mean $context.requestId?"),
    ("$request.body..a", "recursive descent"),
    ("$request.body[?(@.a)]", "filter expressions"),
    ("a\r\nb: c", "no control character"),
])
def test_values(v2, api_id, value, words):
    message = refused(v2, api_id, RequestParameters={"append:header.x": value})
    assert message.startswith("Invalid mapping expression specified: ") and words in message


@pytest.mark.parametrize("status", ["100", "600", "default", "2xx"])
def test_status_codes(v2, api_id, status):
    words = f"Status Code {status} is not valid: expected 200 to 599"
    mapping = {"append:header.x": "1"}
    assert refused(v2, api_id, ResponseParameters={status: mapping}) == words
    mapping = {"overwrite:statuscode": status}
    assert refused(v2, api_id, ResponseParameters={"200": mapping}) == words


def test_a_refused_mapping_changes_nothing(v2, api_id):
    made = make(v2, api_id, RequestParameters={"append:header.x": "1"})
    named = {"ApiId": api_id, "IntegrationId": made["IntegrationId"]}
    with pytest.raises(ClientError):
        v2.update_integration(**named, RequestParameters={"append:header.via": "1"})
    assert v2.get_integration(**named)["RequestParameters"] == {"append:header.x": "1"}


def test_a_mapping_without_a_value(v2, api_id):
    """It takes a key away, as AWS's guide says; what removes needs none, and templates send none.
    """
    made = make(v2, api_id, RequestParameters={
        "remove:header.a": "", "remove:header.b": "''", "append:header.c": ""})
    shown = {"remove:header.a": "", "remove:header.b": "''"}
    assert made["RequestParameters"] == shown
    named = {"ApiId": api_id, "IntegrationId": made["IntegrationId"]}
    v2.update_integration(**named, RequestParameters={"remove:header.a": ""})
    assert v2.get_integration(**named)["RequestParameters"] == shown
    v2.update_integration(**named, RequestParameters={"remove:header.b": ""})
    assert v2.get_integration(**named)["RequestParameters"] == {"remove:header.a": ""}
