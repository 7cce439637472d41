//! AWS Signature Version 4 in its header form and in its query form ("Signing AWS API requests",
//! IAM user guide).
//!
//! Verification has two steps so that a stranger's body is never read: [`Claim::read`] looks only
//! at the head (well-formed, recent, right service, everything signed that must be), and
//! [`Claim::verify`] compares the signature once the caller knows the secret and the body's hash.

mod authorization;
mod canonical;
mod claim;
mod presigned;
mod refusal;
mod signer;
mod signing_key;
mod time;

pub use claim::Claim;
pub use refusal::{Refusal, RefusalKind};
pub use signer::{Credentials, signed_fields};
pub use time::format_basic;

/// The algorithm named in the `Authorization` header and in the string to sign.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// How far `X-Amz-Date` may be from the server's clock, in either direction.
pub const CLOCK_SKEW_S_MAX: u64 = 5 * 60;
/// Longest time that a signature in a query may be good for: seven days (the same page).
pub const PRESIGNED_S_MAX: u64 = 604_800;
/// Longest access key id (IAM's own limit).
pub const ACCESS_KEY_ID_BYTES_MAX: usize = 128;
/// Longest region name in a credential scope.
pub const REGION_BYTES_MAX: usize = 64;
/// Most names in `SignedHeaders`.
pub const SIGNED_HEADERS_MAX: usize = 100;
/// How much of the canonical request a refusal quotes back.
pub const QUOTED_CANONICAL_BYTES_MAX: usize = 4096;

/// What a signature is good for: one day, one region, one service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialScope<'a> {
    /// `20150830`
    pub day: &'a str,
    /// `us-east-1`
    pub region: &'a str,
    /// `apigateway`
    pub service: &'a str,
}

impl CredentialScope<'_> {
    /// `20150830/us-east-1/apigateway/aws4_request`
    fn text(&self) -> String {
        let Self { day, region, service } = self;
        format!("{day}/{region}/{service}/aws4_request")
    }
}

/// The raw parts of a request that a signature covers, exactly as they came over the wire.
#[derive(Clone, Copy, Debug)]
pub struct RequestParts<'a> {
    /// The method, as sent.
    pub method: &'a str,
    /// The path, still percent-encoded; "" counts as "/".
    pub path: &'a str,
    /// What follows the first `?`, still percent-encoded.
    pub query: Option<&'a str>,
    /// Every header field in the order received; names in any case, repeated names allowed.
    pub headers: &'a [(&'a str, &'a [u8])],
}

impl<'a> RequestParts<'a> {
    /// The values of every field of that name (lower case), in the order received.
    fn values(&self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let headers = self.headers;
        headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    /// True when there is a field of that name.
    fn has(&self, name: &'a str) -> bool {
        self.values(name).next().is_some()
    }
}

/// What is signed ("Create a signed AWS API request", step 3).
fn string_to_sign(date: &str, scope: &CredentialScope<'_>, canonical: &[u8]) -> String {
    format!("{ALGORITHM}\n{date}\n{}\n{}", scope.text(), hex(&sha256(canonical)))
}

/// The SHA-256 of a body, as [`Claim::verify`] and [`signed_fields`] want it.
pub fn body_sha256(body: &[u8]) -> [u8; 32] {
    sha256(body)
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    let mut out = [0; 32];
    // SHA-256 is 32 bytes by definition; zip cannot fall short or run over.
    for (to, from) in out.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    out
}

/// Lower-case hexadecimal, as every hash in a canonical request is written.
fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            out.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
    }
    out
}
