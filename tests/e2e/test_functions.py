"""Functions on this machine, driven by boto3: made, invoked, changed, versioned, removed."""

import base64
import hashlib
import json
import re

import botocore.exceptions
import pytest

from harness.functions import (
    PYTHON, ROLE, Host, call, create, create_bootstrap, log_of, node_code, python_code, zipped,
)
from harness.waiting import until


@pytest.fixture(scope="module")
def host():
    site = Host().start()
    yield site
    site.close()


@pytest.fixture
def functions(host):
    return host.functions


def refused(code, status, work, *arguments, **keywords):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        work(*arguments, **keywords)
    answer = caught.value.response
    assert answer["Error"]["Code"] == code, answer
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
    return answer["Error"]["Message"]


def test_a_python_function_from_its_making_to_its_end(functions):
    made = create(functions, "whole", Description="d", Timeout=5, MemorySize=256,
                  Environment={"Variables": {"OWN_SECRET": "s"}}, Tags={"team": "zoo"})
    code = python_code()
    arn = "arn:aws:lambda:us-east-1:000000000000:function:whole"
    assert made["FunctionArn"] == arn and made["State"] == "Active"
    assert made["CodeSha256"] == base64.b64encode(hashlib.sha256(code).digest()).decode()
    assert (made["CodeSize"], made["Version"]) == (len(code), "$LATEST")
    functions.get_waiter("function_active_v2").wait(FunctionName="whole")

    answer, whole = call(functions, "whole", {"a": [1, "é"]}, LogType="Tail")
    assert whole["StatusCode"] == 200 and "FunctionError" not in whole
    assert whole["ExecutedVersion"] == "$LATEST"
    assert answer["event"] == {"a": [1, "é"]} and answer["arn"] == arn
    assert whole["ResponseMetadata"]["RequestId"] == answer["request_id"]
    assert 0 < answer["left_ms"] <= 5000
    there = answer["environment"]
    assert there["OWN_SECRET"] == "s" and there["_HANDLER"] == "app.handler"
    assert there["AWS_REGION"] == there["AWS_DEFAULT_REGION"] == "us-east-1"
    assert there["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert there["AWS_LAMBDA_LOG_GROUP_NAME"] == "/aws/lambda/whole"
    assert "[$LATEST]" in there["AWS_LAMBDA_LOG_STREAM_NAME"]
    assert there["AWS_EXECUTION_ENV"] == f"AWS_Lambda_{PYTHON}"
    log = log_of(whole)
    assert log.startswith(f"START RequestId: {answer['request_id']} Version: $LATEST\n")
    assert "asked for {'a': [1, 'é']}\n" in log and "on standard error\n" in log
    assert f"END RequestId: {answer['request_id']}\nREPORT RequestId:" in log
    assert "Init Duration:" in log and "Memory Size: 256 MB" in log

    again, whole = call(functions, "whole", LogType="Tail")
    assert (again["pid"], again["count"]) == (answer["pid"], 2), "it was kept warm"
    assert "Init Duration:" not in log_of(whole)

    functions.update_function_code(FunctionName="whole", ZipFile=zipped(
        app__py="def handler(event, context): return 'changed'"))
    assert call(functions, "whole")[0] == "changed"
    functions.update_function_configuration(FunctionName="whole", Handler="app.other")
    failed, whole = call(functions, "whole")
    assert whole["FunctionError"] == "Unhandled"
    assert failed["errorType"] == "Runtime.HandlerNotFound"

    got = functions.get_function(FunctionName=arn)
    assert got["Tags"] == {"team": "zoo"} and got["Configuration"]["Handler"] == "app.other"
    assert got["Code"]["Location"].startswith("file:///")
    functions.delete_function(FunctionName="whole")
    message = refused("ResourceNotFoundException", 404, functions.get_function,
                      FunctionName="whole")
    assert message == f"Function not found: {arn}"
    refused("ResourceNotFoundException", 404, call, functions, "whole")


def test_a_runtime_of_its_own(functions):
    create_bootstrap(functions, "own")
    answer, _ = call(functions, "own", {"a": 1})
    assert answer["echo"] == {"a": 1}
    _, whole = call(functions, "own", {"wrong_id": 1, "early_next": 1}, LogType="Tail")
    assert "(400, {'errorType': 'InvalidRequestID'" in log_of(whole)
    assert "early 403" in log_of(whole) and "FunctionError" not in whole
    again, _ = call(functions, "own", {})
    assert again["pid"] == answer["pid"]


def test_a_node_function(functions):
    create(functions, "node", node_code(), "nodejs20.x", "index.handler", MemorySize=256)
    answer, whole = call(functions, "node", {"a": 1}, LogType="Tail")
    assert answer["event"] == {"a": 1} and answer["name"] == "node"
    assert 'asked for {"a":1}' in log_of(whole)
    failed, whole = call(functions, "node", {"raise": "no"})
    assert whole["FunctionError"] == "Unhandled"
    assert (failed["errorType"], failed["errorMessage"]) == ("TypeError", "no")
    failed, whole = call(functions, "node", {"crash": 9}, LogType="Tail")
    assert failed["errorType"] == "Runtime.ExitError"
    crashed = re.search(r'asked for {"crash":9} in (\d+)', log_of(whole))
    after, _ = call(functions, "node", {})
    assert after["pid"] != int(crashed[1])


def test_versions_and_aliases(functions):
    def code(text):
        return zipped(app__py=f"def handler(e, c): return [{text!r}, c.function_version]")

    made = create(functions, "many", code("one"), Publish=True)
    assert made["Version"] == "1" and made["FunctionArn"].endswith(":many:1")
    same = functions.publish_version(FunctionName="many")
    assert same["Version"] == "1", "nothing was changed"
    functions.create_alias(FunctionName="many", Name="live", FunctionVersion="1")
    functions.update_function_code(FunctionName="many", ZipFile=code("two"))
    assert call(functions, "many")[0] == ["two", "$LATEST"]
    assert call(functions, "many:live")[0] == ["one", "1"]
    assert call(functions, "many", Qualifier="1")[1]["ExecutedVersion"] == "1"
    second = functions.publish_version(FunctionName="many", Description="second")
    assert (second["Version"], second["Description"]) == ("2", "second")
    alias = functions.update_alias(FunctionName="many", Name="live", FunctionVersion="2")
    assert call(functions, "many:live")[0] == ["two", "2"]
    weights = {"AdditionalVersionWeights": {"1": 1.0}}
    functions.update_alias(FunctionName="many", Name="live", RoutingConfig=weights)
    assert call(functions, "many:live")[0] == ["one", "1"]
    refused("PreconditionFailedException", 412, functions.update_alias, FunctionName="many",
            Name="live", FunctionVersion="1", RevisionId=alias["RevisionId"])

    versions = functions.get_paginator("list_versions_by_function").paginate(
        FunctionName="many", PaginationConfig={"PageSize": 1})
    assert [v["Version"] for page in versions for v in page["Versions"]] == ["$LATEST", "1", "2"]
    assert [a["Name"] for a in functions.list_aliases(FunctionName="many")["Aliases"]] == ["live"]
    refused("ResourceConflictException", 409, functions.delete_function, FunctionName="many",
            Qualifier="1")
    functions.delete_alias(FunctionName="many", Name="live")
    functions.delete_function(FunctionName="many", Qualifier="1")
    refused("ResourceNotFoundException", 404, call, functions, "many:1")
    refused("ResourceNotFoundException", 404, functions.get_alias, FunctionName="many",
            Name="live")


def test_lists_have_pages(functions):
    for number in range(3):
        create_bootstrap(functions, f"page-{number}", Publish=True)
    pages = functions.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})
    names = [f["FunctionName"] for page in pages for f in page["Functions"]]
    assert names == sorted(names) and {"page-0", "page-1", "page-2"} <= set(names)
    pages = functions.get_paginator("list_functions").paginate(
        FunctionVersion="ALL", PaginationConfig={"PageSize": 1})
    arns = [f["FunctionArn"] for page in pages for f in page["Functions"]]
    assert len([arn for arn in arns if ":page-" in arn]) == 6 == len(set(
        arn for arn in arns if ":page-" in arn))
    for number in range(3):
        functions.delete_function(FunctionName=f"page-{number}")


