"""Random changes to valid requests: each is small, and each is of a kind that has split some proxy
from some origin before."""

ODD = [b"\r", b"\n", b"\0", b"\t", b" ", b"\x0b", b"\x0c", b"\x7f", b"\x80", b"\xa0", b"\xff", b":",
       b";", b",", b"_", b"-", b"+", b"0x", b"#", b"\\", b"@", b"%", b'"', b"=", b"\r\n", b"\r\n ",
       b"\n\n", b"\r\r\n", b"0\r\n\r\n", b"chunked", b"HTTP/1.1"]
LINES = [b"Content-Length: 0", b"Content-Length: 5", b"Content-Length: 999", b"Content-Length:",
         b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", b"Transfer-Encoding:",
         b"Transfer_Encoding: chunked", b"Host: b.test", b"Host:", b"X-A: b", b" folded", b"X",
         b"Connection: content-length", b"Connection: host, x-a", b"Content-Length: 5, 5",
         b"TE: trailers", b"Trailer: Content-Length", b"Max-Forwards: 0"]


def request(dice, number):
    """A valid request whose target names it."""
    method = dice.choice(["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
    lines = [f"{method} /r{number} HTTP/1.1", "Host: a.test"]
    lines += [f"X-{name}: {dice.randrange(1000)}" for name in "AB"[:dice.randrange(3)]]
    body = bytes(dice.choice(b"abc\r\n05: GET/HTTP.1") for _ in range(dice.randrange(40)))
    how = dice.choice(["none", "length", "chunked"])
    if how == "length":
        lines.insert(dice.randrange(1, len(lines) + 1), f"Content-Length: {len(body)}")
    elif how == "chunked":
        lines.insert(dice.randrange(1, len(lines) + 1), "Transfer-Encoding: chunked")
        body = chunks(dice, body)
    else:
        body = b""
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunks(dice, body):
    coded = b""
    while body:
        size = dice.randrange(1, len(body) + 1)
        extension = dice.choice([b"", b"", b";a", b";a=b", b';a="b c"'])
        coded += b"%x%s\r\n%s\r\n" % (size, extension, body[:size])
        body = body[size:]
    return coded + b"0\r\n" + dice.choice([b"", b"X-Sum: 1\r\n"]) + b"\r\n"


def insert(dice, raw):
    at = dice.randrange(len(raw) + 1)
    return raw[:at] + dice.choice(ODD) + raw[at:]


def delete(dice, raw):
    at = dice.randrange(len(raw))
    return raw[:at] + raw[at + dice.choice([1, 1, 1, 2, 5]):]


def replace(dice, raw):
    at = dice.randrange(len(raw))
    return raw[:at] + dice.choice(ODD) + raw[at + 1:]


def flip(dice, raw):
    at = dice.randrange(len(raw))
    return raw[:at] + bytes([raw[at] ^ (1 << dice.randrange(8))]) + raw[at + 1:]


def unline(dice, raw):
    """One CRLF becomes something that only some take for one."""
    ends = [at for at in range(len(raw)) if raw[at:at + 2] == b"\r\n"]
    if not ends:
        return raw
    at = dice.choice(ends)
    return raw[:at] + dice.choice([b"\n", b"\r", b"", b"\r\r\n", b"\n\r", b"\0\r\n", b" \r\n",
                                   b"\r\n\t"]) + raw[at + 2:]


def add_line(dice, raw):
    ends = [at for at in range(len(raw)) if raw[at:at + 2] == b"\r\n"]
    at = dice.choice(ends) if ends else 0
    return raw[:at] + b"\r\n" + dice.choice(LINES) + raw[at:]


def swap_lines(dice, raw):
    lines = raw.split(b"\r\n")
    one, other = dice.randrange(len(lines)), dice.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\r\n".join(lines)


def repeat_line(dice, raw):
    lines = raw.split(b"\r\n")
    at = dice.randrange(len(lines))
    return b"\r\n".join(lines[:at] + [lines[at]] + lines[at:])


def renumber(dice, raw):
    digits = [at for at in range(len(raw)) if raw[at:at + 1].isdigit()]
    if not digits:
        return raw
    at = dice.choice(digits)
    return raw[:at] + dice.choice([b"0", b"1", b"9", b"a", b"-1", b"00", b"9" * 20]) + raw[at + 1:]


CHANGES = [insert, insert, delete, replace, flip, unline, unline, add_line, add_line, swap_lines,
           repeat_line, renumber]


def mutated(dice, number):
    """A pipeline of one to three requests with none to three changes."""
    raw = b"".join(request(dice, f"{number}-{n}") for n in range(dice.randrange(1, 4)))
    for _ in range(dice.choice([0, 1, 1, 1, 2, 3])):
        raw = dice.choice(CHANGES)(dice, raw) or b"\r\n"
    return raw
