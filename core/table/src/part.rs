use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{DomainImage, IamImage, IssuerImage, RoleSessionImage};

/// What stands in a table beside the APIs and serves several of them. Immutable; a change makes a
/// new one under the same key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Part {
    /// A custom domain name.
    Domain(Arc<DomainImage>),
    /// An issuer of tokens, with its keys.
    Issuer(Arc<IssuerImage>),
    /// Who may call routes with `AWS_IAM`, of one account.
    Iam(Arc<IamImage>),
    /// A role that an API names, and the session that its calls are signed with.
    Session(Arc<RoleSessionImage>),
}

/// What a part is found by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PartKey {
    /// The custom domain name, in lower case.
    Domain(String),
    /// The issuer's URL, to the letter.
    Issuer(String),
    /// The account.
    Iam(String),
    /// The API, and the ARN of the role.
    Session(String, String),
}

impl Part {
    /// The key that it stands under.
    pub fn key(&self) -> PartKey {
        match self {
            Self::Domain(domain) => PartKey::Domain(domain.name().to_owned()),
            Self::Issuer(issuer) => PartKey::Issuer(issuer.issuer().to_owned()),
            Self::Iam(iam) => PartKey::Iam(iam.account.to_string()),
            Self::Session(it) => PartKey::Session(it.api_id().to_owned(), it.role_arn().to_owned()),
        }
    }

    /// Checks what lookups rely on.
    pub(crate) fn verify(&self) -> Result<(), &'static str> {
        match self {
            Self::Domain(domain) => domain.verify(),
            Self::Issuer(_) | Self::Session(_) => Ok(()),
            Self::Iam(iam) => iam.verify(),
        }
    }
}

impl From<DomainImage> for Part {
    fn from(domain: DomainImage) -> Self {
        Self::Domain(Arc::new(domain))
    }
}

impl From<IssuerImage> for Part {
    fn from(issuer: IssuerImage) -> Self {
        Self::Issuer(Arc::new(issuer))
    }
}

impl From<IamImage> for Part {
    fn from(iam: IamImage) -> Self {
        Self::Iam(Arc::new(iam))
    }
}

impl From<RoleSessionImage> for Part {
    fn from(session: RoleSessionImage) -> Self {
        Self::Session(Arc::new(session))
    }
}

/// Its place in a table: `domains/api.example.com`.
impl fmt::Display for PartKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Domain(name) => write!(f, "domains/{name}"),
            Self::Issuer(issuer) => write!(f, "issuers/{issuer}"),
            Self::Iam(account) => write!(f, "iam/{account}"),
            Self::Session(api_id, role) => f.write_str(&RoleSessionImage::name_of(api_id, role)),
        }
    }
}
