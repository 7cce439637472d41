use std::{env, fmt};

use zeroize::Zeroizing;

/// What requests to AWS services are signed with. It comes from the environment alone: a command
/// line can be read by every user of a machine. `Debug` shows no secret; what is held is wiped.
#[derive(Clone, PartialEq, Eq)]
pub struct AwsCredentials {
    /// `AWS_ACCESS_KEY_ID`
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret_access_key: Zeroizing<String>,
    /// `AWS_SESSION_TOKEN`, which temporary credentials have.
    pub session_token: Option<Zeroizing<String>>,
}

impl fmt::Debug for AwsCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsCredentials").field("access_key_id", &self.access_key_id).finish()
    }
}

impl AwsCredentials {
    /// Those of this process's environment, if any are there; an empty variable counts as none.
    ///
    /// # Errors
    /// A sentence that says what is wrong with which variable.
    pub fn from_env() -> Result<Option<Self>, String> {
        Self::from(|name| env::var(name).ok())
    }

    fn from(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, String> {
        let filled = |name| variable(name).filter(|value| !value.is_empty());
        let legal = |name| match filled(name) {
            Some(value) if value.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(Some(value)),
            Some(_) => Err(format!("{name} holds a space, or what is not ASCII")),
            None => Ok(None),
        };
        let id = legal("AWS_ACCESS_KEY_ID")?;
        let secret = legal("AWS_SECRET_ACCESS_KEY")?.map(Zeroizing::new);
        let session_token = legal("AWS_SESSION_TOKEN")?.map(Zeroizing::new);
        match (id, secret) {
            (Some(access_key_id), Some(secret_access_key)) => {
                Ok(Some(Self { access_key_id, secret_access_key, session_token }))
            }
            (None, Some(_)) => Err("AWS_ACCESS_KEY_ID is not set".to_owned()),
            (Some(_), None) => Err("AWS_SECRET_ACCESS_KEY is not set".to_owned()),
            (None, None) => Ok(None),
        }
    }

    /// What services on this machine take, stand-ins for AWS: `test` and `test`.
    pub fn for_local() -> Self {
        Self {
            access_key_id: "test".to_owned(),
            secret_access_key: Zeroizing::new("test".to_owned()),
            session_token: None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Option<AwsCredentials>, String> {
        AwsCredentials::from(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_key_needs_its_secret() {
        let (id, secret) = (("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "hush"));
        let both = read(&[id, secret]).unwrap().unwrap();
        assert_eq!(
            (both.access_key_id.as_str(), both.secret_access_key.as_str()),
            ("AKID", "hush")
        );
        assert!(both.session_token.is_none());
        let token = read(&[id, secret, ("AWS_SESSION_TOKEN", "abc")]).unwrap().unwrap();
        assert_eq!(token.session_token.as_deref().map(String::as_str), Some("abc"));
        let shown = format!("{token:?}");
        assert!(shown.contains("AKID") && !shown.contains("hush") && !shown.contains("abc"));
        assert_eq!(read(&[("AWS_ACCESS_KEY_ID", "")]), Ok(None));
        for (variables, wanted) in [
            (&[id] as &[_], "AWS_SECRET_ACCESS_KEY is not set"),
            (&[secret], "AWS_ACCESS_KEY_ID is not set"),
            (&[id, ("AWS_SECRET_ACCESS_KEY", "")], "AWS_SECRET_ACCESS_KEY is not set"),
            (&[id, ("AWS_SECRET_ACCESS_KEY", "a b")], "AWS_SECRET_ACCESS_KEY holds a space"),
            (&[("AWS_ACCESS_KEY_ID", "a\r\nb"), secret], "AWS_ACCESS_KEY_ID holds a space"),
        ] {
            let refused = read(variables).unwrap_err();
            assert!(refused.starts_with(wanted) && !refused.contains("hush"), "{refused}");
        }
    }
}
