//! Roles that a service assumes: their trust policies alone decide ("IAM roles: service roles",
//! IAM user guide).

use ringgate_admin::{Store, StoreError};
use ringgate_auth::policy::{Caller, Context, Found, Policy, Request, Rules, Value};
use ringgate_auth::session::{Session, SessionPrincipal};
use ringgate_model::{Entropy, Timestamp};
use ringgate_table::SessionCredentials;

use super::assume_role::{ACTION, find};
use super::sealed;
use crate::entity::Entity;
use crate::limits::ROLE_SESSION_S_DEFAULT;
use crate::{Iam, ids};

/// A service that wants to act with a role.
#[derive(Clone, Copy, Debug)]
pub struct ServiceAssumption<'a> {
    /// The role.
    pub role_arn: &'a str,
    /// The service's principal: `apigateway.amazonaws.com`.
    pub service: &'a str,
    /// `RoleSessionName`
    pub session_name: &'a str,
    /// `aws:SourceAccount`: of what it acts for. A role of another account is not assumed, for no
    /// role can be passed to a service across accounts ("Grant a user permissions to pass a role
    /// to an AWS service", IAM user guide).
    pub source_account: &'a str,
    /// `aws:SourceArn`: what it acts for.
    pub source_arn: &'a str,
    /// `aws:RequestedRegion`
    pub region: &'a str,
}

/// Why a role is not assumed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unassumed {
    /// There is no such role here.
    #[error("there is no such role")]
    NoSuchRole,
    /// It does not trust the service.
    #[error("{0}")]
    Denied(String),
    /// The store failed, or what it holds is broken.
    #[error("{0}")]
    Failed(String),
}

impl From<StoreError> for Unassumed {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// What trust policies may look at ("AWS global condition context keys").
struct Circumstances<'a> {
    asked: &'a ServiceAssumption<'a>,
    now: Timestamp,
}

impl Context for Circumstances<'_> {
    fn get(&self, key: &str) -> Found<'_> {
        let Self { asked, now } = self;
        let value = match key {
            "aws:currenttime" => Value::Time(*now),
            "aws:epochtime" => Value::Number(now.0),
            "aws:sourceaccount" => Value::Text(asked.source_account),
            "aws:sourcearn" => Value::Text(asked.source_arn),
            "aws:requestedregion" => Value::Text(asked.region),
            "aws:principalisawsservice" | "aws:securetransport" => Value::Bool(true),
            "aws:principalservicename" => Value::Text(asked.service),
            "sts:rolesessionname" => Value::Text(asked.session_name),
            _ => return Found::Absent,
        };
        Found::One(value)
    }
}

impl<S: Store> Iam<S> {
    /// Assumes a role for a service, for an hour: the credentials, and when they end.
    ///
    /// # Errors
    /// [`Unassumed`]
    pub fn assume_for_service(
        &self,
        asked: &ServiceAssumption<'_>,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<(SessionCredentials, Timestamp), Unassumed> {
        let role = find(self.store.as_ref(), asked.role_arn)?.ok_or(Unassumed::NoSuchRole)?;
        let identity = &role.identity;
        if identity.account != asked.source_account {
            return Err(Unassumed::Denied("Cross-account pass role is not allowed.".to_owned()));
        }
        let context = Circumstances { asked, now };
        let request = Request {
            caller: Caller::Service(asked.service),
            action: ACTION,
            resource: asked.role_arn,
            context: &context,
        };
        let trust = Policy::read(&role.assume_role_policy_document, &Rules::trust())
            .map_err(|error| Unassumed::Failed(error.to_string()))?;
        if !trust.evaluate(&request).is_allowed() {
            let service = asked.service;
            return Err(Unassumed::Denied(format!(
                "its trust policy does not let {service} assume it for {}",
                asked.source_arn
            )));
        }
        let session = Session {
            secret_access_key: ids::secret(entropy),
            account: identity.account.clone(),
            principal: SessionPrincipal::Role {
                arn: role.arn(),
                unique_id: identity.unique_id.clone(),
                session_name: asked.session_name.to_owned(),
            },
            policy: None,
            policy_arns: Vec::new(),
            issued_at_s: now.0,
            expires_at_s: now.0.saturating_add(ROLE_SESSION_S_DEFAULT),
        };
        let (access_key_id, session_token) = sealed(&self.sealing_key, &session, entropy)
            .map_err(|error| Unassumed::Failed(error.message))?;
        let credentials = SessionCredentials {
            access_key_id,
            secret_access_key: session.secret_access_key.clone(),
            session_token,
        };
        Ok((credentials, Timestamp(session.expires_at_s)))
    }
}
