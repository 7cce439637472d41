use httparse::{Header, Status};

use crate::authority::is_authority;
use crate::end_to_end::{Dropped, EndToEnd};
use crate::fields::fields_named;
use crate::framing::{Codings, Framing, LengthError, content_length};
use crate::limits::{LEADING_CRLF_MAX, METHOD_BYTES_MAX, REQUEST_FIELDS_MAX};
use crate::request_line::{RequestLine, parse_request_line};
use crate::scan::{Scan, leading_crlfs, lines_end_in_crlf, scan};
use crate::slots::RequestSlots;
use crate::survey::{Survey, survey};
use crate::syntax::is_token_byte;
use crate::target::{Target, parse_target};
use crate::{Parsed, Refusal, Version};

/// A whole and legal request head. Borrows the bytes it was parsed from: use it, then drop it
/// before the buffer is touched again.
#[derive(Clone, Debug)]
pub struct RequestHead<'h, 'b> {
    /// The method, case-sensitive; never CONNECT.
    pub method: &'b str,
    /// The target, split.
    pub target: Target<'b>,
    /// The client's version.
    pub version: Version,
    /// Every field line in order, names as they came, values without surrounding white space.
    pub fields: &'h [Header<'b>],
    /// `host[:port]` of the target or else of Host (RFC 9112 section 3.2.2); `None` for an empty
    /// Host, and for HTTP/1.0 without one.
    pub host: Option<&'b str>,
    /// Where the content ends; never `UntilClose`.
    pub body: Framing,
    /// Whether the client would go on with this connection (RFC 9112 section 9.3).
    pub keep_alive: bool,
    /// The client waits for a 100 before it sends its content (RFC 9110 section 10.1.1).
    pub expect_continue: bool,
    /// `Connection: upgrade` with an Upgrade field, on HTTP/1.1.
    pub upgrade: bool,
    /// The client understands trailers (RFC 9110 section 10.1.4).
    pub te_trailers: bool,
    /// Bytes of the head, leading empty lines included: the content begins here.
    pub len: usize,
    dropped: Dropped,
}

impl<'h, 'b> RequestHead<'h, 'b> {
    /// The fields to forward.
    pub fn end_to_end(&self) -> EndToEnd<'h, 'b> {
        EndToEnd::new(self.fields, self.dropped)
    }
}

/// Parses a request head of at most `head_bytes_max` bytes at the start of `bytes`; what follows it
/// is not looked at.
///
/// `Partial` when the head is not yet whole; give all bytes again with the next ones added. A
/// refusal may come before the head is whole.
pub fn parse_request<'h, 'b>(
    bytes: &'b [u8],
    head_bytes_max: usize,
    slots: &'h mut RequestSlots<'b>,
) -> Result<Parsed<RequestHead<'h, 'b>>, Refusal> {
    let skipped = leading_crlfs(bytes).ok_or(Refusal::LeadingLines)?;
    if skipped > LEADING_CRLF_MAX * 2 {
        return Err(Refusal::LeadingLines);
    }
    let bytes = bytes.get(skipped..).unwrap_or_default();
    let window = bytes.get(..head_bytes_max).unwrap_or(bytes);
    // Most often the bytes end where the head ends, and need no search for it.
    let head = if window.ends_with(b"\r\n\r\n") {
        window
    } else {
        match scan(window) {
            Scan::End { len } => window.get(..len).unwrap_or_default(),
            Scan::Open { first_line } => {
                return open_head(bytes, head_bytes_max, first_line).map(|()| Parsed::Partial);
            }
            Scan::BareLf => return Err(Refusal::BareLf),
        }
    };
    let mut request = httparse::Request::new(&mut []);
    match request.parse_with_uninit_headers(head, &mut slots.uninit) {
        Ok(Status::Complete(len)) => {
            let (Some(method), Some(target), Some(minor)) =
                (request.method, request.path, request.version)
            else {
                return Err(Refusal::RequestLine);
            };
            let fields = &*request.headers;
            if !lines_end_in_crlf(head.get(..len).unwrap_or_default(), fields) {
                return Err(Refusal::BareLf);
            }
            let version = if minor == 0 { Version::Http10 } else { Version::Http11 };
            judge(method, target, version, fields, skipped + len)
        }
        Ok(Status::Partial) => Err(Refusal::RequestLine),
        Err(httparse::Error::Version) => {
            let (line, fields, len) = other_version(head, &mut slots.spill)?;
            judge(line.method, line.target, line.version(), fields, skipped + len)
        }
        Err(error) => Err(refusal(error, head)),
    }
}

/// A head whose end is not there: may it still become a legal one?
fn open_head(
    bytes: &[u8],
    head_bytes_max: usize,
    first_line: Option<usize>,
) -> Result<(), Refusal> {
    match first_line.and_then(|len| bytes.get(..len)) {
        Some(line) => {
            parse_request_line(line)?;
            if bytes.len() >= head_bytes_max {
                return Err(Refusal::HeadTooLarge);
            }
        }
        // TLS on the plain port, for one, is refused at its first byte.
        None if bytes.first().is_some_and(|byte| !is_token_byte(*byte) && *byte != b'\r') => {
            return Err(Refusal::RequestLine);
        }
        None if bytes.len() >= head_bytes_max => return Err(Refusal::TargetTooLong),
        None => {}
    }
    Ok(())
}