def test_policy_tags_and_concurrency(functions):
    arn = create_bootstrap(functions, "meta")["FunctionArn"]
    statement = json.loads(functions.add_permission(
        FunctionName="meta", StatementId="api", Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn="arn:aws:execute-api:us-east-1:000000000000:a/*")["Statement"])
    assert statement["Principal"] == {"Service": "apigateway.amazonaws.com"}
    assert statement["Condition"]["ArnLike"]["AWS:SourceArn"].endswith(":a/*")
    refused("ResourceConflictException", 409, functions.add_permission, FunctionName="meta",
            StatementId="api", Action="lambda:InvokeFunction", Principal="*")
    policy = json.loads(functions.get_policy(FunctionName="meta")["Policy"])
    assert policy["Statement"] == [statement]
    functions.remove_permission(FunctionName="meta", StatementId="api")
    refused("ResourceNotFoundException", 404, functions.get_policy, FunctionName="meta")

    functions.tag_resource(Resource=arn, Tags={"a": "1", "b": "2"})
    functions.untag_resource(Resource=arn, TagKeys=["a"])
    assert functions.list_tags(Resource=arn)["Tags"] == {"b": "2"}

    functions.put_function_concurrency(FunctionName="meta", ReservedConcurrentExecutions=0)
    message = refused("TooManyRequestsException", 429, call, functions, "meta")
    assert message == "Rate Exceeded."
    settings = functions.get_account_settings()
    assert settings["AccountUsage"]["FunctionCount"] >= 1
    functions.delete_function_concurrency(FunctionName="meta")
    assert "ReservedConcurrentExecutions" not in functions.get_function_concurrency(
        FunctionName="meta")
    assert call(functions, "meta", {"x": 1})[0]["echo"] == {"x": 1}


