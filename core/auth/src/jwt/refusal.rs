use std::fmt::{self, Write as _};

/// Why a token does not open a route.
///
/// No value quotes the token. Where AWS's words are known they stand in
/// [`description`](Self::description); the others are ours in the same manner (AWS publishes none).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The identity source holds no token.
    Missing,
    /// Longer than [`TOKEN_BYTES_MAX`](super::limits::TOKEN_BYTES_MAX).
    TooLarge,
    /// Not three parts between dots.
    Segments,
    /// A part cannot be read, or the header asks for what is not done here.
    Malformed(&'static str),
    /// An algorithm that the authorizer does not take: `none` and HMACs are of these.
    Algorithm,
    /// `iss` is missing, or none that the authorizer trusts.
    Issuer,
    /// The issuer has no key of that `kid` for that algorithm. It may have a newer one: see
    /// [`Refresh`](super::Refresh).
    UnknownKey {
        /// Which issuer, in the order of the authorizer's rules.
        issuer: usize,
    },
    /// The signature is not one of the key's.
    Signature,
    /// `exp` is past.
    Expired,
    /// `nbf` is to come.
    NotYetValid,
    /// `iat` is to come.
    IssuedLater,
    /// Neither `aud` nor, where there is none, `client_id` is an audience of the authorizer.
    Audience,
    /// A claim that is needed is missing, of another type, or not of the values expected.
    Claim(&'static str),
    /// The issuer's keys are not known: its discovery document could not be had.
    Discovery,
    /// The issuer's keys are not known: its JWK set could not be had.
    KeySet,
    /// The token is good and has none of the route's scopes.
    Scope,
}

impl Refusal {
    /// The HTTP status of the answer.
    pub fn status(self) -> u16 {
        if self == Self::Scope { 403 } else { 401 }
    }

    /// The `error` of RFC 6750 section 3.1; a request without a token has none.
    pub fn error(self) -> Option<&'static str> {
        match self {
            Self::Missing => None,
            Self::Scope => Some("insufficient_scope"),
            _ => Some("invalid_token"),
        }
    }

    /// What was wrong, as `error_description` has it.
    pub fn description(self) -> &'static str {
        match self {
            Self::Missing => "token not provided",
            Self::TooLarge => "the token is too large",
            Self::Segments => "token contains an invalid number of segments",
            Self::Malformed(detail) | Self::Claim(detail) => detail,
            Self::Algorithm => "the token is signed by an algorithm that is not accepted",
            Self::Issuer => "issuer does not match",
            Self::UnknownKey { .. } => "the token is signed by an unknown key",
            Self::Signature => "the token does not have a valid signature",
            Self::Expired => "the token has expired",
            Self::NotYetValid => "the token is not valid yet",
            Self::IssuedLater => "the token was issued in the future",
            Self::Audience => "the token does not have a valid audience",
            Self::Discovery => "OIDC discovery endpoint communication error",
            Self::KeySet => "JWKS communication error",
            Self::Scope => "expected scopes within the token",
        }
    }

    /// The value of `www-authenticate`, for a route with these scopes. As on AWS the parameters
    /// stand side by side without commas, and `scope` is there even when it is empty.
    pub fn www_authenticate<S: AsRef<str>>(self, scopes: &[S]) -> String {
        let Some(error) = self.error() else { return "Bearer".to_owned() };
        let mut value = "Bearer scope=\"".to_owned();
        for (at, scope) in scopes.iter().enumerate() {
            if at > 0 {
                value.push(' ');
            }
            // RFC 6749 section 3.3 has no others in a scope; they could end the text.
            let is_scope = |char: &char| matches!(char, '!' | '#'..='[' | ']'..='~');
            value.extend(scope.as_ref().chars().filter(is_scope));
        }
        let _ = write!(value, "\" error=\"{error}\" error_description=\"{}\"", self.description());
        value
    }
}

/// As `$context.authorizer.error` has it: `invalid_token: the token has expired`, and
/// `missing: token not provided`.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error().unwrap_or("missing"), self.description())
    }
}

impl std::error::Error for Refusal {}
