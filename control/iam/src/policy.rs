use ringgate_auth::policy::limits::MANAGED_POLICY_BYTES_MAX;
use ringgate_auth::policy::{Policy, PolicyError, Rules, counted_bytes};
use ringgate_model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::limits::POLICIES_MAX;
use crate::page::page;
use crate::params::Params;
use crate::shelf::{self, Changes, Kept};
use crate::tags::Tag;
use crate::work::Work;
use crate::{Code, Error, aws_managed, ids, keys, names, tags};

pub(crate) const FOLDER: &str = "policies";

/// A customer managed policy, as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ManagedPolicy {
    pub(crate) name: String,
    pub(crate) path: String,
    /// `ANPA…`
    pub(crate) unique_id: String,
    pub(crate) account: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    pub(crate) create_date: Timestamp,
    pub(crate) update_date: Timestamp,
    /// How many users and roles have it.
    pub(crate) attachment_count: u64,
    /// By ascending number.
    pub(crate) versions: Vec<Version>,
    /// The number of the one that counts.
    pub(crate) default_version: u64,
    #[serde(default)]
    pub(crate) tags: Vec<Tag>,
}

/// One state of it; `v3` is number 3.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Version {
    pub(crate) number: u64,
    /// As it was given.
    pub(crate) document: String,
    pub(crate) create_date: Timestamp,
}

impl ManagedPolicy {
    pub(crate) fn arn(&self) -> String {
        ids::arn(&self.account, "policy", &self.path, &self.name)
    }

    pub(crate) fn version(&self, number: u64) -> Option<&Version> {
        self.versions.iter().find(|version| version.number == number)
    }

    pub(crate) fn default_document(&self) -> Option<&str> {
        self.version(self.default_version).map(|version| version.document.as_str())
    }

    /// `whole`: with what lists leave out.
    pub(crate) fn shown(&self, whole: bool) -> Value {
        let mut shown = Map::new();
        shown.insert("PolicyName".to_owned(), self.name.as_str().into());
        shown.insert("PolicyId".to_owned(), self.unique_id.as_str().into());
        shown.insert("Arn".to_owned(), self.arn().into());
        shown.insert("Path".to_owned(), self.path.as_str().into());
        shown.insert("DefaultVersionId".to_owned(), format!("v{}", self.default_version).into());
        shown.insert("AttachmentCount".to_owned(), self.attachment_count.into());
        shown.insert("PermissionsBoundaryUsageCount".to_owned(), 0.into());
        shown.insert("IsAttachable".to_owned(), true.into());
        if let Some(description) = self.description.as_deref().filter(|_| whole) {
            shown.insert("Description".to_owned(), description.into());
        }
        shown.insert("CreateDate".to_owned(), self.create_date.to_string().into());
        shown.insert("UpdateDate".to_owned(), self.update_date.to_string().into());
        if whole && !self.tags.is_empty() {
            shown.insert("Tags".to_owned(), tags::shown(&self.tags));
        }
        Value::Object(shown)
    }
}

/// The policy of the account that this ARN names.
pub(crate) fn find(work: &Work<'_>, arn: &str) -> Result<Option<Kept<ManagedPolicy>>, Error> {
    let of_account = ids::parse_arn(arn, "policy").filter(|(of, _)| *of == work.account());
    let Some((account, name)) = of_account else { return Ok(None) };
    let key = keys::entity(account, FOLDER, name);
    let found = shelf::find::<ManagedPolicy>(work.store, key)?;
    Ok(found.filter(|kept| kept.value.arn() == arn))
}

/// The policy that `PolicyArn` names, to be changed: none of AWS's own.
pub(crate) fn changeable(work: &Work<'_>, params: &Params) -> Result<Kept<ManagedPolicy>, Error> {
    let arn = names::arn(params, "PolicyArn")?;
    if aws_managed::find(arn).is_some() {
        let message = format!("Policy {arn} is managed by AWS and cannot be changed.");
        return Err(Error::new(Code::AccessDenied, message));
    }
    find(work, arn)?.ok_or_else(|| missing(arn))
}

pub(crate) fn missing(arn: &str) -> Error {
    Error::missing(format!("Policy {arn} was not found."))
}