def test_a_directory_is_used_in_place(functions, host):
    folder = host.folder / "code"
    folder.mkdir()
    (folder / "app.py").write_text("def handler(e, c): return 1")
    functions.create_function(FunctionName="place", Runtime=PYTHON, Handler="app.handler",
                              Role=ROLE, Code={"S3Bucket": "hot-reload", "S3Key": str(folder)})
    assert call(functions, "place")[0] == 1
    (folder / "app.py").write_text("def handler(e, c): return 22")
    assert call(functions, "place")[0] == 22
    message = refused("InvalidParameterValueException", 400, functions.update_function_code,
                      FunctionName="place", S3Bucket="other", S3Key="k")
    assert "hot-reload" in message


def test_streamed_answers(functions):
    create_bootstrap(functions, "stream")

    def stream(event, name="stream", **more):
        answer = functions.invoke_with_response_stream(
            FunctionName=name, Payload=json.dumps(event), **more)
        parts, end = [], None
        for event in answer["EventStream"]:
            if "PayloadChunk" in event:
                parts.append(event["PayloadChunk"]["Payload"])
            else:
                end = event["InvokeComplete"]
        return parts, end

    parts, end = stream({"stream": ["one", "two", "three"]}, LogType="Tail")
    assert b"".join(parts) == b"onetwothree" and len(parts) == 3
    assert "ErrorCode" not in end
    assert b"REPORT RequestId" in base64.b64decode(end["LogResult"])
    parts, end = stream({"stream": ["one"], "fail": "late"})
    assert parts == [b"one"] and end["ErrorCode"] == "Own.Error" and "late" in end["ErrorDetails"]
    parts, end = stream({"stream": ["one"], "break": 1})
    assert end["ErrorCode"] == "Runtime.ExitError"
    parts, end = stream({"a": 1})
    assert json.loads(b"".join(parts))["echo"] == {"a": 1}, "one that does not stream"
    text = functions.invoke(FunctionName="stream", Payload=json.dumps(
        {"stream": ["a", "b"]}))["Payload"].read()
    assert text == b"ab", "streamed to one who asked for the whole"

    create(functions, "node-stream", node_code(), "nodejs20.x", "index.streamed", MemorySize=256)
    parts, end = stream({"parts": 3}, "node-stream")
    assert b"".join(parts) == b"part 0\npart 1\npart 2\n" and "ErrorCode" not in end


