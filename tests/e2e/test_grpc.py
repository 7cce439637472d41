"""gRPC through the gateway, grpcio's client and server on either side: every kind of call, its
status in trailers, deadlines and cancellation; in clear and under TLS."""

import queue
import threading

import grpc
import pytest

from harness.grpcs import Client, GrpcServer

WAIT_S = 20


@pytest.fixture
def server():
    server = GrpcServer()
    yield server
    server.close()


@pytest.fixture(params=["clear", "tls"])
def client(request, secure, server):
    api = secure.make_api({"ANY /{proxy+}": server.url})
    root = (secure.data / "self-signed.pem").read_bytes()
    tls = request.param == "tls"
    with Client(secure.https if tls else secure.http, api.host, root if tls else None) as client:
        yield client


def test_unary(client, server):
    answer, call = client.unary.with_call(b"hello", timeout=WAIT_S, metadata=(("x-mine", "1"),))
    assert answer == b"hello" and call.code() == grpc.StatusCode.OK
    assert dict(call.trailing_metadata())["x-sum"] == "5"
    assert dict(call.trailing_metadata())["x-raw-bin"] == b"\0\xff"
    metadata = server.echo.metadata[0]
    assert metadata["x-mine"] == "1" and "forwarded" in metadata


@pytest.mark.parametrize("size", [0, 1, 20_000, 3_000_000])
def test_messages_of_any_size(client, size):
    assert client.unary(b"x" * size, timeout=WAIT_S) == b"x" * size


def test_a_status_and_its_message(client):
    with pytest.raises(grpc.RpcError) as raised:
        client.fail(b"", timeout=WAIT_S)
    error = raised.value
    assert error.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert error.details() == "as asked: \u00e4 100%"
    assert dict(error.trailing_metadata())["x-why"] == "wanted"


def test_an_answer_of_trailers_only(client):
    with pytest.raises(grpc.RpcError) as raised:
        client.missing(b"", timeout=WAIT_S)
    assert raised.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_server_streaming(client):
    assert list(client.count(b"2000", timeout=WAIT_S)) == [b"%d" % n for n in range(2000)]


def test_client_streaming(client):
    messages = (b"%d" % n for n in range(2000))
    assert client.sum(messages, timeout=WAIT_S) == b"%d" % sum(range(2000))


def test_both_stream_in_turns(client):
    """Each message is sent once the last one has been answered."""
    waiting = queue.Queue()
    answers = client.chat(iter(waiting.get, None), timeout=WAIT_S)
    for number in range(50):
        waiting.put(b"%d" % number)
        assert next(answers) == b"re: %d" % number
    waiting.put(None)
    assert list(answers) == [] and answers.code() == grpc.StatusCode.OK


def test_many_streams_in_turns_at_once(client):
    """More than the slow uploads that may hold a connection of HTTP/1.1."""
    queues = [queue.Queue() for _ in range(20)]
    calls = [client.chat(iter(waiting.get, None), timeout=WAIT_S) for waiting in queues]
    for turn in range(3):
        for waiting in queues:
            waiting.put(b"%d" % turn)
        assert [next(call) for call in calls] == [b"re: %d" % turn] * len(calls)
    for waiting in queues:
        waiting.put(None)
    assert [list(call) for call in calls] == [[]] * len(calls)


def test_calls_side_by_side(client):
    calls = [client.unary.future(b"%d" % n, timeout=WAIT_S) for n in range(300)]
    assert [call.result() for call in calls] == [b"%d" % n for n in range(300)]


def test_a_deadline_reaches_the_server(client, server):
    with pytest.raises(grpc.RpcError) as raised:
        client.wait(b"", timeout=3)
    assert server.echo.entered.is_set()
    assert raised.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    assert server.echo.cancelled.wait(10)
    client.unary(b"", timeout=60)
    # grpcio rounds what it is told.
    assert 0 < server.echo.deadlines[-1] <= 61


def test_a_cancel_reaches_the_server(client, server):
    waiting = queue.Queue()
    call = client.chat(iter(waiting.get, None))
    waiting.put(b"1")
    assert next(call) == b"re: 1"
    call.cancel()
    assert server.echo.cancelled.wait(10)
    waiting.put(None)
    assert client.unary(b"after", timeout=WAIT_S) == b"after"


def test_a_client_that_goes_away_reaches_the_server(client, server):
    done = threading.Event()
    call = client.wait.future(b"")
    call.add_done_callback(lambda _: done.set())
    assert server.echo.entered.wait(10)
    client.channel.close()
    assert done.wait(10) and server.echo.cancelled.wait(10)


def test_a_server_that_is_gone(secure):
    server = GrpcServer()
    api = secure.make_api({"ANY /{proxy+}": server.url})
    with Client(secure.http, api.host) as client:
        assert client.unary(b"1", timeout=WAIT_S) == b"1"
        server.close()
        with pytest.raises(grpc.RpcError) as raised:
            client.unary(b"2", timeout=WAIT_S)
        assert raised.value.code() == grpc.StatusCode.UNAVAILABLE
