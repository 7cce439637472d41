"""AWS_PROXY to Lambda, when the function, Lambda or what stands in for it goes wrong: the right
status, one clear reason in the log, nothing hung (spec section 2.7)."""

import pytest

from harness.h2frames import rst_stream
from harness.h2raw import H2
from harness.lambdas import integration
from harness.origin import response
from harness.reasons import reason, reasons
from harness.waiting import until
from harness.wire import build

BAD = "Internal Server Error"
GONE = "Service Unavailable"
MISMATCH = "doesn't match the format that API Gateway expects"


def assert_fault(site, answer, status, message, words):
    assert (answer.status, answer.message) == (status, message), answer
    assert answer.get("content-type") == "application/json"
    said = reason(site, answer)
    assert words in said, said


WRONG_IN_BOTH = [
    ({"statusCode": 200.5}, "statusCode"),
    ({"statusCode": "2x0"}, "statusCode"),
    ({"statusCode": 0}, "statusCode"),
    ({"statusCode": 99}, "statusCode"),
    ({"statusCode": 101}, "statusCode"),
    ({"statusCode": 600}, "statusCode"),
    ({"statusCode": [200]}, "statusCode"),
    ({"statusCode": 200, "headers": {"a": {}}}, "headers"),
    ({"statusCode": 200, "headers": {"a": [1]}}, "headers"),
    ({"statusCode": 200, "headers": []}, "headers"),
    ({"statusCode": 200, "headers": "a"}, "headers"),
    ({"statusCode": 200, "headers": {"a b": "1"}}, "a b"),
    ({"statusCode": 200, "headers": {"": "1"}}, "header"),
    ({"statusCode": 200, "headers": {"a": "1\r\nx: 2"}}, '"a"'),
    ({"statusCode": 200, "headers": {"a": "x" * 40_000}}, "headers"),
    ({"statusCode": 200, "body": {}}, "body"),
    ({"statusCode": 200, "body": 7}, "body"),
    ({"statusCode": 200, "isBase64Encoded": "yes"}, "isBase64Encoded"),
    ({"statusCode": 200, "body": "%%%", "isBase64Encoded": True}, "base64"),
]
WRONG_IN_1_0 = [
    (b"no json", "not a JSON object"),
    (b"", "not a JSON object"),
    ("text", "not a JSON object"),
    ([1], "not a JSON object"),
    ({}, "statusCode"),
    ({"body": "x"}, "statusCode"),
    ({"statusCode": 200, "more": 1}, "more"),
    ({"statusCode": 200, "cookies": []}, "cookies"),
    ({"statusCode": 200, "multiValueHeaders": {"a": "1"}}, "multiValueHeaders"),
]
WRONG_IN_2_0 = [
    ({"statusCode": 200, "cookies": "a=1"}, "cookies"),
    ({"statusCode": 200, "cookies": [{}]}, "cookies"),
]


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_answers_of_every_wrong_shape(lambda_site, lambda_apis, functions, version):
    """Spec section 7, quirk 8."""
    wrong = WRONG_IN_BOTH + (WRONG_IN_1_0 if version == "1.0" else WRONG_IN_2_0)
    answers = []
    with lambda_apis[version].wire() as wire:
        for payload, _ in wrong:
            functions.always(payload)
            answers.append(wire.request())
            assert (answers[-1].status, answers[-1].message) == (500, BAD), payload
    for said, (payload, words) in zip(reasons(lambda_site, answers), wrong, strict=True):
        assert MISMATCH in said and words in said, (payload, said)


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_a_function_that_fails(lambda_site, lambda_apis, functions, version):
    api = lambda_apis[version]
    error = {"errorType": "KeyError", "errorMessage": "'pets'\n", "stackTrace": []}
    functions.function_fails(error)
    assert_fault(lambda_site, api.ask(), 500, BAD, "(Unhandled): KeyError: 'pets'")
    functions.function_fails({"statusCode": 200, "body": "never shown"}, "Handled")
    assert_fault(lambda_site, api.ask(), 500, BAD, "returned an error (Handled)")
    functions.function_fails(b"\xff not json")
    assert_fault(lambda_site, api.ask(), 500, BAD, "returned an error (Unhandled)")


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_lambda_refuses(lambda_site, lambda_apis, functions, version):
    answers, statuses = [], (429, 403, 404, 413, 500, 502, 503, 202, 302)
    for status in statuses:
        functions.fails(status)
        answers.append(lambda_apis[version].ask())
        wanted = (503, GONE) if status == 429 else (500, BAD)
        assert (answers[-1].status, answers[-1].message) == wanted, status
    for status, said in zip(statuses, reasons(lambda_site, answers), strict=True):
        words = {403: "doesn't have permissions", 429: "throttled"}
        assert words.get(status, f"status {status}") in said