/// httparse knows 1.0 and 1.1 only; 1.2 to 1.9 are legal and taken for 1.1.
#[cold]
fn other_version<'h, 'b>(
    head: &'b [u8],
    spill: &'h mut Vec<Header<'b>>,
) -> Result<(RequestLine<'b>, &'h [Header<'b>], usize), Refusal> {
    let (line, rest) = head.split_at_checked(first_line(head)).ok_or(Refusal::RequestLine)?;
    let request_line = parse_request_line(line)?;
    *spill = vec![httparse::EMPTY_HEADER; REQUEST_FIELDS_MAX];
    match httparse::parse_headers(rest, spill) {
        Ok(Status::Complete((len, fields))) => {
            let len = line.len() + len;
            if !lines_end_in_crlf(head.get(..len).unwrap_or_default(), fields) {
                return Err(Refusal::BareLf);
            }
            Ok((request_line, fields, len))
        }
        Ok(Status::Partial) => Err(Refusal::FieldName),
        Err(error) => Err(refusal(error, head)),
    }
}

/// The length of the first line, its LF included.
fn first_line(head: &[u8]) -> usize {
    memchr::memchr(b'\n', head).map_or(head.len(), |lf| lf + 1)
}

/// What httparse objected to, in our words.
#[cold]
fn refusal(error: httparse::Error, head: &[u8]) -> Refusal {
    match error {
        httparse::Error::HeaderName => Refusal::FieldName,
        httparse::Error::HeaderValue => Refusal::FieldValue,
        httparse::Error::TooManyHeaders => Refusal::TooManyFields,
        httparse::Error::NewLine
        | httparse::Error::Status
        | httparse::Error::Token
        | httparse::Error::Version => {
            let line = head.get(..first_line(head)).unwrap_or_default();
            parse_request_line(line).err().unwrap_or(Refusal::RequestLine)
        }
    }
}

/// The rules over the whole head, in an order that names the worst fault first.
#[inline]
fn judge<'h, 'b>(
    method: &'b str,
    target: &'b str,
    version: Version,
    fields: &'h [Header<'b>],
    len: usize,
) -> Result<Parsed<RequestHead<'h, 'b>>, Refusal> {
    if method.len() > METHOD_BYTES_MAX {
        return Err(Refusal::MethodTooLong);
    }
    if method == "CONNECT" {
        return Err(Refusal::ConnectMethod);
    }
    let target = parse_target(method, target)?;
    let found = survey(fields);
    let body = framing(&found, fields, version)?;
    let host = host(&found, version)?;
    if found.options.malformed || found.options.too_many() {
        return Err(Refusal::ConnectionOption);
    }
    if method == "TRACE" && body != Framing::None {
        return Err(Refusal::TraceContent);
    }
    let modern = version == Version::Http11;
    let expect_continue = modern && found.expect && expects_continue(fields)?;
    Ok(Parsed::Complete(RequestHead {
        method,
        target,
        version,
        fields,
        host: target.authority.or(host),
        body,
        keep_alive: !found.options.close && (modern || found.options.keep_alive),
        expect_continue: expect_continue && !matches!(body, Framing::None | Framing::Length(0)),
        upgrade: modern && found.upgrade && found.options.upgrade,
        te_trailers: modern && found.te_trailers,
        len,
        dropped: found.dropped,
    }))
}

/// Where the content ends (RFC 9112 sections 6.1 and 6.3).
#[inline]
fn framing(
    found: &Survey<'_>,
    fields: &[Header<'_>],
    version: Version,
) -> Result<Framing, Refusal> {
    if found.underscored_framing {
        return Err(Refusal::UnderscoredFraming);
    }
    match (found.length, found.coding) {
        (None, None) => Ok(Framing::None),
        (Some(_), Some(_)) => Err(Refusal::LengthWithCoding),
        (Some(_), None) if found.length_repeated => Err(Refusal::LengthRepeated),
        (Some(value), None) => match content_length(value) {
            Ok(length) => Ok(Framing::Length(length)),
            Err(LengthError::Malformed) => Err(Refusal::LengthInvalid),
            Err(LengthError::TooLarge) => Err(Refusal::LengthTooLarge),
        },
        (None, Some(_)) if version == Version::Http10 => Err(Refusal::CodingOnHttp10),
        (None, Some(_)) => match found.codings(fields) {
            Codings::Chunked => Ok(Framing::Chunked),
            Codings::Unknown => Err(Refusal::CodingUnknown),
            Codings::Malformed => Err(Refusal::CodingMalformed),
        },
    }
}

/// The one Host (RFC 9112 section 3.2). An empty one is legal: the target has no authority.
#[inline]
fn host<'b>(found: &Survey<'b>, version: Version) -> Result<Option<&'b str>, Refusal> {
    if found.host_repeated {
        return Err(Refusal::HostRepeated);
    }
    match found.host {
        None if version == Version::Http11 => Err(Refusal::HostMissing),
        None | Some([]) => Ok(None),
        Some(value) if !is_authority(value) => Err(Refusal::HostInvalid),
        Some(value) => std::str::from_utf8(value).map(Some).map_err(|_| Refusal::HostInvalid),
    }
}

/// 100-continue is the only expectation there is (RFC 9110 section 10.1.1).
#[cold]
fn expects_continue(fields: &[Header<'_>]) -> Result<bool, Refusal> {
    let known = fields_named(fields, "expect")
        .flat_map(crate::fields::elements)
        .all(|expectation| expectation.eq_ignore_ascii_case(b"100-continue"));
    if known { Ok(true) } else { Err(Refusal::Expectation) }
}
