use ringgate_admin::{Store, StoreError};
use ringgate_auth::policy::limits::SESSION_POLICY_BYTES_MAX;
use ringgate_auth::policy::{Decision, Evaluation, Policy, Request, Rules};
use ringgate_auth::session::{Session, SessionPrincipal};
use serde_json::{Value, json};

use crate::entity::Entity;
use crate::limits::{
    CHAINED_SESSION_S_MAX, PACKED_POLICY_BYTES_MAX, ROLE_SESSION_S_DEFAULT, ROLE_SESSION_S_MAX,
    SESSION_POLICY_ARNS_MAX, SESSION_S_MIN,
};
use crate::params::Params;
use crate::policy::{self, ManagedPolicy};
use crate::role::Role;
use crate::work::Work;
use crate::{Code, Error, PrincipalKind, RequestContext, aws_managed, ids, keys, names, shelf};

pub(super) const ACTION: &str = "sts:AssumeRole";

/// `AssumeRole`
pub(crate) fn assume(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    let arn = names::arn(params, "RoleArn")?;
    let session_name = names::session_name(params)?;
    let wanted_s = params.number("DurationSeconds", SESSION_S_MIN, ROLE_SESSION_S_MAX)?;
    let role = find(work.store, arn)?;
    authorize(work, params, arn, role.as_ref())?;
    // Only who may is told that there is none.
    let role = role.ok_or_else(|| work.caller.denied(ACTION, arn, &Evaluation::SILENT))?;
    let seconds = duration(work, &role, wanted_s)?;
    let bounds = Bounds::read(work, params, &role)?;
    let session = Session {
        secret_access_key: ids::secret(work.entropy),
        account: role.identity.account.clone(),
        principal: SessionPrincipal::Role {
            arn: role.arn(),
            unique_id: role.identity.unique_id.clone(),
            session_name: session_name.to_owned(),
        },
        policy: bounds.policy,
        policy_arns: bounds.arns,
        issued_at_s: work.now.0,
        expires_at_s: work.now.0.saturating_add(seconds),
    };
    let mut shown = json!({ "Credentials": super::credentials(work, &session)? });
    let identity = &role.identity;
    shown["AssumedRoleUser"] = json!({
        "AssumedRoleId": format!("{}:{session_name}", identity.unique_id),
        "Arn": ids::assumed_role_arn(&identity.account, &identity.name, session_name),
    });
    if session.is_bounded() {
        shown["PackedPolicySize"] = bounds.packed_percent.into();
    }
    Ok(shown)
}

/// The role of that ARN, in whatever account.
pub(super) fn find(store: &dyn Store, arn: &str) -> Result<Option<Role>, StoreError> {
    let Some((account, name)) = ids::parse_arn(arn, Role::KIND) else { return Ok(None) };
    let found = shelf::find::<Role>(store, keys::entity(account, Role::FOLDER, name))?;
    Ok(found.map(|kept| kept.value).filter(|role| role.arn() == arn))
}

/// Role and caller must both agree; within an account it is enough that the role names the caller
/// itself ("Cross-account policy evaluation logic", IAM user guide).
fn authorize(
    work: &Work<'_>,
    params: &Params,
    arn: &str,
    role: Option<&Role>,
) -> Result<(), Error> {
    let caller = work.caller;
    let external_id = params.text("ExternalId").map(|id| ("sts:externalid", id));
    let session_name = params.text("RoleSessionName").map(|name| ("sts:rolesessionname", name));
    let more: Vec<(&str, &str)> = external_id.into_iter().chain(session_name).collect();
    let circumstances = work.circumstances;
    let context = RequestContext { principal: caller, circumstances, more: &more };
    let request =
        Request { caller: caller.caller(), action: ACTION, resource: arn, context: &context };
    let own = caller.evaluate(&request);
    let trusted = match role {
        None => Evaluation::SILENT,
        Some(role) => Policy::read(&role.assume_role_policy_document, &Rules::trust())
            .map_err(policy::malformed)?
            .evaluate(&request),
    };
    let same_account = role.is_some_and(|role| role.identity.account == caller.account);
    let enough = same_account && !trusted.delegated && caller.bounds.is_none();
    if own.is_denied() || trusted.is_denied() {
        let denied = Evaluation { decision: Decision::ExplicitDeny, ..Evaluation::SILENT };
        return Err(caller.denied(ACTION, arn, &denied));
    }
    if !trusted.is_allowed() || (!own.is_allowed() && !enough) {
        return Err(caller.denied(ACTION, arn, &Evaluation::SILENT));
    }
    Ok(())
}

/// How long the session is.
fn duration(work: &Work<'_>, role: &Role, wanted_s: Option<u64>) -> Result<u64, Error> {
    let Some(wanted_s) = wanted_s else { return Ok(ROLE_SESSION_S_DEFAULT) };
    let is_role = matches!(work.caller.kind, PrincipalKind::Role { .. });
    if is_role && wanted_s > CHAINED_SESSION_S_MAX {
        return Err(Error::invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by \
             role chaining.",
        ));
    }
    if wanted_s > role.max_session_duration {
        return Err(Error::invalid(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    Ok(wanted_s)
}

/// Session policies.
struct Bounds {
    policy: Option<String>,
    arns: Vec<String>,
    packed_percent: u64,
}

impl Bounds {
    fn read(work: &Work<'_>, params: &Params, role: &Role) -> Result<Self, Error> {
        let policy = params.text("Policy");
        if let Some(document) = policy {
            names::length(document, "Policy", 1, SESSION_POLICY_BYTES_MAX)?;
            let rules = Rules::identity_based(SESSION_POLICY_BYTES_MAX);
            Policy::read(document, &rules).map_err(policy::malformed)?;
        }
        let mut arns = Vec::new();
        for element in params.list("PolicyArns")? {
            let arn = element.get("arn").copied();
            let arn = arn.ok_or_else(|| Error::constraint(None, "PolicyArns", "have an arn"))?;
            if !is_known(work, &role.identity.account, arn)? {
                let message = format!("Policy {arn} does not exist or is not attachable.");
                return Err(Error::invalid(message));
            }
            arns.push(arn.to_owned());
        }
        if arns.len() > SESSION_POLICY_ARNS_MAX {
            let must = format!("have length less than or equal to {SESSION_POLICY_ARNS_MAX}");
            return Err(Error::constraint(None, "PolicyArns", &must));
        }
        let bytes = policy.map_or(0, str::len) + arns.iter().map(String::len).sum::<usize>();
        if bytes > PACKED_POLICY_BYTES_MAX {
            let message = format!(
                "Packed size of session tags and policies consumes {}% of allotted space.",
                percent(bytes)
            );
            return Err(Error::new(Code::PackedPolicyTooLarge, message));
        }
        let policy = policy.map(str::to_owned);
        Ok(Self { policy, arns, packed_percent: percent(bytes) })
    }
}

fn is_known(work: &Work<'_>, account: &str, arn: &str) -> Result<bool, Error> {
    if aws_managed::find(arn).is_some() {
        return Ok(true);
    }
    let Some((of, name)) = ids::parse_arn(arn, "policy").filter(|(of, _)| *of == account) else {
        return Ok(false);
    };
    let key = keys::entity(of, policy::FOLDER, name);
    let found = shelf::find::<ManagedPolicy>(work.store, key)?;
    Ok(found.is_some_and(|kept| kept.value.arn() == arn))
}

fn percent(bytes: usize) -> u64 {
    let percent = bytes.saturating_mul(100).div_ceil(PACKED_POLICY_BYTES_MAX);
    u64::try_from(percent).unwrap_or(100)
}
