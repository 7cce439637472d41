"""Access logs of stages: AccessLogSettings of the model, spec section 4.1."""

import json
import os
import re
import subprocess

import pytest

from harness.errors import refused
from harness.waiting import until

GROUP = "arn:aws:logs:us-east-1:000000000000:log-group"
# As AWS's guide has it for JSON.
JSON = ('{ "requestId":"$context.requestId", "ip": "$context.identity.sourceIp", '
        '"requestTime":"$context.requestTime", "httpMethod":"$context.httpMethod", '
        '"routeKey":"$context.routeKey", "status":"$context.status", '
        '"protocol":"$context.protocol", "responseLength":"$context.responseLength", '
        '"agent": "$context.identity.userAgent", "domain": "$context.domainName", '
        '"prefix": "$context.domainPrefix", "stage": "$context.stage", "api": "$context.apiId", '
        '"account": "$context.accountId", "path": "$context.path", '
        '"error": $context.error.message, "type": "$context.error.responseType", '
        '"why": "$context.integrationErrorMessage", "backend": $context.integrationStatus, '
        '"latency": $context.responseLatency, "backendLatency": $context.integrationLatency, '
        '"bytes": $context.dataProcessed }')
CLF = ('$context.identity.sourceIp - - [$context.requestTime] "$context.httpMethod '
       '$context.routeKey $context.protocol" $context.status $context.responseLength '
       '$context.requestId')


@pytest.fixture
def api(gateway, origin):
    return gateway.make_proxy(origin)


def keep(api, group, format, stage="$default"):
    answer = api.site.v2.update_stage(
        ApiId=api.id, StageName=stage,
        AccessLogSettings={"DestinationArn": f"{GROUP}:{group}", "Format": format})
    assert "x-ringgate-not-yet" not in answer["ResponseMetadata"]["HTTPHeaders"]


def lines(api, group, count):
    """The lines of a group's file, once there are so many."""
    path = api.site.data / "logs" / f"{group.replace('/', '+')}.log"

    def read():
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    until(lambda: len(read()) >= count, f"{count} lines of {path}")
    assert len(read()) == count
    return read()


def test_json_of_every_variable(api, origin):
    group = f"/aws/http/{api.id}"
    keep(api, group, JSON)
    origin.always(body=b"hello")
    with api.wire() as wire:
        answer = wire.request("/a%20b?q=1", method="POST", body=b"12345678",
                              headers=[("user-agent", 'x "quoted"\t1')])
        assert answer.status == 200
    [line] = lines(api, group, 1)
    record = json.loads(line)
    assert re.fullmatch(r"\d\d/[A-Z][a-z][a-z]/\d{4}:\d\d:\d\d:\d\d \+0000", record["requestTime"])
    for latency in ("latency", "backendLatency"):
        assert isinstance(record.pop(latency), int)
    record.pop("requestTime")
    assert record == {
        "requestId": answer.get("apigw-requestid"), "ip": "127.0.0.1", "httpMethod": "POST",
        "routeKey": "ANY /{proxy+}", "status": "200", "protocol": "HTTP/1.1",
        "responseLength": "5", "agent": 'x "quoted"\t1', "domain": api.host,
        "prefix": api.id, "stage": "$default", "api": api.id, "account": "000000000000",
        "path": "/a%20b", "error": None, "type": "-", "why": "-", "backend": 200, "bytes": 13,
    }


def test_the_common_log_format_and_a_change_of_format(api):
    group = f"clf-{api.id}"
    keep(api, group, CLF)
    assert api.ask("/a").status == 200
    [line] = lines(api, group, 1)
    assert re.fullmatch(r'127\.0\.0\.1 - - \[[^]]+\] "GET ANY /\{proxy\+\} HTTP/1\.1" 200 \d+ \S+=',
                        line)
    keep(api, group, "$context.requestId now")
    assert api.ask("/a").status == 200
    assert lines(api, group, 2)[1].endswith(" now")
    api.site.v2.delete_access_log_settings(ApiId=api.id, StageName="$default")
    assert api.ask("/a").status == 200
    keep(api, group, "$context.requestId last")
    assert api.ask("/a").status == 200
    assert sorted(line.split()[-1] for line in lines(api, group, 3)[1:]) == ["last", "now"]


def test_what_went_wrong_is_told(api, origin):
    group = f"wrong-{api.id}"
    api.route("GET /nobody", "http://127.0.0.1:9/")
    api.route("GET /nothing", None)
    keep(api, group, JSON)
    assert api.ask("/nobody").status == 503
    assert api.ask("/nothing").status == 500
    api.site.v2.update_stage(ApiId=api.id, StageName="$default",
                             DefaultRouteSettings={"ThrottlingBurstLimit": 0})
    assert api.ask("/a").status == 429
    # Each worker writes its own, so only the order of one worker's is known.
    told = sorted((json.loads(line) for line in lines(api, group, 3)), key=lambda t: t["status"])
    assert [(t["status"], t["error"], t["type"]) for t in told] == [
        ("429", "Too Many Requests", "THROTTLED"),
        ("500", "Internal Server Error", "API_CONFIGURATION_ERROR"),
        ("503", "Service Unavailable", "INTEGRATION_FAILURE")]
    assert "onnect" in told[2]["why"] and told[1]["why"] == "-"


