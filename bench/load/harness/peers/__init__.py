"""The proxies that are compared: how each is configured, started and asked for its version."""

from functools import partial

from .envoy import Envoy
from .haproxy import Haproxy
from .nginx import Nginx
from .pingora import Pingora
from .ringgate import Before, Full, Guarded, Ringgate

# Every peer by the name it has on the command line; made with a name and, where it can have more
# than one, `workers`.
PEERS = {
    "nginx": Nginx,
    "nginx-big": partial(Nginx, big_buffers=True),
    "haproxy": Haproxy,
    "haproxy-big": partial(Haproxy, buffer_bytes=256 * 1024),
    "haproxy-splice": partial(Haproxy, splice=True),
    "envoy": Envoy,
    "pingora": Pingora,
    "ringgate": Ringgate,
    "ringgate-epoll": partial(Ringgate, driver="epoll"),
    "ringgate-full": Full,
    "ringgate-jwt": Guarded,
    "before": Before,
}


def make(name, **more):
    """A peer that is not started yet."""
    return PEERS[name](name, **more)
