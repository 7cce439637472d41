//! The sessions of roles that integrations and authorizers name: who assumes a role, when, and what
//! becomes of it. Data planes get sessions with the table and never wait for one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ringgate_admin::{NamedRole, SessionRecord};
use ringgate_iam::{ServiceAssumption, Unassumed};
use ringgate_model::{Scope, Timestamp};
use ringgate_settings::AwsCredentials;
use ringgate_table::SessionCredentials;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::control::now;
use crate::entropy::SystemEntropy;
use crate::limits::{
    ROLES_AT_ONCE, SESSION_AGAIN_S, SESSION_RENEWED_WITH_LEFT, SESSIONS_LOOK_EVERY_MS,
};
use crate::{Control, sts};

/// The principal that trust policies name.
pub(crate) const SERVICE: &str = "apigateway.amazonaws.com";
/// What API Gateway calls its sessions.
const SESSION_NAME: &str = "BackplaneAssumeRoleSession";

/// Assumes roles.
#[derive(Debug)]
pub(crate) struct Sessions {
    sources: Sources,
    /// What is remembered of each beside its record.
    asked: Mutex<BTreeMap<NamedRole, Arc<Asked>>>,
    at_once: Semaphore,
}

/// Who is asked for roles.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    /// Roles are assumed at all.
    pub(crate) assumes: bool,
    /// An STS for all roles.
    pub(crate) sts: Option<String>,
    /// One for those that are not Ringgate's own.
    pub(crate) general: Option<String>,
    /// Without any, those are asked of AWS.
    pub(crate) aws: bool,
}

#[derive(Debug, Default)]
struct Asked {
    /// Held by whoever asks for it: one at a time.
    turn: tokio::sync::Mutex<()>,
    /// How often it failed in a row.
    failures: AtomicU32,
}

/// A session and when it ends, or why there is none.
type Assumed = Result<(SessionCredentials, Timestamp), Refused>;

struct Refused {
    reason: String,
    /// What is there of an older session must not be used any more.
    at_once: bool,
}

impl Sessions {
    pub(crate) fn new(sources: Sources) -> Self {
        let at_once = Semaphore::new(ROLES_AT_ONCE);
        Self { sources, asked: Mutex::default(), at_once }
    }

    /// Assumes those of the roles of changed APIs that have no session; returns when all were
    /// tried.
    pub(crate) async fn ensure(control: &Arc<Control>, api_ids: Vec<String>) {
        if !control.sessions.sources.assumes || api_ids.is_empty() {
            return;
        }
        let roles = move |control: &Control| {
            let of = |api_id: &String| control.admin.served_roles(api_id).ok().flatten();
            let found = api_ids.iter().filter_map(of);
            found
                .flat_map(|(scope, roles)| roles.into_iter().map(move |it| (it, scope.clone())))
                .collect::<Vec<_>>()
        };
        let roles = control.read(roles).await.unwrap_or_default();
        Self::obtain(control, roles, false).await;
    }

    /// The same for roles that a call of `scope` names, before anything is served with them. APIs
    /// of others are left alone.
    pub(crate) async fn prepare(control: &Arc<Control>, roles: BTreeSet<NamedRole>, scope: &Scope) {
        if !control.sessions.sources.assumes || roles.is_empty() {
            return;
        }
        let scope = scope.clone();
        let own = move |control: &Control| {
            // All of one call are about one API.
            let api_id = roles.first().map(|role| role.api_id.clone()).unwrap_or_default();
            let found = control.admin.served_roles(&api_id).ok().flatten();
            let is_own = found.is_some_and(|(of, _)| of == scope);
            let roles = roles.into_iter().filter(|_| is_own);
            roles.map(|role| (role, scope.clone())).collect::<Vec<_>>()
        };
        let roles = control.read(own).await.unwrap_or_default();
        Self::obtain(control, roles, true).await;
    }

    /// Asks for those that are due; a failure is at once where `named`.
    async fn obtain(control: &Arc<Control>, roles: Vec<(NamedRole, Scope)>, named: bool) {
        let mut asking = JoinSet::new();
        for (role, scope) in roles {
            let control = Arc::clone(control);
            asking.spawn(async move {
                let known = record(&control, &role).await;
                let failures = control.sessions.asked(&role).failures.load(Ordering::Relaxed);
                let waits = |it: &SessionRecord| {
                    !(named && it.failure.is_some()) && due_s(it, failures) > now().0
                };
                if !known.as_ref().is_some_and(waits) {
                    ask(&control, role, scope, None).await;
                }
            });
        }
        asking.join_all().await;
    }