def test_stages_log_apart_and_one_group_may_be_shared(api):
    v2, mine, shared = api.site.v2, f"mine-{api.id}", f"shared-{api.id}"
    for stage in ("one", "two", "three"):
        v2.create_stage(ApiId=api.id, StageName=stage, AutoDeploy=True)
    keep(api, mine, "$context.requestId $context.stage", "one")
    keep(api, shared, "$context.requestId $context.stage", "two")
    keep(api, shared + ":*", "$context.stage $context.requestId", "three")
    for stage in ("one", "two", "three", "two"):
        assert api.ask(f"/{stage}/x").status == 200
    assert [line.split()[1] for line in lines(api, mine, 1)] == ["one"]
    words = [set(line.split()) & {"two", "three"} for line in lines(api, shared, 3)]
    assert sorted(map(min, words)) == ["three", "two", "two"]


def test_hostile_values_stay_in_their_line(api):
    group = f"hostile-{api.id}"
    keep(api, group, "$context.requestId agent=$context.identity.userAgent")
    with api.wire() as wire:
        for agent in ('"', "\\", "$context.stage", "a" * 4000, "\u00e9\u00ff"):
            assert wire.request("/a", headers=[("user-agent", agent)]).status == 200
    told = [line.split(" agent=", 1)[1] for line in lines(api, group, 5)]
    assert told[:4] == ['\\"', "\\\\", "$context.stage", "a" * 4000]


def test_a_rotated_file_is_followed(api):
    group = f"rotated-{api.id}"
    path = api.site.data / "logs" / f"{group}.log"
    keep(api, group, "$context.requestId")
    assert api.ask("/a").status == 200
    lines(api, group, 1)
    os.rename(path, f"{path}.1")
    asked = 0

    def anew():
        nonlocal asked
        assert api.ask("/a").status == 200
        asked += 1
        return path.exists()

    until(anew, "a new file")
    # No record is in neither file.
    files = (path, path.with_name(f"{path.name}.1"))
    until(lambda: sum(file.read_text().count("\n") for file in files) == 1 + asked, "every record")


def test_a_full_disk_costs_records_and_nothing_else(driver, new_site, origin):
    site = new_site(driver, flags=["--access-log-group", "full=/dev/full"]).up()
    api = site.make_proxy(origin)
    keep(api, "full", "$context.requestId")
    before = site.stats()["logRecordsDroppedTotal"]
    for _ in range(20):
        assert api.ask("/a").status == 200
    until(lambda: site.stats()["logRecordsDroppedTotal"] == before + 20, "the count of the lost")
    assert "/dev/full: No space left on device" in site.logs()


def test_a_group_that_cannot_be_written(driver, new_site, origin):
    site = new_site(driver, flags=["--access-log-group", "bad=/proc/none/x,other=./here.log"]).up()
    api = site.make_proxy(origin)
    keep(api, "bad", "$context.requestId")
    assert api.ask("/a").status == 200
    until(lambda: "access log /proc/none/x" in site.logs(), "a word about it")
    keep(api, "other", "$context.requestId")
    assert api.ask("/a").status == 200
    until(lambda: (site.folder / "here.log").exists(), "the file of the setting")


def test_both_logs_at_once(driver, new_site, origin):
    site = new_site(driver, flags=["--access-log", "all.log"]).up()
    api = site.make_proxy(origin)
    keep(api, "mine", "$context.requestId")
    assert api.ask("/a").status == 200
    assert site.ask("/x", host="unknown.execute-api.localhost").status == 403
    [line] = lines(api, "mine", 1)
    until(lambda: len((site.folder / "all.log").read_text().splitlines()) == 2, "both records")
    all_of_them = [json.loads(line) for line in (site.folder / "all.log").read_text().splitlines()]
    assert line in [record["requestId"] for record in all_of_them]


@pytest.mark.parametrize("arn, format, words", [
    (f"{GROUP}:g", "no id", "must include either $context.requestId"),
    (f"{GROUP}:g", "$context.requestId $context.resourceId", "not supported: [$context.resourceId"),
    (f"{GROUP}:g", "$context.requestId $context.sourceIp",
     "did you mean '$context.identity.sourceIp'?"),
    (f"{GROUP}:g", "$context.requestId\nx", "must be single line"),
    ("arn:aws:s3:::bucket", "$context.requestId", "must be the ARN of a log group"),
    ("arn:aws:firehose:us-east-1:000000000000:deliverystream/x", "$context.requestId",
     "amazon-apigateway-"),
])
def test_settings_that_log_nothing_are_refused(v2, arn, format, words):
    api_id = v2.create_api(Name="logs", ProtocolType="HTTP")["ApiId"]
    with refused("BadRequestException", 400, saying=words):
        v2.create_stage(ApiId=api_id, StageName="prod",
                        AccessLogSettings={"DestinationArn": arn, "Format": format})
    assert v2.get_stages(ApiId=api_id)["Items"] == []


def test_the_aws_command_line_sets_one(api):
    site, group = api.site, f"cli-{api.id}"
    settings = json.dumps({"DestinationArn": f"{GROUP}:{group}", "Format": "$context.requestId"})
    subprocess.run(
        [os.path.join(os.path.dirname(os.sys.executable), "aws"), "--endpoint-url", site.endpoint,
         "--region", "us-east-1", "apigatewayv2", "update-stage", "--api-id", api.id,
         "--stage-name", "$default", "--access-log-settings", settings],
        check=True, capture_output=True, timeout=60,
        env=os.environ | {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"})
    assert api.ask("/a").status == 200
    lines(api, group, 1)
