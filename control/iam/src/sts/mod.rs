//! The Security Token Service: who is calling, and credentials for a while.

pub(crate) mod assume_role;
pub(crate) mod caller_identity;
pub(crate) mod for_service;
pub(crate) mod session_token;

use ringgate_auth::session::{NONCE_BYTES, SealError, SealingKey, Session};
use ringgate_model::{Entropy, Timestamp};
use serde_json::{Value, json};

use crate::work::Work;
use crate::{Code, Error, ids};

/// An access key id for a session, and the token that holds the session.
fn sealed(
    key: &SealingKey,
    session: &Session,
    entropy: &mut dyn Entropy,
) -> Result<(String, String), Error> {
    let id = ids::access_key_id("ASIA", entropy);
    let nonce = ids::bytes::<NONCE_BYTES>(entropy);
    let token = key.seal(session, &id, nonce).map_err(|error| match error {
        SealError::TooLong => Error::new(Code::PackedPolicyTooLarge, error.to_string()),
        SealError::Failed => Error::new(Code::ServiceFailure, error.to_string()),
    })?;
    Ok((id, token))
}

/// `Credentials` of an answer: an access key id, its secret, and the token that holds the rest.
fn credentials(work: &mut Work<'_>, session: &Session) -> Result<Value, Error> {
    let (id, token) = sealed(work.sealing_key, session, work.entropy)?;
    Ok(json!({
        "AccessKeyId": id,
        "SecretAccessKey": session.secret_access_key,
        "SessionToken": token,
        "Expiration": Timestamp(session.expires_at_s).to_string(),
    }))
}
