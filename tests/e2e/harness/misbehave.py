"""An origin whose behaviour is named by the first segment of the request's path.

`/echo/…` is answered in order with the target. Everything else breaks a rule of RFC 9110 or 9112,
or dies, or dawdles, in the way its name says. `BEHAVIOURS` lists them with what a client may see.
"""

import socket
import threading
import time

from .origin import Origin, response

RESET = b"\1\0\0\0\0\0\0\0"
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
SMUGGLED = response(body=b"smuggled")
CHUNKS = b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
DRIP_S = 0.05
# What was sent is read by then; a reset throws away what is not.
RESET_AFTER_S = 0.3
UNASKED_AFTER_S = 0.005
MIB = 1 << 20

# What a client may see. A fault is the gateway's own 502, 503 or 504; broken is that, or a response
# that visibly ends too early; anything else is the whole response: a status and a body.
FAULT, BROKEN = "fault", "broken"
OK = (200, b"hello")
BEHAVIOURS = {}


class Behaviour:
    def __init__(self, act, seen, method="GET"):
        self.act, self.seen, self.method = act, seen, method


def behaviour(name, seen, method="GET"):
    def add(act):
        BEHAVIOURS[name] = Behaviour(act, seen, method)
        return act

    return add


def says(name, data, seen, method="GET", close=False):
    """Sends these bytes once the request is there; keeps the connection or ends it in order."""
    def act(peer, request):
        peer.send(data)
        return not close

    behaviour(name, seen, method)(act)


def reset(peer):
    peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    return False


def length(count, body, *fields):
    head = b"".join(field + b"\r\n" for field in fields)
    return HEAD + b"Content-Length: %d\r\n%s\r\n" % (count, head) + body


def head_of(*lines, body=b"hello"):
    return b"\r\n".join([b"HTTP/1.1 200 OK", *lines]) + b"\r\n\r\n" + body


# Heads that are none

