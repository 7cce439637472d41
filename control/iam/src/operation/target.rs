//! What an operation acts on, for the policies of its caller ("Actions, resources, and condition
//! keys for AWS Identity and Access Management", service authorization reference).

use super::{Invocation, Service};
use crate::entity::Entity;
use crate::params::Params;
use crate::role::Role;
use crate::user::User;
use crate::work::Work;
use crate::{Code, Error, PrincipalKind, ids, keys, shelf};

/// What an operation acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Nothing that a policy could name.
    Anything,
    /// The caller itself: nothing is asked.
    AllowedToAll,
    /// The role that is assumed: its own policy is asked too, by the operation.
    AssumedRole,
    AllUsers,
    NewUser,
    UserItself,
    AllRoles,
    NewRole,
    RoleItself,
    AllPolicies,
    NewPolicy,
    Policy,
}

/// Refuses what the caller's policies do not allow.
pub(crate) fn authorize(work: &Work<'_>, invocation: &Invocation) -> Result<(), Error> {
    let (target, params) = (invocation.row.target, &invocation.params);
    if work.caller.is_token_session() && invocation.service() == Service::Iam {
        // "GetSessionToken", AWS STS API reference: no call of IAM without MFA.
        let message = "IAM cannot be called with the credentials that GetSessionToken gives.";
        return Err(Error::new(Code::AccessDenied, message));
    }
    if matches!(target, Target::AllowedToAll | Target::AssumedRole) {
        return Ok(());
    }
    let action = format!("{}:{}", invocation.service().name(), invocation.operation());
    let policy_arn = params.text("PolicyArn").filter(|_| target != Target::Policy);
    let more = policy_arn.map(|arn| ("iam:policyarn", arn));
    let resource = resource(work, target, params)?;
    work.caller.authorize(&action, &resource, work.circumstances, more.as_slice())
}

/// Kind and ARN of what a call is about, for the audit log; none for one that is about many.
pub(crate) fn named(work: &Work<'_>, invocation: &Invocation) -> Option<(&'static str, String)> {
    let (target, params) = (invocation.row.target, &invocation.params);
    let kind = match target {
        Target::NewUser | Target::UserItself => "AWS::IAM::User",
        Target::NewRole | Target::RoleItself => "AWS::IAM::Role",
        Target::NewPolicy | Target::Policy => "AWS::IAM::Policy",
        Target::AssumedRole => {
            return params.text("RoleArn").map(|arn| ("AWS::IAM::Role", arn.to_owned()));
        }
        _ => return None,
    };
    resource(work, target, params).ok().map(|arn| (kind, arn))
}

fn resource(work: &Work<'_>, target: Target, params: &Params) -> Result<String, Error> {
    let account = work.account();
    let path = params.text("Path").unwrap_or("/");
    let prefix = params.text("PathPrefix").unwrap_or("/");
    let name = |member: &str| params.text(member).unwrap_or_default();
    Ok(match target {
        Target::Anything | Target::AllowedToAll | Target::AssumedRole => "*".to_owned(),
        Target::AllUsers => ids::arn(account, User::KIND, prefix, ""),
        Target::NewUser => ids::arn(account, User::KIND, path, name("UserName")),
        Target::AllRoles => ids::arn(account, Role::KIND, prefix, ""),
        Target::NewRole => ids::arn(account, Role::KIND, path, name("RoleName")),
        Target::AllPolicies => format!("policy path {prefix}"),
        Target::NewPolicy => ids::arn(account, "policy", path, name("PolicyName")),
        Target::Policy => name("PolicyArn").to_owned(),
        Target::RoleItself => existing::<Role>(work, name("RoleName"))?,
        Target::UserItself => match (&work.caller.kind, params.text("UserName")) {
            (_, Some(name)) => existing::<User>(work, name)?,
            (PrincipalKind::User { .. }, None) => work.caller.arn.clone(),
            (_, None) => ids::arn(account, User::KIND, "/", "*"),
        },
    })
}

/// With the path that it has, or as if it had none.
fn existing<T: Entity>(work: &Work<'_>, name: &str) -> Result<String, Error> {
    // What is no name is refused right after; here it must not lead elsewhere in the store.
    if name.is_empty() || name.contains('/') {
        return Ok(ids::arn(work.account(), T::KIND, "/", name));
    }
    let key = keys::entity(work.account(), T::FOLDER, name);
    let found = shelf::find::<T>(work.store, key)?;
    let unknown = || ids::arn(work.account(), T::KIND, "/", name);
    Ok(found.map_or_else(unknown, |kept| kept.value.arn()))
}
