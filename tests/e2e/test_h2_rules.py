"""Frames and streams of HTTP/2: RFC 9113 sections 3 to 7, each rule with its error code."""

import struct

import pytest

from harness import h2frames as h2
from harness.h2cases import connect, fatal, play, stream_error, table, works
from harness.h2frames import (
    COMPRESSION_ERROR,
    FLOW_CONTROL_ERROR,
    FRAME_SIZE_ERROR,
    GET,
    POST,
    PROTOCOL_ERROR,
    REFUSED_STREAM,
    STREAM_CLOSED,
    frame,
    headers,
)

OPEN = headers(1, POST, end=False)
WHOLE = headers(1, GET)
LARGEST = 16_384
BLOCK = h2.block(GET)


def hpack(name, block):
    """A header block that RFC 7541 forbids."""
    return fatal(f"HPACK: {name}", "9113 4.3", headers(1, block), COMPRESSION_ERROR)


def size(name, raw):
    return fatal(f"size: {name}", "9113 4.2", raw, FRAME_SIZE_ERROR)


def setting(name, key, value, code):
    return fatal(f"setting: {name}", "9113 6.5.2", h2.settings((key, value)), code)


def fragments(stream, block, sizes, end=True):
    """HEADERS and CONTINUATION of these sizes."""
    out, at = b"", 0
    for number, count in enumerate(sizes):
        last = number == len(sizes) - 1
        piece = block[at:] if last else block[at:at + count]
        at += count
        flags = (h2.END_HEADERS if last else 0) | (h2.END_STREAM if end and not number else 0)
        out += frame(h2.CONTINUATION if number else h2.HEADERS, flags, stream, piece)
    return out