    /// Has the roles of an account, which may trust others now, judged anew.
    pub(crate) async fn judge(control: &Arc<Control>, account: &str) {
        if control.sessions.sources.sts.is_some() || !control.sessions.sources.assumes {
            return;
        }
        let prefix = format!("arn:aws:iam::{account}:");
        let mut asking = JoinSet::new();
        for (role, _) in records(control).await {
            if role.arn.starts_with(&prefix) {
                let control = Arc::clone(control);
                asking.spawn(async move { again(&control, role, None).await });
            }
        }
        asking.join_all().await;
    }

    /// Keeps all sessions fresh, for ever.
    pub(crate) async fn run(control: Arc<Control>) {
        if !control.sessions.sources.assumes {
            return;
        }
        let mut look = tokio::time::interval(Duration::from_millis(SESSIONS_LOOK_EVERY_MS));
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        // Those that no process had asked for yet: of an older version, or with roles switched off.
        let all = control.read(|control| control.admin.api_ids()).await;
        Self::ensure(&control, all.ok().and_then(Result::ok).unwrap_or_default()).await;
        loop {
            look.tick().await;
            let now_s = now().0;
            for (role, record) in records(&control).await {
                let failures = control.sessions.asked(&role).failures.load(Ordering::Relaxed);
                if due_s(&record, failures) <= now_s {
                    let (control, tried) = (Arc::clone(&control), record.tried_at);
                    tokio::spawn(async move { again(&control, role, Some(tried)).await });
                }
            }
        }
    }

    fn asked(&self, role: &NamedRole) -> Arc<Asked> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(asked.entry(role.clone()).or_default())
    }
}

/// From when on a role is to be asked for again.
fn due_s(record: &SessionRecord, failures: u32) -> u64 {
    match (&record.failure, &record.session) {
        (None, Some(session)) => {
            let whole_s = session.expires_at.0.saturating_sub(session.issued_at.0);
            session.expires_at.0.saturating_sub(whole_s / SESSION_RENEWED_WITH_LEFT)
        }
        _ => {
            let (first_s, most_s) = SESSION_AGAIN_S;
            let doubled = 1u64.checked_shl(failures.saturating_sub(1)).unwrap_or(u64::MAX);
            record.tried_at.0.saturating_add(first_s.saturating_mul(doubled).min(most_s))
        }
    }
}

async fn records(control: &Arc<Control>) -> Vec<(NamedRole, SessionRecord)> {
    let found = control.read(|control| control.admin.sessions().all()).await;
    found.ok().and_then(Result::ok).unwrap_or_default()
}

async fn record(control: &Arc<Control>, role: &NamedRole) -> Option<SessionRecord> {
    let role = role.clone();
    control.read(move |control| control.admin.sessions().get(&role)).await.ok()?.ok()?
}

/// Asks for a role that is kept already, and forgets one that nobody names any more.
async fn again(control: &Arc<Control>, role: NamedRole, tried: Option<Timestamp>) {
    let named = role.clone();
    let scope = control.read(move |control| control.admin.names_role(&named)).await;
    match scope {
        Ok(Ok(Some(scope))) => ask(control, role, scope, tried).await,
        Ok(Ok(None)) => {
            tracing::info!(role = role.arn, api = role.api_id, "the API names the role no more");
            control.sessions.asked.lock().unwrap_or_else(PoisonError::into_inner).remove(&role);
            let _ = control.keep_session(role, None).await;
        }
        // The store fails: it will be looked at again.
        _ => {}
    }
}

/// Assumes a role, unless somebody else has tried since `tried`, and keeps what came of it.
async fn ask(control: &Arc<Control>, role: NamedRole, scope: Scope, tried: Option<Timestamp>) {
    let asked = control.sessions.asked(&role);
    let _turn = asked.turn.lock().await;
    let before = record(control, &role).await;
    if tried.is_some() && before.as_ref().map(|before| before.tried_at) != tried {
        return;
    }
    let Ok(_place) = control.sessions.at_once.acquire().await else { return };
    let assumed = assume(control, &role, &scope).await;
    let (arn, api, tried_at) = (role.arn.as_str(), role.api_id.as_str(), now());
    let sealed = match assumed {
        Ok((credentials, expires_at)) => {
            let times = (tried_at, expires_at);
            let kept =
                control.admin.sessions().seal(&role, &credentials, times, &mut SystemEntropy);
            kept.map_err(|error| Refused { reason: error.message, at_once: false })
        }
        Err(refused) => Err(refused),
    };
    let after = match sealed {
        Ok(kept) => {
            asked.failures.store(0, Ordering::Relaxed);
            tracing::info!(role = arn, api, expires_at = %kept.expires_at, "a session of the role");
            SessionRecord { session: Some(kept), failure: None, tried_at }
        }
        Err(Refused { reason, at_once }) => {
            asked.failures.fetch_add(1, Ordering::Relaxed);
            let session = before.and_then(|before| before.session);
            let session = session.filter(|it| !at_once && it.expires_at > tried_at);
            let kept = session.is_some();
            tracing::warn!(role = arn, api, reason, kept, "the role cannot be assumed");
            SessionRecord { session, failure: Some(reason), tried_at }
        }
    };
    if let Err(error) = control.keep_session(role, Some(after)).await {
        tracing::error!(error = error.message, "the session of a role cannot be kept");
    }
}

