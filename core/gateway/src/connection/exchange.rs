use std::pin::{Pin, pin};
use std::rc::Rc;

use ringgate_http1::{Body, Framing};
use ringgate_runtime::{Buf, Either, Guard, select};
use ringgate_websocket::Extensions;

use super::ahead::{BodyAhead, Slow};
use super::plan::{Action, Before, Exchange, Forward, Taken, plan};
use super::pump::{Lane, Pump, Stop, give};
use super::relay::{Opened, Tunnel};
use super::{Connection, Next};
use crate::limits::{GATHER_MS, HEADROOM_BYTES};
use crate::link::Link;
use crate::phases::respond::{Answer, Local};
use crate::phases::{integrate, record, respond};
use crate::rescue::{Fault, Kind};
use crate::upstream::retry::{self, Repeat};
use crate::upstream::{Lease, Pool, Wanted};
use crate::worker::Core;

/// What became of one try.
enum Tried {
    /// It was answered, or the connection is beyond answering.
    Done(Next),
    /// Nothing was lost; try again, on such a connection.
    Again(Wanted),
}

/// The request body on its way up, beside whatever else the connection waits for.
type Upload = Pin<Box<dyn Future<Output = (Pump, Result<(), Stop>)>>>;

impl Connection {
    /// Answers the request whose first bytes are there.
    pub(super) async fn answer(&mut self) -> Next {
        let (mut before, mut wanted) = (Before::default(), Wanted::default());
        loop {
            let mut out = self.core.heads.take();
            let is_second = before.started.is_some();
            let mut exchange = match self.head(&mut out, &mut before).await {
                Ok(exchange) => exchange,
                Err(next) => return next,
            };
            exchange.second = is_second;
            let action = std::mem::replace(&mut exchange.action, Action::Preflight);
            let tried = match action {
                Action::Refuse(fault) => {
                    Tried::Done(self.refuse(&mut exchange, &fault, &mut out).await)
                }
                Action::Preflight | Action::Gather { .. } | Action::Ask(_) => {
                    let preflight = Local::Preflight;
                    Tried::Done(self.answer_locally(&mut exchange, &mut out, preflight, None).await)
                }
                Action::Challenge(text) => {
                    let proof = Local::Proof(&text);
                    Tried::Done(self.answer_locally(&mut exchange, &mut out, proof, None).await)
                }
                Action::HealthCheck => {
                    let healthy = Local::Healthy;
                    Tried::Done(self.answer_locally(&mut exchange, &mut out, healthy, None).await)
                }
                Action::Forward(forward) => {
                    self.forward(&mut exchange, &forward, &mut out, wanted).await
                }
                Action::Invoke(invoke) => {
                    // Boxed, as whatever is rare and large.
                    let invoked = Box::pin(self.invoke(&mut exchange, &invoke, &mut out));
                    Tried::Done(invoked.await)
                }
            };
            self.watch.set_upstream(None);
            self.core.heads.give(out);
            match tried {
                Tried::Done(next) => return next,
                Tried::Again(instead) => wanted = instead,
            }
            self.core.counters.upstream_retries_total.add(1);
        }
    }

    /// Reads until the head is whole, and plans. When no more comes: what follows.
    ///
    /// `before`: what happened when the request was planned before, and gets what happens now.
    async fn head(&mut self, out: &mut Buf, before: &mut Before) -> Result<Exchange, Next> {
        let mut armed = self.first;
        let mut held = None;
        loop {
            let input = self.input.filled();
            let planned = plan(&self.core, &self.peer, input, before, out.as_vec());
            if let Some(mut exchange) = planned {
                before.started = Some(exchange.record.started());
                before.request_id = Some(exchange.request_id);
                // Boxed, as whatever is rare and large.
                let done = match std::mem::replace(&mut exchange.action, Action::Preflight) {
                    Action::Gather { wanted, admitted } => {
                        before.throttled |= admitted;
                        let gathered = Box::pin(self.gather_ahead(&exchange, wanted)).await;
                        gathered.map(|gathered| held = Some(gathered))
                    }
                    Action::Ask(ask) => {
                        let told = Box::pin(self.consent(*ask, out)).await;
                        told.map(|told| before.told = Some(told))
                    }
                    action => {
                        (before.throttled, exchange.action) = (true, action);
                        exchange.held = held;
                        return Ok(exchange);
                    }
                };
                if let Err(fault) = done {
                    exchange.action = Action::Refuse(fault);
                    return Ok(exchange);
                }
                out.clear();
                continue;
            }
            // The first head's time runs since the accept.
            if !std::mem::replace(&mut armed, true) {
                self.watch.arm(&Guard::Client, self.core.waits.head_ms);
            }
            if self.read_more().await {
                continue;
            }
            if !self.watch.expired() {
                return Err(Next::Close);
            }
            self.watch.forgive();
            let fault = Fault::new(Kind::ClientStalled, "the request head did not come in time");
            return Ok(Exchange::hopeless(&self.core, &self.peer, self.input.len(), fault));
        }
    }

