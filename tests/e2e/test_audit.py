"""The audit log: every change, every denial, refused signatures; never a secret."""

import datetime
import json
import selectors
import subprocess

import pytest

from harness import sigv4
from harness.aws import aws_cli
from harness.errors import refused
from harness.iam import Identities, allow, deny
from harness.places import binary
from harness.site import clean_environment
from harness.waiting import until

MEMBERS = {
    "eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion",
    "sourceIPAddress", "userAgent", "requestParameters", "responseElements", "requestID",
    "eventID", "readOnly", "eventType", "managementEvent", "recipientAccountId", "eventCategory",
}


def records(site):
    """Every line of the log."""
    files = sorted((site.data / "audit").glob("*.jsonl"))
    lines = (line for file in files for line in file.read_text().splitlines())
    return [json.loads(line) for line in lines if line.strip()]


def last(site, name):
    """The newest record of this event."""
    found = [record for record in records(site) if record["eventName"] == name]
    assert found, [record["eventName"] for record in records(site)]
    return found[-1]


@pytest.fixture
def identities(control):
    return Identities(control)


def test_a_change_is_recorded_before_it_is_answered(control):
    before = len(records(control))
    made = control.v2.create_api(Name="recorded", ProtocolType="HTTP")
    record = last(control, "CreateApi")
    assert len(records(control)) == before + 1
    assert set(record) == MEMBERS | {"resources"}
    assert record["userIdentity"] == {
        "type": "Root", "principalId": "000000000000", "arn": "arn:aws:iam::000000000000:root",
        "accountId": "000000000000", "accessKeyId": "test",
    }
    assert (record["eventSource"], record["awsRegion"]) == (
        "apigateway.amazonaws.com", "us-east-1")
    assert record["sourceIPAddress"] == "127.0.0.1" and "Boto3" in record["userAgent"]
    assert record["requestParameters"] == {"name": "recorded", "protocolType": "HTTP"}
    assert record["responseElements"]["apiId"] == made["ApiId"]
    assert record["requestID"] == made["ResponseMetadata"]["RequestId"]
    assert record["readOnly"] is False and record["eventType"] == "AwsApiCall"
    arn = f"arn:aws:apigateway:us-east-1::/apis/{made['ApiId']}"
    assert record["resources"] == [
        {"accountId": "000000000000", "type": "AWS::ApiGatewayV2::Api", "ARN": arn}]
    now = datetime.datetime.now(datetime.UTC)
    time = datetime.datetime.fromisoformat(record["eventTime"])
    assert abs((now - time).total_seconds()) < 120


def test_reads_are_not_recorded_and_failures_are(control):
    control.v2.get_apis()
    control.client("iam").list_users()
    with refused("NotFoundException", 404):
        control.v2.delete_api(ApiId="none")
    record = last(control, "DeleteApi")
    assert record["errorCode"] == "NotFoundException" and record["responseElements"] is None
    assert record["requestParameters"] == {"apiId": "none"}
    names = {record["eventName"] for record in records(control)}
    assert not names & {"GetApis", "ListUsers"}


def test_denials_are_recorded(control, identities):
    user = identities.user(allow("iam:*"), deny("iam:ListUsers"))
    with refused("AccessDeniedException", 403):
        user.client().get_apis()
    record = last(control, "GetApis")
    assert record["errorCode"] == "AccessDenied" and user.arn in record["errorMessage"]
    assert record["userIdentity"]["type"] == "IAMUser"
    assert record["userIdentity"]["userName"] == user.name
    assert record["readOnly"] is True
    with refused("AccessDenied", 403):
        user.client("iam").list_users()
    record = last(control, "ListUsers")
    assert record["errorCode"] == "AccessDenied"
    assert record["eventSource"] == "iam.amazonaws.com"


def test_a_session_is_recorded_with_its_role(control, identities):
    user = identities.user()
    arn = identities.role(allow("apigateway:POST"), principal=user.arn)
    role = user.assume(arn, "deploy")
    issued = last(control, "AssumeRole")
    assert issued["userIdentity"]["userName"] == user.name
    assert issued["responseElements"]["credentials"]["accessKeyId"] == role.key
    assert issued["resources"][0]["ARN"] == arn
    role.client().create_api(Name="by-role", ProtocolType="HTTP")
    identity = last(control, "CreateApi")["userIdentity"]
    assert identity["type"] == "AssumedRole" and identity["principalId"].endswith(":deploy")
    issuer = identity["sessionContext"]["sessionIssuer"]
    assert (issuer["arn"], issuer["type"]) == (arn, "Role")


