//! Who may call: users, roles and sessions, the keys of accounts, and what data planes know of
//! them.

use std::sync::Arc;

use ringgate_admin::{Store as _, StoreError};
use ringgate_iam::{Circumstances, Effect, Iam, Invocation, Principal};
use ringgate_table::{Part, PartKey};

use super::{Committed, Control, Done, event};
use crate::audit::Caller;
use crate::entropy::SystemEntropy;
use crate::sessions::Sessions;
use crate::{KeyError, Keys, NewKey, RedbStore, Undone};

/// One call of iam or sts, authenticated.
#[derive(Debug)]
pub(crate) struct QueryCall {
    pub(crate) invocation: Invocation,
    pub(crate) caller: Principal,
    pub(crate) circumstances: Circumstances,
    pub(crate) request_id: String,
    /// What the audit log says of the caller.
    pub(crate) recorded: Caller,
}

impl Committed {
    /// A change of the users, roles or keys of an account.
    fn of_account(operation: &str, account: &str, revision: u64) -> Self {
        let parts = vec![PartKey::Iam(account.to_owned())];
        Self { parts, ..Self::of(operation, revision) }
    }
}

/// Operations after which a role may trust other services, or be there no longer.
const CHANGES_OF_TRUST: [&str; 3] = ["CreateRole", "DeleteRole", "UpdateAssumeRolePolicy"];

impl Control {
    /// Answers one call of iam or sts.
    ///
    /// # Errors
    /// [`Undone`]
    pub(crate) async fn query(
        self: &Arc<Self>,
        call: QueryCall,
    ) -> Result<ringgate_iam::Answer, Undone> {
        let effect = call.invocation.effect();
        let account = call.caller.account.clone();
        let changes_trust = CHANGES_OF_TRUST.contains(&call.invocation.operation());
        let run = move |control: &Self| {
            let answer = control.run_query(&call);
            let event = event::of_query(&call, &answer);
            let binding = effect != Effect::Reads && answer.error.is_none();
            let committed = answer.revision.map(|revision| {
                let (what, account) = (call.invocation.operation(), &call.caller.account);
                Committed::of_account(what, account, revision)
            });
            Done { answer, committed, event, binding }
        };
        if effect == Effect::Writes {
            let answer = self.write(run).await?.answer;
            if answer.error.is_none() && changes_trust {
                // To its end, even if the caller goes away.
                let control = Arc::clone(self);
                let judged = async move { Sessions::judge(&control, &account).await };
                let _ = tokio::spawn(judged).await;
            }
            return Ok(answer);
        }
        if effect == Effect::Issues {
            self.read(|control| control.audit.ready()).await?.map_err(Undone::NoAudit)?;
        }
        self.answer(run).await
    }

    fn run_query(&self, call: &QueryCall) -> ringgate_iam::Answer {
        self.iam.call(&mut ringgate_iam::Call {
            invocation: &call.invocation,
            caller: &call.caller,
            circumstances: &call.circumstances,
            request_id: &call.request_id,
            now: call.circumstances.now,
            entropy: &mut SystemEntropy,
        })
    }

    /// Makes an access key ([`Keys::create`]).
    ///
    /// # Errors
    /// [`Undone`]; inside, [`KeyError`].
    pub(crate) async fn create_key(
        self: &Arc<Self>,
        account_id: Option<String>,
        caller: Caller,
    ) -> Result<Result<NewKey, KeyError>, Undone> {
        let change = move |control: &Self| {
            let made = control.keys.create(control.store.as_ref(), account_id);
            let (event, binding) = (event::of_key(&caller, &made), made.is_ok());
            let committed = made.is_ok().then(|| {
                Committed::of_account("CreateKey", caller.account(), control.store.revision())
            });
            Done { answer: made, committed, event: Some(event), binding }
        };
        Ok(self.write(change).await?.answer)
    }

    /// Who may call routes with `AWS_IAM`, of an account.
    pub(crate) fn iam_image(&self, account: &str) -> Result<Part, StoreError> {
        iam_image(&self.iam, &self.keys, &self.home_account, account)
    }
}

/// The image of an account: its users and roles, and its own keys. `home` is the account of keys
/// that name none.
pub(crate) fn iam_image(
    iam: &Iam<RedbStore>,
    keys: &Keys,
    home: &str,
    account: &str,
) -> Result<Part, StoreError> {
    let keys = keys.all();
    let own = keys.iter().filter(|(_, key)| key.account_id.as_deref().unwrap_or(home) == account);
    let own: Vec<(&str, &str)> =
        own.map(|(id, key)| (id.as_str(), key.secret_access_key.as_str())).collect();
    iam.image(account, &own).map(Part::from)
}

/// The images of every account that has a key, a user or a role: what a snapshot holds.
pub(crate) fn iam_images(
    iam: &Iam<RedbStore>,
    keys: &Keys,
    home: &str,
) -> Result<Vec<Part>, StoreError> {
    let mut accounts = iam.accounts()?;
    accounts.extend(
        keys.all()
            .into_values()
            .map(|key| key.account_id.clone().unwrap_or_else(|| home.to_owned())),
    );
    accounts.iter().map(|account| iam_image(iam, keys, home, account)).collect()
}
