"""A name server whose every name has the same IPv4 addresses (RFC 1035)."""

import socket
import struct
import threading

from .sockets import end

HEADER_BYTES = 12
A, IN = 1, 1
ANSWER, AUTHORITATIVE = 0x8000, 0x0400
TTL_S = 300


class Names:
    def __init__(self, *addresses):
        self.addresses = addresses
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                query, asker = self.socket.recvfrom(4096)
            except OSError:
                return
            if len(query) <= HEADER_BYTES:
                return
            self.socket.sendto(self.answer(query), asker)

    def answer(self, query):
        """The question again, and behind it an address each; none of another kind."""
        end = query.index(0, HEADER_BYTES) + 5
        kind, = struct.unpack(">H", query[end - 4:end - 2])
        addresses = self.addresses if kind == A else ()
        flags = ANSWER | AUTHORITATIVE
        head = query[:2] + struct.pack(">5H", flags, 1, len(addresses), 0, 0)
        # 0xc00c is the name in the question.
        records = [struct.pack(">HHHIH", 0xC00C, A, IN, TTL_S, 4) + socket.inet_aton(address)
                   for address in addresses]
        return head + query[HEADER_BYTES:end] + b"".join(records)

    def close(self):
        end(self.socket)
