"""Functions that crash, hang, eat memory or are too many: whoever asked is told, nobody is hurt."""

import concurrent.futures
import json
import os
import signal
import socket
import threading
import time

import boto3
import botocore.exceptions
import pytest
from botocore.config import Config

from harness.functions import Host, call, create, create_bootstrap, log_of, zipped
from harness.sigv4 import sign
from harness.waiting import until


@pytest.fixture(scope="module")
def host():
    site = Host().start("--functions-concurrency=4", "--functions-retry-wait-ms=50")
    yield site
    site.close()


@pytest.fixture
def functions(host):
    return host.functions


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_an_error_of_a_handler_leaves_its_environment_warm(functions):
    create(functions, "raises")
    before, _ = call(functions, "raises")
    failed, whole = call(functions, "raises", {"raise": "as asked"}, LogType="Tail")
    assert whole["StatusCode"] == 200 and whole["FunctionError"] == "Unhandled"
    assert failed["errorType"] == "ValueError" and failed["errorMessage"] == "as asked"
    assert "[ERROR] ValueError" in log_of(whole)
    assert call(functions, "raises")[0]["pid"] == before["pid"]


def test_an_error_without_a_type_is_one_in_the_log_too(functions):
    create_bootstrap(functions, "untyped")
    failed, whole = call(functions, "untyped", {"untyped": "no"}, LogType="Tail")
    assert whole["FunctionError"] == "Unhandled" and failed == {"errorMessage": "no"}
    assert "Status: error\tError Type: Runtime.Unknown" in log_of(whole)


@pytest.mark.parametrize("event, how", [
    ({"exit": 3}, "exit status 3"),
    ({"exit": 0}, "Runtime exited without providing a reason"),
    ({"signal": int(signal.SIGKILL)}, "signal: killed"),
    ({"signal": int(signal.SIGSEGV)}, "signal: segmentation fault"),
], ids=["exit", "quiet", "killed", "segfault"])
def test_a_crash_is_told_and_the_next_invocation_gets_a_fresh_process(functions, event, how):
    name = f"crash-{abs(hash(how))}"
    create(functions, name)
    before, _ = call(functions, name)
    failed, whole = call(functions, name, event, LogType="Tail")
    assert whole["FunctionError"] == "Unhandled"
    assert failed["errorType"] == "Runtime.ExitError"
    request_id = whole["ResponseMetadata"]["RequestId"]
    assert failed["errorMessage"].startswith(f"RequestId: {request_id} Error: Runtime exited")
    assert how in failed["errorMessage"]
    assert "Error Type: Runtime.ExitError" in log_of(whole)
    after, _ = call(functions, name)
    assert after["pid"] != before["pid"] and after["count"] == 1