/// An STS that is set knows all roles; else those of Ringgate's own accounts are its own, and the
/// others those of whoever stands in for AWS, or of AWS.
async fn assume(control: &Arc<Control>, role: &NamedRole, scope: &Scope) -> Assumed {
    let sources = &control.sessions.sources;
    let kept = |reason| Refused { reason, at_once: false };
    let name = (role.arn.as_str(), SESSION_NAME);
    if let Some(endpoint) = &sources.sts {
        return sts::assume(endpoint, name, &scope.region).await.map_err(kept);
    }
    match own(control, role, scope).await {
        Ok(session) => return Ok(session),
        Err(Unassumed::NoSuchRole) => {}
        Err(Unassumed::Denied(reason)) => return Err(Refused { reason, at_once: true }),
        Err(Unassumed::Failed(reason)) => return Err(kept(reason)),
    }
    let suffix = if scope.region.starts_with("cn-") { ".cn" } else { "" };
    let of_aws = || format!("https://sts.{}.amazonaws.com{suffix}", scope.region);
    // AWS is asked nothing that could not be signed.
    let asks_aws = sources.aws && AwsCredentials::from_env().is_ok_and(|found| found.is_some());
    match sources.general.clone().or_else(|| asks_aws.then(of_aws)) {
        Some(endpoint) => sts::assume(&endpoint, name, &scope.region).await.map_err(kept),
        None => {
            let reason = "there is no such role, and no STS to ask for it (--sts-endpoint, or \
                          AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for AWS's own)";
            Err(Refused { reason: reason.to_owned(), at_once: true })
        }
    }
}

/// Assumes a role of Ringgate's own accounts.
async fn own(
    control: &Arc<Control>,
    role: &NamedRole,
    scope: &Scope,
) -> Result<(SessionCredentials, Timestamp), Unassumed> {
    let (role, scope) = (role.clone(), scope.clone());
    let assume = move |control: &Control| {
        let Scope { region, account } = &scope;
        let asked = ServiceAssumption {
            role_arn: &role.arn,
            service: SERVICE,
            session_name: SESSION_NAME,
            source_account: account,
            // All that the API does is done with it.
            source_arn: &format!("arn:aws:execute-api:{region}:{account}:{}/*", role.api_id),
            region,
        };
        control.iam.assume_for_service(&asked, now(), &mut SystemEntropy)
    };
    let assumed = control.read(assume).await;
    assumed.unwrap_or_else(|undone| Err(Unassumed::Failed(undone.to_string())))
}

/// Those of the roles that a call names that it is about an API with, and that can be assumed.
pub(crate) fn in_call(method: &str, path: &str, roles: &BTreeSet<String>) -> BTreeSet<NamedRole> {
    let labels = ringgate_admin::named(method, path).map(|named| named.labels).unwrap_or_default();
    let api_id = labels.into_iter().find(|(label, _)| *label == "apiId");
    let Some((_, api_id)) = api_id else { return BTreeSet::new() };
    let roles = roles.iter().filter(|arn| ringgate_admin::is_role(arn));
    roles.map(|arn| NamedRole { api_id: api_id.clone(), arn: arn.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_roles_as_they_stand_are_asked_for() {
        let role = "arn:aws:iam::111122223333:role/a";
        let variable = "arn:aws:iam::1:role/${stageVariables.r}";
        let named = [role, variable, "", "nobody", ringgate_table::CALLER];
        let named = BTreeSet::from(named.map(str::to_owned));
        let wanted = NamedRole { api_id: "a1".to_owned(), arn: role.to_owned() };
        assert_eq!(in_call("POST", "/v2/apis/a1/integrations", &named), BTreeSet::from([wanted]));
        assert!(in_call("PUT", "/v2/apis", &named).is_empty());
    }

    #[test]
    fn a_session_is_renewed_with_a_quarter_left_and_a_failure_is_tried_again_ever_later() {
        let text = r#"{"session":{"sealed":"","issuedAt":"1970-01-01T00:10:00Z",
            "expiresAt":"1970-01-01T01:10:00Z"},"failure":null,"triedAt":"1970-01-01T00:10:00Z"}"#;
        let good: SessionRecord = serde_json::from_str(text).unwrap();
        assert_eq!(due_s(&good, 0), 600 + 2700);
        let failed = SessionRecord { failure: Some("x".to_owned()), ..good };
        let waits = [0, 1, 2, 5, 40, 100].map(|failures| due_s(&failed, failures) - 600);
        assert_eq!(waits, [2, 2, 4, 32, 120, 120]);
    }
}
