"""A function at the door: what it is asked, what its answers mean, what is kept of them."""

import contextlib
import json
import threading
import time

import pytest
from harness.lambdas import arn, integration, invocation
from harness.reasons import reason
from harness.waiting import until
from harness.wire import build

TOKEN = "$request.header.Authorization"
YES, NO = {"isAuthorized": True}, {"isAuthorized": False}
ANY = "arn:aws:execute-api:us-east-1:000000000000:*/$default"
HEADERS = [("Authorization", "secret")]


def policy(*statements, principal="u-1", context=None):
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    answer = {"principalId": principal, "policyDocument": document}
    return answer | ({"context": context} if context is not None else {})


def statement(effect, resource, action="execute-api:Invoke", **more):
    return {"Effect": effect, "Action": action, "Resource": resource} | more


ALLOW, DENY = (policy(statement(effect, "*")) for effect in ("Allow", "Deny"))


@pytest.fixture(scope="module")
def site(lambda_site):
    return lambda_site


class Guarded:
    """An API whose routes ask a function."""

    def __init__(self, site, target, keys=("GET /pets/{id}", "POST /pets"), sources=(TOKEN,),
                 version="2.0", simple=True, ttl=None, **members):
        self.api = site.make_api({key: target for key in keys})
        members |= {"EnableSimpleResponses": True} if simple else {}
        members |= {} if ttl is None else {"AuthorizerResultTtlInSeconds": ttl}
        made = site.v2.create_authorizer(
            ApiId=self.api.id, AuthorizerType="REQUEST", Name="asks",
            IdentitySource=list(sources), AuthorizerPayloadFormatVersion=version,
            AuthorizerUri=invocation(arn("gate")), **members)
        self.id, self.site = made["AuthorizerId"], site
        for key in keys:
            site.v2.update_route(ApiId=self.api.id, RouteId=self.api.routes[key],
                                 AuthorizationType="CUSTOM", AuthorizerId=self.id)

    def ask(self, path="/pets/7", headers=HEADERS, **how):
        return self.api.ask(path, headers=headers, **how)


def says(functions, answer):
    """The authorizer says this; integrations answer 200 with what they were told of the caller."""
    def call(event):
        if event.get("type") == "REQUEST":
            return answer(event) if callable(answer) else answer
        return {"statusCode": 200, "body": json.dumps(event["requestContext"].get("authorizer"))}

    functions.answer = call


def says_yes_later(functions):
    """It says yes: the events that it was asked, and that it may answer."""
    started, go = threading.Event(), threading.Event()

    def answer(event):
        started.set()
        assert go.wait(30)
        return YES

    says(functions, answer)
    return started, go


def questions(functions):
    return [event for event in functions.events() if event.get("type") == "REQUEST"]


def refused(answer, status):
    message = {401: "Unauthorized", 403: "Forbidden", 500: "Internal Server Error"}[status]
    assert (answer.status, answer.json()) == (status, {"message": message}), answer
    assert answer.get("www-authenticate") is None


# --- What it is asked

def test_the_question_of_format_2(site, functions, origin_url):
    api = Guarded(site, origin_url, sources=(TOKEN, "$request.querystring.q", "$context.routeKey"))
    says(functions, YES)
    answer = api.ask("/pets/7?q=1&q=2&r=%20", headers=[*HEADERS, ("Cookie", "a=1; b=2"),
                                                        ("X-Two", "1"), ("X-Two", "2")])
    assert answer.status == 200, answer
    [event] = questions(functions)
    assert functions.functions() == [arn("gate")]
    assert event["version"] == "2.0"
    assert event["routeArn"] == (f"arn:aws:execute-api:us-east-1:000000000000:{api.api.id}"
                                 "/$default/GET/pets/7")
    assert event["identitySource"] == ["secret", "1,2", "GET /pets/{id}"]
    assert (event["routeKey"], event["rawPath"]) == ("GET /pets/{id}", "/pets/7")
    assert event["rawQueryString"] == "q=1&q=2&r=%20"
    assert event["queryStringParameters"] == {"q": "1,2", "r": " "}
    assert event["pathParameters"] == {"id": "7"} and event["cookies"] == ["a=1", "b=2"]
    assert event["headers"]["authorization"] == "secret" and event["headers"]["x-two"] == "1,2"
    assert event["requestContext"]["http"]["method"] == "GET"
    assert event["requestContext"]["requestId"] == answer.get("apigw-requestid")
    assert "authorizer" not in event["requestContext"]
    assert not {"body", "isBase64Encoded"} & event.keys()


