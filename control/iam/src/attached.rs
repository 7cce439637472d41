//! Managed policies attached to users and roles.

use serde_json::{Value, json};

use crate::entity::Entity;
use crate::limits::ATTACHED_POLICIES_MAX;
use crate::page::page;
use crate::params::Params;
use crate::policy::{self, ManagedPolicy};
use crate::shelf::{Changes, Kept};
use crate::work::Work;
use crate::{Error, aws_managed, ids, names};

/// `AttachUserPolicy`, `AttachRolePolicy`; to attach what is attached already is no error.
pub(crate) fn attach<T: Entity>(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let owner = names::entity_name(params, T::NAME)?;
    let arn = names::arn(params, "PolicyArn")?;
    let mut kept = work.find::<T>(owner)?;
    let policy = own(work, arn)?;
    if policy.is_none() && aws_managed::find(arn).is_none() {
        let message = format!("Policy {arn} does not exist or is not attachable.");
        return Err(Error::missing(message));
    }
    let attached = &mut kept.value.identity_mut().attached;
    if attached.contains(arn) {
        return Ok(Value::Null);
    }
    if attached.len() >= ATTACHED_POLICIES_MAX {
        return Err(Error::quota(&format!("PoliciesPer{}", T::NOUN), ATTACHED_POLICIES_MAX));
    }
    attached.insert(arn.to_owned());
    count(work, policy, kept, |count| count.saturating_add(1))
}

/// `DetachUserPolicy`, `DetachRolePolicy`
pub(crate) fn detach<T: Entity>(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let owner = names::entity_name(params, T::NAME)?;
    let arn = names::arn(params, "PolicyArn")?;
    let mut kept = work.find::<T>(owner)?;
    if !kept.value.identity_mut().attached.remove(arn) {
        return Err(policy::missing(arn));
    }
    let policy = own(work, arn)?;
    count(work, policy, kept, |count| count.saturating_sub(1))
}

/// `ListAttachedUserPolicies`, `ListAttachedRolePolicies`
pub(crate) fn list<T: Entity>(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let prefix = names::path_prefix(params)?;
    let kept = work.find::<T>(names::entity_name(params, T::NAME)?)?;
    let in_path = |arn: &&String| {
        let path = arn.split_once(":policy").map_or("/", |(_, path)| path);
        path.starts_with(prefix)
    };
    let items = kept.value.identity().attached.iter().filter(in_path).map(|arn| {
        let name = ids::parse_arn(arn, "policy").map_or(arn.as_str(), |(_, name)| name);
        (arn.clone(), json!({ "PolicyName": name, "PolicyArn": arn }))
    });
    page("AttachedPolicies", items.collect(), params)
}

/// The account's own policy of that ARN; none for one that AWS manages.
fn own(work: &Work<'_>, arn: &str) -> Result<Option<Kept<ManagedPolicy>>, Error> {
    if aws_managed::find(arn).is_some() { Ok(None) } else { policy::find(work, arn) }
}

/// Writes both sides of an attachment, so that no policy goes while something has it.
fn count<T: Entity>(
    work: &mut Work<'_>,
    policy: Option<Kept<ManagedPolicy>>,
    kept: Kept<T>,
    change: impl Fn(u64) -> u64,
) -> Result<Value, Error> {
    let mut changes = Changes::default();
    changes.replace(kept)?;
    if let Some(mut policy) = policy {
        policy.value.attachment_count = change(policy.value.attachment_count);
        changes.replace(policy)?;
    }
    work.commit(changes)?;
    Ok(Value::Null)
}
