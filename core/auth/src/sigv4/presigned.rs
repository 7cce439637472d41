use std::borrow::Cow;

use super::authorization::{Authorization, check_signed_headers, is_signature, read_credential};
use super::canonical::decoded;
use super::refusal::Refusal;
use super::time::SignedAt;
use super::{ALGORITHM, PRESIGNED_S_MAX, RequestParts};

/// A signature in the query ("Authenticating Requests: Using Query Parameters", Signature Version 4
/// reference): what the header form says elsewhere.
#[derive(Debug)]
pub(super) struct Presigned<'a> {
    pub(super) authorization: Authorization<'a>,
    pub(super) signed_at: SignedAt,
    /// How long it is good for, if it says so.
    pub(super) expires_s: Option<u64>,
    pub(super) session_token: Option<String>,
    /// What is signed of the query: all but the signature.
    pub(super) query: String,
}

/// True for a query that carries a signature, or means to.
pub(super) fn is_presigned(query: Option<&str>) -> bool {
    let pairs = query.into_iter().flat_map(|query| query.split('&'));
    let mut names = pairs.map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name));
    names.any(|name| matches!(name, "X-Amz-Algorithm" | "X-Amz-Signature"))
}

impl<'a> Presigned<'a> {
    /// Reads the parameters of the signature.
    pub(super) fn read(request: &RequestParts<'a>) -> Result<Self, Refusal> {
        if request.has("authorization") {
            return Err(Refusal::incomplete(
                "There is a signature in the query string and another in the Authorization header.",
            ));
        }
        let query = request.query.unwrap_or_default();
        let algorithm = required(query, "X-Amz-Algorithm")?;
        if algorithm != ALGORITHM {
            return Err(Refusal::incomplete(format!(
                "Unsupported AWS 'algorithm': '{algorithm}'. Wanted {ALGORITHM}."
            )));
        }
        let (access_key_id, scope) = read_credential(required(query, "X-Amz-Credential")?)?;
        let signed_headers = text(required(query, "X-Amz-SignedHeaders")?);
        check_signed_headers(&signed_headers)?;
        let signature = required(query, "X-Amz-Signature")?;
        if !is_signature(signature) {
            return Err(Refusal::incomplete("Signature must be 64 lower-case hexadecimal digits."));
        }
        let signed_at = SignedAt::of(&text(required(query, "X-Amz-Date")?))?;
        let expires_s = one(query, "X-Amz-Expires")?.map(expires_s).transpose()?;
        let session_token =
            one(query, "X-Amz-Security-Token")?.map(|token| text(token).into_owned());
        let rest = query.split('&').filter(|pair| !pair.starts_with("X-Amz-Signature="));
        Ok(Self {
            authorization: Authorization { access_key_id, scope, signed_headers, signature },
            signed_at,
            expires_s,
            session_token,
            query: rest.collect::<Vec<_>>().join("&"),
        })
    }
}

/// A parameter that is there once, as it was sent.
fn one<'q>(query: &'q str, name: &str) -> Result<Option<&'q str>, Refusal> {
    let mut values = query.split('&').filter_map(|pair| {
        let (found, value) = pair.split_once('=').unwrap_or((pair, ""));
        (found == name).then_some(value)
    });
    let value = values.next();
    if values.next().is_some() {
        return Err(Refusal::incomplete(format!("The query has the parameter '{name}' twice.")));
    }
    Ok(value)
}

fn required<'q>(query: &'q str, name: &str) -> Result<&'q str, Refusal> {
    one(query, name)?.ok_or_else(|| {
        Refusal::incomplete(format!("AWS query-string parameters must include '{name}'."))
    })
}

/// Decoded; what is no UTF-8 is none of the texts that are wanted.
fn text(raw: &str) -> Cow<'_, str> {
    match decoded(raw) {
        Cow::Borrowed(_) => Cow::Borrowed(raw),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8(bytes).unwrap_or_default()),
    }
}

fn expires_s(raw: &str) -> Result<u64, Refusal> {
    let digits = !raw.is_empty() && raw.len() <= 7 && raw.bytes().all(|b| b.is_ascii_digit());
    let seconds = if digits { raw.parse().ok() } else { None };
    seconds.filter(|seconds| (1..=PRESIGNED_S_MAX).contains(seconds)).ok_or_else(|| {
        Refusal::incomplete(format!(
            "X-Amz-Expires must be a number of seconds from 1 to {PRESIGNED_S_MAX}."
        ))
    })
}
