use std::borrow::Cow;
use std::fmt::Write;

use super::{RequestParts, hex};

/// The canonical request ("Create a signed AWS API request", step 1).
///
/// `signed_headers` as sent: lower-case names joined by `;`.
pub(super) fn canonical_request(
    request: &RequestParts<'_>,
    signed_headers: &str,
    payload_sha256: &[u8; 32],
) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    out.extend_from_slice(request.method.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(canonical_path(request.path).as_bytes());
    out.push(b'\n');
    out.extend_from_slice(canonical_query(request.query.unwrap_or_default()).as_bytes());
    out.push(b'\n');
    for name in signed_headers.split(';') {
        out.extend_from_slice(name.as_bytes());
        out.push(b':');
        for (at, value) in request.values(name).enumerate() {
            if at > 0 {
                out.push(b',');
            }
            push_trimmed(&mut out, value);
        }
        out.push(b'\n');
    }
    out.push(b'\n');
    out.extend_from_slice(signed_headers.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(hex(payload_sha256).as_bytes());
    out
}

/// Every service but S3: dot segments and repeated slashes go away, then each segment of the path,
/// encoded once on the wire already, is encoded once more.
fn canonical_path(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    let mut out = String::with_capacity(path.len() + 16);
    for segment in &segments {
        out.push('/');
        push_encoded(&mut out, segment.as_bytes());
    }
    if out.is_empty() || path.ends_with('/') {
        out.push('/');
    }
    out
}

/// Names and values in their one encoded form, sorted by name, then by value.
fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (recoded(name), recoded(value)))
        .collect();
    pairs.sort_unstable();
    let mut out = String::with_capacity(query.len() + 16);
    for (name, value) in &pairs {
        if !out.is_empty() {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        out.push_str(value);
    }
    out
}

/// One form for each octet, however the client wrote it (`,` and `%2C` are the same).
fn recoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_encoded(&mut out, &decoded(text));
    out
}

/// Percent-decoding; a `%` that begins no octet stands for itself.
pub(super) fn decoded(text: &str) -> Cow<'_, [u8]> {
    let bytes = text.as_bytes();
    if !bytes.contains(&b'%') {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let octet = match after {
            [high, low, ..] if *first == b'%' => hex_octet(*high, *low),
            _ => None,
        };
        out.push(octet.unwrap_or(*first));
        rest = if octet.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    Cow::Owned(out)
}

fn hex_octet(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// AWS's UriEncode: everything but the unreserved characters of RFC 3986 becomes `%XX`.
fn push_encoded(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            out.push(char::from(*byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

/// AWS's Trimall: no space at either end, one where there were several.
fn push_trimmed(out: &mut Vec<u8>, value: &[u8]) {
    let words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    for (at, word) in words.enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        for (path, canonical) in [
            ("", "/"),
            ("/", "/"),
            ("/.", "/"),
            ("/a/..", "/"),
            ("/../..", "/"),
            ("//a//", "/a/"),
            ("/a/./b", "/a/b"),
            ("/v2/apis/x/stages/%24default", "/v2/apis/x/stages/%2524default"),
            ("/v2/apis/x/stages/$default", "/v2/apis/x/stages/%24default"),
            ("/v2/tags/arn%3Aaws%3Aapigateway", "/v2/tags/arn%253Aaws%253Aapigateway"),
            ("/~a-b_c.d", "/~a-b_c.d"),
        ] {
            assert_eq!(canonical_path(path), canonical, "{path}");
        }
    }

    #[test]
    fn queries() {
        for (query, canonical) in [
            ("", ""),
            ("a", "a="),
            ("b=2&a=1&a=0", "a=0&a=1&b=2"),
            ("a=%7e,%2c", "a=~%2C%2C"),
            ("a=b=c", "a=b%3Dc"),
            ("a=%zz%4", "a=%25zz%254"),
            ("&a=&&", "a="),
            ("a-b=1&a=2", "a=2&a-b=1"),
        ] {
            assert_eq!(canonical_query(query), canonical, "{query}");
        }
    }
}
