"""Floods of HTTP/2 frames, and who must not notice them.

A flood is a generator of bytes; `Attack` sends them as fast as the gateway takes them, reading what
comes back or not. `Bystanders` are other clients whose requests are timed meanwhile.
"""

import selectors
import socket
import threading
import time

from . import h2frames as h2
from .memory import resident_bytes
from .wire import Wire, build


class Attack(threading.Thread):
    """Sends until stopped or cut off."""

    def __init__(self, port, chunks, reads=True, preface=h2.PREFACE + h2.settings()):
        super().__init__(daemon=True)
        self.port, self.chunks, self.reads, self.preface = port, chunks, reads, preface
        self.stopped, self.sent, self.cut_off = threading.Event(), 0, False

    def run(self):
        with socket.create_connection(("127.0.0.1", self.port), 20) as sock:
            sock.setblocking(False)
            with selectors.DefaultSelector() as selector:
                events = selectors.EVENT_WRITE | (selectors.EVENT_READ if self.reads else 0)
                selector.register(sock, events)
                try:
                    self.attack(sock, selector)
                except OSError:
                    self.cut_off = True

    def attack(self, sock, selector):
        left = memoryview(self.preface)
        while not self.stopped.is_set():
            for _, ready in selector.select(0.05):
                if ready & selectors.EVENT_READ and not sock.recv(1 << 18):
                    raise ConnectionResetError
                if ready & selectors.EVENT_WRITE:
                    left = left or memoryview(next(self.chunks, b""))
                    if not left:
                        # All is sent: what matters now is what is held.
                        selector.modify(sock, selectors.EVENT_READ)
                        break
                    count = sock.send(left)
                    self.sent += count
                    left = left[count:]

    def stop(self):
        self.stopped.set()
        self.join(20)


class Bystanders(threading.Thread):
    """Clients on connections of their own, on every worker by chance; times in milliseconds."""

    def __init__(self, port, host, connections=4, pause_s=0.003):
        super().__init__(daemon=True)
        self.port, self.host, self.connections = port, host, connections
        self.pause_s, self.stopped = pause_s, threading.Event()
        self.took_ms, self.failed = [], []

    def run(self):
        wires = [Wire(self.port) for _ in range(self.connections)]
        request = build("/bystander", host=self.host)
        try:
            while not self.stopped.is_set():
                for wire in wires:
                    began = time.monotonic()
                    answer = wire.send(request).response()
                    self.took_ms.append((time.monotonic() - began) * 1000)
                    if answer.status != 200:
                        self.failed.append(answer.status)
                time.sleep(self.pause_s)
        except (OSError, AssertionError) as error:
            self.failed.append(repr(error))
        finally:
            for wire in wires:
                wire.sock.close()

    def stop(self):
        self.stopped.set()
        self.join(30)

    def p95_ms(self):
        times = sorted(self.took_ms)
        return times[len(times) * 95 // 100]


class Peak(threading.Thread):
    """The largest resident memory of a process while it runs."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.before, self.stopped = pid, resident_bytes(pid), threading.Event()
        self.most = self.before

    def run(self):
        while not self.stopped.wait(0.01):
            self.most = max(self.most, resident_bytes(self.pid))

    def stop(self):
        self.stopped.set()
        self.join(20)

    @property
    def growth_bytes(self):
        return self.most - self.before
