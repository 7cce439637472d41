"""AWS services by integrationSubtype: against moto, which speaks each service's own wire, and
against a scripted server that checks each signature with botocore."""

import json

import pytest

from harness.lambdas import check_signature
from harness.moto import Moto
from harness.origin import response
from harness.reasons import reason, reasons
from harness.site import Site

# Of the account that moto keeps things in: a session of another sees nothing of them.
ROLE = "arn:aws:iam::123456789012:role/r"
BAD = "Internal Server Error"


@pytest.fixture(scope="module")
def aws():
    """Every service, by moto."""
    server = Moto()
    yield server
    server.close()


@pytest.fixture(scope="module")
def site(driver, aws):
    site = Site(driver, ["--endpoint-url", aws.url]).keep_log().up()
    yield site
    site.close()


def action(subtype, **parameters):
    return {"IntegrationType": "AWS_PROXY", "IntegrationMethod": "POST", "CredentialsArn": ROLE,
            "IntegrationSubtype": subtype, "RequestParameters": parameters}


def test_a_queue_from_end_to_end(site, aws):
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=f"pets-{site.driver}")["QueueUrl"]
    api = site.make_api({
        "POST /send": action("SQS-SendMessage", QueueUrl=url, MessageBody="$request.body",
                             DelaySeconds="$request.querystring.delay",
                             MessageAttributes='{"kind":{"DataType":"String","StringValue":'
                                               '"${request.header.x-kind}"}}'),
        "GET /take": action("SQS-ReceiveMessage", QueueUrl=url, MaxNumberOfMessages="1",
                            MessageAttributeNames="All"),
        "DELETE /done/{handle+}": action("SQS-DeleteMessage", QueueUrl=url,
                                         ReceiptHandle="$request.path.handle"),
        "POST /purge": action("SQS-PurgeQueue", QueueUrl="${stageVariables.queue}"),
    }, variables={"queue": url})
    body = 'a "quoted"\n\u00e9 line'.encode()
    sent = api.ask("/send", method="POST", body=body, headers=[("x-kind", "dog")])
    assert sent.status == 200 and sent.json()["MessageId"], sent
    assert sent.get("content-type").startswith("application/x-amz-json-1.0")
    assert sent.get("apigw-requestid")
    [taken] = api.ask("/take").json()["Messages"]
    assert taken["Body"].encode() == body
    assert taken["MessageAttributes"]["kind"]["StringValue"] == "dog"
    assert api.ask(f"/done/{taken['ReceiptHandle']}", method="DELETE").status == 200
    for _ in range(3):
        assert api.ask("/send", method="POST", body=b"x").status == 200
    assert api.ask("/purge", method="POST").status == 200
    left = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    assert left["Attributes"]["ApproximateNumberOfMessages"] == "0"


def test_what_is_no_value_is_500_and_calls_nothing(site, aws):
    url = aws.client("sqs").create_queue(QueueName=f"bad-{site.driver}")["QueueUrl"]
    api = site.make_api({"POST /": action(
        "SQS-SendMessage", QueueUrl=url, MessageBody="$request.body.text",
        DelaySeconds="$request.header.delay")})
    answers = []
    for body, headers in ((b"", []), (b"no json", []), (b'{"text":""}', []),
                          (b'{"text":"x"}', [("delay", "soon")])):
        answers.append(api.ask("/", method="POST", body=body, headers=headers))
        assert (answers[-1].status, answers[-1].message) == (500, BAD)
    missing = "SQS-SendMessage is not called: the parameter MessageBody has no value"
    assert reasons(site, answers) == [missing] * 3 + [
        "SQS-SendMessage is not called: the parameter DelaySeconds is not a whole number"]
    received = aws.client("sqs").receive_message(QueueUrl=url)
    assert not received.get("Messages")


def test_what_a_service_refuses_is_its_own_answer(site, aws):
    gone = f"{aws.url}/123456789012/gone"
    api = site.make_api({"POST /": action(
        "SQS-SendMessage", QueueUrl=gone, MessageBody="$request.body")})
    answer = api.ask("/", method="POST", body=b"x")
    assert answer.status == 400 and b"QueueDoesNotExist" in answer.body, answer


def test_events_reach_a_bus(site, aws):
    """What matched a rule stands in the queue that is its target."""
    events, sqs = aws.client("events"), aws.client("sqs")
    name = f"bus-{site.driver}"
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    events.create_event_bus(Name=name)
    events.put_rule(Name="all", EventBusName=name, EventPattern='{"source":["pets"]}')
    events.put_targets(Rule="all", EventBusName=name,
                       Targets=[{"Id": "1", "Arn": queue["Attributes"]["QueueArn"]}])
    api = site.make_api({"POST /{kind}": action(
        "EventBridge-PutEvents", Detail="$request.body", DetailType="$request.path.kind",
        Source="pets", EventBusName=name, Time="2024-05-01T12:00:00Z",
        Resources="$request.querystring.r")})
    answer = api.ask("/born?r=arn:a&r=arn:b", method="POST", body=b'{"name":"Bello"}')
    assert (answer.status, answer.json()["FailedEntryCount"]) == (200, 0)
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    event = json.loads(message["Body"])
    assert (event["detail-type"], event["detail"]) == ("born", {"name": "Bello"})
    assert event["resources"] == ["arn:a", "arn:b"]


