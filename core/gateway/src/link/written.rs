use std::io::{self, ErrorKind};

use bytes::Bytes;
use h2::SendStream;
use http::HeaderMap;
use ringgate_http1::{Framing, Header, field};
use ringgate_http2::limits::RESPONSE_FIELDS_MAX;
use ringgate_http2::trailers;

/// A message's content as HTTP/1.1 codes it, on its way into a stream of HTTP/2: what of it is
/// written next.
///
/// What is written is of our own writing, or has been checked: chunk lines come whole.
#[derive(Debug, Default)]
pub(super) struct Written {
    next: Next,
    /// Trailer lines, until all are there.
    section: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Next {
    /// So many bytes of content.
    Length(u64),
    /// A chunk's size line.
    Size,
    /// The rest of a chunk, so many bytes; then its line end.
    Chunk(u64),
    /// The trailer section.
    Trailers,
    /// Bytes of a tunnel, up to its end.
    Tunnel,
    /// Nothing: all of it has been written.
    #[default]
    Nothing,
}

/// What the bytes are that are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// At most `left` bytes of content; `ends`: the last of them end the message.
    Content { left: u64, ends: bool },
    /// So many bytes that only code it.
    Coding(usize),
}

impl Written {
    /// Behind a head that says `framing`.
    pub(super) fn new(framing: Framing) -> Self {
        let next = match framing {
            Framing::None | Framing::Length(0) | Framing::UntilClose => Next::Nothing,
            Framing::Length(bytes) => Next::Length(bytes),
            Framing::Chunked => Next::Size,
        };
        Self { next, section: Vec::new() }
    }

    /// The bytes of a tunnel.
    pub(super) fn tunnel() -> Self {
        Self { next: Next::Tunnel, section: Vec::new() }
    }

    /// The end of a tunnel; false where this is none, or it has ended.
    pub(super) fn end_tunnel(&mut self) -> bool {
        let is_tunnel = self.next == Next::Tunnel;
        if is_tunnel {
            self.next = Next::Nothing;
        }
        is_tunnel
    }

    /// True once all of it has been written.
    pub(super) fn is_done(&self) -> bool {
        self.next == Next::Nothing
    }

    /// What `bytes` begin with; what is no content is taken as written. `end` is called with the
    /// trailers of the chunked coding when it ends.
    pub(super) fn part(
        &mut self,
        bytes: &[u8],
        end: impl FnOnce(HeaderMap) -> io::Result<()>,
    ) -> io::Result<Part> {
        match self.next {
            Next::Length(left) => Ok(Part::Content { left, ends: true }),
            Next::Tunnel => Ok(Part::Content { left: u64::MAX, ends: false }),
            Next::Size => self.size_line(bytes),
            Next::Chunk(0) if bytes.starts_with(b"\r\n") => {
                self.next = Next::Size;
                Ok(Part::Coding(2))
            }
            Next::Chunk(0) | Next::Nothing => Err(unwritten()),
            Next::Chunk(left) => Ok(Part::Content { left, ends: false }),
            Next::Trailers => self.trailer_lines(bytes, end),
        }
    }

    /// So many bytes of content have been written.
    pub(super) fn content(&mut self, len: usize) {
        let rest = |left: u64| left.saturating_sub(len as u64);
        self.next = match self.next {
            Next::Length(left) if rest(left) == 0 => Next::Nothing,
            Next::Length(left) => Next::Length(rest(left)),
            Next::Chunk(left) => Next::Chunk(rest(left)),
            other => other,
        };
    }

    /// Extensions were cut out.
    fn size_line(&mut self, bytes: &[u8]) -> io::Result<Part> {
        let end = memchr::memmem::find(bytes, b"\r\n").ok_or_else(unwritten)?;
        let digits = bytes.get(..end).and_then(|digits| std::str::from_utf8(digits).ok());
        let size = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
        self.next = match size.ok_or_else(unwritten)? {
            0 => Next::Trailers,
            size => Next::Chunk(size),
        };
        Ok(Part::Coding(end + 2))
    }

