//! Where AWS is not documented, or is reported to do two things: what is done here, and why. Each
//! decision is taken in this file and nowhere else.
//!
//! Beside those below:
//! - Bytes that are no UTF-8 in fields, paths and queries become U+FFFD (`json.rs`): the texts of
//!   AWS's errors and claims suggest a gateway in Go, whose JSON encoder does that. A body that is
//!   no UTF-8 goes as base64 instead, so that nothing is lost of it.
//! - Maps are sorted by key, as in recorded events, whatever order the client used.
//! - `;` does not separate query parameters: that is documented for REST APIs alone.
//! - Percent signs that begin no escape stay as they are.
//! - Names that differ only in case are one field; format 1.0 shows it as it was written first.
//! - A single-value map of format 1.0 holds the last value, as recorded.

/// Is a body of this type given as text? Everything else is base64, also without a type and for
/// forms: so measured on AWS. A general reading of the guide has text also where a charset is named
/// and for `+json` and `+xml`; the measurement has neither.
pub(crate) fn is_text(content_type: &[u8]) -> bool {
    let essence = content_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let is_text = essence.get(..5).is_some_and(|kind| kind.eq_ignore_ascii_case(b"text/"));
    let texts = ["application/json", "application/xml", "application/javascript"];
    is_text || texts.iter().any(|text| essence.eq_ignore_ascii_case(text.as_bytes()))
}

/// What stands in front of the path in events of format 2.0. A mapping key is dropped, the stage
/// shown: three reports agree, only documents of emulators say otherwise.
pub(crate) fn prefix_v2(stage: &str) -> &str {
    if stage == "$default" { "" } else { stage }
}

/// The same for 1.0, which keeps the mapping key. That it then shows no stage is carried over from
/// REST APIs, where it was measured.
pub(crate) fn prefix_v1<'c>(stage: &'c str, mapping_key: &'c str) -> &'c str {
    if mapping_key.is_empty() { prefix_v2(stage) } else { mapping_key }
}

/// Format 1.0 says this to clients on HTTP/2 as well.
pub(crate) const PROTOCOL_V1: &str = "HTTP/1.1";

/// Does format 1.0 write this name in canonical case? All others keep the client's (recorded).
pub(crate) fn is_canonical_v1(name: &str) -> bool {
    const NAMES: [&str; 5] =
        ["content-length", "content-type", "host", "user-agent", "x-amzn-trace-id"];
    let forwarded = name.get(..12).is_some_and(|p| p.eq_ignore_ascii_case("x-forwarded-"));
    forwarded || NAMES.iter().any(|canonical| name.eq_ignore_ascii_case(canonical))
}

/// Members that an answer of format 1.0 may have; with any other it is a wrong one, as recorded for
/// REST APIs. Format 2.0 passes over what it does not know.
pub(crate) const MEMBERS_V1: [&str; 5] =
    ["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"];

/// Statuses whose answers carry no content: type, length and body are left out.
pub(crate) fn has_no_content(status: u16) -> bool {
    status == 204 || status == 304
}