    /// Answers with what the rescue table says.
    pub(super) async fn refuse(
        &mut self,
        exchange: &mut Exchange,
        fault: &Fault,
        out: &mut Buf,
    ) -> Next {
        match fault.answer() {
            Some((status, message)) => {
                let challenge = fault.challenge.as_deref();
                let error = Local::Error { status, message, challenge };
                self.answer_locally(exchange, out, error, Some(fault)).await
            }
            None => {
                record::done(&self.core, exchange, 0, Some(fault));
                Next::Close
            }
        }
    }

    async fn answer_locally(
        &mut self,
        exchange: &mut Exchange,
        out: &mut Buf,
        answer: Local<'_>,
        fault: Option<&Fault>,
    ) -> Next {
        let next = self.after_local_answer(exchange, fault);
        if let Some(fault) = fault.filter(|_| self.core.settings.explain) {
            exchange.explanation = Some(respond::explanation(fault.phase(), &fault.reason));
        }
        out.clear();
        let closes = next != Next::Request;
        let content_bytes = respond::local(&self.core, out.as_vec(), exchange, answer, closes);
        exchange.response_bytes = content_bytes as u64;
        if closes {
            self.link.cork();
        }
        self.watch.arm(&Guard::Both, self.core.waits.body_ms);
        let (result, back) = self.link.write_all(std::mem::take(out)).await;
        *out = back;
        record::done(&self.core, exchange, answer.status(), fault);
        if result.is_err() { Next::Close } else { next }
    }

    /// Whether the connection can go on after an answer of our own: only from where a next request
    /// can begin.
    fn after_local_answer(&mut self, exchange: &Exchange, fault: Option<&Fault>) -> Next {
        if exchange.taken.get() == Taken::Nothing {
            self.input.consume(exchange.head_len);
            let mut body = Body::new(exchange.body);
            let skipped = body.relay(self.input.filled_mut());
            exchange.taken.set(match skipped {
                Ok(piece) if piece.done => {
                    self.input.consume(piece.consumed);
                    Taken::Whole
                }
                _ => Taken::Part,
            });
        }
        let hopeless = fault.is_some_and(|fault| {
            matches!(fault.kind, Kind::Refused(_) | Kind::BadBody | Kind::ClientStalled)
        });
        if hopeless {
            Next::Linger
        } else if exchange.closes(&self.core) {
            self.last(exchange)
        } else {
            Next::Request
        }
    }

    /// Steps 11 and 12: asks the integration and passes its answer on.
    async fn forward(
        &mut self,
        exchange: &mut Exchange,
        forward: &Forward,
        out: &mut Buf,
        wanted: Wanted,
    ) -> Tried {
        let _slow = match self.gather(exchange, forward, out).await {
            Ok(slow) => slow,
            Err(fault) => return Tried::Done(self.refuse(exchange, &fault, out).await),
        };
        let lease = match self.lease(&forward.pool, forward.timeout_ms, wanted).await {
            Ok(lease) => lease,
            Err(fault) => return Tried::Done(self.refuse(exchange, &fault, out).await),
        };
        self.watch.set_upstream(lease.link.upstream());
        self.await_head(forward);
        record::sent(exchange);
        if exchange.body == Framing::None {
            // The head stays in the input until an answer comes: it may have to be sent again. A
            // write that fails is no failure yet: the answer may be there already.
            let (_, back) = lease.link.write_all(std::mem::take(out)).await;
            *out = back;
            return self.pass_answer(exchange, forward, lease, None, out).await;
        }
        exchange.copy = self.copy(exchange, forward);
        self.input.consume(exchange.head_len);
        exchange.taken.set(Taken::Part);
        let mut upload = Pump::new(exchange.body, respond::Coding::AsIs, self.take_input());
        let mut lane = Lane::up(&self.core, &self.watch);
        lane.begin_writing();
        match upload.flush(Some(out), &lease.link, &mut lane).await {
            Err(Stop::Broken(fault)) => {
                self.input = upload.buf;
                let fault = Fault::new(Kind::BadBody, fault.reason());
                Tried::Done(self.refuse(exchange, &fault, out).await)
            }
            Ok(()) if !upload.is_done() => {
                let upload = self.upload(upload, lease.link.clone(), lane);
                Box::pin(self.pass_answer(exchange, forward, lease, Some(upload), out)).await
            }
            flushed => {
                let whole = flushed.is_ok();
                exchange.taken.set(if whole { Taken::Whole } else { Taken::Part });
                exchange.request_bytes.set(upload.content_bytes);
                self.input = upload.buf;
                self.await_head(forward);
                self.pass_answer(exchange, forward, lease, None, out).await
            }
        }
    }