@table(
    works("a request", "9113 8.1", WHOLE, 1),
    works("a request with a body", "9113 8.1", OPEN + h2.data(1, b"hello"), 1),
    works("an empty DATA at the end", "9113 8.1", OPEN + h2.data(1, b"hello", end=False)
          + h2.data(1), 1),
    works("ten empty DATA", "9113 6.1", OPEN + h2.data(1, end=False) * 10 + h2.data(1), 1),
    works("trailers", "9113 8.1", OPEN + h2.data(1, b"hello", end=False)
          + headers(1, (("x-sum", "1"),)), 1),
    works("two requests", "9113 5.1.1", WHOLE + headers(3, GET), 1, 3),
    works("stream numbers with gaps", "9113 5.1.1", WHOLE + headers(77, GET), 1, 77),
    works("padding", "9113 6.1", OPEN + frame(h2.DATA, h2.PADDED | h2.END_STREAM, 1,
                                              b"\x05hello" + b"\0" * 5), 1),
    works("padding alone", "9113 6.1", OPEN + frame(h2.DATA, h2.PADDED | h2.END_STREAM, 1,
                                                    b"\xff" + b"\0" * 255), 1),
    works("padded HEADERS", "9113 6.2", frame(h2.HEADERS, 0xd, 1, b"\x03" + BLOCK + b"\0" * 3), 1),
    works("prioritized HEADERS", "9113 6.2",
          frame(h2.HEADERS, 0x25, 1, b"\0\0\0\0\x0f" + BLOCK), 1),
    works("padded and prioritized HEADERS", "9113 6.2",
          frame(h2.HEADERS, 0x2d, 1, b"\x01\0\0\0\0\x0f" + BLOCK + b"\0"), 1),
    works("one CONTINUATION", "9113 6.10", fragments(1, BLOCK, [10, 0]), 1),
    works("CONTINUATION of a byte each", "9113 6.10", fragments(1, BLOCK, [9, 1, 1, 1, 1, 0]), 1),
    works("empty HEADERS and all in CONTINUATION", "9113 6.10", fragments(1, BLOCK, [0, 0]), 1),
    works("an unknown frame", "9113 4.1", frame(0xbe, 0xff, 0, b"grease") + WHOLE, 1),
    works("an unknown frame on an idle stream", "9113 5.5", frame(0xbe, 0, 9, b"x") + WHOLE, 1),
    works("a large unknown frame", "9113 4.1", frame(0xbe, 0, 0, b"x" * LARGEST) + WHOLE, 1),
    works("undefined flags", "9113 4.1", frame(h2.HEADERS, 0xd7, 1, BLOCK), 1),
    works("the reserved bit of a stream number", "9113 4.1",
          frame(h2.HEADERS, 5, 1 | 1 << 31, BLOCK), 1),
    works("PRIORITY of an idle stream", "9113 6.3", h2.priority(9) + WHOLE, 1),
    works("PRIORITY of a closed stream", "9113 6.3", WHOLE + h2.priority(1), 1),
    works("an unknown setting", "9113 6.5.2", h2.settings((0xf0f0, 7)) + WHOLE, 1),
    works("the same setting twice", "9113 6.5.3", h2.settings((4, 5), (4, 70_000)) + WHOLE, 1),
    works("SETTINGS in the middle of a body", "9113 6.5",
          OPEN + h2.settings((h2.INITIAL_WINDOW_SIZE, 70_000)) + h2.data(1, b"hello"), 1),
    works("the largest settings", "9113 6.5.2",
          h2.settings((h2.MAX_FRAME_SIZE, (1 << 24) - 1), (h2.INITIAL_WINDOW_SIZE, (1 << 31) - 1),
                      (h2.HEADER_TABLE_SIZE, (1 << 32) - 1)) + WHOLE, 1),
    works("no table for us", "9113 6.5.2", h2.settings((h2.HEADER_TABLE_SIZE, 0)) + WHOLE, 1),
    works("a push allowed", "9113 6.5.2", h2.settings((h2.ENABLE_PUSH, 1)) + WHOLE, 1),
    works("PING acknowledged though none was sent", "9113 6.7", h2.ping(ack=True) + WHOLE, 1),
    works("WINDOW_UPDATE of a closed stream", "9113 5.1",
          WHOLE + h2.rst_stream(1) + h2.window_update(1, 5)),
    works("RST_STREAM of a closed stream", "9113 5.1", WHOLE + h2.rst_stream(1) * 2),
    works("RST_STREAM with an unknown code", "9113 7", WHOLE + h2.rst_stream(1, 0xdeadbeef)),
    works("WINDOW_UPDATE with the reserved bit", "9113 6.9",
          OPEN + frame(h2.WINDOW_UPDATE, 0, 1, struct.pack(">I", 1 | 1 << 31)) + h2.data(1), 1),
    works("a field again by the dynamic table", "9113 4.3",
          headers(1, BLOCK + h2.indexed_literal("x-a", "b"))
          + headers(3, BLOCK + h2.indexed(62)), 1, 3),
    works("a table size update first", "9113 4.3", headers(1, h2.integer(0, 5, 0x20) + BLOCK), 1),
    works("two table size updates first", "7541 4.2",
          headers(1, h2.integer(0, 5, 0x20) + h2.integer(4096, 5, 0x20) + BLOCK), 1),
    works("nothing more than a preface", "9113 3.4", b""),
    size("HEADERS of 16,385 bytes", frame(h2.HEADERS, 5, 1, BLOCK + b"\0" * (16_385 - len(BLOCK)))),
    size("SETTINGS of 16,386 bytes", frame(h2.SETTINGS, 0, 0, b"\xf0\xf0\0\0\0\0" * 2731)),
    size("an unknown frame of 2^24 - 1 bytes", frame(0xbe, 0, 0, b"x" * 9, length=(1 << 24) - 1)),
    size("PING of 7 bytes", frame(h2.PING, 0, 0, b"1234567")),
    size("PING of 9 bytes", frame(h2.PING, 0, 0, b"123456789")),
    size("PING of none", frame(h2.PING)),
    size("RST_STREAM of 3 bytes", WHOLE + frame(h2.RST_STREAM, 0, 1, b"\0\0\0")),
    size("RST_STREAM of 5 bytes", WHOLE + frame(h2.RST_STREAM, 0, 1, b"\0\0\0\0\0")),
    size("WINDOW_UPDATE of 3 bytes", frame(h2.WINDOW_UPDATE, 0, 0, b"\0\0\1")),
    size("WINDOW_UPDATE of 5 bytes", frame(h2.WINDOW_UPDATE, 0, 0, b"\0\0\0\0\1")),
    size("SETTINGS of 5 bytes", frame(h2.SETTINGS, 0, 0, b"\0\4\0\0\0")),
    size("SETTINGS of 7 bytes", frame(h2.SETTINGS, 0, 0, b"\0\4\0\0\0\5\0")),
    size("SETTINGS acknowledged with a payload", frame(h2.SETTINGS, h2.ACK, 0, b"\0\4\0\0\0\5")),
    size("GOAWAY of 7 bytes", frame(h2.GOAWAY, 0, 0, b"\0" * 7)),
    size("HEADERS too short for its priority", frame(h2.HEADERS, 0x25, 1, b"\0\0\0")),
    fatal("HEADERS too short for its padding", "9113 4.2", frame(h2.HEADERS, 0xd, 1, b""),
          FRAME_SIZE_ERROR, PROTOCOL_ERROR),
    fatal("DATA too short for its padding", "9113 4.2", OPEN + frame(h2.DATA, h2.PADDED, 1, b""),
          FRAME_SIZE_ERROR, PROTOCOL_ERROR),
    stream_error("PRIORITY of 4 bytes", "9113 6.3", OPEN + frame(h2.PRIORITY, 0, 1, b"\0\0\0\0"),
                 FRAME_SIZE_ERROR),
    stream_error("PRIORITY of 6 bytes", "9113 6.3", OPEN + frame(h2.PRIORITY, 0, 1, b"\0" * 6),
                 FRAME_SIZE_ERROR),
    stream_error("DATA of 16,385 bytes", "9113 4.2",
                 OPEN + frame(h2.DATA, 0, 1, b"x" * 16_385), FRAME_SIZE_ERROR),
    hpack("index 0", BLOCK + h2.indexed(0)),
    hpack("an index beyond both tables", BLOCK + h2.indexed(62)),
    hpack("an index far beyond", BLOCK + h2.indexed(1 << 20)),
    hpack("a name by an index beyond", BLOCK + b"\x0f\x70" + h2.string("x")),
    hpack("an endless integer", BLOCK + b"\xff" + b"\xff" * 20 + b"\x01"),
    hpack("a string longer than the block", BLOCK + b"\x00\x05ab"),
    hpack("a value without an end", BLOCK + b"\x00\x01a"),
    hpack("half an integer", BLOCK + b"\xff"),
    hpack("a string of 2^32 bytes", BLOCK + b"\x00\x7f\x81\xff\xff\xff\x0f"),
    hpack("a Huffman string with its end in it", BLOCK + b"\x00\x01a\x84\xff\xff\xff\xff"),
    hpack("a Huffman string padded by zeros", BLOCK + b"\x00\x01a\x81\x18"),
    hpack("a Huffman string padded by more than 7 bits", BLOCK + b"\x00\x01a\x82\x1f\xff"),
    hpack("a table size beyond the setting", h2.integer(1 << 20, 5, 0x20) + BLOCK),
    hpack("a table size update behind a field", BLOCK + h2.integer(0, 5, 0x20)),
    fatal("HPACK: broken trailers", "9113 4.3", OPEN + headers(1, h2.indexed(0)),
          COMPRESSION_ERROR),
    fatal("HPACK: broken in CONTINUATION", "9113 4.3",
          fragments(1, BLOCK + h2.indexed(0), [len(BLOCK), 0]), COMPRESSION_ERROR),
    fatal("PING inside a header block", "9113 6.10", headers(1, GET, flags=0) + h2.ping(),
          PROTOCOL_ERROR),
    fatal("DATA inside a header block", "9113 6.10", headers(1, GET, flags=0) + h2.data(1),
          PROTOCOL_ERROR),
    fatal("HEADERS inside a header block", "9113 6.10",
          headers(1, GET, flags=0) + headers(3, GET), PROTOCOL_ERROR),
    fatal("an unknown frame inside a header block", "9113 5.5",
          headers(1, GET, flags=0) + frame(0xbe), PROTOCOL_ERROR),
    fatal("PRIORITY inside a header block", "9113 6.10",
          headers(1, GET, flags=0) + h2.priority(1), PROTOCOL_ERROR),
    fatal("CONTINUATION of another stream", "9113 6.10",
          headers(1, GET, flags=0) + frame(h2.CONTINUATION, h2.END_HEADERS, 3), PROTOCOL_ERROR),
    fatal("CONTINUATION of no block", "9113 6.10",
          frame(h2.CONTINUATION, h2.END_HEADERS, 1, BLOCK), PROTOCOL_ERROR),
    fatal("CONTINUATION behind a whole block", "9113 6.10",
          OPEN + frame(h2.CONTINUATION, h2.END_HEADERS, 1, b""), PROTOCOL_ERROR),
    fatal("CONTINUATION behind DATA", "9113 6.10", OPEN + h2.data(1, b"x", end=False)
          + frame(h2.CONTINUATION, h2.END_HEADERS, 1, b""), PROTOCOL_ERROR),
    fatal("CONTINUATION of stream 0", "9113 6.10", headers(1, GET, flags=0)
          + frame(h2.CONTINUATION, h2.END_HEADERS, 0), PROTOCOL_ERROR),
    fatal("HEADERS on stream 0", "9113 6.2", headers(0, GET), PROTOCOL_ERROR),
    fatal("HEADERS on an even stream", "9113 5.1.1", headers(2, GET), PROTOCOL_ERROR),
    fatal("HEADERS with padding as long as it", "9113 6.2",
          frame(h2.HEADERS, 0xd, 1, bytes([len(BLOCK) + 1]) + BLOCK), PROTOCOL_ERROR),
    fatal("DATA on stream 0", "9113 6.1", h2.data(0, b"x"), PROTOCOL_ERROR),
    fatal("DATA on an idle stream", "9113 5.1", h2.data(1, b"x"), PROTOCOL_ERROR),
    fatal("DATA with padding as long as it", "9113 6.1",
          OPEN + frame(h2.DATA, h2.PADDED, 1, b"\x06hello"), PROTOCOL_ERROR),
    fatal("RST_STREAM on stream 0", "9113 6.4", h2.rst_stream(0), PROTOCOL_ERROR),
    fatal("RST_STREAM on an idle stream", "9113 6.4", h2.rst_stream(1), PROTOCOL_ERROR),
    fatal("WINDOW_UPDATE on an idle stream", "9113 5.1", h2.window_update(1, 5), PROTOCOL_ERROR),
    fatal("WINDOW_UPDATE of 0", "9113 6.9", h2.window_update(0, 0), PROTOCOL_ERROR),
    fatal("WINDOW_UPDATE beyond 2^31 - 1", "9113 6.9.1", h2.window_update(0, (1 << 31) - 1) * 2,
          FLOW_CONTROL_ERROR),
    fatal("PRIORITY on stream 0", "9113 6.3", h2.priority(0), PROTOCOL_ERROR),
    fatal("SETTINGS on a stream", "9113 6.5", frame(h2.SETTINGS, 0, 1), PROTOCOL_ERROR),
    fatal("PING on a stream", "9113 6.7", frame(h2.PING, 0, 1, b"12345678"), PROTOCOL_ERROR),
    fatal("GOAWAY on a stream", "9113 6.8", frame(h2.GOAWAY, 0, 1, b"\0" * 8), PROTOCOL_ERROR),
    fatal("PUSH_PROMISE", "9113 8.4", OPEN + frame(h2.PUSH_PROMISE, 4, 1, b"\0\0\0\2" + BLOCK),
          PROTOCOL_ERROR),
    setting("a push of 2", h2.ENABLE_PUSH, 2, PROTOCOL_ERROR),
    setting("a window of 2^31", h2.INITIAL_WINDOW_SIZE, 1 << 31, FLOW_CONTROL_ERROR),
    setting("a window of 2^32 - 1", h2.INITIAL_WINDOW_SIZE, (1 << 32) - 1, FLOW_CONTROL_ERROR),
    setting("a frame of 16,383", h2.MAX_FRAME_SIZE, LARGEST - 1, PROTOCOL_ERROR),
    setting("a frame of 0", h2.MAX_FRAME_SIZE, 0, PROTOCOL_ERROR),
    setting("a frame of 2^24", h2.MAX_FRAME_SIZE, 1 << 24, PROTOCOL_ERROR),
    fatal("a setting that makes a window too large", "9113 6.9.2",
          OPEN + h2.window_update(1, (1 << 31) - 1 - 65_535)
          + h2.settings((h2.INITIAL_WINDOW_SIZE, 65_536)), FLOW_CONTROL_ERROR),
    fatal("a lower stream number", "9113 5.1.1", headers(5, GET) + headers(3, GET),
          PROTOCOL_ERROR, STREAM_CLOSED),
    stream_error("DATA behind the end", "9113 5.1", WHOLE + h2.data(1, b"x"), STREAM_CLOSED),
    stream_error("HEADERS behind the end", "9113 5.1", WHOLE + headers(1, GET), STREAM_CLOSED),
    stream_error("HEADERS behind DATA's end", "9113 5.1",
                 OPEN + h2.data(1, b"x") + headers(1, (("x-sum", "1"),)), STREAM_CLOSED),
    stream_error("WINDOW_UPDATE of 0 on a stream", "9113 6.9", OPEN + h2.window_update(1, 0),
                 PROTOCOL_ERROR),
    stream_error("WINDOW_UPDATE beyond 2^31 - 1 on a stream", "9113 6.9.1",
                 OPEN + h2.window_update(1, (1 << 31) - 1), FLOW_CONTROL_ERROR),
    stream_error("trailers without an end", "9113 8.1",
                 OPEN + headers(1, (("x-sum", "1"),), end=False), PROTOCOL_ERROR),
)
def test_rule(rig, case):
    play(rig, case)


