"""What is measured: the loads, and which variants of a peer are worth running for each."""

from dataclasses import dataclass, field

KIB = 1024
MIB = 1024 * 1024


@dataclass
class Scenario:
    name: str
    title: str
    path: str
    load: dict
    # Tuned variants of the peers that the plain ones are joined by.
    variants: list = field(default_factory=list)
    # A share of the slowest peer's saturation as a fixed rate; 0: closed loop.
    load_factor: float = 0.0
    # How clients speak to the proxy; to the origin it always speaks HTTP/1.1 in the clear.
    protocol: str = "http"
    # Whether every request has a JWT, which all proxies pass on.
    has_token: bool = False


def get(size, **more):
    return {"connections": 64, "expect_bytes": size, **more}


MESSAGES = {"connections": 64, "body_bytes": 64, "expect_status": 101}
BIG = ["nginx-big", "haproxy-big", "haproxy-splice"]

SCENARIOS = {
    scenario.name: scenario
    for scenario in [
        Scenario("a", "128 B, keep-alive, 64 connections", "/128", get(128)),
        Scenario(
            "a512", "128 B, keep-alive, 512 connections", "/128", get(128, connections=512)
        ),
        Scenario("b", "16 KiB, 64 connections", "/16384", get(16 * KIB), BIG),
        Scenario("c", "1 MiB, 64 connections", "/1048576", get(MIB), BIG),
        Scenario(
            "d",
            "POST 4 KiB, 64 connections",
            "/echo-length",
            {"connections": 64, "method": "POST", "body_bytes": 4096, "expect_text": "4096"},
        ),
        Scenario(
            "e", "TLS, 128 B, keep-alive, 64 connections", "/128", get(128), protocol="tls"
        ),
        Scenario(
            "e1m",
            "TLS, 1 MiB, 64 connections",
            "/1048576",
            get(MIB),
            ["nginx-big", "haproxy-big"],
            protocol="tls",
        ),
        Scenario(
            "f", "one request per connection, 64 at a time", "/128", get(128, keepalive="no")
        ),
        Scenario(
            "ft",
            "full TLS handshakes, one request per connection, 64 at a time",
            "/128",
            get(128, keepalive="no"),
            protocol="tls",
        ),
        Scenario(
            "g",
            "HTTP/2 over TLS, 128 B, 8 connections, 32 streams each",
            "/128",
            get(128, connections=8, streams=32),
            protocol="h2",
        ),
        Scenario(
            "h",
            "WebSocket echo, 64 B, 64 connections, a message at a time",
            "/echo",
            MESSAGES,
            protocol="websocket",
        ),
        Scenario(
            "j",
            "128 B, a JWT in every request, 64 connections",
            "/128",
            get(128),
            ["ringgate-jwt"],
            has_token=True,
        ),
        Scenario(
            "r", "128 B at a fixed rate, 64 connections", "/128", get(128), load_factor=0.7
        ),
    ]
}

# Every variant once.
VARIANTS = list(dict.fromkeys(name for each in SCENARIOS.values() for name in each.variants))
# The plain peers of every scenario; each variant joins where a scenario names it.
PLAIN = ["nginx", "haproxy", "ringgate", "ringgate-epoll"]


def peers_of(scenario, asked):
    """The peers to run, of those asked for and made: variants only where they belong, and none
    that is not set up for the scenario's protocol."""
    names = belonging(asked, [scenario])
    return [name for name in names if scenario.protocol in asked[name].protocols]


def belonging(names, scenarios):
    """Those of the peers that some of the scenarios can have: variants only where they belong."""
    wanted = {name for scenario in scenarios for name in scenario.variants}
    return [name for name in names if name not in VARIANTS or name in wanted]