/// `PolicyDocument` of a managed policy, checked.
pub(crate) fn document(params: &Params) -> Result<&str, Error> {
    let document = params.required("PolicyDocument")?;
    if counted_bytes(document) > MANAGED_POLICY_BYTES_MAX {
        return Err(Error::quota("PolicySize", MANAGED_POLICY_BYTES_MAX));
    }
    let rules = Rules::identity_based(MANAGED_POLICY_BYTES_MAX);
    Policy::read(document, &rules).map_err(malformed)?;
    Ok(document)
}

/// What is wrong with a document, and where.
pub(crate) fn malformed(error: PolicyError) -> Error {
    Error::new(Code::MalformedPolicyDocument, format!("Syntax errors in policy. {error}"))
}

/// `CreatePolicy`
pub(crate) fn create(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let (name, path) = (names::policy_name(params)?, names::path(params)?);
    let (document, description) = (document(params)?, names::description(params)?);
    let tags = tags::read(params)?;
    let key = keys::entity(work.account(), FOLDER, name);
    if work.store.get(&key)?.is_some() {
        let message =
            format!("A policy called {name} already exists. Duplicate names are not allowed.");
        return Err(Error::new(Code::EntityAlreadyExists, message));
    }
    work.has_room(FOLDER, "PoliciesPerAccount", POLICIES_MAX)?;
    let version = Version { number: 1, document: document.to_owned(), create_date: work.now };
    let policy = ManagedPolicy {
        name: name.to_owned(),
        path: path.to_owned(),
        unique_id: ids::unique_id("ANPA", work.entropy),
        account: work.account().to_owned(),
        description: description.map(str::to_owned),
        create_date: work.now,
        update_date: work.now,
        attachment_count: 0,
        versions: vec![version],
        default_version: 1,
        tags,
    };
    let mut changes = Changes::default();
    changes.create(key, &policy)?;
    work.commit(changes)?;
    Ok(json!({ "Policy": policy.shown(true) }))
}

/// `GetPolicy`
pub(crate) fn get(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let arn = names::arn(params, "PolicyArn")?;
    if let Some(policy) = aws_managed::find(arn) {
        return Ok(json!({ "Policy": policy.shown() }));
    }
    let kept = find(work, arn)?.ok_or_else(|| missing(arn))?;
    Ok(json!({ "Policy": kept.value.shown(true) }))
}

/// `ListPolicies`
pub(crate) fn list(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let prefix = names::path_prefix(params)?;
    let only_attached = params.flag("OnlyAttached")?;
    let (own, of_aws) = match params.text("Scope") {
        None | Some("All") => (true, true),
        Some("Local") => (true, false),
        Some("AWS") => (false, true),
        Some(other) => {
            let must = "satisfy enum value set: [All, AWS, Local]";
            return Err(Error::constraint(Some(other), "Scope", must));
        }
    };
    let mut items = Vec::new();
    if own {
        let policies = work.all::<ManagedPolicy>(FOLDER, POLICIES_MAX)?.into_iter();
        let shown = policies
            .filter(|policy| policy.path.starts_with(prefix))
            .filter(|policy| !only_attached || policy.attachment_count > 0)
            .map(|policy| (policy.name.to_ascii_lowercase(), policy.shown(false)));
        items.extend(shown);
    }
    if of_aws && !only_attached {
        let all = aws_managed::ALL.iter().filter(|policy| policy.path.starts_with(prefix));
        // Behind those of the account, whatever these are called.
        items.extend(all.map(|policy| (format!("~{}", policy.name), policy.shown())));
    }
    page("Policies", items, params)
}

/// `DeletePolicy`
pub(crate) fn delete(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let kept = changeable(work, params)?;
    let conflict = |message: &str| Error::new(Code::DeleteConflict, message);
    if kept.value.attachment_count > 0 {
        return Err(conflict("Cannot delete a policy attached to entities."));
    }
    if kept.value.versions.len() > 1 {
        return Err(conflict(
            "This policy has more than one version. Before you delete a policy, you must delete \
             the policy's versions. The default version is deleted with the policy.",
        ));
    }
    work.remove(kept)
}
