use serde::{Deserialize, Serialize};

use super::document::Node;
use super::error::{Place, PolicyError, quoted};

/// Who makes a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller<'a> {
    /// Nobody that AWS knows: no signature. So are the callers of a Lambda or Cognito authorizer.
    Anonymous,
    /// A principal of an AWS account.
    Aws(AwsCaller<'a>),
    /// A service, by its principal: `events.amazonaws.com`.
    Service(&'a str),
    /// A session of an identity provider: `cognito-identity.amazonaws.com`, or a SAML provider's
    /// ARN.
    Federated(&'a str),
}

/// A principal of an AWS account. What is not known is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AwsCaller<'a> {
    /// Twelve digits.
    pub account: &'a str,
    /// `arn:aws:iam::111122223333:user/ana`, `arn:aws:iam::111122223333:root` or
    /// `arn:aws:sts::111122223333:assumed-role/reader/session`.
    pub arn: &'a str,
    /// Of a session, the role: `arn:aws:iam::111122223333:role/reader`.
    pub role_arn: Option<&'a str>,
    /// `AIDACKCEVSQ6C2EXAMPLE`
    pub unique_id: Option<&'a str>,
    /// The account's other name, in Amazon S3.
    pub canonical_user: Option<&'a str>,
}

impl AwsCaller<'_> {
    fn is_root(&self) -> bool {
        self.arn.ends_with(":root")
    }
}

/// `Principal` or `NotPrincipal` of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Principals {
    negated: bool,
    named: Vec<Principal>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Principal {
    Everyone,
    Account(Box<str>),
    Arn(Box<str>),
    UniqueId(Box<str>),
    Service(Box<str>),
    Federated(Box<str>),
    CanonicalUser(Box<str>),
}

/// How a statement speaks of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Naming {
    /// Not at all.
    Absent,
    /// As one of an account.
    ByAccount,
    /// As itself, or as everyone.
    Itself,
}

const TYPES: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];

impl Principals {
    pub(super) fn read(
        node: &Node<'_>,
        negated: bool,
        place: &Place<'_>,
    ) -> Result<Self, PolicyError> {
        let members = match node {
            Node::Text(text) if text == "*" => {
                return Ok(Self { negated, named: vec![Principal::Everyone] });
            }
            Node::Object(members) if members.len() > 0 => members,
            _ => return Err(place.error("expected \"*\" or an object such as {\"AWS\": \"*\"}")),
        };
        let mut named = Vec::new();
        for (kind, values) in members.iter() {
            let place = place.member(kind);
            if !TYPES.contains(&kind) {
                return Err(place.unknown("kind of principal", &TYPES));
            }
            named.extend(values.each(&place, |value, place| {
                let text = value.text_at(place)?;
                Principal::read(kind, text).ok_or_else(|| unreadable(kind, text, place))
            })?);
        }
        Ok(Self { negated, named })
    }

    /// Whether the statement is about this caller ("AWS JSON policy elements: Principal").
    ///
    /// An account stands for all its principals, but in `NotPrincipal` only for itself: there the
    /// exempted user is listed beside its account, and others of the account stay denied.
    pub(super) fn naming(&self, caller: &Caller<'_>) -> Naming {
        let named = self.named.iter().map(|principal| principal.naming(caller));
        let named = named.max().unwrap_or(Naming::Absent);
        match (self.negated, named) {
            (false, named) => named,
            (true, Naming::Itself) => Naming::Absent,
            (true, _) => Naming::Itself,
        }
    }
}

impl Principal {
    fn read(kind: &str, text: &str) -> Option<Self> {
        if kind == "AWS" && text == "*" {
            return Some(Self::Everyone);
        }
        if text.is_empty() || text.contains(['*', '?']) {
            return None;
        }
        match kind {
            "Service" => Some(Self::Service(text.into())),
            "Federated" => Some(Self::Federated(text.into())),
            "CanonicalUser" => Some(Self::CanonicalUser(text.into())),
            _ => Self::read_aws(text),
        }
    }

    fn read_aws(text: &str) -> Option<Self> {
        let is_account =
            |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_account(text) {
            return Some(Self::Account(text.into()));
        }
        if let Some(rest) = text.strip_prefix("arn:") {
            let mut parts = rest.splitn(5, ':').skip(1);
            let (service, _, account) = (parts.next()?, parts.next()?, parts.next()?);
            let resource = parts.next().filter(|resource| !resource.is_empty())?;
            return match (service, resource) {
                ("iam", "root") => is_account(account).then(|| Self::Account(account.into())),
                ("iam" | "sts", _) => is_account(account).then(|| Self::Arn(text.into())),
                _ => None,
            };
        }
        let is_id = text.len() >= 16
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        is_id.then(|| Self::UniqueId(text.into()))
    }

    fn naming(&self, caller: &Caller<'_>) -> Naming {
        let is_it = match (self, caller) {
            (Self::Everyone, _) => true,
            (Self::Account(account), Caller::Aws(caller)) => {
                if **account == *caller.account && !caller.is_root() {
                    return Naming::ByAccount;
                }
                **account == *caller.account
            }
            (Self::Arn(arn), Caller::Aws(caller)) => {
                **arn == *caller.arn || Some(&**arn) == caller.role_arn
            }
            (Self::UniqueId(id), Caller::Aws(caller)) => Some(&**id) == caller.unique_id,
            (Self::CanonicalUser(id), Caller::Aws(caller)) => Some(&**id) == caller.canonical_user,
            (Self::Service(name), Caller::Service(caller)) => **name == **caller,
            (Self::Federated(name), Caller::Federated(caller)) => **name == **caller,
            _ => false,
        };
        if is_it { Naming::Itself } else { Naming::Absent }
    }
}

fn unreadable(kind: &str, text: &str, place: &Place<'_>) -> PolicyError {
    let text = quoted(text);
    if text.contains(['*', '?']) {
        let alone = if kind == "AWS" { ", '*' alone is everyone" } else { "" };
        return place.error(format!("'{text}': no wildcard stands for a part of a name{alone}"));
    }
    let expected = match kind {
        "AWS" => "an account's twelve digits, the ARN of an IAM or STS principal, or '*'",
        _ => "a name",
    };
    place.error(format!("expected {expected}, found '{text}'"))
}