says("bad-status-line", b"HTTP/1.1 OK\r\nContent-Length: 5\r\n\r\nhello", FAULT)
says("status-0", b"HTTP/1.1 000 x\r\nContent-Length: 5\r\n\r\nhello", FAULT)
says("status-99", b"HTTP/1.1 99 x\r\nContent-Length: 5\r\n\r\nhello", FAULT)
says("status-1000", b"HTTP/1.1 1000 x\r\nContent-Length: 5\r\n\r\nhello", FAULT)
says("status-2oo", b"HTTP/1.1 2oo OK\r\nContent-Length: 5\r\n\r\nhello", FAULT)
says("status-minus", b"HTTP/1.1 -200 OK\r\nContent-Length: 5\r\n\r\nhello", FAULT)
says("no-reason-no-space", b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", (OK, FAULT))
says("reason-with-nul", b"HTTP/1.1 200 O\0K\r\nContent-Length: 5\r\n\r\nhello", FAULT)
says("reason-with-cr", b"HTTP/1.1 200 O\rK\r\nContent-Length: 5\r\n\r\nhello", FAULT)
says("reason-of-utf-8", b"HTTP/1.1 200 \xc3\xa9\r\nContent-Length: 5\r\n\r\nhello", (OK, FAULT))
says("two-spaces", b"HTTP/1.1  200 OK\r\nContent-Length: 5\r\n\r\nhello", FAULT)
says("leading-space", b" HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", FAULT)
says("leading-crlf", b"\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", (OK, FAULT))
says("lower-case-version", b"http/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", FAULT)
says("version-2", b"HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", FAULT)
says("version-1.10", b"HTTP/1.10 200 OK\r\nContent-Length: 5\r\n\r\nhello", FAULT)
says("icy", b"ICY 200 OK\r\nContent-Length: 5\r\n\r\nhello", FAULT)
says("garbage", bytes(range(256)) * 4, FAULT, close=True)
says("garbage-kept", b"\x15\x03\x01\x00\x02\x02\x28\r\n\r\n", FAULT)
says("http09", b"<html>hello</html>\r\n", FAULT, close=True)
says("a-request", b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n", FAULT)
says("empty-lines", b"\r\n" * 1000, FAULT, close=True)
says("bare-lf-head", b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", FAULT)
says("bare-cr-head", b"HTTP/1.1 200 OK\rContent-Length: 5\r\r\r\n\r\nhello", FAULT)
says("field-without-colon", head_of(b"nonsense", b"Content-Length: 5"), FAULT)
says("field-without-name", head_of(b": x", b"Content-Length: 5"), FAULT)
says("space-before-colon", head_of(b"Content-Length : 5"), FAULT)
says("folded-field", head_of(b"X-A: a", b" b", b"Content-Length: 5"), FAULT)
says("folded-length", head_of(b"Content-Length:", b" 5"), FAULT)
says("nul-in-field", head_of(b"X-A: a\0b", b"Content-Length: 5"), FAULT)
says("cr-in-field", head_of(b"X-A: a\rSet-Cookie: b", b"Content-Length: 5"), FAULT)
says("lf-in-field", head_of(b"X-A: a\nSet-Cookie: b", b"Content-Length: 5"), FAULT)
says("control-in-field", head_of(b"X-A: a\x01b", b"Content-Length: 5"), FAULT)
says("odd-field-name", head_of(b"X A: b", b"Content-Length: 5"), FAULT)
says("1mb-head", head_of(b"X-A: " + b"v" * MIB, b"Content-Length: 5"), FAULT, close=True)
says("20000-fields", head_of(*[b"X-A: v"] * 20_000, b"Content-Length: 5"), FAULT, close=True)
says("201-fields", head_of(*[b"X-A: v"] * 201, b"Content-Length: 5"), FAULT, close=True)

# Framings that contradict themselves

says("two-lengths", head_of(b"Content-Length: 5", b"Content-Length: 6", body=b"hello!"), FAULT)
says("same-length-twice", head_of(b"Content-Length: 5", b"Content-Length: 5"), (OK, FAULT))
says("length-list", head_of(b"Content-Length: 5, 6", body=b"hello!"), FAULT)
says("length-signed", head_of(b"Content-Length: +5"), FAULT)
says("length-negative", head_of(b"Content-Length: -5"), FAULT)
says("length-hexadecimal", head_of(b"Content-Length: 0x5"), FAULT)
says("length-empty", head_of(b"Content-Length:"), FAULT)
says("length-beyond-64-bits", head_of(b"Content-Length: 18446744073709551621"), FAULT)
says("te-and-cl", CHUNKED[:-2] + b"Content-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n", FAULT)
says("te-unknown", head_of(b"Transfer-Encoding: rot13"), FAULT, close=True)
says("te-gzip-chunked", head_of(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"), FAULT)
says("te-twice", head_of(*[b"Transfer-Encoding: chunked"] * 2, body=b"0\r\n\r\n"), FAULT)
says("te-identity", head_of(b"Transfer-Encoding: identity"), FAULT, close=True)
says("te-empty", head_of(b"Transfer-Encoding:", body=b"5\r\nhello\r\n0\r\n\r\n"), FAULT, close=True)
says("te-of-1.0", b"HTTP/1.0 200 OK\r\n" + CHUNKS, (OK, FAULT), close=True)

# Framings that are odd and whole

says("length", length(5, b"hello"), OK)
says("length-of-zeros", head_of(b"Content-Length: 0000000005"), OK)
says("no-length-close", head_of(), OK, close=True)
says("http10-close", b"HTTP/1.0 200 OK\r\n\r\nhello", OK, close=True)
says("http10-length", b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", OK, close=True)
says("http10-keep-alive", b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\n"
     b"hello", OK)
says("http12", b"HTTP/1.2 200 OK\r\nContent-Length: 5\r\n\r\nhello", (OK, FAULT))
says("status-999", b"HTTP/1.1 999 Odd\r\nContent-Length: 5\r\n\r\nhello", ((999, b"hello"), FAULT))
says("chunked", CHUNKED + b"2\r\nhe\r\n3;a=b\r\nllo\r\n0\r\n\r\n", OK)
says("chunked-upper-case", head_of(b"Transfer-Encoding: CHUNKED", body=b"5\r\nhello\r\n0\r\n\r\n"),
     OK)
says("trailers", CHUNKED + b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n", OK)
says("close-option", length(5, b"hello", b"Connection: close"), OK, close=True)
says("close-option-but-open", length(5, b"hello", b"Connection: close"), OK)
says("close-after-response", length(5, b"hello", b"Connection: keep-alive"), OK, close=True)
says("nominated-length", length(5, b"hello", b"Connection: content-length"), OK)
says("nominated-coding", HEAD + b"Connection: transfer-encoding\r\n" + CHUNKS, OK)
says("tabs-around-length", head_of(b"Content-Length:\t5\t"), OK)
says("odd-but-legal-fields", head_of(b"X-A:", b"X-B: \xe9\t\xff", b"!#$%&'*+.^`|~: x",
                                     b"Content-Length: 5"), OK)
says("205-with-body", b"HTTP/1.1 205 x\r\nContent-Length: 5\r\n\r\nhello",
     ((205, b"hello"), (205, b""), FAULT))


# Bodies that lie

says("short-length", length(100, b"hello"), BROKEN, close=True)
says("short-length-by-one", length(6, b"hello"), BROKEN, close=True)
says("huge-length", length(2**63 - 1, b"hello"), BROKEN, close=True)
says("no-body-at-all", length(5, b""), BROKEN, close=True)
says("long-length", length(5, b"hello, and more"), OK)
says("long-length-a-response", length(5, b"hello" + SMUGGLED), OK)
says("two-responses", length(5, b"hello") + SMUGGLED, OK)
says("chunked-and-more", CHUNKED + b"5\r\nhello\r\n0\r\n\r\n" + SMUGGLED, OK)
says("204-with-body", b"HTTP/1.1 204 x\r\n\r\n" + SMUGGLED, (204, b""))
says("204-with-length", b"HTTP/1.1 204 x\r\nContent-Length: 5\r\n\r\n", ((204, b""), FAULT))
says("204-with-length-and-body", b"HTTP/1.1 204 x\r\nContent-Length: 8\r\n\r\nsmuggled",
     ((204, b""), FAULT))
says("204-with-chunks", b"HTTP/1.1 204 x\r\n" + CHUNKS, ((204, b""), FAULT))
says("304-with-length", b"HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n", (304, b""))
says("304-with-body", b"HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\nhello", (304, b""))
says("304-with-chunks", b"HTTP/1.1 304 x\r\n" + CHUNKS, ((304, b""), FAULT))
says("head-with-body", length(5, b"hello"), (200, b""), "HEAD")
says("head-with-chunks", CHUNKED + b"5\r\nhello\r\n0\r\n\r\n", (200, b""), "HEAD")
says("head-with-a-response", length(8, b"") + SMUGGLED, (200, b""), "HEAD")
says("bad-chunk", CHUNKED + b"zz\r\nhello\r\n0\r\n\r\n", BROKEN)
says("bad-chunk-second", CHUNKED + b"5\r\nhello\r\nzz\r\nhello\r\n0\r\n\r\n", BROKEN)
says("chunk-negative", CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n", BROKEN)
says("chunk-prefix", CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n", BROKEN)
says("chunk-space", CHUNKED + b" 5\r\nhello\r\n0\r\n\r\n", BROKEN)
says("chunk-overflow", CHUNKED + b"10000000000000005\r\nhello\r\n0\r\n\r\n", BROKEN)
says("chunk-longer", CHUNKED + b"4\r\nhello\r\n0\r\n\r\n", BROKEN)
says("chunk-shorter", CHUNKED + b"6\r\nhello\r\n0\r\n\r\n", BROKEN, close=True)
says("chunk-without-crlf", CHUNKED + b"5\r\nhello0\r\n\r\n", BROKEN)
says("chunk-bare-lf", CHUNKED + b"5\nhello\n0\n\n", BROKEN)
says("chunk-nul", CHUNKED + b"5;a=\0\r\nhello\r\n0\r\n\r\n", BROKEN)
says("chunk-extension-1mb", CHUNKED + b"5;" + b"e" * MIB + b"\r\nhello\r\n0\r\n\r\n", BROKEN,
     close=True)
says("no-last-chunk", CHUNKED + b"5\r\nhello\r\n", BROKEN, close=True)
says("half-a-last-chunk", CHUNKED + b"5\r\nhello\r\n0\r\n", BROKEN, close=True)
says("half-a-chunk-size", CHUNKED + b"5\r\nhello\r\n1", BROKEN, close=True)
says("trailers-that-frame", CHUNKED + b"5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n",
     (OK, BROKEN))
says("trailers-folded", CHUNKED + b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n 2\r\n\r\n", BROKEN)
says("trailers-bad", CHUNKED + b"5\r\nhello\r\n0\r\nnonsense\r\n\r\n", BROKEN)
says("trailers-1mb", CHUNKED + b"5\r\nhello\r\n0\r\n" + b"X-Sum: v\r\n" * 100_000 + b"\r\n", BROKEN,
     close=True)

# Interim responses and switches

says("1xx-then-ok", b"HTTP/1.1 103 x\r\nLink: </a>\r\n\r\n" * 3 + length(5, b"hello"), OK)
says("many-1xx", b"HTTP/1.1 103 x\r\n\r\n" * 2000 + length(5, b"hello"), (OK, BROKEN))
says("1xx-then-close", b"HTTP/1.1 103 x\r\n\r\n", BROKEN, close=True)
says("1xx-with-length", b"HTTP/1.1 103 x\r\nContent-Length: 5\r\n\r\n" + length(5, b"hello"),
     (OK, BROKEN))
says("1xx-then-garbage", b"HTTP/1.1 103 x\r\n\r\nnonsense\r\n\r\n", BROKEN)
says("unasked-101", b"HTTP/1.1 101 x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", FAULT)
says("unasked-101-and-bytes", b"HTTP/1.1 101 x\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"
     + SMUGGLED, FAULT)
says("unasked-101-bare", b"HTTP/1.1 101 x\r\n\r\n", FAULT)
says("unasked-426", b"HTTP/1.1 426 x\r\nUpgrade: TLS/1.0\r\nContent-Length: 5\r\n\r\nhello",
     (426, b"hello"))


# Deaths and half-deaths

@behaviour("close-at-once", FAULT)
def close_at_once(peer, request):
    return False


@behaviour("close-at-once-post", FAULT, "POST")
def close_at_once_post(peer, request):
    return False


@behaviour("reset-at-once", FAULT)
def reset_at_once(peer, request):
    return reset(peer)


@behaviour("close-mid-head", FAULT)
def close_mid_head(peer, request):
    peer.send(HEAD + b"Content-Le")
    return False


@behaviour("close-behind-the-last-field", FAULT)
def close_behind_the_last_field(peer, request):
    peer.send(HEAD + b"Content-Length: 0\r\n")
    return False


@behaviour("reset-mid-head", FAULT)
def reset_mid_head(peer, request):
    peer.send(HEAD + b"Content-Le")
    return reset(peer)


@behaviour("reset-mid-body", BROKEN)
def reset_mid_body(peer, request):
    peer.send(length(100, b"hello"))
    time.sleep(RESET_AFTER_S)
    return reset(peer)


@behaviour("reset-mid-chunks", BROKEN)
def reset_mid_chunks(peer, request):
    peer.send(CHUNKED + b"5\r\nhello\r\n")
    time.sleep(RESET_AFTER_S)
    return reset(peer)


@behaviour("reset-without-length", BROKEN)
def reset_without_length(peer, request):
    """What ends with the connection must end in order (RFC 9112 section 8)."""
    peer.send(head_of())
    time.sleep(RESET_AFTER_S)
    return reset(peer)


@behaviour("reset-behind-the-response", OK)
def reset_behind_the_response(peer, request):
    peer.send(length(5, b"hello"))
    time.sleep(RESET_AFTER_S)
    return reset(peer)


@behaviour("half-close", OK)
def half_close(peer, request):
    peer.send(length(5, b"hello"))
    peer.sock.shutdown(socket.SHUT_WR)
    peer.closed_by_peer(20)
    return False


@behaviour("half-close-mid-body", BROKEN)
def half_close_mid_body(peer, request):
    peer.send(length(100, b"hello"))
    peer.sock.shutdown(socket.SHUT_WR)
    peer.closed_by_peer(20)
    return False


@behaviour("half-close-mid-head", FAULT)
def half_close_mid_head(peer, request):
    peer.send(HEAD)
    peer.sock.shutdown(socket.SHUT_WR)
    peer.closed_by_peer(20)
    return False


# Bytes that nobody asked for, on a connection that was given back: RFC 9112 section 9.2 has it that
# they MUST NOT be taken for a response. The origin says when they are in the gateway's kernel.

UNASKED = {
    "keepalive-then-garbage": b"junk\r\n\r\n",
    "keepalive-then-response": SMUGGLED,
    "keepalive-then-408": b"HTTP/1.1 408 x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "keepalive-then-100": b"HTTP/1.1 100 Continue\r\n\r\n",
    "keepalive-then-crlf": b"\r\n",
}


def unasked(name, data):
    def act(peer, request):
        peer.send(length(5, b"hello"))
        time.sleep(UNASKED_AFTER_S)
        try:
            peer.send(data)
        finally:
            peer.origin.unasked.set()

    behaviour(name, OK)(act)


for name, data in UNASKED.items():
    unasked(name, data)


# Dawdling

@behaviour("drip-head", FAULT)
def drip_head(peer, request):
    for byte in HEAD + b"X-A: " + b"v" * 400:
        peer.send(bytes([byte]))
        time.sleep(DRIP_S)


@behaviour("drip-body", BROKEN)
def drip_body(peer, request):
    peer.send(length(400, b""))
    for _ in range(400):
        peer.send(b"v")
        time.sleep(DRIP_S)


@behaviour("silent", FAULT)
def silent(peer, request):
    peer.closed_by_peer(20)
    return False


@behaviour("stop-mid-head", FAULT)
def stop_mid_head(peer, request):
    peer.send(HEAD)
    peer.closed_by_peer(20)
    return False


@behaviour("stop-mid-body", BROKEN)
def stop_mid_body(peer, request):
    peer.send(length(100, b"hello"))
    peer.closed_by_peer(20)
    return False


@behaviour("interim-forever", BROKEN)
def interim_forever(peer, request):
    for _ in range(100):
        peer.send(b"HTTP/1.1 103 x\r\n\r\n")
        time.sleep(DRIP_S)
    return False


@behaviour("slow-but-whole", OK)
def slow_but_whole(peer, request):
    for piece in (HEAD, b"Content-Length: 5\r\n\r\n", b"he", b"llo"):
        peer.send(piece)
        time.sleep(DRIP_S)


@behaviour("one-byte-segments", OK)
def one_byte_segments(peer, request):
    for byte in CHUNKED + b"5\r\nhello\r\n0\r\n\r\n":
        peer.send(bytes([byte]))


class Misbehaving(Origin):
    """The origin of `BEHAVIOURS`, and of `EARLY`: what happens before a body is read."""

    def __init__(self):
        super().__init__()
        self.reply, self.on_head, self.unasked = self.act, self.early, threading.Event()

    def act(self, peer, seen):
        name = seen.target.split("/")[1]
        if name == "echo":
            body = seen.target.encode()
            return peer.send(response(body=b"" if seen.method == "HEAD" else body))
        if name in EARLY:
            return None
        peer.origin = self
        return BEHAVIOURS[name].act(peer, seen)

    def early(self, peer, seen):
        """True when the connection is done with."""
        name = seen.target.split("/")[1]
        return name in EARLY and EARLY[name](peer)


def early_response(peer):
    """Answers, and then takes the body as it should."""
    peer.send(length(5, b"hello"))


def early_response_then_close(peer):
    peer.send(length(5, b"hello", b"Connection: close"))
    return True


def early_response_then_reset(peer):
    peer.send(length(5, b"hello"))
    time.sleep(RESET_AFTER_S)
    reset(peer)
    return True


def early_error(peer):
    peer.send(response(413, b"hello", [("Connection", "close")], "Too Large"))
    peer.closed_by_peer(3)
    return True


def never_reads(peer):
    time.sleep(3)
    return True


EARLY = {
    "early-response": early_response,
    "early-response-then-close": early_response_then_close,
    "early-response-then-reset": early_response_then_reset,
    "early-error": early_error,
    "never-reads-body": never_reads,
}