def test_a_record_in_a_stream(site, aws):
    kinesis, name = aws.client("kinesis"), f"stream-{site.driver}"
    kinesis.create_stream(StreamName=name, ShardCount=1)
    api = site.make_api({"PUT /{key}": action(
        "Kinesis-PutRecord", StreamName=name, Data="$request.body",
        PartitionKey="$request.path.key")})
    octets = bytes(range(256))
    answer = api.ask("/dogs", method="PUT", body=octets)
    assert answer.status == 200 and answer.json()["ShardId"]
    shard = kinesis.get_shard_iterator(
        StreamName=name, ShardId=answer.json()["ShardId"], ShardIteratorType="TRIM_HORIZON")
    [record] = kinesis.get_records(ShardIterator=shard["ShardIterator"])["Records"]
    assert (record["Data"], record["PartitionKey"]) == (octets, "dogs")


def test_a_state_machine_is_started_and_stopped(site, aws):
    states = aws.client("stepfunctions")
    machine = states.create_state_machine(
        name=f"machine-{site.driver}", roleArn=ROLE,
        definition='{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}')["stateMachineArn"]
    api = site.make_api({
        "POST /start": action("StepFunctions-StartExecution", StateMachineArn=machine,
                              Input="$request.body", Name="n-${request.querystring.n}"),
        "POST /stop": action("StepFunctions-StopExecution", Cause="enough",
                             ExecutionArn="$request.querystring.arn")})
    started = api.ask("/start?n=7", method="POST", body=b'{"a":1}')
    assert started.status == 200, started
    execution = states.describe_execution(executionArn=started.json()["executionArn"])
    assert (execution["name"], execution["input"]) == ("n-7", '{"a":1}')
    execution = states.start_execution(stateMachineArn=machine, input="{}")["executionArn"]
    stopped = api.ask(f"/stop?arn={execution}", method="POST")
    assert stopped.status == 200 and stopped.json()["stopDate"], stopped


# The wire, byte by byte

@pytest.fixture
def wired(driver, new_site, origin):
    """Like `site`, and whatever is asked for goes to the scripted origin."""
    return new_site(driver, ["--endpoint-url", origin.url, "--assume-roles=off"]).keep_log().up()


def test_every_action_is_signed_for_its_service_and_region(wired, origin):
    routes = {
        "/events": ("events", "EventBridge-PutEvents",
                    {"Detail": "{}", "DetailType": "t", "Source": "s"}),
        "/sqs": ("sqs", "SQS-PurgeQueue", {"QueueUrl": "http://q"}),
        "/kinesis": ("kinesis", "Kinesis-PutRecord",
                     {"StreamName": "s", "Data": "d", "PartitionKey": "p"}),
        # No moto knows this one.
        "/sync": ("states", "StepFunctions-StartSyncExecution", {
            "StateMachineArn": "arn:m", "Input": "{}", "TraceHeader": "$context.requestId"}),
        "/states": ("states", "StepFunctions-StopExecution", {"ExecutionArn": "arn:e"}),
        "/appconfig": ("appconfig", "AppConfig-GetConfiguration", {
            "Application": "$request.querystring.app", "Environment": "e e", "ClientId": "i&x=",
            "Configuration": "c", "ClientConfigurationVersion": "1"}),
    }
    api = wired.make_api({f"GET {path}": action(subtype, **parameters)
                          for path, (_, subtype, parameters) in routes.items()})
    api.route("GET /far", action("SQS-PurgeQueue", QueueUrl="q", Region="eu-central-1"))
    for path, (service, *_) in routes.items():
        assert api.ask(f"{path}?app=a/..%2Fb").status == 200
        assert check_signature(origin.last(), service) == "us-east-1"
    seen = origin.last()
    assert seen.line.startswith(
        "GET /applications/a%2F..%2Fb/environments/e%20e/configurations/c"
        "?client_id=i%26x%3D&client_configuration_version=1 ")
    assert api.ask("/far").status == 200
    assert check_signature(origin.last(), "sqs") == "eu-central-1"


def test_answers_pass_as_they_are(wired, origin):
    api = wired.make_api({"$default": action("AppConfig-GetConfiguration", Application="a",
                                             Environment="e", Configuration="c", ClientId="i")})
    octets = bytes(range(256)) * 100
    origin.always(200, octets, [("Content-Type", "x/y"), ("Configuration-Version", "7"),
                                ("x-amzn-RequestId", "r"), ("Connection", "x-hop"), ("X-Hop", "1")])
    with api.wire() as wire:
        answer = wire.request()
        assert (answer.body, answer.get("content-type")) == (octets, "x/y")
        assert (answer.get("configuration-version"), answer.get("x-hop")) == ("7", None)
        assert wire.request(method="HEAD").get("content-length") == str(len(octets))
        origin.always(204, b"", [("ETag", "x")])
        assert wire.request().status == 204
        origin.always(503, b"busy", reason="Busy")
        busy = wire.request()
        assert (busy.status, busy.body) == (503, b"busy")


def test_what_answers_is_no_service(wired, origin):
    api = wired.make_api({"$default": action("SQS-PurgeQueue", QueueUrl="q") |
                          {"TimeoutInMillis": 300}})
    origin.reply = lambda peer, seen: peer.send(b"garbage\r\n\r\n") or False
    broken = api.ask("/")
    assert (broken.status, broken.message) == (500, BAD)
    origin.reply = lambda peer, seen: peer.closed_by_peer() or False
    late = api.ask("/")
    assert (late.status, late.message) == (503, "Service Unavailable")
    assert "in time" in reason(wired, late)
    origin.reply = lambda peer, seen: peer.send(response(200, b"{}"))
    assert api.ask("/").status == 200
