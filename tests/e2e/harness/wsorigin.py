"""What a scripted origin (origin.py) does as a WebSocket server, frame by frame."""

from . import wsraw as ws
from .origin import Gone


class Echo:
    """Sends every data frame back unmasked, answers pings, agrees to closes."""

    def __init__(self, origin, *fields, first=b""):
        self.fields, self.first, self.frames, self.keys, self.ended = fields, first, [], [], []
        origin.on_head = self.open

    def open(self, peer, seen):
        key = (seen.get("sec-websocket-key") or "").encode()
        if not seen.get("upgrade"):
            return False
        peer.send(ws.switching(key, *self.fields) + self.first)
        try:
            while True:
                opcode, fin, rsv, payload, mask = ws.read(ws.peer_exactly(peer))
                self.frames.append((opcode, fin, rsv, payload))
                self.keys.append(mask)
                if opcode == ws.PING:
                    opcode = ws.PONG
                peer.send(ws.frame(opcode, payload, fin, None, rsv))
                if opcode == ws.CLOSE:
                    return True
        except (Gone, OSError) as error:
            self.ended.append(error)
        return True


def silent(peer, seen):
    """Agrees to the handshake, and says nothing more."""
    peer.send(ws.switching(seen.get("sec-websocket-key").encode()))
    peer.closed_by_peer(15)
    return True
