//! Session tokens: temporary credentials that whoever made them need not remember.
//!
//! A token holds all that is to be known of a session (secret, principal, session policies,
//! expiry), sealed with AES-256-GCM under a key of this node and bound to its access key id. Who
//! has the key can open it ([`SealingKey::open`]); nobody else can read or change it.

mod limits;
mod seal;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

pub use limits::{SEALING_KEY_BYTES, SESSION_TOKEN_CHARS_MAX};
pub use seal::{NONCE_BYTES, OpenError, SealError, SealingKey};

/// Temporary credentials, but for their access key id. `Debug` shows no secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// What requests of the session are signed with.
    pub secret_access_key: String,
    /// Twelve digits: the account that the session belongs to.
    pub account: String,
    /// Whose session it is.
    pub principal: SessionPrincipal,
    /// The session policy, a document: it bounds what the principal's own policies allow.
    pub policy: Option<String>,
    /// Managed policies that bound it in the same way, by ARN.
    pub policy_arns: Vec<String>,
    /// When it was made, in seconds since the epoch: `aws:TokenIssueTime`.
    pub issued_at_s: u64,
    /// From when on it is good for nothing, in seconds since the epoch.
    pub expires_at_s: u64,
}

/// Whose session it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionPrincipal {
    /// The account itself (GetSessionToken of a root key).
    Root,
    /// A user (GetSessionToken).
    User {
        /// `arn:aws:iam::111122223333:user/ana`
        arn: String,
        /// `AIDA…`: another user that gets the same name later is not meant.
        unique_id: String,
    },
    /// A role (AssumeRole).
    Role {
        /// `arn:aws:iam::111122223333:role/reader`
        arn: String,
        /// `AROA…`
        unique_id: String,
        /// `RoleSessionName`
        session_name: String,
    },
}

impl Session {
    /// True when a policy bounds what the principal's own policies allow.
    pub fn is_bounded(&self) -> bool {
        self.policy.is_some() || !self.policy_arns.is_empty()
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("account", &self.account)
            .field("principal", &self.principal)
            .field("expires_at_s", &self.expires_at_s)
            .finish_non_exhaustive()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.secret_access_key.zeroize();
    }
}
