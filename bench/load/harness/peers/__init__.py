"""The proxies that are compared: how each is configured, started and asked for its version."""

from .envoy import Envoy
from .haproxy import Haproxy
from .nginx import Nginx
from .pingora import Pingora
from .ringgate import Ringgate

# Every peer by the name it has on the command line.
PEERS = {
    "nginx": lambda: Nginx("nginx"),
    "nginx-big": lambda: Nginx("nginx-big", big_buffers=True),
    "haproxy": lambda: Haproxy("haproxy"),
    "haproxy-big": lambda: Haproxy("haproxy-big", buffer_bytes=256 * 1024),
    "haproxy-splice": lambda: Haproxy("haproxy-splice", splice=True),
    "envoy": lambda: Envoy("envoy"),
    "pingora": lambda: Pingora("pingora"),
    "ringgate": lambda: Ringgate("ringgate"),
    "ringgate-epoll": lambda: Ringgate("ringgate-epoll", driver="epoll"),
}