@pytest.mark.parametrize("first", [WHOLE, h2.ping(), h2.window_update(0, 1), frame(0xbe)],
                         ids=["HEADERS", "PING", "WINDOW_UPDATE", "unknown"])
def test_the_preface_without_settings(rig, first):
    """RFC 9113 section 3.4: SETTINGS come first, be they empty."""
    with connect(rig, preface=False) as client:
        client.send_lossy(h2.PREFACE + first)
        goaway = client.drained()
        assert goaway is None or goaway[1] == PROTOCOL_ERROR, goaway


@pytest.mark.parametrize("preface", [
    h2.PREFACE[:-6] + b"XX\r\n\r\n", h2.PREFACE.lower(), h2.PREFACE.replace(b"2.0", b"2.1"),
    h2.PREFACE.replace(b"*", b"/"), h2.PREFACE.replace(b"\r\n", b"\n")])
def test_a_preface_that_is_none(rig, preface):
    """RFC 9113 section 3.4: the connection ends, whatever is said before."""
    rig.mark()
    with rig.wire(timeout_s=30) as wire:
        wire.send_lossy(preface + h2.settings() + WHOLE)
        wire.rest()
    assert rig.forwarded() == []


def test_a_preface_in_one_byte_segments(rig):
    with connect(rig, preface=False) as client:
        for byte in h2.PREFACE + h2.settings() + WHOLE:
            client.send(bytes([byte]))
        assert client.response(1).status == 200


