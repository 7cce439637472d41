//! Certificates: the calls of AWS Certificate Manager, and what is obtained by ACME.

use std::sync::Arc;

use bytes::Bytes;
use ringgate_admin::acme::{Acme, Challenge, Kept, Order};
use ringgate_admin::{Error, acm};
use ringgate_model::Scope;
use ringgate_table::PartKey;
use zeroize::{Zeroize, Zeroizing};

use super::{Answered, Committed, Control, Done, event, now};
use crate::Undone;
use crate::audit::Caller;
use crate::entropy::SystemEntropy;

/// One call of AWS Certificate Manager, authenticated.
pub(crate) struct AcmCall {
    pub(crate) scope: Scope,
    pub(crate) operation: String,
    /// The certificate that it names.
    pub(crate) certificate: Option<String>,
    /// The parameters, as JSON: there may be a private key among them.
    pub(crate) input: Bytes,
    /// What the audit log says of the caller.
    pub(crate) caller: Caller,
}

impl Control {
    /// Answers one call of AWS Certificate Manager; one that changed what is presented returns when
    /// that is live, or the wait is over.
    ///
    /// # Errors
    /// [`Undone`].
    pub(crate) async fn acm(
        self: &Arc<Self>,
        call: AcmCall,
    ) -> Result<Answered<acm::Answer>, Undone> {
        let is_read = acm::is_read(&call.operation);
        let run = move |control: &Self| {
            let AcmCall { scope, operation, certificate, input, caller } = call;
            let answer = control.admin.acm(&mut acm::Call {
                operation: &operation,
                input: &input,
                scope: &scope,
                now: now(),
                entropy: &mut SystemEntropy,
            });
            wipe(input);
            let event = event::of_acm(&caller, (&operation, certificate.as_deref()), &answer);
            let committed = answer.revision.map(|revision| Committed {
                scope: Some(scope),
                parts: domains(&answer.domains),
                ..Committed::of(format!("acm {operation}"), revision)
            });
            let binding = answer.revision.is_some();
            Done { answer, committed, event, binding }
        };
        if is_read {
            return Ok(Answered { answer: self.answer(run).await?, live: None });
        }
        let answered = self.write(run).await;
        // It may have been a request.
        self.acme_wanted.notify_one();
        answered
    }

    /// The orders that are due at an authority, and when (in seconds since 1970) one is next.
    ///
    /// # Errors
    /// [`Undone`], or the store fails.
    pub(crate) async fn orders(
        self: &Arc<Self>,
        now_s: u64,
    ) -> Result<(Vec<Order>, Option<u64>), Error> {
        self.read(move |control| control.admin.acme().due(now_s)).await?
    }

    /// Has data planes answer a challenge; returns when they do, or the wait is over.
    pub(crate) async fn put_challenge(self: &Arc<Self>, challenge: Challenge) -> Result<(), Error> {
        let change = move |acme: Acme<'_>| {
            acme.put_challenge(&challenge, &mut SystemEntropy).map(at).map(Some)
        };
        self.keep_acme(change).await
    }

    /// Has data planes answer no challenge any longer.
    pub(crate) async fn forget_challenges(self: &Arc<Self>) -> Result<(), Error> {
        self.keep_acme(|acme| acme.forget_challenges().map(|revision| revision.map(at))).await
    }

    /// Keeps what an authority has issued, and presents it.
    pub(crate) async fn keep_issued(
        self: &Arc<Self>,
        order: Order,
        chain: String,
        key: Zeroizing<String>,
    ) -> Result<(), Error> {
        let change = move |acme: Acme<'_>| {
            acme.issued(&order, &chain, &key, now().0, &mut SystemEntropy).map(Some)
        };
        self.keep_acme(change).await
    }

    /// Notes that an order failed.
    pub(crate) async fn keep_failed(
        self: &Arc<Self>,
        order: Order,
        why: String,
    ) -> Result<(), Error> {
        self.keep_acme(move |acme| acme.failed(&order, &why, now().0).map(at).map(Some)).await
    }

    /// Keeps the account at an authority.
    pub(crate) async fn keep_acme_account(
        self: &Arc<Self>,
        directory: String,
        account: Zeroizing<Vec<u8>>,
    ) -> Result<(), Error> {
        let change = move |acme: Acme<'_>| {
            acme.put_account(&directory, &account, &mut SystemEntropy).map(at).map(Some)
        };
        self.keep_acme(change).await
    }

    async fn keep_acme(
        self: &Arc<Self>,
        change: impl FnOnce(Acme<'_>) -> Result<Option<Kept>, Error> + Send + 'static,
    ) -> Result<(), Error> {
        let change = move |control: &Self| {
            let Some(kept) = change(control.admin.acme())? else { return Ok(None) };
            let Kept { revision, domains: presenting } = kept;
            let parts = domains(&presenting);
            Ok(Some(Committed { parts, ..Committed::of("acme", revision) }))
        };
        self.keep(change).await
    }
}

fn domains(names: &[String]) -> Vec<PartKey> {
    names.iter().cloned().map(PartKey::Domain).collect()
}

/// A change that no custom domain name shows.
fn at(revision: u64) -> Kept {
    Kept { revision, domains: Vec::new() }
}

/// Overwrites a request's body, which may hold a private key, where nobody else holds it.
fn wipe(body: Bytes) {
    if let Ok(mut body) = body.try_into_mut() {
        body.zeroize();
    }
}
