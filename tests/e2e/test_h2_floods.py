"""Floods of HTTP/2: the attacker may be cut off or slowed down; other clients do not notice, and
memory stays what it was (RFC 9113 section 10.5; the CVEs stand beside the classes)."""

import itertools
import time

import pytest

from harness import h2frames as h2
from harness import origin as origins
from harness.flood import Attack, Bystanders, Peak
from harness.h2raw import H2
from harness.site import Site
from harness.waiting import until

LASTS_S = 0.7
# Who is starved waits for seconds; the tests' own threads and a busy machine take some of this.
P95_MS_MAX = 100.0
BULK_P95_MS_MAX = 10_000.0
# The machine may be busy with something else: the best of so many counts.
TRIES = 3
GROWTH_BYTES_MAX = 8 << 20
FLOODS = {}
BATCH = 200


def flood(name, reads=True, attackers=1, settings=()):
    def add(chunks):
        FLOODS[name] = (chunks, reads, attackers, h2.PREFACE + h2.settings(*settings))
        return chunks

    return add


def request(stream, host, end=True, path="/flood", method="GET", more=()):
    return h2.headers(stream, ((":method", method), (":scheme", "http"), (":authority", host),
                               (":path", path), *more), end)


def streams():
    """Batches of stream numbers."""
    for first in range(1, 1 << 30, 2 * BATCH):
        yield range(first, first + 2 * BATCH, 2)


def each(make):
    """Chunks that repeat `make` for each stream number."""
    for numbers in streams():
        yield b"".join(make(number) for number in numbers)


