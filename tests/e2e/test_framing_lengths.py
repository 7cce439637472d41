"""Content-Length of requests: RFC 9110 section 8.6, RFC 9112 sections 6.2 and 6.3."""

from harness.framing import either, head, passes, play, post, refused, table

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n"


def length(value, body=b"hello", name=b"Content-Length"):
    return post(name + b":" + value, body=body)


def legal(name, value, body=b"hello", **how):
    return passes(name, "9110 8.6", length(value, body), ("POST", "/x", body), **how)


def no_number(name, value, statuses=(400,)):
    return refused(name, "9110 8.6", length(value), statuses)


def differing(name, *lines, body=b"hello"):
    return refused(name, "9112 6.3", post(*lines, body=body))


@table(
    legal("a length", b" 5"),
    legal("no space before it", b"5"),
    legal("spaces around it", b"   5   "),
    legal("tabs around it", b"\t5\t"),
    legal("tabs and spaces around it", b" \t 5 \t "),
    legal("one leading zero", b" 05"),
    legal("twenty leading zeros", b" 000000000000000000005"),
    legal("zero", b" 0", b""),
    legal("many zeros", b" 00000000", b""),
    legal("a body of CRLFs", b" 6", b"\r\n\r\n\r\n"),
    legal("a body of NULs", b" 4", b"\0\0\0\0"),
    legal("a body that looks like a request", b" %d" % len(SMUGGLED), SMUGGLED),
    legal("a body that looks like chunks", b" 15", b"5\r\nhello\r\n0\r\n\r\n"),
    passes("lower-case name", "9110 5.1", length(b" 5", name=b"content-length"),
           ("POST", "/x", b"hello")),
    passes("upper-case name", "9110 5.1", length(b" 5", name=b"CONTENT-LENGTH"),
           ("POST", "/x", b"hello")),
    passes("a GET with a body", "9110 9.3.1", head(b"Content-Length: 5") + b"hello",
           ("GET", "/x", b"hello")),
    passes("a DELETE with a body", "9110 9.3.5", head(b"Content-Length: 5", method=b"DELETE")
           + b"hello", ("DELETE", "/x", b"hello")),
    passes("an OPTIONS with a body", "9110 9.3.7", head(b"Content-Length: 5", method=b"OPTIONS")
           + b"hello", ("OPTIONS", "/x", b"hello")),
    passes("a HEAD with a body", "9110 9.3.2", head(b"Content-Length: 5", method=b"HEAD")
           + b"hello", ("HEAD", "/x", b"hello")),
    passes("a POST without any framing", "9112 6.3", post(), ("POST", "/x")),
    passes("a GET of length zero", "9112 6.3", head(b"Content-Length: 0"), ("GET", "/x")),
    passes("names that only look alike", "9110 5.1",
           head(b"Content-Lengt: 5", b"Content-Lengthy: 5", b"X-Content-Length: 5",
                b"Content--Length: 5", b"Content.Length: 5", b"ContentLength: 5"), ("GET", "/x"),
           fields={"content-lengthy": b"5", "x-content-length": b"5", "contentlength": b"5"}),
    passes("a length that Connection nominates", "9110 7.6.1",
           post(b"Connection: content-length", b"Content-Length: %d" % len(SMUGGLED),
                body=SMUGGLED), ("POST", "/x", SMUGGLED)),
    no_number("nothing", b""),
    no_number("a space", b" "),
    no_number("a plus sign", b" +5"),
    no_number("a minus sign", b" -5"),
    no_number("minus zero", b" -0"),
    no_number("a hexadecimal prefix", b" 0x5"),
    no_number("hexadecimal digits", b" a"),
    no_number("an octal prefix", b" 0o5"),
    no_number("a fraction", b" 5.0"),
    no_number("a dot at the end", b" 5."),
    no_number("an exponent", b" 5e0"),
    no_number("an underscore between digits", b" 0_5"),
    no_number("letters behind it", b" 5bytes"),
    no_number("letters before it", b" b5"),
    no_number("a space inside", b" 1 5"),
    no_number("a tab inside", b" 1\t5"),
    no_number("in double quotes", b' "5"'),
    no_number("in single quotes", b" '5'"),
    no_number("a semicolon", b" 5;"),
    no_number("a parameter", b" 5;q=1"),
    no_number("a comma behind it", b" 5,"),
    no_number("a comma before it", b" ,5"),
    no_number("a comma alone", b" ,"),
    no_number("a vertical tab before it", b" \x0b5"),
    no_number("a form feed behind it", b" 5\x0c"),
    no_number("a NUL behind it", b" 5\0"),
    no_number("a NUL inside", b" 5\x000"),
    no_number("a no-break space before it", b" \xa05"),
    no_number("a superscript digit", b" \xb2"),
    no_number("Arabic digits in UTF-8", " \u0665".encode()),
    no_number("full-width digits in UTF-8", " \uff15".encode()),
    no_number("a word", b" five"),
    no_number("null", b" null"),
    no_number("2^64 + 5", b" 18446744073709551621", (400, 413)),
    no_number("2^64", b" 18446744073709551616", (400, 413)),
    no_number("2^63", b" 9223372036854775808", (400, 413)),
    no_number("200 digits", b" " + b"9" * 200, (400, 413)),
    refused("folded", "9112 5.2", length(b"\r\n 5")),
    refused("folded by a tab", "9112 5.2", length(b"\r\n\t5")),
    refused("folded with an empty second line", "9112 5.2", length(b" 5\r\n ")),
    refused("a space before the colon", "9112 5.1", length(b" 5", name=b"Content-Length ")),
    refused("a tab before the colon", "9112 5.1", length(b" 5", name=b"Content-Length\t")),
    refused("a space inside the name", "9112 5.1", length(b" 5", name=b"Content Length")),
    refused("a space before the name", "9112 5.2", length(b" 5", name=b" Content-Length")),
    refused("a NUL in the name", "9110 5.1", length(b" 5", name=b"Content-Length\0")),
    refused("a control byte in the name", "9110 5.1", length(b" 5", name=b"Content-Length\x01")),
    refused("a vertical tab in the name", "9110 5.1", length(b" 5", name=b"Content-Length\x0b")),
    refused("a soft hyphen in the name", "9110 5.1", length(b" 5", name=b"Content\xad-Length")),
    refused("a colon before the name", "9110 5.1", length(b" 5", name=b":Content-Length")),
    refused("an underscore for the hyphen", "9110 17.10",
            length(b" 5", name=b"Content_Length", body=b"")),
    refused("an underscore for the hyphen, upper case", "9110 17.10",
            length(b" 5", name=b"CONTENT_LENGTH", body=b"")),
    refused("an underscore for the hyphen beside the length", "9110 17.10",
            post(b"Content-Length: 5", b"Content_Length: 0", body=b"hello")),
    refused("an equals sign for the colon", "9112 5", post(b"Content-Length=5")),
    refused("no colon", "9112 5", post(b"Content-Length 5")),
    differing("5 and 6", b"Content-Length: 5", b"Content-Length: 6", body=b"hello!"),
    differing("6 and 5", b"Content-Length: 6", b"Content-Length: 5", body=b"hello!"),
    differing("0 and 5", b"Content-Length: 0", b"Content-Length: 5"),
    differing("5 and 0", b"Content-Length: 5", b"Content-Length: 0"),
    differing("5, 6 and 5", b"Content-Length: 5", b"Content-Length: 6", b"Content-Length: 5"),
    differing("5 and nothing", b"Content-Length: 5", b"Content-Length:"),
    differing("nothing and 5", b"Content-Length:", b"Content-Length: 5"),
    differing("5 and a word", b"Content-Length: 5", b"Content-Length: x"),
    differing("5 and 6 far apart", b"Content-Length: 5", *[b"X-%d: y" % n for n in range(80)],
              b"Content-Length: 6", body=b"hello!"),
    differing("two cases of the name", b"content-length: 5", b"CONTENT-LENGTH: 6",
              body=b"hello!"),
    differing("a list of 5 and 6", b"Content-Length: 5, 6", body=b"hello!"),
    differing("a list of 6 and 5", b"Content-Length: 6,5", body=b"hello!"),
    differing("5 and +5", b"Content-Length: 5", b"Content-Length: +5"),
    differing("5 and 5 behind a control byte", b"Content-Length: 5", b"Content-Length: \x0c6",
              body=b"hello!"),
    either("5 twice", "9110 8.6", post(b"Content-Length: 5", b"Content-Length: 5", body=b"hello"),
           (400,), ("POST", "/x", b"hello")),
    either("5 and 05", "9110 8.6", post(b"Content-Length: 5", b"Content-Length: 05", body=b"hello"),
           (400,), ("POST", "/x", b"hello")),
    either("a list of 5 and 5", "9110 8.6", post(b"Content-Length: 5, 5", body=b"hello"), (400,),
           ("POST", "/x", b"hello")),
    either("0 twice on GET", "9110 8.6", head(b"Content-Length: 0", b"Content-Length: 0"), (400,),
           ("GET", "/x")),
)
def test_length(rig, case):
    play(rig, case)