def test_refused_signatures_are_recorded(control):
    with refused("InvalidSignatureException", 403):
        control.client(secret="wrong").create_api(Name="x", ProtocolType="HTTP")
    record = last(control, "CreateApi")
    assert record["errorCode"] == "InvalidSignatureException"
    assert record["userIdentity"] == {
        "type": "Unknown", "principalId": "", "accountId": "", "accessKeyId": "test"}
    assert record["requestParameters"] is None
    assert sigv4.send(control.management, "DELETE", "/v2/apis/a").status == 403
    record = last(control, "DeleteApi")
    assert record["errorCode"] == "MissingAuthenticationTokenException"


def test_strangers_cannot_fill_the_log(new_site):
    site = new_site().start_control()
    for _ in range(300):
        assert sigv4.send(site.management, "DELETE", "/v2/apis/a").status == 403
    # At most a hundred a minute, and this may have been two of them, or three.
    found = [record for record in records(site) if record["eventName"] == "DeleteApi"]
    assert 100 <= len(found) <= 299


def test_no_secret_is_in_the_log(control, identities):
    user = identities.user(allow("sts:*"))
    role = user.assume(identities.role(principal=user.arn))
    token = user.client("sts").get_session_token()["Credentials"]
    _, made = control.control_socket("POST", "/ringgate/v1/keys",
                                     json.dumps({"accountId": "222233334444"}))
    assert made["accessKeyId"] == last(control, "CreateKey")["responseElements"]["accessKeyId"]
    text = "".join(path.read_text() for path in (control.data / "audit").iterdir())
    for secret in (user.secret, role.secret, role.token, token["SecretAccessKey"],
                   token["SessionToken"], made["secretAccessKey"]):
        assert secret not in text
    key = last(control, "CreateAccessKey")["responseElements"]["accessKey"]
    assert key["secretAccessKey"] == "HIDDEN_DUE_TO_SECURITY_REASONS"


def test_lookup_events(control, identities):
    name = identities.user().name
    api = control.v2.create_api(Name="looked-up", ProtocolType="HTTP")["ApiId"]
    trail = control.client("cloudtrail")

    def look(key, value, **more):
        attribute = {"AttributeKey": key, "AttributeValue": value}
        return trail.lookup_events(LookupAttributes=[attribute], **more)["Events"]

    event = look("ResourceName", api)[0]
    assert event["EventName"] == "CreateApi" and event["Username"] == "root"
    assert event["EventSource"] == "apigateway.amazonaws.com" and event["ReadOnly"] == "false"
    assert event["Resources"][0]["ResourceType"] == "AWS::ApiGatewayV2::Api"
    assert event["AccessKeyId"] == "test"
    whole = json.loads(event["CloudTrailEvent"])
    assert whole["eventID"] == event["EventId"]
    assert whole["responseElements"]["apiId"] == api
    assert look("EventId", event["EventId"]) == [event]
    assert {one["EventName"] for one in look("EventSource", "iam.amazonaws.com")} >= {"CreateUser"}
    assert name in json.dumps(look("EventName", "CreateUser")[0]["CloudTrailEvent"])
    assert look("Username", "nobody") == []
    assert all(one["ReadOnly"] == "false" for one in look("ReadOnly", "false"))
    # IAM's events are those of one region, API Gateway's of their own.
    elsewhere = control.client("cloudtrail", region="eu-west-1")
    assert elsewhere.lookup_events()["Events"] == []
    hour = datetime.timedelta(hours=1)
    now = datetime.datetime.now(datetime.UTC)
    assert look("ResourceName", api, StartTime=now - hour, EndTime=now + hour)
    assert not look("ResourceName", api, StartTime=now + hour)


def test_lookup_events_by_page(control):
    for number in range(5):
        control.v2.create_api(Name=f"page{number}", ProtocolType="HTTP")
    trail = control.client("cloudtrail")
    pages = list(trail.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateApi"}],
        PaginationConfig={"PageSize": 2, "MaxItems": 6}))
    events = [event for page in pages for event in page["Events"]]
    assert len(pages[0]["Events"]) == 2 and len(events) == 6
    assert len({event["EventId"] for event in events}) == 6
    times = [event["EventTime"] for event in events]
    assert times == sorted(times, reverse=True)


def test_bad_lookups(control, identities):
    trail = control.client("cloudtrail")
    now = datetime.datetime.now(datetime.UTC)
    attribute = {"AttributeKey": "EventName", "AttributeValue": "x"}
    for how, code in [
        ({"StartTime": now, "EndTime": now - datetime.timedelta(1)}, "InvalidTimeRangeException"),
        ({"NextToken": "no"}, "InvalidNextTokenException"),
        ({"LookupAttributes": [attribute, attribute]}, "InvalidLookupAttributesException"),
        ({"LookupAttributes": [attribute | {"AttributeKey": "Colour"}]},
         "InvalidLookupAttributesException"),
        ({"EventCategory": "insight"}, "InvalidEventCategoryException"),
        ({"MaxResults": 51}, "InvalidMaxResultsException"),
    ]:
        with refused(code, 400):
            trail.lookup_events(**how)
    with refused("UnsupportedOperationException", 400, "DescribeTrails"):
        trail.describe_trails()
    with refused("AccessDeniedException", 400, "cloudtrail:LookupEvents"):
        identities.user().client("cloudtrail").lookup_events()
    with refused("InvalidSignatureException", 400):
        control.client("cloudtrail", secret="no").lookup_events()