def test_the_question_of_format_1(site, functions, origin_url):
    api = Guarded(site, origin_url, version="1.0", simple=False,
                  sources=(TOKEN, "$request.header.X-B"))
    says(functions, ALLOW)
    answer = api.ask(headers=[*HEADERS, ("X-B", "b")])
    assert answer.status == 200, answer
    [event] = questions(functions)
    assert (event["version"], event["type"]) == ("1.0", "REQUEST")
    assert event["methodArn"].endswith(f":{api.api.id}/$default/GET/pets/7")
    assert event["identitySource"] == event["authorizationToken"] == "secret,b"
    assert (event["resource"], event["path"]) == ("/pets/{id}", "/pets/7")
    assert event["httpMethod"] == "GET" and event["headers"]["Authorization"] == "secret"
    assert event["pathParameters"] == {"id": "7"}
    assert event["requestContext"]["resourcePath"] == "/pets/{id}"
    assert event["requestContext"]["authorizer"] is None
    assert not {"body", "isBase64Encoded"} & event.keys()


def test_a_body_is_neither_waited_for_nor_shown(site, functions, origin_url):
    api = Guarded(site, origin_url)
    says(functions, YES)
    answer = api.ask("/pets", method="POST", body=b"a body", headers=HEADERS)
    assert answer.status == 200, answer
    assert "body" not in questions(functions)[0]
    says(functions, NO)
    refused(api.ask("/pets", method="POST", body=b"a body", headers=[("Authorization", "n")]), 403)


@pytest.mark.parametrize(("source", "path", "headers", "asks"), [
    (TOKEN, "/pets/7", [], False),
    (TOKEN, "/pets/7", [("authorization", "")], True),
    (TOKEN, "/pets/7", [("AUTHORIZATION", "x")], True),
    ("$request.querystring.q", "/pets/7", [], False),
    ("$request.querystring.q", "/pets/7?q=", [], True),
    ("$request.querystring.q", "/pets/7?q", [], True),
    ("$request.querystring.q", "/pets/7?Q=1", [], False),
    ("$stageVariables.missing", "/pets/7", [], False),
    ("$context.routeKey", "/pets/7", [], True)], ids=str)
def test_a_missing_identity_source_is_a_401_without_a_call(site, functions, origin_url, source,
                                                           path, headers, asks):
    api = Guarded(site, origin_url, sources=(source,))
    says(functions, YES)
    answer = api.ask(path, headers=headers)
    if asks:
        assert (answer.status, len(questions(functions))) == (200, 1), answer
    else:
        refused(answer, 401)
        assert reason(site, answer) == "an identity source has no value"
        assert not functions.requests


def test_no_identity_source_asks_always(site, functions, origin_url):
    api = Guarded(site, origin_url, sources=())
    says(functions, YES)
    assert api.ask(headers=()).status == 200


# --- What its answers mean

