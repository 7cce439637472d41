use std::borrow::Cow;

use aws_lc_rs::constant_time::verify_slices_are_equal;

use super::authorization::Authorization;
use super::canonical::canonical_request;
use super::presigned::{Presigned, is_presigned};
use super::refusal::Refusal;
use super::signing_key::sign;
use super::time::SignedAt;
use super::{CredentialScope, QUOTED_CANONICAL_BYTES_MAX, RequestParts, hex, string_to_sign};

/// A request that says who sent it, checked as far as its head alone allows. Not yet believed.
#[derive(Debug)]
pub struct Claim<'a> {
    request: RequestParts<'a>,
    authorization: Authorization<'a>,
    signed_at: SignedAt,
    /// Of a signature in the query: what of the query is signed.
    signed_query: Option<String>,
    session_token: Option<Cow<'a, str>>,
}

/// The field of a session token; in a query its name is the same in capitals.
const TOKEN: &str = "x-amz-security-token";

/// Set by proxies after signing, or by browsers where the signer cannot see it: may go unsigned.
const UNSIGNED_ALLOWED: [&str; 2] = ["x-amz-cf-id", "x-amz-user-agent"];

impl<'a> Claim<'a> {
    /// Reads the head of a request that is signed in its header or in its query.
    ///
    /// # Errors
    /// As [`Self::read`]; a signature in the query may be as old as its `X-Amz-Expires` says, up to
    /// [`super::PRESIGNED_S_MAX`].
    pub fn read_either(
        request: RequestParts<'a>,
        services: &[&str],
        now_s: u64,
    ) -> Result<Self, Refusal> {
        if !is_presigned(request.query) {
            return Self::read(request, services, now_s);
        }
        let Presigned { authorization, signed_at, expires_s, session_token, query } =
            Presigned::read(&request)?;
        let claim = Self {
            request,
            authorization,
            signed_at,
            signed_query: Some(query),
            session_token: session_token.map(Cow::Owned),
        };
        claim.check_scope(services)?;
        claim.check_signed_headers()?;
        claim.signed_at.check(now_s, expires_s)?;
        Ok(claim)
    }

    /// Reads the head of a request that is signed in its header.
    ///
    /// `services` are the service names that a credential scope may name here; `now_s` is the time
    /// in seconds since the epoch.
    ///
    /// # Errors
    /// [`Refusal`] when there is no signature, when it cannot be read, does not cover `host` and
    /// every `x-amz-*` header, is for another service, or is more than [`super::CLOCK_SKEW_S_MAX`]
    /// off.
    pub fn read(request: RequestParts<'a>, services: &[&str], now_s: u64) -> Result<Self, Refusal> {
        let authorization = Authorization::read(&request)?;
        let signed_at = SignedAt::read(&request)?;
        let token = request.values(TOKEN).next();
        let session_token = token.map(String::from_utf8_lossy);
        let claim = Self { request, authorization, signed_at, signed_query: None, session_token };
        claim.check_scope(services)?;
        claim.check_signed_headers()?;
        claim.signed_at.check(now_s, None)?;
        Ok(claim)
    }

