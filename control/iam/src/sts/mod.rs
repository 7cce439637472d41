//! The Security Token Service: who is calling, and credentials for a while.

pub(crate) mod assume_role;
pub(crate) mod caller_identity;
pub(crate) mod session_token;

use ringgate_auth::session::{NONCE_BYTES, SealError, Session};
use ringgate_model::Timestamp;
use serde_json::{Value, json};

use crate::work::Work;
use crate::{Code, Error, ids};

/// `Credentials` of an answer: an access key id, its secret, and the token that holds the rest.
fn credentials(work: &mut Work<'_>, session: &Session) -> Result<Value, Error> {
    let id = ids::access_key_id("ASIA", work.entropy);
    let nonce = ids::bytes::<NONCE_BYTES>(work.entropy);
    let token = work.sealing_key.seal(session, &id, nonce).map_err(|error| match error {
        SealError::TooLong => Error::new(Code::PackedPolicyTooLarge, error.to_string()),
        SealError::Failed => Error::new(Code::ServiceFailure, error.to_string()),
    })?;
    Ok(json!({
        "AccessKeyId": id,
        "SecretAccessKey": session.secret_access_key,
        "SessionToken": token,
        "Expiration": Timestamp(session.expires_at_s).to_string(),
    }))
}