    /// Waits for the request's body as long as it comes and there is room: a client that takes its
    /// time must not hold an origin's connection meanwhile. A few may, so that what two ends say to
    /// each other in turns gets through: the result stands for one of them.
    ///
    /// One that waits for a 100 gets it from the origin; where `Expect` does not go there, from
    /// here.
    async fn gather(
        &mut self,
        exchange: &Exchange,
        forward: &Forward,
        out: &Buf,
    ) -> Result<Option<Slow>, Fault> {
        if exchange.body == Framing::None {
            return Ok(None);
        }
        if forward.pool.is_shared() {
            // A slow one holds a stream, which is cheap.
            self.gather_at_hand(exchange).await;
            return Ok(None);
        }
        if exchange.expects_continue {
            return self.continue_here(exchange).await.map(|()| None);
        }
        let mut body = BodyAhead::new(exchange.body);
        self.watch.arm(&Guard::Client, self.core.waits.body_ms);
        let room = self.input.capacity().saturating_sub(out.len() + HEADROOM_BYTES);
        while !body.is_whole(self.input.filled().get(exchange.head_len..).unwrap_or_default())?
            && self.input.len() < room
        {
            match self.read_more_within(GATHER_MS).await {
                Some(true) => {}
                Some(false) => return Err(self.body_missing()),
                None => {
                    if let Some(slow) = Slow::new(&self.core) {
                        return Ok(Some(slow));
                    }
                }
            }
        }
        Ok(None)
    }

    /// Takes what has come of the request's body on a stream of HTTP/2, without waiting.
    async fn gather_at_hand(&mut self, exchange: &Exchange) {
        let has_room = |input: &Buf| input.spare() > HEADROOM_BYTES;
        while matches!(self.link, Link::H2(_))
            && !self.is_whole(exchange)
            && has_room(&self.input)
            && self.read_at_hand().await
        {}
    }

    /// Whether all of the request's body has come.
    fn is_whole(&self, exchange: &Exchange) -> bool {
        let body = self.input.filled().get(exchange.head_len..).unwrap_or_default();
        BodyAhead::new(exchange.body).is_whole(body).unwrap_or(false)
    }

    /// A copy of a request that is whole, for an origin that may say it has not acted on it.
    fn copy(&self, exchange: &Exchange, forward: &Forward) -> Option<Vec<u8>> {
        let wanted = forward.pool.is_shared() && !exchange.second && self.is_whole(exchange);
        wanted.then(|| self.input.filled().to_vec())
    }

    async fn continue_here(&mut self, exchange: &Exchange) -> Result<(), Fault> {
        if !self.core.settings.aws_limits || self.input.len() > exchange.head_len {
            return Ok(());
        }
        self.say_continue().await
    }

    /// The client sent nothing more of its body: too slow, or gone.
    pub(super) fn body_missing(&self) -> Fault {
        if self.watch.expired() {
            Fault::new(Kind::ClientStalled, "the request body did not come in time")
        } else {
            Fault::new(Kind::ClientGone, "the client went away before its body was whole")
        }
    }

    pub(super) async fn lease(
        &self,
        pool: &Rc<Pool>,
        timeout_ms: u64,
        wanted: Wanted,
    ) -> Result<Lease, Fault> {
        let pools = &self.core.pools;
        if !wanted.fresh
            && let Some(lease) = pools.take_idle(pool)
        {
            return Ok(lease);
        }
        // A connect has its own time-out.
        self.watch.disarm();
        let wait_ms = self.core.waits.connect_ms.min(timeout_ms);
        // Boxed, as whatever is rare and large: it would make every request's future larger.
        Box::pin(pools.connect(pool, wanted, wait_ms)).await
    }

    /// From now on the upstream's response head is waited for.
    fn await_head(&self, forward: &Forward) {
        let wait_ms = self.core.waits.response_head_ms.min(forward.timeout_ms);
        self.watch.arm(&Guard::Answer, wait_ms);
    }

    fn take_input(&mut self) -> Buf {
        std::mem::take(&mut self.input)
    }