    /// The token of temporary credentials.
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    /// The key whose secret [`Self::verify`] needs.
    pub fn access_key_id(&self) -> &'a str {
        self.authorization.access_key_id
    }

    /// The credential scope: region and service that the caller means.
    pub fn scope(&self) -> CredentialScope<'a> {
        self.authorization.scope
    }

    /// Compares the signature with the one that `secret` makes, in constant time.
    ///
    /// # Errors
    /// [`Refusal`] when the body is not the one signed or the signature is another.
    pub fn verify(&self, secret: &str, body_sha256: &[u8; 32]) -> Result<(), Refusal> {
        self.check_content_sha256(body_sha256)?;
        let signed_headers = &self.authorization.signed_headers;
        let query = self.signed_query.as_deref().or(self.request.query);
        let request = RequestParts { query, ..self.request };
        let canonical = canonical_request(&request, signed_headers, body_sha256);
        let scope = self.authorization.scope;
        let string_to_sign = string_to_sign(&self.signed_at.basic, &scope, &canonical);
        let expected = sign(secret, &scope, &string_to_sign);
        verify_slices_are_equal(expected.as_bytes(), self.authorization.signature.as_bytes())
            .map_err(|_| mismatch(&canonical, &string_to_sign))
    }

    fn check_scope(&self, services: &[&str]) -> Result<(), Refusal> {
        let scope = self.authorization.scope;
        if !services.contains(&scope.service) {
            let wanted = services.join("' or '");
            return Err(Refusal::invalid(format!(
                "Credential should be scoped to correct service: '{wanted}', not '{}'.",
                scope.service
            )));
        }
        if scope.day != self.signed_at.day() {
            return Err(Refusal::invalid(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date \
                 from HTTP: '{}' != '{}', from '{}'.",
                scope.day,
                self.signed_at.day(),
                self.signed_at.basic
            )));
        }
        Ok(())
    }

    /// What is named must be there, and what matters must be named.
    fn check_signed_headers(&self) -> Result<(), Refusal> {
        let signed = &*self.authorization.signed_headers;
        if let Some(absent) = signed.split(';').find(|name| !self.request.has(name)) {
            return Err(Refusal::invalid(format!(
                "SignedHeaders names '{absent}', but the request has no such header."
            )));
        }
        let is_signed = |name: &str| signed.split(';').any(|s| s.eq_ignore_ascii_case(name));
        if !is_signed("host") {
            return Err(Refusal::incomplete("'Host' must be a 'SignedHeader' in Authorization."));
        }
        let is_amz = |name: &str| {
            name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("x-amz-"))
                && !UNSIGNED_ALLOWED.iter().any(|allowed| name.eq_ignore_ascii_case(allowed))
        };
        let mut names = self.request.headers.iter().map(|(name, _)| *name);
        if let Some(name) = names.find(|name| is_amz(name) && !is_signed(name)) {
            return Err(Refusal::invalid(format!(
                "'{name}' must be a 'SignedHeader' in Authorization: \
                 every X-Amz-* header of the request must be."
            )));
        }
        // Without X-Amz-Date the time comes from Date, which then must be covered too.
        let in_query = self.signed_query.is_some();
        if !in_query && !self.request.has("x-amz-date") && !is_signed("date") {
            return Err(Refusal::incomplete("'Date' must be a 'SignedHeader' in Authorization."));
        }
        Ok(())
    }

    /// `x-amz-content-sha256`, where it is sent, must be the hash of the body.
    fn check_content_sha256(&self, body_sha256: &[u8; 32]) -> Result<(), Refusal> {
        for value in self.request.values("x-amz-content-sha256") {
            let value = value.trim_ascii();
            if value == b"UNSIGNED-PAYLOAD" || value.starts_with(b"STREAMING-") {
                return Err(Refusal::invalid(
                    "The body must be signed: x-amz-content-sha256 has to be its SHA-256.",
                ));
            }
            if value != hex(body_sha256).as_bytes() {
                return Err(Refusal::invalid(
                    "The provided 'x-amz-content-sha256' header does not match what was computed.",
                ));
            }
        }
        Ok(())
    }
}

/// AWS's words, with what the server signed: the fastest way for a person to see the difference.
fn mismatch(canonical: &[u8], string_to_sign: &str) -> Refusal {
    let quoted = canonical.get(..QUOTED_CANONICAL_BYTES_MAX).unwrap_or(canonical);
    Refusal::invalid(format!(
        "The request signature we calculated does not match the signature you provided. Check \
         your AWS Secret Access Key and signing method. Consult the service documentation for \
         details.\n\nThe Canonical String for this request should have been\n'{}'\n\n\
         The String-to-Sign should have been\n'{string_to_sign}'\n",
        String::from_utf8_lossy(quoted)
    ))
}