def test_a_hanging_function_is_ended_with_all_its_processes(functions):
    create(functions, "hangs", Timeout=1)
    failed, whole = call(functions, "hangs", {"child": "hang"}, LogType="Tail")
    assert whole["FunctionError"] == "Unhandled"
    assert failed["errorType"] == "Sandbox.Timedout"
    assert failed["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
    log = log_of(whole)
    assert "Task timed out after 1.00 seconds" in log
    child = int(log.split("child ")[1].split()[0])
    until(lambda: not alive(child), "the child of the function to be gone")
    assert call(functions, "hangs")[0]["count"] == 1


def test_memory_is_bounded(functions):
    create(functions, "eats", MemorySize=128, Timeout=60)
    failed, whole = call(functions, "eats", {"eat_mb": 400}, LogType="Tail")
    assert whole["FunctionError"] == "Unhandled" and failed["errorType"] == "Runtime.OutOfMemory"
    assert "signal: killed" in failed["errorMessage"]
    assert "Error Type: Runtime.OutOfMemory" in log_of(whole)
    assert call(functions, "eats")[0]["count"] == 1


@pytest.mark.parametrize("how, kind", [
    ("error", "Own.Init"), ("exit", "Runtime.ExitError"), ("hang", "Sandbox.Timedout")])
def test_a_function_that_cannot_start_says_why(functions, how, kind):
    create_bootstrap(functions, f"init-{how}", Timeout=1,
                     Environment={"Variables": {"OWN_INIT": how}})
    for _ in range(2):
        failed, whole = call(functions, f"init-{how}")
        assert whole["FunctionError"] == "Unhandled" and failed["errorType"] == kind
    functions.update_function_configuration(
        FunctionName=f"init-{how}", Environment={"Variables": {"OWN_INIT": "well"}})
    assert "echo" in call(functions, f"init-{how}")[0]


def test_code_that_cannot_be_imported_is_an_init_error(functions, host):
    create(functions, "broken", zipped(app__py="import nothing_like_it"))
    failed, whole = call(functions, "broken")
    assert failed["errorType"] == "Runtime.ImportModuleError", failed
    create(functions, "no-bootstrap", zipped(a="b"), "provided.al2023", "h")
    failed, _ = call(functions, "no-bootstrap")
    assert "bootstrap" in failed["errorMessage"] and "missing" in failed["errorMessage"]
    log = host.state("logs", "000000000000", "us-east-1", "broken.log")
    until(lambda: log.exists() and "INIT_REPORT" in log.read_text(), "the log")


def test_one_function_that_hangs_does_not_hold_another_up(functions, host):
    create(functions, "slow", Timeout=60)
    create(functions, "quick")
    gate = host.folder / "gate"
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        waiting = [threads.submit(call, functions, "slow", {"wait_for": str(gate)})
                   for _ in range(8)]
        for _ in range(5):
            assert call(functions, "quick")[1]["StatusCode"] == 200
        assert not any(one.done() for one in waiting)
        gate.write_text("")
        pids = {one.result(60)[0]["pid"] for one in waiting}
    assert 1 <= len(pids) <= 4, "no more environments than --functions-concurrency"


@pytest.mark.timeout(600)
def test_a_thousand_at_once_are_served_in_turn(functions, host):
    """The order of service is the order of arrival: with one environment, all of the first half
    come before any of the second."""
    many = Config(retries={"total_max_attempts": 1}, max_pool_connections=1001,
                  read_timeout=400, connect_timeout=60)
    client = boto3.client(
        "lambda", endpoint_url=host.endpoint, region_name="us-east-1", aws_access_key_id="test",
        aws_secret_access_key="test", config=many)
    create_bootstrap(functions, "crowd", Timeout=600)
    functions.put_function_concurrency(FunctionName="crowd", ReservedConcurrentExecutions=1)
    gate, busy = host.folder / "crowd-gate", host.folder / "crowd-busy"
    threading.stack_size(256 * 1024)
    with concurrent.futures.ThreadPoolExecutor(1001) as threads:
        def ask(event):
            return threads.submit(call, client, "crowd", event)

        halves = []
        try:
            first = ask({"wait_for": str(gate), "touch": str(busy)})
            until(busy.exists, "the environment to be busy")
            for half in (1, 2):
                halves.append([ask({"number": number}) for number in range(500)])
                until(lambda: host.load()["waitingInvocations"] == 500 * half, "all to wait", 200)
        finally:
            # Whatever went wrong: nobody may be left waiting.
            gate.write_text("")
        assert first.result(400)[0]["served"] == 1
        answers = [[one.result(400)[0] for one in half] for half in halves]
    threading.stack_size(0)
    for half in answers:
        assert [answer["echo"]["number"] for answer in half] == list(range(500))
    assert {answer["served"] for answer in answers[0]} == set(range(2, 502))
    assert {answer["served"] for answer in answers[1]} == set(range(502, 1002))


def test_an_event_is_tried_three_times(functions, host):
    create(functions, "fails")
    tries = host.folder / "tries"
    functions.invoke(FunctionName="fails", InvocationType="Event",
                     Payload=json.dumps({"touch": str(tries), "fail": True}))
    until(lambda: tries.exists() and not list(host.state("events").iterdir()),
          "the event to be given up")
    assert tries.read_text().count("x") == 3


def test_nothing_of_functions_outlives_the_host(new_host):
    site = new_host().start()
    create(site.functions, "idle")
    create(site.functions, "busy", Timeout=300)
    idle = call(site.functions, "idle")[0]["pid"]
    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        busy = threads.submit(call, site.functions, "busy", {"child": "hang"})
        log = site.state("logs", "000000000000", "us-east-1", "busy.log")
        until(lambda: log.exists() and "asked for" in log.read_text(), "the busy one to run")
        assert site.stop("ringgate") == 0
        # It was cut off, which its client sees as an error of the function or of the connection.
        try:
            assert busy.result(60)[1]["FunctionError"]
        except botocore.exceptions.BotoCoreError:
            pass
    until(lambda: not alive(idle), "the process of a function to be gone")


def test_a_killed_host_loses_nothing_that_it_acknowledged(new_host):
    site = new_host().start()
    create(site.functions, "kept", Publish=True)
    site.functions.create_alias(FunctionName="kept", Name="live", FunctionVersion="1")
    pid = call(site.functions, "kept")[0]["pid"]
    # One that is under way, and one that waits behind it.
    site.functions.put_function_concurrency(FunctionName="kept", ReservedConcurrentExecutions=1)
    site.functions.update_function_configuration(FunctionName="kept", Timeout=120)
    gate, done = site.folder / "gate", site.folder / "done"
    for event in ({"wait_for": str(gate), "touch": str(done)}, {"touch": str(done)}):
        site.functions.invoke(FunctionName="kept", InvocationType="Event",
                              Payload=json.dumps(event))
    until(done.exists, "the first event to run")
    site.kill("ringgate")
    until(lambda: not alive(pid), "processes of functions to be gone with their host")
    gate.write_text("")
    site.start()
    names = [f["FunctionName"] for f in site.functions.list_functions()["Functions"]]
    assert names == ["kept"]
    answer, whole = call(site.functions, "kept:live")
    assert whole["ExecutedVersion"] == "1" and answer["count"] == 1
    until(lambda: not list(site.state("events").iterdir()), "the events to be done")
    assert done.read_text().count("x") >= 3, "both ran, the first one twice"


def test_memory_of_all_is_shared_fairly(new_host):
    """Room for two environments: a third function gets its turn once another is done."""
    site = new_host().start("--functions-memory-mb=256", "--functions-idle-timeout-ms=600000")
    for name in ("a", "b", "c", "d"):
        create_bootstrap(site.functions, name)
    for name in ("a", "b", "c", "d", "a"):
        assert "echo" in call(site.functions, name)[0]
    create_bootstrap(site.functions, "large", MemorySize=1024)
    failed, _ = call(site.functions, "large")
    assert "--functions-memory-mb" in failed["errorMessage"]


@pytest.fixture
def new_host():
    sites = []

    def make():
        sites.append(Host())
        return sites[-1]

    yield make
    for site in sites:
        site.close()


def test_idle_environments_end(new_host):
    site = new_host().start("--functions-idle-timeout-ms=300")
    create_bootstrap(site.functions, "short")
    pid = call(site.functions, "short")[0]["pid"]
    assert os.path.exists(f"/proc/{pid}")
    until(lambda: not alive(pid), "the environment to end")
    start = time.monotonic()
    assert "echo" in call(site.functions, "short")[0] and time.monotonic() - start < 60


def send_raw(host, method, path, body, headers=()):
    """Sends a whole signed request on a connection that is given, unread."""
    name = f"127.0.0.1:{host.management}"
    fields = sign(method, name, path, body, service="lambda", headers=headers)
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", host.management))
    connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: {name}\r\n{head}"
                       f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return connection


def test_a_client_that_goes_away_leaves_no_change_half_made(functions, host):
    create_bootstrap(functions, "left")
    file, = host.state("state").glob("*.left.json")
    for reserved in range(1, 31):
        body = json.dumps({"ReservedConcurrentExecutions": reserved}).encode()
        send_raw(host, "PUT", "/2017-10-31/functions/left/concurrency", body).close()

    def kept():
        return json.loads(file.read_text()).get("reservedConcurrency")

    until(kept, "one of the changes to be made")

    def agree():
        shown = functions.get_function_concurrency(FunctionName="left")
        return shown.get("ReservedConcurrentExecutions") == kept()

    until(agree, "what is kept to be what is shown")


def test_an_event_whose_sender_went_away_is_not_left_over(functions, host, tmp_path):
    create_bootstrap(functions, "sent")
    marks = [tmp_path / str(number) for number in range(20)]
    for mark in marks:
        body = json.dumps({"touch": str(mark)}).encode()
        send_raw(host, "POST", "/2015-03-31/functions/sent/invocations", body,
                 [("X-Amz-Invocation-Type", "Event")]).close()
    until(lambda: any(mark.exists() for mark in marks), "one of the events to be run")
    until(lambda: not list(host.state("events").iterdir()), "every event that was kept to be run")


def test_events_of_a_function_that_hangs_hold_up_no_other(functions, tmp_path):
    create_bootstrap(functions, "stuck", Timeout=600)
    create_bootstrap(functions, "free")
    go_on, mark = tmp_path / "go_on", tmp_path / "mark"
    for _ in range(80):
        functions.invoke(FunctionName="stuck", InvocationType="Event",
                         Payload=json.dumps({"wait_for": str(go_on)}))
    functions.invoke(FunctionName="free", InvocationType="Event",
                     Payload=json.dumps({"touch": str(mark)}))
    until(mark.exists, "the event of the other function")
    go_on.touch()


def test_a_client_that_does_not_read_on_holds_no_environment(functions, host, tmp_path):
    create_bootstrap(functions, "unread", Timeout=1)
    begun = tmp_path / "begun"
    path = "/2021-11-15/functions/unread/response-streaming-invocations"
    functions.put_function_concurrency(FunctionName="unread", ReservedConcurrentExecutions=1)
    # More than the buffers of sockets hold.
    body = json.dumps({"touch": str(begun), "stream": ["x"], "flood_mb": 64}).encode()
    connection = send_raw(host, "POST", path, body)
    until(begun.exists, "the stream to begin")
    assert call(functions, "unread", {"a": 1})[0]["echo"] == {"a": 1}, "its time ran out"
    connection.close()


def test_a_version_has_one_number(functions):
    create_bootstrap(functions, "numbered")
    functions.publish_version(FunctionName="numbered")
    functions.create_alias(FunctionName="numbered", Name="live", FunctionVersion="1")
    for wrong in ("01", "+1"):
        with pytest.raises(functions.exceptions.ResourceNotFoundException):
            functions.create_alias(FunctionName="numbered", Name="odd", FunctionVersion=wrong)
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.delete_function(FunctionName="numbered", Qualifier="01")
    assert call(functions, "numbered", Qualifier="live")[1]["ExecutedVersion"] == "1"