def test_settings_are_acknowledged_in_order(rig):
    """RFC 9113 section 6.5.3."""
    with connect(rig) as client:
        client.send(h2.settings() * 4 + h2.ping())
        client.until(lambda: client.pongs, "PING")
        assert client.settings_acks == 5, "one acknowledgement each, before the PING's"


def test_what_is_announced_bounds_memory(rig):
    """RFC 9113 section 6.5.2: frames as small as may be, header lists of the head's limit."""
    with connect(rig) as client:
        client.roundtrip()
        assert client.settings.get(h2.MAX_FRAME_SIZE, LARGEST) == LARGEST
        assert client.settings.get(h2.MAX_HEADER_LIST_SIZE, 0) in range(8_192, 65_537)
        assert h2.ENABLE_PUSH not in client.settings or not client.settings[h2.ENABLE_PUSH]


def test_more_streams_than_allowed(rig):
    """RFC 9113 section 5.1.2: refused, so that the client may try again."""
    with connect(rig) as client:
        client.roundtrip()
        most = client.settings.get(h2.MAX_CONCURRENT_STREAMS)
        assert most and most <= 1000, "a number of streams that bounds memory is announced"
        numbers = range(1, 2 * most + 20, 2)
        client.send_lossy(b"".join(headers(number, POST, end=False) for number in numbers))
        client.until(lambda: client.of(numbers[-1]).over, "refusal")
        assert client.of(numbers[-1]).reset in (REFUSED_STREAM, PROTOCOL_ERROR)


def test_a_window_overrun(rig):
    """RFC 9113 section 6.9.1: more DATA than the window allows is a flow-control error."""
    with connect(rig) as client:
        client.roundtrip()
        window = client.settings.get(h2.INITIAL_WINDOW_SIZE, 65_535)
        client.send_lossy(OPEN)
        piece = h2.data(1, b"x" * LARGEST, end=False)
        # Nothing is read meanwhile, so nothing is known of the windows that were opened since.
        client.send_lossy(piece * ((window + (8 << 20)) // LARGEST))
        try:
            client.until(lambda: client.of(1).over, "reset")
            assert client.of(1).reset == FLOW_CONTROL_ERROR, client.of(1)
        except AssertionError:
            assert client.goaway and client.goaway[1] == FLOW_CONTROL_ERROR, client.goaway