    /// Whole lines; the empty one ends the message.
    fn trailer_lines(
        &mut self,
        bytes: &[u8],
        end: impl FnOnce(HeaderMap) -> io::Result<()>,
    ) -> io::Result<Part> {
        self.section.extend_from_slice(bytes);
        if self.section != b"\r\n" && !self.section.ends_with(b"\r\n\r\n") {
            return Ok(Part::Coding(bytes.len()));
        }
        let mut slots = [httparse::EMPTY_HEADER; RESPONSE_FIELDS_MAX];
        let parsed = httparse::parse_headers(&self.section, &mut slots);
        let Ok(httparse::Status::Complete((_, fields))) = parsed else { return Err(unwritten()) };
        let fields = trailers(fields.iter().map(|field| (field.name, field.value)));
        self.next = Next::Nothing;
        end(fields.map_err(io::Error::other)?)?;
        Ok(Part::Coding(bytes.len()))
    }
}

/// How the content behind a head with these `fields` is framed (RFC 9112 section 6.3).
pub(super) fn framing(fields: &[Header<'_>]) -> io::Result<Framing> {
    if let Some(digits) = field(fields, "content-length") {
        let length = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
        return length.map(Framing::Length).ok_or_else(unwritten);
    }
    let chunked = field(fields, "transfer-encoding").is_some();
    Ok(if chunked { Framing::Chunked } else { Framing::None })
}

/// Ends a stream, with these trailers if there are any.
pub(super) fn send_end(send: &mut SendStream<Bytes>, trailers: HeaderMap) -> io::Result<()> {
    let sent = if trailers.is_empty() {
        send.send_data(Bytes::new(), true)
    } else {
        send.send_trailers(trailers)
    };
    sent.map_err(io::Error::other)
}

/// Written was what is no message, or not in whole lines: a fault of ours.
pub(super) fn unwritten() -> io::Error {
    ErrorKind::InvalidData.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Written {
        /// What `bytes` begin with, where that is not the end.
        fn next(&mut self, bytes: &[u8]) -> io::Result<Part> {
            self.part(bytes, |trailers| panic!("it ends with {trailers:?}"))
        }
    }

    #[test]
    fn a_length_is_counted_down() {
        let mut written = Written::new(Framing::Length(5));
        assert_eq!(written.next(b"ab").unwrap(), Part::Content { left: 5, ends: true });
        written.content(2);
        assert_eq!(written.next(b"cde").unwrap(), Part::Content { left: 3, ends: true });
        written.content(3);
        assert!(written.is_done() && written.next(b"f").is_err());
        assert!(
            Written::new(Framing::Length(0)).is_done() && Written::new(Framing::None).is_done()
        );
    }

    #[test]
    fn chunks_are_taken_out_of_their_coding() {
        let mut written = Written::new(Framing::Chunked);
        assert_eq!(written.next(b"1f\r\nab").unwrap(), Part::Coding(4));
        assert_eq!(written.next(b"ab").unwrap(), Part::Content { left: 31, ends: false });
        written.content(31);
        assert_eq!(written.next(b"\r\n0\r\n").unwrap(), Part::Coding(2));
        assert_eq!(written.next(b"0\r\n").unwrap(), Part::Coding(3));
        assert_eq!(written.next(b"x-sum: 1\r\n").unwrap(), Part::Coding(10));
        let mut trailers = HeaderMap::new();
        let last = written.part(b"\r\n", |all| {
            trailers = all;
            Ok(())
        });
        assert_eq!(last.unwrap(), Part::Coding(2));
        assert_eq!(trailers["x-sum"], "1");
        assert!(written.is_done());
    }

    #[test]
    fn what_is_no_content_is_a_fault() {
        for bytes in [&b"1f"[..], b"xyz\r\n", b"\r\n", b""] {
            assert!(Written::new(Framing::Chunked).next(bytes).is_err(), "{bytes:?}");
        }
        let mut written = Written::new(Framing::Chunked);
        written.next(b"1\r\n").unwrap();
        written.content(1);
        assert!(written.next(b"ab").is_err(), "a chunk ends with its line");
    }
}
