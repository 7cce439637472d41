use ringgate_auth::policy::{
    AwsCaller, Caller, Decision, Evaluation, Policy, Request, evaluate_all,
};
use ringgate_model::Timestamp;

use crate::tags::Tag;
use crate::{Circumstances, Code, Error, RequestContext, ids};

/// Who calls, and what it may do.
#[derive(Clone, Debug)]
pub struct Principal {
    /// Twelve digits.
    pub account: String,
    /// What it is.
    pub kind: PrincipalKind,
    /// `arn:aws:iam::111122223333:user/ana`, `…:root`, or the session's of a role.
    pub arn: String,
    /// `aws:userid`: `AIDA…`, `AROA…:session`, or the account.
    pub unique_id: String,
    /// The key that the request was signed with; empty where there was none.
    pub access_key_id: String,
    /// Of temporary credentials.
    pub session: Option<SessionTimes>,
    pub(crate) role_arn: Option<String>,
    pub(crate) tags: Vec<Tag>,
    /// All policies that are attached to it or stand in it; none of the account itself.
    pub(crate) policies: Vec<Policy>,
    /// Session policies: what is done must be allowed by them too.
    pub(crate) bounds: Option<Vec<Policy>>,
}

/// What a principal is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrincipalKind {
    /// The account itself: may do everything in it.
    Root,
    /// A user.
    User {
        /// `UserName`
        name: String,
    },
    /// A session of a role.
    Role {
        /// `RoleName`
        name: String,
        /// `AROA…`
        role_id: String,
        /// `RoleSessionName`
        session_name: String,
    },
}

/// From when to when temporary credentials are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTimes {
    /// `aws:TokenIssueTime`
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Principal {
    /// The account itself, with the key it signed with, if it did.
    pub fn root(account: &str, access_key_id: &str) -> Self {
        Self {
            account: account.to_owned(),
            kind: PrincipalKind::Root,
            arn: ids::root_arn(account),
            unique_id: account.to_owned(),
            access_key_id: access_key_id.to_owned(),
            session: None,
            role_arn: None,
            tags: Vec::new(),
            policies: Vec::new(),
            bounds: None,
        }
    }

    /// True for temporary credentials of an account or a user (GetSessionToken).
    pub(crate) fn is_token_session(&self) -> bool {
        self.session.is_some() && !matches!(self.kind, PrincipalKind::Role { .. })
    }

    /// `aws:PrincipalArn`: of a session, its role.
    pub fn identity_arn(&self) -> &str {
        self.role_arn.as_deref().unwrap_or(&self.arn)
    }

    pub(crate) fn tag(&self, key: &str) -> Option<&str> {
        let tag = self.tags.iter().find(|tag| tag.key.to_lowercase() == key);
        tag.map(|tag| tag.value.as_str())
    }

    /// As policies know it.
    pub fn caller(&self) -> Caller<'_> {
        Caller::Aws(AwsCaller {
            account: &self.account,
            arn: &self.arn,
            role_arn: self.role_arn.as_deref(),
            unique_id: Some(&self.unique_id),
            canonical_user: None,
        })
    }

    /// What its own policies say, session policies included ("Policy evaluation logic").
    pub fn evaluate(&self, request: &Request<'_>) -> Evaluation {
        let own = match self.kind {
            PrincipalKind::Root => Evaluation { decision: Decision::Allow, ..Evaluation::SILENT },
            _ => evaluate_all(&self.policies, request),
        };
        match &self.bounds {
            Some(bounds) if own.is_allowed() => evaluate_all(bounds, request),
            Some(bounds) if !own.is_denied() => {
                let bounded = evaluate_all(bounds, request);
                if bounded.is_denied() { bounded } else { own }
            }
            _ => own,
        }
    }

    /// Whether it may do this; `more` are condition keys of the service, in lower case.
    ///
    /// # Errors
    /// AccessDenied in AWS's words.
    pub fn authorize(
        &self,
        action: &str,
        resource: &str,
        circumstances: &Circumstances,
        more: &[(&str, &str)],
    ) -> Result<(), Error> {
        let context = RequestContext { principal: self, circumstances, more };
        let request = Request { caller: self.caller(), action, resource, context: &context };
        let said = self.evaluate(&request);
        if said.is_allowed() { Ok(()) } else { Err(self.denied(action, resource, &said)) }
    }

    /// AWS's words ("Troubleshoot access denied error messages", IAM user guide).
    pub(crate) fn denied(&self, action: &str, resource: &str, said: &Evaluation) -> Error {
        let arn = &self.arn;
        let why = if said.is_denied() {
            "with an explicit deny in an identity-based policy".to_owned()
        } else {
            let kind = if self.bounds.is_some() { "session" } else { "identity-based" };
            format!("because no {kind} policy allows the {action} action")
        };
        Error::new(
            Code::AccessDenied,
            format!(
                "User: {arn} is not authorized to perform: {action} on resource: {resource} {why}"
            ),
        )
    }
}
