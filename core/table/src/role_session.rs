use std::fmt;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

/// In place of a role: whoever calls the API, who must have signed the request ("Integration",
/// `credentialsArn`, API Gateway V2 reference).
pub const CALLER: &str = "arn:aws:iam::*:user/*";

/// Credentials for a while: what a call is signed with. `Debug` shows no secret; what is held is
/// wiped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionCredentials {
    /// `ASIA…`
    pub access_key_id: String,
    /// What requests are signed with.
    pub secret_access_key: String,
    /// What goes with every request.
    pub session_token: String,
}

impl SessionCredentials {
    /// What is sealed of them.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        // Serialising plain data into memory cannot fail; nothing would be refused below.
        Zeroizing::new(postcard::to_stdvec(self).unwrap_or_default())
    }

    /// Reads what [`Self::to_bytes`] gives; none for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }
}

impl Drop for SessionCredentials {
    fn drop(&mut self) {
        self.secret_access_key.zeroize();
        self.session_token.zeroize();
    }
}

impl fmt::Debug for SessionCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionCredentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// A role that an API's integrations or authorizers name, and the session of it that calls are
/// signed with. Control assumes the role, and renews the session before it ends.
#[derive(Serialize, Deserialize)]
pub struct RoleSessionImage {
    api_id: Box<str>,
    role_arn: Box<str>,
    session: Result<SealedSession, Box<str>>,
    /// Derived, by who has the key for secrets.
    #[serde(skip)]
    opened: OnceLock<SessionCredentials>,
}

/// A session as it lies on disks: only a process that has the key for secrets opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedSession {
    /// [`SessionCredentials::to_bytes`], sealed for [`RoleSessionImage::name_of`].
    pub sealed: Box<[u8]>,
    /// From when on it is good for nothing, in seconds since the epoch.
    pub expires_at_s: u64,
}

impl RoleSessionImage {
    /// The session of a role for an API, or why there is none.
    pub fn new(api_id: &str, role_arn: &str, session: Result<SealedSession, &str>) -> Self {
        Self {
            api_id: api_id.into(),
            role_arn: role_arn.into(),
            session: session.map_err(Box::from),
            opened: OnceLock::new(),
        }
    }

    /// What it is called in a table and sealed for: `sessions/a1b2c3/arn:aws:iam::…:role/r`.
    pub fn name_of(api_id: &str, role_arn: &str) -> String {
        format!("sessions/{api_id}/{role_arn}")
    }

    /// The API whose calls are signed with it.
    pub fn api_id(&self) -> &str {
        &self.api_id
    }

    /// The role.
    pub fn role_arn(&self) -> &str {
        &self.role_arn
    }

    /// Has `open` open what is sealed, where that was not done yet; it gets what it is sealed for.
    ///
    /// # Errors
    /// Those of `open`, or what it gave is no session.
    pub fn open(
        &self,
        open: impl FnOnce(&str, &[u8]) -> Result<Zeroizing<Vec<u8>>, String>,
    ) -> Result<(), String> {
        let Ok(session) = &self.session else { return Ok(()) };
        if self.opened.get().is_none() {
            let bytes = open(&Self::name_of(&self.api_id, &self.role_arn), &session.sealed)?;
            let read = SessionCredentials::from_bytes(&bytes);
            let read = read.ok_or_else(|| "what is sealed is no session".to_owned())?;
            self.opened.get_or_init(|| read);
        }
        Ok(())
    }

    /// What calls are signed with; `now_s` in seconds since the epoch.
    ///
    /// # Errors
    /// Why with nothing, in words for a log.
    pub fn credentials(&self, now_s: u64) -> Result<&SessionCredentials, &str> {
        let session = self.session.as_ref().map_err(|reason| &**reason)?;
        if session.expires_at_s <= now_s {
            return Err("its session has ended, and there is no other yet");
        }
        self.opened.get().ok_or("the key for secrets does not open its session")
    }
}

impl PartialEq for RoleSessionImage {
    fn eq(&self, other: &Self) -> bool {
        self.api_id == other.api_id
            && self.role_arn == other.role_arn
            && self.session == other.session
    }
}

impl fmt::Debug for RoleSessionImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoleSessionImage")
            .field("api_id", &self.api_id)
            .field("role_arn", &self.role_arn)
            .field("reason", &self.session.as_ref().err())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const ROLE: &str = "arn:aws:iam::111122223333:role/r";

    fn credentials() -> SessionCredentials {
        SessionCredentials {
            access_key_id: "ASIAEXAMPLE".to_owned(),
            secret_access_key: "hush".to_owned(),
            session_token: "sesame".to_owned(),
        }
    }

    #[test]
    fn a_session_is_of_use_once_it_is_opened_and_until_it_ends() {
        let sealed = SealedSession { sealed: Box::from(*b"sealed"), expires_at_s: 100 };
        let image = RoleSessionImage::new("a1", ROLE, Ok(sealed));
        assert!(image.open(|_, _| Err("another key".to_owned())).is_err());
        assert!(image.credentials(1).unwrap_err().contains("does not open"));
        let open = image.open(|name, sealed| {
            assert_eq!((name, sealed), (format!("sessions/a1/{ROLE}").as_str(), &b"sealed"[..]));
            Ok(credentials().to_bytes())
        });
        assert_eq!(open, Ok(()));
        image.open(|_, _| unreachable!("it is open")).unwrap();
        assert_eq!(image.credentials(99), Ok(&credentials()));
        assert!(image.credentials(100).unwrap_err().contains("has ended"));
        let shown = format!("{image:?} {:?}", credentials());
        assert!(!shown.contains("hush") && !shown.contains("sesame"), "{shown}");
    }

    #[test]
    fn a_role_without_a_session_says_why() {
        let image = RoleSessionImage::new("a1", ROLE, Err("denied"));
        image.open(|_, _| unreachable!("there is nothing")).unwrap();
        assert_eq!(image.credentials(1), Err("denied"));
        let sealed = SealedSession { sealed: Box::default(), expires_at_s: 100 };
        let other = RoleSessionImage::new("a1", ROLE, Ok(sealed));
        assert_ne!(image, other);
    }
}