WHOLE = response(200, b'{"statusCode":200}')
BROKEN = [
    (b"", "before a response head"),
    (b"HTTP/1.1 200 OK\r\nContent-Le", "before a response head"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"statusCode\":200}", "cut short"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", "cut short"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n", "chunk"),
    (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", ""),
    (b"\0" * 100 + b"\r\n\r\n", ""),
    (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "101"),
    (b"HTTP/1.1 103 Early Hints\r\n\r\n" * 40, "too many interim"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n{}", ""),
    (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n", ""),
]


@pytest.mark.parametrize("data, words", BROKEN)
def test_what_answers_is_not_lambda(lambda_site, lambda_apis, functions, data, words):
    def reply(peer, seen):
        peer.send(data)
        return False

    functions.reply = reply
    with lambda_apis["2.0"].wire() as wire:
        assert_fault(lambda_site, wire.request(), 500, BAD, words)
        functions.reset()
        assert wire.request().status == 200, "the client's connection goes on"
    assert len(functions.requests) == 1, "a call is not sent twice"


def test_odd_but_legal_answers(lambda_apis, functions):
    for data in (
        b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5\r\n{\"sta\r\nd;x=y\r\ntusCode\":200}\r\n0\r\nx-t: 1\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n{\"statusCode\":200}",
    ):
        def reply(peer, seen, data=data):
            peer.send(data)
            return b"1.0" not in data

        functions.reply = reply
        assert lambda_apis["1.0"].ask().status == 200, data


def test_an_answer_that_comes_slowly_and_in_time(lambda_apis, functions):
    functions.slowly(b'{"statusCode":200,"body":"slow"}', 0.002)
    assert lambda_apis["1.0"].ask().body == b"slow"


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_no_answer_in_time(lambda_site, functions, version):
    functions.hangs()
    api = lambda_site.make_api({"$default": integration(version=version, TimeoutInMillis=300)})
    with api.wire() as wire:
        assert_fault(lambda_site, wire.request(), 503, GONE, "in time")
        until(lambda: functions.gone == [True], "the call to be ended")
        functions.reset()
        assert wire.request().status == 200, "the client's connection goes on"


def test_an_answer_that_never_ends_is_not_in_time(lambda_site, functions):
    functions.slowly(b'{"statusCode":200}' + b" " * 5000, 0.01)
    api = lambda_site.make_api({"$default": integration(TimeoutInMillis=400)})
    assert_fault(lambda_site, api.ask(), 503, GONE, "in time")


def test_nobody_listens(driver, new_site):
    site = new_site(driver, flags=["--lambda-endpoint", "http://127.0.0.1:1"]).keep_log().up()
    api = site.make_api({"$default": integration()})
    with api.wire() as wire:
        assert_fault(site, wire.request(method="POST", body=b"x"), 503, GONE, "127.0.0.1:1")
        assert_fault(site, wire.request(), 503, GONE, "127.0.0.1:1")


def test_a_client_that_goes_away_ends_the_call(lambda_apis, functions):
    functions.hangs()
    with lambda_apis["2.0"].wire() as wire:
        wire.send(build("/", host=wire.host))
        functions.wait_for(lambda it: it.requests)
    until(lambda: functions.gone == [True], "the call to be ended")


def test_a_stream_that_is_reset_ends_the_call(lambda_site, lambda_apis, functions):
    functions.hangs()
    with H2(lambda_site.http) as client:
        stream = client.open(lambda_apis["2.0"].fields())
        functions.wait_for(lambda it: it.requests)
        client.send(rst_stream(stream))
        until(lambda: functions.gone == [True], "the call to be ended")
        functions.reset()
        assert client.request(lambda_apis["2.0"].fields()).status == 200


def test_a_stage_without_the_variable_of_the_function(lambda_site, functions):
    uri = "arn:aws:lambda:us-east-1:000000000000:function:${stageVariables.fn}"
    api = lambda_site.make_api({"$default": integration(uri)})
    assert_fault(lambda_site, api.ask(), 500, BAD, "no variable named 'fn'")
    assert functions.requests == []
