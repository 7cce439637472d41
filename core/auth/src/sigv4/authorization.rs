use std::borrow::Cow;

use super::presigned::is_presigned;
use super::refusal::Refusal;
use super::{
    ACCESS_KEY_ID_BYTES_MAX, ALGORITHM, CredentialScope, REGION_BYTES_MAX, RequestParts,
    SIGNED_HEADERS_MAX,
};

const SIGNATURE_HEX_CHARS: usize = 64;

/// The `Authorization` header, taken apart.
#[derive(Debug)]
pub(super) struct Authorization<'a> {
    pub(super) access_key_id: &'a str,
    pub(super) scope: CredentialScope<'a>,
    /// As sent: lower-case names joined by `;`.
    pub(super) signed_headers: Cow<'a, str>,
    /// 64 lower-case hexadecimal digits.
    pub(super) signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// Finds and reads the header.
    pub(super) fn read(request: &RequestParts<'a>) -> Result<Self, Refusal> {
        let mut values = request.values("authorization");
        let Some(value) = values.next() else {
            return Err(absent(request.query));
        };
        if values.next().is_some() {
            return Err(Refusal::incomplete("There is more than one Authorization header."));
        }
        let text = std::str::from_utf8(value)
            .map_err(|_| Refusal::incomplete("The Authorization header is not UTF-8."))?;
        Self::parse(text.trim())
    }

    fn parse(text: &'a str) -> Result<Self, Refusal> {
        let (algorithm, rest) = text.split_once(' ').unwrap_or((text, ""));
        if algorithm != ALGORITHM {
            return Err(Refusal::incomplete(format!(
                "Unsupported AWS 'algorithm': '{algorithm}'. Wanted {ALGORITHM}."
            )));
        }
        let [credential, signed_headers, signature] = parameters(rest)?;
        let (access_key_id, scope) = read_credential(credential)?;
        check_signed_headers(signed_headers)?;
        if !is_signature(signature) {
            return Err(Refusal::incomplete("Signature must be 64 lower-case hexadecimal digits."));
        }
        let signed_headers = Cow::Borrowed(signed_headers);
        Ok(Self { access_key_id, scope, signed_headers, signature })
    }
}

/// No header at all: anonymous, or the query form, which says so.
fn absent(query: Option<&str>) -> Refusal {
    if is_presigned(query) {
        return Refusal::incomplete(
            "A signature in the query string (a presigned URL) is not accepted here yet. \
             Sign with the Authorization header.",
        );
    }
    Refusal::missing()
}

const PARAMETERS: [&str; 3] = ["Credential", "SignedHeaders", "Signature"];

/// The three parameters in the order of [`PARAMETERS`], each there exactly once.
fn parameters(rest: &str) -> Result<[&str; 3], Refusal> {
    let mut found: [Option<&str>; 3] = [None; 3];
    for part in rest.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let Some((name, value)) = part.split_once('=') else {
            return Err(Refusal::incomplete(format!(
                "'{part}' not a valid key=value pair (missing equal-sign) in Authorization header."
            )));
        };
        let slot = PARAMETERS.iter().zip(&mut found).find(|(known, _)| **known == name);
        let Some((_, slot)) = slot else {
            return Err(Refusal::incomplete(format!(
                "Authorization header has an unknown parameter '{name}'."
            )));
        };
        if slot.replace(value).is_some() {
            return Err(Refusal::incomplete(format!(
                "Authorization header has the parameter '{name}' twice."
            )));
        }
    }
    if let [Some(credential), Some(signed_headers), Some(signature)] = found {
        return Ok([credential, signed_headers, signature]);
    }
    let missing: Vec<String> = PARAMETERS
        .iter()
        .zip(found)
        .filter(|(_, value)| value.is_none())
        .map(|(name, _)| format!("Authorization header requires '{name}' parameter."))
        .collect();
    Err(Refusal::incomplete(missing.join(" ")))
}

/// `AKID/20150830/us-east-1/apigateway/aws4_request`; in a query the slashes are escaped.
pub(super) fn read_credential(text: &str) -> Result<(&str, CredentialScope<'_>), Refusal> {
    let escaped = text.split('/').flat_map(|part| part.split("%2F"));
    let parts: Vec<&str> = escaped.flat_map(|part| part.split("%2f")).collect();
    let [access_key_id, day, region, service, terminator] = parts[..] else {
        return Err(Refusal::incomplete(format!(
            "Credential must have exactly 5 slash-delimited elements, \
             e.g. keyid/date/region/service/term, got '{text}'."
        )));
    };
    if access_key_id.is_empty() || access_key_id.len() > ACCESS_KEY_ID_BYTES_MAX {
        return Err(Refusal::incomplete("Credential has no usable access key id."));
    }
    if terminator != "aws4_request" {
        return Err(Refusal::invalid(format!(
            "Credential should be scoped with a valid terminator: 'aws4_request', \
             not '{terminator}'."
        )));
    }
    let is_region_char = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if region.is_empty() || region.len() > REGION_BYTES_MAX || !region.bytes().all(is_region_char) {
        return Err(Refusal::invalid(format!(
            "Credential should be scoped to a valid region, got '{region}'."
        )));
    }
    Ok((access_key_id, CredentialScope { day, region, service }))
}

pub(super) fn check_signed_headers(text: &str) -> Result<(), Refusal> {
    let is_name_char = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte)
    };
    let mut count = 0;
    for name in text.split(';') {
        count += 1;
        if name.is_empty() || !name.bytes().all(is_name_char) {
            return Err(Refusal::incomplete(format!(
                "SignedHeaders must be lower-case header names joined by ';', got '{text}'."
            )));
        }
    }
    if count > SIGNED_HEADERS_MAX {
        return Err(Refusal::incomplete(format!(
            "SignedHeaders names more than {SIGNED_HEADERS_MAX} headers."
        )));
    }
    Ok(())
}

pub(super) fn is_signature(text: &str) -> bool {
    let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == SIGNATURE_HEX_CHARS && text.bytes().all(digit)
}