def forever(data):
    return itertools.repeat(data * (1 + 65_536 // len(data)))


@flood("rapid reset (CVE-2023-44487)")
def rapid_reset(host):
    return each(lambda n: request(n, host) + h2.rst_stream(n))


@flood("rapid reset, four attackers", attackers=4)
def rapid_reset_by_four(host):
    return each(lambda n: request(n, host) + h2.rst_stream(n))


@flood("rapid reset of open bodies")
def rapid_reset_open(host):
    return each(lambda n: request(n, host, False, method="POST") + h2.rst_stream(n))


@flood("made you reset by WINDOW_UPDATE of 0 (CVE-2025-8671)")
def made_you_reset(host):
    return each(lambda n: request(n, host) + h2.window_update(n, 0))


@flood("made you reset by a window overflow")
def made_you_reset_overflow(host):
    return each(lambda n: request(n, host) + h2.window_update(n, (1 << 31) - 1))


@flood("made you reset by DATA behind the end")
def made_you_reset_data(host):
    return each(lambda n: request(n, host) + h2.data(n, b"x"))


@flood("made you reset by a malformed head")
def made_you_reset_malformed(host):
    return each(lambda n: request(n, host, more=(("X-Upper", "1"),)))


@flood("streams beyond the limit")
def too_many_streams(host):
    return each(lambda n: request(n, host, False, method="POST"))


@flood("CONTINUATION without an end (CVE-2024-27316)")
def continuation(host):
    fields = h2.block((("x-a", "v" * 50),)) * 250
    first = request(1, host)
    first = first[:4] + bytes([h2.END_STREAM]) + first[5:]
    return itertools.chain([first], forever(h2.frame(h2.CONTINUATION, 0, 1, fields)))


@flood("empty CONTINUATION")
def empty_continuation(host):
    first = request(1, host)
    first = first[:4] + bytes([h2.END_STREAM]) + first[5:]
    return itertools.chain([first], forever(h2.frame(h2.CONTINUATION, 0, 1)))


@flood("empty DATA (CVE-2019-9518)")
def empty_data(host):
    return itertools.chain([request(1, host, False, method="POST")],
                           forever(h2.data(1, end=False)))


@flood("DATA of padding alone")
def padding(host):
    return itertools.chain([request(1, host, False, method="POST")],
                           forever(h2.frame(h2.DATA, h2.PADDED, 1, b"\xff" + b"\0" * 255)))


@flood("PING (CVE-2019-9512)")
def ping(host):
    return forever(h2.ping())


@flood("PING, answers not read", reads=False)
def ping_unread(host):
    return forever(h2.ping())


@flood("SETTINGS (CVE-2019-9515)")
def settings(host):
    return forever(h2.settings((h2.INITIAL_WINDOW_SIZE, 65_535)))


@flood("SETTINGS, answers not read", reads=False)
def settings_unread(host):
    return forever(h2.settings())


@flood("PRIORITY (CVE-2019-9513)")
def priority(host):
    return each(lambda n: h2.priority(n, on=max(0, n - 2)))


@flood("WINDOW_UPDATE")
def window_update(host):
    return itertools.chain([request(1, host)], itertools.repeat(h2.window_update(1, 1) * 5000))


@flood("RST_STREAM of closed streams")
def rst_stream(host):
    return itertools.chain([request(1, host) + h2.rst_stream(1)], forever(h2.rst_stream(1)))


@flood("unknown frames")
def unknown(host):
    return forever(h2.frame(0xbe, 0xff, 0, b"x" * 100))


@flood("HPACK bomb: one large field a thousand times (CVE-2026-47774)")
def hpack_bomb(host):
    large = h2.indexed_literal("x-a", "v" * 3900)
    block = h2.block(((":method", "GET"), (":scheme", "http"), (":authority", host),
                      (":path", "/flood")))
    first = h2.headers(1, block + large)
    return itertools.chain([first], (chunk for chunk in each(
        lambda n: h2.headers(n + 2, block + h2.indexed(62) * 4000))))


@flood("HPACK table churn")
def hpack_churn(host):
    block = h2.block(((":method", "GET"), (":scheme", "http"), (":authority", host),
                      (":path", "/flood")))
    churn = b"".join(h2.indexed_literal(f"x-{n}", "v" * 30) for n in range(200))
    return each(lambda n: h2.headers(n, block + churn) + h2.rst_stream(n))


@flood("cookie crumbs")
def cookies(host):
    """Coded once: this process measures the bystanders too."""
    raw = request(1, host, more=(("cookie", "a=b"),) * 900)
    return each(lambda n: raw[:5] + n.to_bytes(4, "big") + raw[9:])


@flood("large responses into closed windows", reads=True,
       settings=((h2.INITIAL_WINDOW_SIZE, 0),))
def closed_windows(host):
    return iter([b"".join(request(n, host, path="/large") for n in range(1, 200, 2))])


@flood("large responses into windows of a byte at a time",
       settings=((h2.INITIAL_WINDOW_SIZE, 1),))
def dripping_windows(host):
    opening = b"".join(request(n, host, path="/large") for n in range(1, 200, 2))
    drip = b"".join(h2.window_update(n, 1) for n in range(1, 200, 2))
    return itertools.chain([opening], itertools.repeat(drip))


@flood("large responses that are not read", reads=False,
       settings=((h2.INITIAL_WINDOW_SIZE, (1 << 31) - 1),))
def unread(host):
    return iter([h2.window_update(0, (1 << 30))
                 + b"".join(request(n, host, path="/large") for n in range(1, 200, 2))])


@pytest.fixture(scope="module")
def gateway(driver):
    """Its allocator returns what is freed at once, not 100 ms later: that is no growth."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIMALLOC_PURGE_DELAY", "0")
        site = Site(driver).up()
    yield site
    site.close()


@pytest.fixture
def api(gateway, origin):
    large = origins.response(body=b"l" * (4 << 20))

    def reply(peer, seen):
        peer.send(large if seen.target == "/large" else origins.response(body=b"ok"))

    origin.reply = reply
    return gateway.make_proxy(origin)


@pytest.fixture(scope="module")
def quiet_p95_ms(gateway, nginx):
    """What a bystander's request takes without a flood, once what is taken once is taken."""
    api = gateway.make_proxy(nginx)
    get = ((":method", "GET"), (":scheme", "http"), (":authority", api.host), (":path", "/warm"))
    for _ in range(4):
        with H2(gateway.http) as client:
            for _ in range(30):
                client.open(get)
            client.response(59)
    bystanders = Bystanders(gateway.http, api.host)
    bystanders.start()
    time.sleep(0.5)
    bystanders.stop()
    return bystanders.p95_ms()


@pytest.mark.parametrize("name", FLOODS)
def test_flood(gateway, api, quiet_p95_ms, name):
    pid, bound_ms = gateway.pid("ringgated"), max(P95_MS_MAX, 5 * quiet_p95_ms)
    if name.startswith("large responses"):
        # A hundred origins in this very process send at once, and it is the bystanders' too.
        bound_ms = BULK_P95_MS_MAX
    took_ms = []
    while len(took_ms) < TRIES and (not took_ms or took_ms[-1] >= bound_ms):
        took_ms.append(flooded(gateway, api, name, pid))
    print(f"{name}: p95 {took_ms} ms, quiet {quiet_p95_ms:.1f} ms")
    assert min(took_ms) < bound_ms, f"{took_ms}, quiet: {quiet_p95_ms} ms"
    assert gateway.pid("ringgated") == pid
    until(lambda: gateway.stats()["connections"] == 0, "connections to be gone", 60)
    assert api.ask("/after").status == 200


def flooded(gateway, api, name, pid):
    """The flood once; the 95th percentile of the bystanders' times, none of whom fails."""
    chunks, reads, attackers, preface = FLOODS[name]
    attacks = [Attack(gateway.http, chunks(api.host), reads, preface) for _ in range(attackers)]
    bystanders, peak = Bystanders(gateway.http, api.host), Peak(pid)
    for thread in (peak, bystanders, *attacks):
        thread.start()
    time.sleep(LASTS_S)
    bystanders.stop()
    peak.stop()
    for attack in attacks:
        attack.stop()
    sent, cut_off = sum(a.sent for a in attacks), sum(a.cut_off for a in attacks)
    print(f"{name}: {sent >> 10} KiB sent, {cut_off} cut off; p95 {bystanders.p95_ms():.1f} ms; "
          f"grew by {peak.growth_bytes >> 10} KiB")
    assert not bystanders.failed, bystanders.failed[:3]
    assert peak.growth_bytes <= GROWTH_BYTES_MAX, f"memory grew by {peak.growth_bytes >> 10} KiB"
    return bystanders.p95_ms()
