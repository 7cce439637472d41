use httparse::{Header, ParserConfig, Status};

use crate::end_to_end::{Dropped, EndToEnd};
use crate::framing::{Codings, Framing, content_length};
use crate::limits::RESPONSE_HEAD_BYTES_MAX;
use crate::scan::{Scan, lines_end_in_crlf, scan};
use crate::slots::ResponseSlots;
use crate::survey::{Survey, survey};
use crate::{Parsed, ResponseFault, Version};

/// A whole and legal response head, final or interim. Borrows the bytes it was parsed from.
#[derive(Clone, Debug)]
pub struct ResponseHead<'h, 'b> {
    /// The origin's version.
    pub version: Version,
    /// 100 to 599. An interim one (1xx) is followed by another head; 101 by another protocol.
    pub status: u16,
    /// The reason phrase; empty when there is none, or none in ASCII.
    pub reason: &'b str,
    /// Every field line in order, names as they came, values without surrounding white space.
    pub fields: &'h [Header<'b>],
    /// Where the content ends.
    pub body: Framing,
    /// The Content-Length that was sent. With `body` `None` (HEAD, 304) it tells the length that a
    /// GET would have had, and is to be forwarded as it is. Left out for 1xx and 204, where none
    /// may stand (RFC 9110 section 8.6).
    pub content_length: Option<u64>,
    /// Whether the connection may be used again once the content has ended.
    pub keep_alive: bool,
    /// Bytes of the head: the content begins here.
    pub len: usize,
    dropped: Dropped,
}

impl<'h, 'b> ResponseHead<'h, 'b> {
    /// The fields to forward.
    pub fn end_to_end(&self) -> EndToEnd<'h, 'b> {
        EndToEnd::new(self.fields, self.dropped)
    }

    /// An interim response: the final one is still to come. 101 is final for HTTP.
    pub fn is_interim(&self) -> bool {
        matches!(self.status, 100 | 102..=199)
    }

    /// 101: what follows is another protocol. A fault unless the request asked for it.
    pub fn switches_protocols(&self) -> bool {
        self.status == 101
    }
}

/// Parses a response head at the start of `bytes`, the answer to a request of `request_method`.
///
/// `Partial` when the head is not yet whole; give all bytes again with the next ones added. A
/// fault may come before the head is whole.
pub fn parse_response<'h, 'b>(
    bytes: &'b [u8],
    slots: &'h mut ResponseSlots<'b>,
    request_method: &str,
) -> Result<Parsed<ResponseHead<'h, 'b>>, ResponseFault> {
    // httparse would skip empty lines here; before a response there are none. Garbage is known at
    // its first bytes.
    if !bytes.iter().zip(b"HTTP/1.").all(|(byte, expected)| byte == expected) {
        return Err(ResponseFault::StatusLine);
    }
    let window = bytes.get(..RESPONSE_HEAD_BYTES_MAX).unwrap_or(bytes);
    let head = if window.ends_with(b"\r\n\r\n") {
        window
    } else {
        match scan(window) {
            Scan::End { len } => window.get(..len).unwrap_or_default(),
            Scan::Open { .. } if bytes.len() >= RESPONSE_HEAD_BYTES_MAX => {
                return Err(ResponseFault::HeadTooLarge);
            }
            Scan::Open { .. } => return Ok(Parsed::Partial),
            Scan::BareLf => return Err(ResponseFault::BareLf),
        }
    };
    let mut response = httparse::Response::new(&mut []);
    let parsed = ParserConfig::default().parse_response_with_uninit_headers(
        &mut response,
        head,
        &mut slots.uninit,
    );
    let len = match parsed {
        Ok(Status::Complete(len)) => len,
        Ok(Status::Partial) => return Err(ResponseFault::StatusLine),
        Err(error) => return Err(fault(error)),
    };
    let (Some(status), Some(minor)) = (response.code, response.version) else {
        return Err(ResponseFault::StatusLine);
    };
    let fields = &*response.headers;
    if !lines_end_in_crlf(head.get(..len).unwrap_or_default(), fields) {
        return Err(ResponseFault::BareLf);
    }
    let version = if minor == 0 { Version::Http10 } else { Version::Http11 };
    let reason = response.reason.unwrap_or_default();
    judge(status, reason, version, fields, len, request_method)
}

/// What httparse objected to, in our words.
#[cold]
fn fault(error: httparse::Error) -> ResponseFault {
    match error {
        httparse::Error::HeaderName => ResponseFault::FieldName,
        httparse::Error::HeaderValue => ResponseFault::FieldValue,
        httparse::Error::TooManyHeaders => ResponseFault::TooManyFields,
        httparse::Error::NewLine
        | httparse::Error::Status
        | httparse::Error::Token
        | httparse::Error::Version => ResponseFault::StatusLine,
    }
}

fn judge<'h, 'b>(
    status: u16,
    reason: &'b str,
    version: Version,
    fields: &'h [Header<'b>],
    len: usize,
    request_method: &str,
) -> Result<Parsed<ResponseHead<'h, 'b>>, ResponseFault> {
    if !(100..=599).contains(&status) {
        return Err(ResponseFault::Status);
    }
    let found = survey(fields);
    if found.options.too_many() {
        return Err(ResponseFault::ConnectionOption);
    }
    let (announced, content_length) = announced(&found, fields, version)?;
    let announces_content = matches!(announced, Framing::Chunked | Framing::Length(1..));
    if status < 200 && announces_content {
        return Err(ResponseFault::InterimContent);
    }
    // RFC 9112 section 6.3, items 1 and 2.
    let contentless = status < 200 || status == 204;
    let none = contentless || status == 304 || request_method == "HEAD";
    let body = if none { Framing::None } else { announced };
    // A 204 cannot have content (RFC 9110 section 15.3.5); one that says it has may send it, and
    // those bytes must not be read as the next response.
    let lies = status == 204 && announces_content;
    let persistent = !found.options.close
        && (version == Version::Http11 || found.options.keep_alive)
        && body != Framing::UntilClose;
    Ok(Parsed::Complete(ResponseHead {
        version,
        status,
        reason,
        fields,
        body,
        content_length: content_length.filter(|_| !contentless),
        keep_alive: persistent && !lies,
        len,
        dropped: found.dropped,
    }))
}

/// What the fields say about the content, and the Content-Length (RFC 9112 section 6.3).
fn announced(
    found: &Survey<'_>,
    fields: &[Header<'_>],
    version: Version,
) -> Result<(Framing, Option<u64>), ResponseFault> {
    match (found.length, found.coding) {
        (None, None) => Ok((Framing::UntilClose, None)),
        (Some(_), Some(_)) => Err(ResponseFault::LengthWithCoding),
        (Some(_), None) if found.length_repeated => Err(ResponseFault::LengthRepeated),
        (Some(value), None) => {
            let length = content_length(value).map_err(|_| ResponseFault::LengthInvalid)?;
            Ok((Framing::Length(length), Some(length)))
        }
        (None, Some(_)) if version == Version::Http10 => Err(ResponseFault::CodingOnHttp10),
        (None, Some(_)) => match found.codings(fields) {
            Codings::Chunked => Ok((Framing::Chunked, None)),
            Codings::Unknown | Codings::Malformed => Err(ResponseFault::Coding),
        },
    }
}