@pytest.mark.parametrize(("answer", "simple", "status"), [
    (YES, True, 200), (NO, True, 403),
    ({"isAuthorized": True, "context": None, "other": 1}, True, 200),
    (ALLOW, False, 200), (DENY, False, 403),
    (policy(), False, 500),
    (policy(statement("Allow", "*", action="*")), False, 200),
    (policy(statement("Allow", "*", action="execute-api:*")), False, 200),
    (policy(statement("Allow", "*", action="s3:GetObject")), False, 403),
    (policy(statement("Allow", "*"), statement("Deny", f"{ANY}/GET/pets/7")), False, 403),
    (policy(statement("Allow", "*"), statement("Deny", f"{ANY}/GET/pets/8")), False, 200),
    (policy(statement("Allow", f"{ANY}/GET/pets/*")), False, 200),
    (policy(statement("Allow", "arn:aws:execute-api:eu-west-1:000000000000:*")), False, 403),
    (policy(statement("Allow", "*", Condition={"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}})),
     False, 200),
    (policy(statement("Allow", "*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})),
     False, 403),
    # And what is no answer.
    (ALLOW, True, 500), (YES, False, 500), ({}, True, 500), ({}, False, 500),
    ({"isAuthorized": "true"}, True, 500), ({"isAuthorized": None}, True, 500),
    ({"isAuthorized": True, "context": "x"}, True, 500),
    ({"principalId": "u"}, False, 500), ({"policyDocument": {}}, False, 500),
    (policy(statement("Maybe", "*")), False, 500),
    (policy(statement("Allow", "*", Principal="*")), False, 500),
    (b"nonsense", True, 500), (b"", True, 500), (b"[]", True, 500), (b"null", False, 500),
    ({"isAuthorized": True, "context": {"x": "x" * 9000}}, True, 500)], ids=lambda it: None)
def test_answers(site, functions, origin_url, answer, simple, status):
    api = Guarded(site, origin_url, simple=simple)
    says(functions, answer)
    got = api.ask()
    if status == 200:
        assert got.status == 200, got
    else:
        refused(got, status)
        assert reason(site, got)


@pytest.mark.parametrize(("payload", "status"), [
    ({"errorMessage": "Unauthorized", "errorType": "Error"}, 401),
    ({"errorMessage": "unauthorized"}, 500), ({"errorMessage": "boom"}, 500), ({}, 500)])
def test_a_function_that_fails(site, functions, origin_url, payload, status):
    api = Guarded(site, origin_url)
    functions.function_fails(payload)
    refused(api.ask(), status)


@pytest.mark.parametrize("status", [403, 404, 413, 429, 500])
def test_a_function_that_cannot_be_called(site, functions, origin_url, status):
    api = Guarded(site, origin_url)
    functions.fails(status)
    refused(api.ask(), 500)


def test_nobody_at_the_endpoint(driver, new_site, origin_url):
    site = new_site(driver, ["--lambda-endpoint", "http://127.0.0.1:1"]).keep_log().up()
    api = Guarded(site, origin_url)
    refused(api.ask(), 500)
    refused(api.ask(), 500)


def test_the_integration_is_not_called_meanwhile(site, functions):
    api = Guarded(site, integration(version="2.0"))
    says(functions, NO)
    refused(api.ask(), 403)
    assert len(functions.requests) == 1


# --- What integrations and logs get

CONTEXT = {"text": "t", "number": 1.5, "yes": True, "none": None, "deep": {"a": [1, "x"]}}


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_context_in_events(site, functions, version):
    api = Guarded(site, integration(version=version), simple=False)
    says(functions, policy(statement("Allow", "*"), context=CONTEXT))
    told = api.ask().json()
    if version == "2.0":
        assert told == {"lambda": CONTEXT}
    else:
        assert told == {"principalId": "u-1", **CONTEXT}


def test_context_in_mappings_and_logs(site, functions, origin_url):
    target = {"IntegrationUri": origin_url, "RequestParameters": {
        "overwrite:header.x-user": "$context.authorizer.principalId",
        "overwrite:header.x-deep": "$context.authorizer.deep"}}
    api = Guarded(site, target, simple=False)
    site.v2.update_stage(ApiId=api.api.id, StageName="$default", AccessLogSettings={
        "DestinationArn": f"arn:aws:logs:us-east-1:000000000000:log-group:{api.api.id}",
        "Format": '{"id":"$context.requestId","who":"$context.authorizer.principalId",'
                  '"text":"$context.authorizer.text","error":"$context.authorizer.error",'
                  '"type":"$context.error.responseType"}'})
    says(functions, policy(statement("Allow", "*"), context=CONTEXT))
    first = api.ask()
    fields = {name.lower(): value for name, value in first.json()["headers"]}
    assert (fields["x-user"], fields["x-deep"]) == ("u-1", '{"a":[1,"x"]}')
    says(functions, DENY)
    second = api.ask()
    refused(second, 403)
    log = site.data / "logs" / f"{api.api.id}.log"
    until(lambda: log.exists() and log.read_text().count("\n") == 2, "two records")
    # Each worker writes its own: they may come in any order.
    records = {record["id"]: record for record in map(json.loads, log.read_text().splitlines())}
    let_in, kept_out = (records[answer.get("apigw-requestid")] for answer in (first, second))
    assert (let_in["who"], let_in["text"], let_in["error"]) == ("u-1", "t", "-")
    assert kept_out["error"] == "the authorizer does not allow this request"
    assert kept_out["type"] == "ACCESS_DENIED"


# --- What is kept

def test_without_a_time_nothing_is_kept(site, functions, origin_url):
    api = Guarded(site, origin_url)
    says(functions, YES)
    assert [api.ask().status for _ in range(3)] == [200] * 3
    assert len(questions(functions)) == 3


def test_answers_are_kept_by_their_sources(site, functions, origin_url):
    api = Guarded(site, origin_url, ttl=300)
    says(functions, lambda event: {"isAuthorized": event["identitySource"] == ["good"]})
    for _ in range(3):
        assert api.ask(headers=[("Authorization", "good")]).status == 200
        refused(api.ask(headers=[("Authorization", "bad")]), 403)
    assert len(questions(functions)) == 2, "a no is kept too"
    # By nothing else: another route is asked for by the same answer.
    assert api.ask("/pets", method="POST", headers=[("Authorization", "good")]).status == 200
    assert len(questions(functions)) == 2


def test_the_worked_once_then_403_trap(site, functions, origin_url):
    """A kept policy that names one path alone keeps the caller from all others, as on AWS."""
    api = Guarded(site, origin_url, ttl=300, simple=False)
    says(functions, lambda event: policy(statement("Allow", event["routeArn"])))
    assert api.ask("/pets/7").status == 200
    refused(api.ask("/pets/8"), 403)
    assert len(questions(functions)) == 1
    by_route = Guarded(site, origin_url, ttl=300, simple=False,
                       sources=(TOKEN, "$context.routeKey"))
    assert by_route.ask("/pets/7").status == 200
    assert by_route.ask("/pets", method="POST").status == 200
    assert len(questions(functions)) == 3


def test_answers_end(site, functions, origin_url):
    api = Guarded(site, origin_url, ttl=1)
    says(functions, YES)
    assert api.ask().status == 200
    says(functions, NO)
    until(lambda: api.ask().status == 403, "the end of the first answer", 30)
    assert len(questions(functions)) == 2


def test_failures_are_not_kept(site, functions, origin_url):
    api = Guarded(site, origin_url, ttl=300)
    functions.function_fails({"errorMessage": "boom"})
    refused(api.ask(), 500)
    functions.always(None)
    says(functions, YES)
    assert api.ask().status == 200


def test_the_cache_is_reset(site, functions, origin_url):
    api = Guarded(site, origin_url, ttl=300)
    says(functions, YES)
    assert api.ask().status == 200
    says(functions, NO)
    assert api.ask().status == 200
    site.v2.reset_authorizers_cache(ApiId=api.api.id, StageName="$default")
    refused(api.ask(), 403)


def test_another_authorizer_s_answers_are_no_good(site, functions, origin_url):
    first, second = (Guarded(site, origin_url, ttl=300) for _ in range(2))
    says(functions, YES)
    assert first.ask().status == 200
    says(functions, NO)
    refused(second.ask(), 403)
    assert first.ask().status == 200
    # Nor is what another function said.
    site.v2.update_authorizer(ApiId=first.api.id, AuthorizerId=first.id,
                              AuthorizerUri=invocation(arn("other")))
    refused(first.ask(), 403)
    assert functions.functions()[-1] == arn("other")


def test_answers_to_other_identity_sources_are_no_good(site, functions, origin_url):
    api = Guarded(site, origin_url, ttl=300)
    says(functions, YES)
    assert api.ask(headers=[("Authorization", "same")]).status == 200
    says(functions, NO)
    site.v2.update_authorizer(ApiId=api.api.id, AuthorizerId=api.id,
                              IdentitySource=["$request.header.Token"])
    refused(api.ask(headers=[("Token", "same")]), 403)
    assert len(questions(functions)) == 2


def test_a_stage_made_again_knows_no_answers(site, functions, origin_url):
    api = Guarded(site, origin_url, ttl=300)
    says(functions, YES)
    assert api.ask().status == 200
    says(functions, NO)
    site.v2.delete_stage(ApiId=api.api.id, StageName="$default")
    site.v2.create_stage(ApiId=api.api.id, StageName="$default", AutoDeploy=True)
    refused(api.ask(), 403)


def test_equal_requests_ask_once(driver, new_site, functions, origin_url):
    site = new_site(driver, ["--workers", "2", "--lambda-endpoint", functions.url]).up()
    api = Guarded(site, origin_url, ttl=300)
    started, go = says_yes_later(functions)
    statuses = []
    threads = [threading.Thread(target=lambda: statuses.append(api.ask().status))
               for _ in range(24)]
    for thread in threads:
        thread.start()
    assert started.wait(30)
    time.sleep(0.3)
    assert statuses == []
    go.set()
    for thread in threads:
        thread.join(60)
    assert statuses == [200] * 24
    assert len(questions(functions)) == 1


def test_who_waits_for_an_answer_has_its_head_s_time_behind_it(driver, new_site, functions,
                                                               origin_url):
    flags = ["--lambda-endpoint", functions.url, "--head-timeout-ms", "1500"]
    site = new_site(driver, flags).up()
    api = Guarded(site, origin_url, ttl=300)
    started, go = says_yes_later(functions)
    first = threading.Thread(target=api.ask)
    first.start()
    assert started.wait(30)
    with api.api.wire() as wire:
        wire.send(build("/pets", method="POST", host=api.api.host,
                        headers=[*HEADERS, ("Content-Length", "6")]))
        time.sleep(3)
        go.set()
        time.sleep(0.2)
        wire.send(b"a body")
        assert wire.response().status == 200
    first.join(60)
    assert len(questions(functions)) == 1


def test_one_that_hangs_up_does_not_take_the_others_with_it(site, functions, origin_url):
    api = Guarded(site, origin_url, ttl=300)
    started, go = threading.Event(), threading.Event()

    def answer(event):
        first = not started.is_set()
        started.set()
        assert not first or go.wait(30)
        return YES

    says(functions, answer)
    with api.api.wire() as first:
        first.send(build("/pets/7", host=api.api.host, headers=HEADERS))
        assert started.wait(30)
        statuses = []
        second = threading.Thread(target=lambda: statuses.append(api.ask().status))
        second.start()
        time.sleep(0.2)
    second.join(60)
    go.set()
    assert statuses == [200]
    assert len(questions(functions)) == 2


def test_a_function_that_is_late_is_a_500_and_nothing_is_kept_of_it(driver, new_site, functions,
                                                                    origin_url):
    flags = ["--lambda-endpoint", functions.url, "--limit-authorizer-timeout-ms", "300"]
    site = new_site(driver, flags).keep_log().up()
    api = Guarded(site, origin_url, ttl=300)
    functions.hangs()
    late = api.ask()
    refused(late, 500)
    assert reason(site, late) == "no whole answer in time"
    until(lambda: functions.gone, "its connection to be closed")
    functions.reset()
    says(functions, YES)
    assert api.ask().status == 200 and api.ask().status == 200
    assert len(questions(functions)) == 1


def test_a_hanging_function_harms_no_other_route(driver, new_site, functions, origin_url):
    site = new_site(driver, ["--workers", "1", "--lambda-endpoint", functions.url]).up()
    api = Guarded(site, origin_url)
    other = site.make_api({"GET /": origin_url})
    functions.hangs()
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            wire = stack.enter_context(api.api.wire())
            wire.send(build("/pets/7", host=api.api.host, headers=HEADERS))
        until(lambda: len(functions.heads) >= 50, "the calls", 30)
        began = time.monotonic()
        assert [other.ask("/").status for _ in range(50)] == [200] * 50
        assert time.monotonic() - began < 8, "they waited"