    fn upload(&self, mut pump: Pump, upstream: Link, mut lane: Lane) -> Upload {
        let (core, client) = (self.core.clone(), self.link.clone());
        Box::pin(async move {
            let result = pump.run(&core, &client, &upstream, &mut lane).await;
            (pump, result)
        })
    }

    /// Waits for the answer and passes it on, while an upload still under way goes on beside.
    async fn pass_answer(
        &mut self,
        exchange: &mut Exchange,
        forward: &Forward,
        lease: Lease,
        mut upload: Option<Upload>,
        out: &mut Buf,
    ) -> Tried {
        let waits = matches!(self.link, Link::H2(_));
        let mut reply = if waits { self.core.small.take() } else { self.core.buffers.take() };
        reply.clear_with_headroom(HEADROOM_BYTES);
        let read =
            self.response_head(exchange, forward, &lease, &mut upload, &mut reply, out).await;
        let answer = match read {
            Ok(answer) => answer,
            Err(fault) => {
                give(&self.core, reply);
                lease.failed(fault.kind);
                return self.failed(exchange, &lease, &fault, out).await;
            }
        };
        record::answered(exchange, answer.integration_status);
        if exchange.taken.get() == Taken::Nothing {
            self.input.consume(exchange.head_len);
            exchange.taken.set(Taken::Whole);
        }
        if let Some(extensions) = answer.switch {
            let relayed = self.relay(exchange, &lease, extensions, reply, out);
            return Tried::Done(Box::pin(relayed).await);
        }
        let mut pump = Pump::new(answer.body, answer.coding, reply);
        pump.waits = waits;
        pump.last = answer.closes;
        let passed = self.response_body(&mut pump, &lease, &mut upload, exchange, out).await;
        self.watch.hold_both(false);
        self.finish(exchange, lease, &answer, pump, &passed);
        Tried::Done(match passed {
            Ok(()) if !answer.closes => Next::Request,
            Ok(()) => self.last(exchange),
            Err(_) => Next::Close,
        })
    }

    /// How the connection ends after its last answer. A client that asked for the end and has been
    /// read to the last byte sends nothing that could destroy the answer: closing is enough.
    pub(super) fn last(&self, exchange: &Exchange) -> Next {
        let asked = !exchange.keep_alive && exchange.taken.get() == Taken::Whole;
        if asked && self.input.is_empty() { Next::Close } else { Next::Linger }
    }

    /// The client and its origin agreed on a WebSocket: carries it to its end.
    async fn relay(
        &mut self,
        exchange: &mut Exchange,
        lease: &Lease,
        extensions: Extensions,
        reply: Buf,
        out: &mut Buf,
    ) -> Next {
        self.watch.arm(&Guard::Both, self.core.waits.body_ms);
        let (result, back) = self.link.write_all(std::mem::take(out)).await;
        *out = back;
        let origin = lease.link.clone();
        if result.is_err() {
            give(&self.core, reply);
            record::done(&self.core, exchange, 101, None);
            return Next::Close;
        }
        let watch = origin.watched(&self.core.worker.watches);
        let origin = (origin, watch);
        let client = (self.link.clone(), self.watch.clone());
        let tunnel = Tunnel::new(&self.core, client, origin, extensions);
        let input = self.take_input();
        let open = Opened::new(&self.core);
        tunnel.run(input, reply).await;
        if let Link::H2Origin(_) = &lease.link {
            // Its connection stays: only this tells it.
            lease.link.end_writes().await;
        }
        drop(open);
        exchange.response_bytes = tunnel.down_bytes.get();
        record::done(&self.core, exchange, 101, None);
        Next::Linger
    }

    async fn response_head(
        &mut self,
        exchange: &Exchange,
        forward: &Forward,
        lease: &Lease,
        upload: &mut Option<Upload>,
        reply: &mut Buf,
        out: &mut Buf,
    ) -> Result<Answer, Fault> {
        let (core, watch, client) = (self.core.clone(), self.watch.clone(), self.link.clone());
        let head = integrate::response_head(&core, &watch, lease, &client, exchange, reply, out);
        let mut head = pin!(head);
        match beside(head.as_mut(), upload).await {
            Either::Right(answer) => answer,
            Either::Left((pump, stopped)) => {
                self.uploaded(pump, &stopped, exchange)?;
                self.await_head(forward);
                head.await
            }
        }
    }