def test_the_aws_cli_looks_events_up(control):
    control.v2.create_api(Name="cli", ProtocolType="HTTP")
    found = aws_cli(control)(
        "lookup-events", "--lookup-attributes", "AttributeKey=EventName,AttributeValue=CreateApi",
        "--max-items", "1", service="cloudtrail")
    assert found["Events"][0]["EventName"] == "CreateApi"


def test_the_command_line_shows_and_follows(control):
    control.v2.create_api(Name="shown", ProtocolType="HTTP")
    shown = control.cli("audit", "--event", "createapi", "-n", "1").stdout
    assert " root CreateApi arn:aws:apigateway:us-east-1::/apis/" in shown, shown
    assert shown.endswith(" done\n") and shown.count("\n") == 1
    with refused("NotFoundException"):
        control.v2.delete_api(ApiId="none")
    whole = control.cli("audit", "--refused", "-n", "1", "-o", "json").stdout
    assert json.loads(whole)["errorCode"] == "NotFoundException"
    follower = subprocess.Popen(
        [binary("ringgate"), "audit", "--follow", "-n", "0", "--data-dir", str(control.data)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=clean_environment())
    try:
        # It has begun once it shows something; until then changes go on.
        with selectors.DefaultSelector() as selector:
            selector.register(follower.stdout, selectors.EVENT_READ)
            ready = until(lambda: control.v2.create_api(Name="f", ProtocolType="HTTP") and
                          selector.select(0.2), "the follower")
        assert ready and " CreateApi " in follower.stdout.readline()
    finally:
        follower.kill()
        follower.wait()
        follower.stdout.close()


def test_the_control_socket_and_apply_are_recorded(control):
    status, made = control.control_socket(
        "POST", "/v2/apis", json.dumps({"name": "socket", "protocolType": "HTTP"}))
    assert status == 201, made
    record = last(control, "CreateApi")
    assert record["sourceIPAddress"] == "control.sock"
    assert record["userIdentity"]["accessKeyId"] == ""


def test_what_was_answered_survives_a_crash_and_a_torn_line_goes(new_site):
    site = new_site().start_control()
    names = [site.v2.create_api(Name=f"n{n}", ProtocolType="HTTP")["ApiId"] for n in range(5)]
    site.kill("ringgate-control")
    file = sorted((site.data / "audit").glob("*.jsonl"))[-1]
    with open(file, "a", encoding="utf-8") as log:
        log.write('{"eventVersion":"1.11","userId')
    site.start_control()
    made = [record["responseElements"]["apiId"] for record in records(site)
            if record["eventName"] == "CreateApi"]
    assert made == names
    torn = last(site, "RecoverAuditLog")
    assert torn["additionalEventData"] == {"tornBytes": 30}
    assert "torn line" in site.logs(1 << 20)
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_log_that_cannot_be_written_stops_changes_and_loses_no_record(new_site):
    """A limit of file size stands for a full disk."""
    site, most = new_site(), 4 << 20
    site.start_control()
    site.kill("ringgate-control")
    file = sorted((site.data / "audit").glob("*.jsonl"))[-1]
    line = json.dumps({"eventName": "Padding", "pad": "x" * 1000}) + "\n"
    with open(file, "a", encoding="utf-8") as log:
        log.write(line * (most // len(line)) + " " * (most % len(line) - 1) + "\n")
    site.through["ringgate-control"] = [
        "bash", "-c", f"trap '' XFSZ; exec prlimit --fsize={most}:unlimited \"$@\"", "bash"]
    site.start_control()
    with refused("InternalFailure", 500, "The change was made, but the audit log cannot be"):
        site.v2.create_api(Name="made", ProtocolType="HTTP")
    with refused("InternalFailure", 500, "Nothing was changed, because the audit log"):
        site.v2.create_api(Name="not-made", ProtocolType="HTTP")
    with refused("ServiceFailure", 500, "Nothing was changed, because the audit log"):
        site.client("iam").create_user(UserName="not-made")
    assert [api["Name"] for api in site.v2.get_apis()["Items"]] == ["made"]
    with refused("NoSuchEntity", 404):
        site.client("iam").get_user(UserName="not-made")
    pid = site.pid("ringgate-control")
    subprocess.run(["prlimit", "--pid", str(pid), "--fsize=unlimited"], check=True)
    site.v2.create_api(Name="after", ProtocolType="HTTP")
    made = [record["requestParameters"]["name"] for record in records(site)
            if record.get("eventName") == "CreateApi"]
    assert made == ["made", "after"]
