//! Steps 10 to 12 for a Lambda function or another AWS service: the request whole, the call, the
//! answer.

use ringgate_http1::{ResponseHead, field};
use ringgate_lambda::{Answer, Format, Invoked};
use ringgate_runtime::{Buf, Guard};

use super::exchange::download_fault;
use super::plan::Exchange;
use super::pump::Lane;
use super::whole_answer::{self, WholeAnswer};
use super::{Connection, Next};
use crate::held::Held;
use crate::limits::SMALL_BUFFER_BYTES;
use crate::phases::call::{self, AnswerKind, Invoke};
use crate::phases::{record, respond};
use crate::rescue::{Fault, Kind};
use crate::upstream::Wanted;
use crate::worker::Core;

impl Connection {
    /// Has a function, or a service, answer the request.
    pub(super) async fn invoke(
        &mut self,
        exchange: &mut Exchange,
        invoke: &Invoke,
        out: &mut Buf,
    ) -> Next {
        // Until the answer is out.
        let mut held = self.core.holdings.held();
        match self.invoked(exchange, invoke, &mut held, out).await {
            Ok(answer) => self.give_answer(exchange, answer, out).await,
            Err(fault) => {
                self.watch.forgive();
                self.refuse(exchange, &fault, out).await
            }
        }
    }

    async fn invoked(
        &mut self,
        exchange: &mut Exchange,
        invoke: &Invoke,
        held: &mut Held,
        out: &mut Buf,
    ) -> Result<Answer, Fault> {
        let limits = self.core.settings.limits;
        let request = self.whole_request(exchange, limits.held_body_bytes, held).await?;
        let bytes = (&*request.head, &*request.content);
        exchange.request_bytes.set(request.content.len() as u64);
        out.clear();
        let call = call::invocation(&self.core, &self.peer, exchange, invoke, bytes, out.as_vec())?;
        drop(request);
        let wait_ms = self.core.waits.response_head_ms.min(invoke.timeout_ms);
        record::sent(exchange);
        let lease = self.lease(&call.pool, wait_ms, Wanted::default()).await?;
        let gone_ms = exchange.record.sent_ms_ago().unwrap_or_default();
        self.watch.arm(&Guard::Answer, wait_ms.saturating_sub(gone_ms));
        let (core, watch) = (self.core.clone(), self.watch.clone());
        let bytes_max = match call.answer {
            AnswerKind::Function(_) => limits.lambda_payload_bytes,
            AnswerKind::Service => limits.service_answer_bytes,
        };
        let asked = whole_answer::ask(&core, &watch, lease, out, call.content, (bytes_max, held));
        let answer = asked.await.map_err(failed)?;
        let head = answer.head(|head| {
            record::called(exchange, head);
            (head.status, of_failure(head))
        });
        let (status, function_error) = head.unwrap_or_default();
        let mut answer = match call.answer {
            AnswerKind::Function(format) => {
                let (function_error, payload) = (function_error.as_deref(), &*answer.content);
                let invoked = Invoked { status, function_error, payload };
                of_function(&self.core, format, &invoked)?
            }
            AnswerKind::Service => of_service(answer),
        };
        record::function_answered(exchange, answer.status);
        if let Some(mapped) = &call.mapped {
            mapped.change(&mut answer, &exchange.record)?;
        }
        Ok(answer)
    }

    /// Writes the answer.
    async fn give_answer(
        &mut self,
        exchange: &mut Exchange,
        answer: Answer,
        out: &mut Buf,
    ) -> Next {
        let closes = exchange.closes(&self.core);
        out.clear();
        respond::whole(&self.core, out.as_vec(), exchange, &answer, closes);
        let Answer { status, mut body, .. } = answer;
        if exchange.is_head {
            body.clear();
        }
        exchange.response_bytes = body.len() as u64;
        if body.len() <= SMALL_BUFFER_BYTES {
            out.extend(&std::mem::take(&mut body));
        }
        let mut lane = Lane::down(&self.core, &self.watch);
        lane.begin_writing();
        if closes {
            self.link.cork();
        }
        let mut written = lane.write(&self.link, out, usize::MAX).await;
        if written.is_ok() {
            written = lane.write(&self.link, &mut Buf::from(body), usize::MAX).await;
        }
        let fault = written.as_ref().err().map(download_fault);
        record::done(&self.core, exchange, status, fault.as_ref());
        match (written, closes) {
            (Err(_), _) => Next::Close,
            (Ok(()), true) => self.last(exchange),
            (Ok(()), false) => Next::Request,
        }
    }
}

/// How a function failed, where its answer's head says that it did.
pub(super) fn of_failure(head: &ResponseHead<'_, '_>) -> Option<String> {
    let error = field(head.fields, "x-amz-function-error");
    error.map(|error| String::from_utf8_lossy(error).into_owned())
}

/// What AWS answers where the service gives no answer at all: 500, unless time was up.
fn failed(fault: Fault) -> Fault {
    match fault.kind {
        Kind::BadUpstream | Kind::AnswerTooLarge => Fault { kind: Kind::Invocation(500), ..fault },
        _ => fault,
    }
}

/// What a function gave back, in its envelope.
fn of_function(core: &Core, format: Format, invoked: &Invoked<'_>) -> Result<Answer, Fault> {
    Answer::read(format, invoked, &call::payload_limits(core))
        .map_err(|fault| Fault::new(Kind::Invocation(fault.status()), fault.to_string()))
}

/// A service's answer, errors of its own too, is the client's: status, fields and content.
fn of_service(answer: WholeAnswer) -> Answer {
    let head = answer.head(|head| {
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let fields = head.end_to_end().map(|field| (field.name.to_owned(), text(field.value)));
        (head.status, fields.collect())
    });
    let (status, fields) = head.unwrap_or_default();
    Answer { status, fields, body: answer.content }
}