    async fn response_body(
        &mut self,
        pump: &mut Pump,
        lease: &Lease,
        upload: &mut Option<Upload>,
        exchange: &Exchange,
        out: &mut Buf,
    ) -> Result<(), Stop> {
        let (core, client) = (self.core.clone(), self.link.clone());
        let lane = Lane::down(&core, &self.watch);
        let mut body = pin!(pass(&core, pump, &lease.link, &client, out, lane));
        // Two bodies may move at once from here on.
        self.watch.hold_both(upload.is_some());
        match beside(body.as_mut(), upload).await {
            Either::Right(passed) => passed,
            Either::Left((pump, stopped)) => {
                if self.uploaded(pump, &stopped, exchange).is_err() {
                    return Err(Stop::Read);
                }
                body.await
            }
        }
    }

    /// The upload ended beside something else. An upstream that takes no more may still answer.
    fn uploaded(
        &mut self,
        pump: Pump,
        stopped: &Result<(), Stop>,
        exchange: &Exchange,
    ) -> Result<(), Fault> {
        exchange.request_bytes.set(pump.content_bytes);
        self.input = pump.buf;
        match stopped {
            Ok(()) => exchange.taken.set(Taken::Whole),
            Err(Stop::Write(_)) => {}
            Err(Stop::Broken(fault)) => return Err(Fault::new(Kind::BadBody, fault.reason())),
            Err(Stop::Read) => return Err(self.body_missing()),
        }
        Ok(())
    }

    /// No response head came.
    async fn failed(
        &mut self,
        exchange: &mut Exchange,
        lease: &Lease,
        fault: &Fault,
        out: &mut Buf,
    ) -> Tried {
        let instead = lease.instead();
        let repeat = Repeat {
            harmless: exchange.repeatable,
            at_hand: exchange.taken.get() == Taken::Nothing || exchange.copy.is_some(),
            second: exchange.second,
            others: instead.avoid.is_some(),
        };
        if retry::sends_again(fault.kind, repeat) {
            if let Some(copy) = exchange.copy.take() {
                let input = self.take_input();
                give(&self.core, input);
                self.input = self.core.buffers.take();
                self.input.clear_with_headroom(HEADROOM_BYTES);
                self.input.extend(&copy);
            }
            let any = fault.kind == Kind::Unprocessed;
            return Tried::Again(if any { Wanted::default() } else { instead });
        }
        self.watch.forgive();
        Tried::Done(self.refuse(exchange, fault, out).await)
    }

    /// Step 13, and the upstream connection back to its pool where it is clean.
    fn finish(
        &self,
        exchange: &mut Exchange,
        lease: Lease,
        answer: &Answer,
        pump: Pump,
        passed: &Result<(), Stop>,
    ) {
        let clean = passed.is_ok()
            && answer.upstream_keep_alive
            && pump.is_done()
            && pump.buf.is_empty()
            && exchange.taken.get() == Taken::Whole;
        exchange.response_bytes = pump.content_bytes;
        give(&self.core, pump.buf);
        self.watch.set_upstream(None);
        let fault = passed.as_ref().err().map(download_fault);
        match &fault {
            None => lease.succeeded(),
            // An upload that broke, or a time-out that either side may have caused, is not held
            // against the target.
            Some(fault) if exchange.taken.get() == Taken::Whole && !self.watch.expired() => {
                lease.failed(fault.kind);
            }
            Some(_) => {}
        }
        if clean {
            self.core.pools.give_back(lease);
        }
        record::done(&self.core, exchange, answer.status, fault.as_ref());
    }
}

/// Sends the response's head and its whole body.
async fn pass(
    core: &Core,
    pump: &mut Pump,
    from: &Link,
    to: &Link,
    head: &mut Buf,
    mut lane: Lane,
) -> Result<(), Stop> {
    lane.begin_writing();
    pump.flush(Some(head), to, &mut lane).await?;
    if pump.is_done() { Ok(()) } else { pump.run(core, from, to, &mut lane).await }
}

/// Waits for `main`, moving the upload on meanwhile; when the upload ends first, its place is
/// emptied and its end returned. The upload is asked first: where both are ready, the answer must
/// find the request wholly sent, or it would end the connection for nothing.
async fn beside<F: Future>(
    main: Pin<&mut F>,
    upload: &mut Option<Upload>,
) -> Either<(Pump, Result<(), Stop>), F::Output> {
    let Some(running) = upload else { return Either::Right(main.await) };
    let ended = select(running.as_mut(), main).await;
    if matches!(ended, Either::Left(_)) {
        *upload = None;
    }
    ended
}

pub(super) fn download_fault(stop: &Stop) -> Fault {
    match stop {
        Stop::Read => Fault::new(Kind::BadUpstream, "the response body was cut short"),
        Stop::Broken(fault) => Fault::new(Kind::BadUpstream, fault.reason()),
        Stop::Write(error) => Fault::new(Kind::ClientGone, error.to_string()),
    }
}
