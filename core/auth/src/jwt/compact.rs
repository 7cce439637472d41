use super::algorithm::{Algorithm, Algorithms};
use super::keys::{Keys, Verdict};
use super::limits::{JSON_BOUNDS, KID_BYTES_MAX, TOKEN_BYTES_MAX};
use super::refusal::Refusal;
use crate::base64::decode_url;
use crate::json::Members;

/// Header members that a token may not have. The first ones name or carry a key of the sender's
/// choice (RFC 7515 section 4.1); `crit` and `b64` change what the rest means in ways not known
/// here, and section 4.1.11 wants such tokens refused.
const REFUSED: [(&str, &str); 6] = [
    ("jwk", "the token's header has 'jwk': keys come from the issuer alone"),
    ("jku", "the token's header has 'jku': keys come from the issuer alone"),
    ("x5u", "the token's header has 'x5u': keys come from the issuer alone"),
    ("x5c", "the token's header has 'x5c': keys come from the issuer alone"),
    ("crit", "the token's header has 'crit': no extension is understood"),
    ("b64", "the token's header has 'b64': no extension is understood"),
];

/// A JWS in compact serialization (RFC 7515 section 7.1), taken apart; nothing in it is believed.
pub(super) struct Compact<'t> {
    /// Header and payload as they came: what is signed.
    signed: &'t str,
    header: Vec<u8>,
    pub(super) payload: Vec<u8>,
    signature: Vec<u8>,
}

/// What the header of a token says.
struct Header {
    algorithm: Algorithm,
    kid: Option<String>,
}

impl<'t> Compact<'t> {
    pub(super) fn read(token: &'t str) -> Result<Self, Refusal> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(Refusal::TooLarge);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::Segments)?;
        let (header, payload) = signed.split_once('.').ok_or(Refusal::Segments)?;
        if payload.contains('.') {
            return Err(Refusal::Segments);
        }
        let part = |text, wrong| decode_url(text).ok_or(Refusal::Malformed(wrong));
        Ok(Self {
            signed,
            header: part(header, "the token's header is not base64url")?,
            payload: part(payload, "the token's payload is not base64url")?,
            signature: part(signature, "the token's signature is not base64url")?,
        })
    }

    /// Checks the signature. The key says what may be done with it: the token's `alg` only chooses
    /// among the uses of the keys of its `kid`.
    pub(super) fn verify(&self, keys: &Keys, algorithms: Algorithms) -> Result<Verdict, Refusal> {
        let Header { algorithm, kid } = Header::read(&self.header)?;
        if !algorithms.contains(algorithm) {
            return Err(Refusal::Algorithm);
        }
        keys.verify(kid.as_deref(), algorithm, self.signed.as_bytes(), &self.signature)
    }
}

impl Header {
    fn read(json: &[u8]) -> Result<Self, Refusal> {
        let members = Members::read(json, JSON_BOUNDS).map_err(Refusal::Malformed)?;
        if let Some((_, wrong)) = REFUSED.iter().find(|(name, _)| members.get(name).is_some()) {
            return Err(Refusal::Malformed(wrong));
        }
        let kid = match members.get("kid").map(|kid| kid.text()) {
            None => None,
            Some(Some(kid)) if kid.len() <= KID_BYTES_MAX => Some(kid.to_owned()),
            Some(_) => return Err(Refusal::Malformed("the token's 'kid' is no text, or too long")),
        };
        let name = members.get("alg").and_then(|alg| alg.text());
        let name = name.ok_or(Refusal::Malformed("the token's header has no 'alg'"))?;
        let algorithm = Algorithm::of(name).ok_or(Refusal::Algorithm)?;
        Ok(Self { algorithm, kid })
    }
}
