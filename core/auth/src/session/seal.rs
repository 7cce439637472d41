use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::{SEALING_KEY_BYTES, SESSION_TOKEN_CHARS_MAX, Session};
use crate::base64;

/// The layout of what this program seals; a token of another is refused.
const VERSION: u8 = 1;
/// Random bytes that no two tokens of a key share (NIST SP 800-38D section 8.2.2).
pub const NONCE_BYTES: usize = 12;

/// The key that a node seals its session tokens with.
pub struct SealingKey(LessSafeKey);

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealingKey")
    }
}

/// Why a session has no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// [`SESSION_TOKEN_CHARS_MAX`]: its policies are too long.
    #[error("a session token has at most {SESSION_TOKEN_CHARS_MAX} characters")]
    TooLong,
    /// The cipher or the encoder refused, which neither does.
    #[error("the session cannot be sealed")]
    Failed,
}

/// Why a token stands for no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Not made with this key for this access key id, or changed since.
    #[error("the session token is invalid")]
    Invalid,
    /// Its time is over.
    #[error("the session token is expired")]
    Expired,
}

impl SealingKey {
    /// The key of these bytes; `None` when there are not [`SEALING_KEY_BYTES`] of them.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != SEALING_KEY_BYTES {
            return None;
        }
        let key = UnboundKey::new(&AES_256_GCM, bytes).ok()?;
        Some(Self(LessSafeKey::new(key)))
    }

    /// The token of a session: base64url of the version, the nonce and what is sealed.
    ///
    /// `nonce` must be random: two tokens under one nonce lose their secrecy. `access_key_id` is
    /// the `ASIA…` that the token is good for.
    ///
    /// # Errors
    /// [`SealError`]
    pub fn seal(
        &self,
        session: &Session,
        access_key_id: &str,
        nonce: [u8; NONCE_BYTES],
    ) -> Result<String, SealError> {
        let mut sealed = postcard::to_stdvec(session).map_err(|_| SealError::Failed)?;
        let aad = associated(access_key_id);
        let of_once = Nonce::assume_unique_for_key(nonce);
        self.0
            .seal_in_place_append_tag(of_once, aad, &mut sealed)
            .map_err(|_| SealError::Failed)?;
        let token = base64::encode_url(&[&[VERSION][..], &nonce, &sealed].concat());
        if token.len() > SESSION_TOKEN_CHARS_MAX { Err(SealError::TooLong) } else { Ok(token) }
    }

    /// The session that a token stands for; `now_s` in seconds since the epoch.
    ///
    /// # Errors
    /// [`OpenError`]; a token that is not ours says nothing about its time.
    pub fn open(&self, token: &str, access_key_id: &str, now_s: u64) -> Result<Session, OpenError> {
        let session = self.opened(token, access_key_id).ok_or(OpenError::Invalid)?;
        if session.expires_at_s <= now_s { Err(OpenError::Expired) } else { Ok(session) }
    }

    fn opened(&self, token: &str, access_key_id: &str) -> Option<Session> {
        if token.len() > SESSION_TOKEN_CHARS_MAX {
            return None;
        }
        let bytes = Zeroizing::new(base64::decode_url(token)?);
        let (version, rest) = bytes.split_first()?;
        if *version != VERSION {
            return None;
        }
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>()?;
        let mut sealed = Zeroizing::new(sealed.to_vec());
        let of_once = Nonce::assume_unique_for_key(*nonce);
        let plain = self.0.open_in_place(of_once, associated(access_key_id), &mut sealed).ok()?;
        let (session, rest) = postcard::take_from_bytes(plain).ok()?;
        rest.is_empty().then_some(session)
    }
}

/// What is not hidden and may not be changed either.
fn associated(access_key_id: &str) -> Aad<Vec<u8>> {
    Aad::from([&[VERSION][..], access_key_id.as_bytes()].concat())
}
