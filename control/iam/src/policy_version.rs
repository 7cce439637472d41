//! The versions of managed policies.

use ringgate_model::percent;
use serde_json::{Map, Value, json};

use crate::limits::POLICY_VERSIONS_MAX;
use crate::page::page;
use crate::params::Params;
use crate::policy::{self, ManagedPolicy, Version};
use crate::shelf::Changes;
use crate::work::Work;
use crate::{Code, Error, aws_managed, names};

impl Version {
    fn shown(&self, default: u64, with_document: bool) -> Value {
        let mut shown = Map::new();
        if with_document {
            shown.insert("Document".to_owned(), percent::encoded(&self.document).into());
        }
        shown.insert("VersionId".to_owned(), format!("v{}", self.number).into());
        shown.insert("IsDefaultVersion".to_owned(), (self.number == default).into());
        shown.insert("CreateDate".to_owned(), self.create_date.to_string().into());
        Value::Object(shown)
    }
}

/// `CreatePolicyVersion`
pub(crate) fn create(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let document = policy::document(params)?.to_owned();
    let as_default = params.flag("SetAsDefault")?;
    let mut kept = policy::changeable(work, params)?;
    let of = &mut kept.value;
    if of.versions.len() >= POLICY_VERSIONS_MAX {
        return Err(Error::new(
            Code::LimitExceeded,
            "A managed policy can have up to 5 versions. Before you create a new version, you \
             must delete an existing version.",
        ));
    }
    let newest = of.versions.last().map_or(0, |version| version.number);
    let number = newest.max(of.default_version).saturating_add(1);
    let version = Version { number, document, create_date: work.now };
    if as_default {
        of.default_version = number;
    }
    let shown = version.shown(of.default_version, false);
    of.versions.push(version);
    of.update_date = work.now;
    let mut changes = Changes::default();
    changes.replace(kept)?;
    work.commit(changes)?;
    Ok(json!({ "PolicyVersion": shown }))
}

/// `GetPolicyVersion`
pub(crate) fn get(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let (arn, number) = (names::arn(params, "PolicyArn")?, number(params)?);
    if let Some(policy) = aws_managed::find(arn).filter(|_| number == 1) {
        return Ok(json!({ "PolicyVersion": policy.version(true) }));
    }
    let kept = policy::find(work, arn)?.ok_or_else(|| policy::missing(arn))?;
    let version = kept.value.version(number).ok_or_else(|| missing(arn, number))?;
    Ok(json!({ "PolicyVersion": version.shown(kept.value.default_version, true) }))
}

/// `ListPolicyVersions`
pub(crate) fn list(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let arn = names::arn(params, "PolicyArn")?;
    if let Some(policy) = aws_managed::find(arn) {
        return page("Versions", vec![(String::new(), policy.version(false))], params);
    }
    let of: ManagedPolicy = policy::find(work, arn)?.ok_or_else(|| policy::missing(arn))?.value;
    // The newest first.
    let order = |version: &Version| format!("{:020}", u64::MAX - version.number);
    let items = of.versions.iter().map(|it| (order(it), it.shown(of.default_version, false)));
    page("Versions", items.collect(), params)
}

/// `SetDefaultPolicyVersion`
pub(crate) fn set_default(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let number = number(params)?;
    let mut kept = policy::changeable(work, params)?;
    if kept.value.version(number).is_none() {
        return Err(missing(&kept.value.arn(), number));
    }
    kept.value.default_version = number;
    kept.value.update_date = work.now;
    work.replace(kept)
}

/// `DeletePolicyVersion`
pub(crate) fn delete(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let number = number(params)?;
    let mut kept = policy::changeable(work, params)?;
    if kept.value.version(number).is_none() {
        return Err(missing(&kept.value.arn(), number));
    }
    if kept.value.default_version == number {
        let message = "Cannot delete the default version of a policy.";
        return Err(Error::new(Code::DeleteConflict, message));
    }
    kept.value.versions.retain(|version| version.number != number);
    work.replace(kept)
}

/// `v3`
fn number(params: &Params) -> Result<u64, Error> {
    let id = params.required("VersionId")?;
    let digits = id.strip_prefix('v').filter(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
    let number = digits.and_then(|digits| digits.parse().ok()).filter(|number| *number > 0);
    number.ok_or_else(|| {
        let must = "satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?";
        Error::constraint(Some(id), "VersionId", must)
    })
}

fn missing(arn: &str, number: u64) -> Error {
    Error::missing(format!("Policy {arn} version v{number} does not exist or is not attachable."))
}