def test_asynchronous_invocations(functions, host):
    create(functions, "later")
    done = host.folder / "done"
    answer = functions.invoke(FunctionName="later", InvocationType="Event",
                              Payload=json.dumps({"touch": str(done)}))
    assert answer["StatusCode"] == 202 and answer["Payload"].read() == b""
    until(done.exists, "the event to have run")
    until(lambda: not list(host.state("events").iterdir()), "the event to be gone")
    assert functions.invoke(FunctionName="later", InvocationType="DryRun")["StatusCode"] == 204
    big = json.dumps("x" * (1024 * 1024))
    refused("RequestTooLargeException", 413, functions.invoke, FunctionName="later",
            InvocationType="Event", Payload=big)


def test_what_may_not_be_is_refused_by_name(functions):
    create(functions, "there")
    refused("ResourceConflictException", 409, create, functions, "there")
    for member, value in [("Timeout", 901), ("MemorySize", 20000), ("Runtime", "java21"),
                          ("Layers", ["arn:aws:lambda:us-east-1:000000000000:layer:l:1"]),
                          ("VpcConfig", {"SubnetIds": ["s"]}),
                          ("TracingConfig", {"Mode": "Active"}),
                          ("DeadLetterConfig", {"TargetArn": "arn:aws:sqs:us-east-1:0:q"}),
                          ("Environment", {"Variables": {"AWS_REGION": "x"}}),
                          ("Environment", {"Variables": {"A": "x" * 5000}})]:
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            functions.update_function_configuration(FunctionName="there", **{member: value})
        error = caught.value.response["Error"]
        assert error["Code"] in ("InvalidParameterValueException", "ValidationException")
        assert member.lower()[:7] in error["Message"].lower(), (member, error)
    for code in [b"no zip", zipped(**{"../evil": "x"})]:
        refused("InvalidParameterValueException", 400, create, functions, "evil", code)
    message = refused("NotImplementedException", 501, functions.create_function_url_config,
                      FunctionName="there", AuthType="NONE")
    assert "CreateFunctionUrlConfig" in message
    refused("InvalidRequestContentException", 400, functions.invoke, FunctionName="there",
            Payload=b"{no json")
    refused("RequestTooLargeException", 413, functions.invoke, FunctionName="there",
            Payload=json.dumps("x" * (6 * 1024 * 1024 + 200)))
    failed, whole = call(functions, "there", {"big": 6 * 1024 * 1024 + 200})
    assert whole["FunctionError"] and failed["errorType"] == "Function.ResponseSizeTooLarge"
    context = base64.b64encode(json.dumps({"custom": {"k": "v"}}).encode()).decode()
    assert call(functions, "there", ClientContext=context)[0]["client"] == {"k": "v"}
    refused("InvalidRequestContentException", 400, functions.invoke, FunctionName="there",
            ClientContext="bm8=")


def test_only_the_key_of_the_host_is_let_in(host):
    refused("UnrecognizedClientException", 403, host.client("lambda", key="other").list_functions)
    refused("InvalidSignatureException", 403, host.client("lambda", secret="no").list_functions)
    elsewhere = host.client("lambda", region="eu-west-1")
    assert elsewhere.list_functions()["Functions"] == [], "regions are kept apart"
