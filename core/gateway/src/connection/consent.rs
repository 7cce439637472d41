//! An authorizer's function is asked about a request, once for all that look like it.

use std::sync::Arc;
use std::time::Instant;

use ringgate_lambda::{Consent, ConsentFault, Invoked};
use ringgate_runtime::{Buf, Guard};

use super::Connection;
use super::invoke::of_failure;
use super::whole_answer;
use crate::consents::Consented;
use crate::limits::CONSENT_ANSWER_BYTES_MAX;
use crate::phases::authorize::Ask;
use crate::phases::call::now_ms;
use crate::rescue::{Fault, Kind};
use crate::upstream::Wanted;
use crate::verdict::Verdict;

impl Connection {
    /// What the function says; `head` is that of the call.
    ///
    /// # Errors
    /// [`Kind::Unauthorized`], [`Kind::AuthorizerFailed`]; [`Kind::ClientGone`].
    pub(super) async fn consent(
        &mut self,
        mut ask: Ask,
        head: &mut Buf,
    ) -> Result<Arc<Verdict>, Fault> {
        let Some((key, ttl_ms)) = ask.kept.take() else { return self.asked(ask, head).await };
        let core = self.core.clone();
        let asking = loop {
            match core.consents.get_or_wait(&key, now_ms(), &core.seats) {
                Consented::Verdict(verdict) => return Ok(verdict),
                Consented::Ask(asking) => break asking,
                Consented::Wait(seat) => {
                    // Whoever asks has a deadline; that of this request's head is over.
                    self.watch.disarm();
                    if let Some(outcome) = seat.outcome().await {
                        return outcome;
                    }
                }
            }
        };
        let outcome = self.asked(ask, head).await;
        let now_ms = now_ms();
        match &outcome {
            // That was this client's affair: one of the others asks again.
            Err(Fault { kind: Kind::ClientGone | Kind::Overloaded, .. }) => drop(asking),
            outcome => asking.done(outcome, now_ms.saturating_add(ttl_ms), now_ms),
        }
        outcome
    }

    async fn asked(&mut self, ask: Ask, head: &mut Buf) -> Result<Arc<Verdict>, Fault> {
        let mut held = self.core.holdings.held();
        let (core, watch) = (self.core.clone(), self.watch.clone());
        let began = Instant::now();
        let lease = self.lease(&ask.pool, ask.timeout_ms, Wanted::default()).await;
        let lease = lease.map_err(failed)?;
        let gone_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.watch.arm(&Guard::Answer, ask.timeout_ms.saturating_sub(gone_ms));
        let room = (CONSENT_ANSWER_BYTES_MAX, &mut held);
        let answer = whole_answer::ask(&core, &watch, lease, head, ask.content, room).await;
        let answer = answer.map_err(|fault| {
            self.watch.forgive();
            failed(fault)
        })?;
        let head = answer.head(|head| (head.status, of_failure(head)));
        let (status, function_error) = head.unwrap_or_default();
        let (function_error, payload) = (function_error.as_deref(), &*answer.content);
        let invoked = Invoked { status, function_error, payload };
        let consent = Consent::read(ask.simple, &invoked).map_err(|fault| {
            let kind = match fault {
                ConsentFault::Unauthorized => Kind::Unauthorized,
                ConsentFault::Failed(_) => Kind::AuthorizerFailed,
            };
            Fault::new(kind, fault.to_string())
        })?;
        let verdict = Verdict::new(consent);
        verdict.map(Arc::new).map_err(|reason| Fault::new(Kind::AuthorizerFailed, reason))
    }
}

/// What AWS answers where an authorizer gives no answer, in time or at all: 500.
fn failed(fault: Fault) -> Fault {
    match fault.kind {
        Kind::ClientGone | Kind::Overloaded => fault,
        _ => Fault { kind: Kind::AuthorizerFailed, ..fault },
    }
}
