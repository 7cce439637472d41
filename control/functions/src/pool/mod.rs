//! The environments of one function: warm ones are kept, new ones started while invocations wait
//! and there may be more, and every invocation waits in one line.

mod invocation;
mod line;
mod memory;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

pub(crate) use invocation::{Answer, Invocation, Outcome, Part, Stream};
pub(crate) use line::{Line, Next};
pub(crate) use memory::Memory;

use crate::code::fingerprint;
use crate::environment::{self, Spec};
use crate::function::{Code, Function};
use crate::limits::{EVENTS_RUNNING_OF_FUNCTION_MAX, OVERDUE_MS, WAITING_INVOKES_MAX};
use crate::shared::Shared;
use crate::{ApiError, clock};

/// The environments of a function, of whatever version.
#[derive(Debug)]
pub(crate) struct Pool {
    pub(crate) shared: Arc<Shared>,
    /// Places of asynchronous invocations that run, or wait for an environment.
    pub(crate) events: Semaphore,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    function: Arc<Function>,
    deleted: bool,
    /// What environments are started from, by version, as it is now.
    specs: BTreeMap<String, Arc<Spec>>,
    line: Line<Invocation>,
    resting: Vec<Resting>,
    /// Environments that start, work or rest.
    living: u32,
    /// Those of them that start.
    starting: usize,
}

#[derive(Debug)]
struct Resting {
    spec: Arc<Spec>,
    /// Dropped, it tells the environment to leave.
    hand: oneshot::Sender<Invocation>,
}

/// What an environment that is free does next.
#[derive(Debug)]
pub(crate) enum Turn {
    Work(Invocation),
    Rest(oneshot::Receiver<Invocation>),
    Leave,
}

impl Pool {
    /// Without any environment.
    pub(crate) fn new(shared: Arc<Shared>, function: Arc<Function>) -> Self {
        let state = State {
            function,
            deleted: false,
            specs: BTreeMap::new(),
            line: Line::new(WAITING_INVOKES_MAX, OVERDUE_MS),
            resting: Vec::new(),
            living: 0,
            starting: 0,
        };
        let events = Semaphore::new(EVENTS_RUNNING_OF_FUNCTION_MAX);
        Self { shared, events, state: Mutex::new(state) }
    }

    /// The function was changed, or is gone. Environments of what is no more leave once they are
    /// done; invocations that wait run what is there when their turn comes.
    pub(crate) fn set(self: &Arc<Self>, function: Option<Arc<Function>>) {
        let mut state = self.lock();
        let state = &mut *state;
        state.deleted = function.is_none();
        if let Some(function) = function {
            state.function = function;
        }
        let (function, deleted) = (Arc::clone(&state.function), state.deleted);
        state.specs.retain(|label, spec| {
            !deleted && function.version(label).is_some_and(|version| *version == spec.version)
        });
        let current = &state.specs;
        state.resting.retain(|resting| is_current(current, &resting.spec));
        let gone = state.line.retain(|label, _| !deleted && function.version(label).is_some());
        for invocation in gone {
            let reason = format!("Function not found: {}", invocation.invoked_arn);
            let _ = invocation.answer.send(Answer::Refused(ApiError::not_found(reason)));
        }
        self.grow(state);
    }

    /// Looks whether the files of a directory that is used in place were changed.
    pub(crate) async fn look(&self, label: &str) {
        let spec = self.lock().specs.get(label).cloned();
        let Some(spec) = spec.filter(|spec| matches!(spec.version.code, Code::Directory { .. }))
        else {
            return;
        };
        let place = Arc::clone(&spec.place);
        let now = tokio::task::spawn_blocking(move || fingerprint(&place)).await;
        if now.is_ok_and(|now| now != spec.fingerprint) {
            let mut state = self.lock();
            if is_current(&state.specs, &spec) {
                state.specs.remove(label);
                state.resting.retain(|resting| !Arc::ptr_eq(&resting.spec, &spec));
            }
        }
    }

    /// Has an environment of this version answer, or puts the invocation in line for one.
    ///
    /// # Errors
    /// 429: the line is full, or the function may have no environment. 404: it is gone.
    pub(crate) fn invoke(
        self: &Arc<Self>,
        label: &str,
        mut invocation: Invocation,
    ) -> Result<(), ApiError> {
        let mut state = self.lock();
        let state = &mut *state;
        if self.bound(&state.function) == 0 {
            let reason = "ReservedFunctionConcurrentInvocationLimitExceeded";
            return Err(ApiError::throttled(reason));
        }
        let Some(spec) = self.spec(state, label) else {
            let reason = format!("Function not found: {}", invocation.invoked_arn);
            return Err(ApiError::not_found(reason));
        };
        // The one that rested the shortest: the others come to their end by and by.
        while let Some(at) = state.resting.iter().rposition(|one| Arc::ptr_eq(&one.spec, &spec)) {
            match state.resting.remove(at).hand.send(invocation) {
                Ok(()) => return Ok(()),
                // It is leaving.
                Err(back) => invocation = back,
            }
        }
        let joined = state.line.join(label, invocation, clock::now_ms());
        joined.map_err(|_| ApiError::throttled("ConcurrentInvocationLimitExceeded"))?;
        self.grow(state);
        Ok(())
    }

    /// Starts environments as long as invocations wait for which none is being started.
    fn grow(self: &Arc<Self>, state: &mut State) {
        let bound = self.bound(&state.function);
        state.resting.retain(|resting| !resting.hand.is_closed());
        while state.line.len() > state.starting && !self.shared.is_stopping() {
            let label = state.line.version_at(state.starting).unwrap_or_default().to_owned();
            let Some(spec) = self.spec(state, &label) else { return };
            let Some(memory) = self.room(state, &spec, bound) else {
                // One of another version makes room, and comes here when it is gone.
                let other = state.resting.iter().position(|one| !Arc::ptr_eq(&one.spec, &spec));
                if let Some(at) = other {
                    state.resting.remove(at);
                }
                return;
            };
            state.living += 1;
            state.starting += 1;
            tokio::spawn(environment::live(Place::of(self), spec, memory));
        }
    }

    /// Whether there may be one more, and its memory: the first one waits for that by itself.
    fn room(&self, state: &State, spec: &Spec, bound: u32) -> Option<Option<OwnedSemaphorePermit>> {
        match state.living {
            0 => Some(None),
            living if living >= bound => None,
            _ => self.shared.memory.try_take(spec.version.memory_mb).map(Some),
        }
    }

    /// What an environment that is free does next.
    pub(crate) fn turn(self: &Arc<Self>, spec: &Arc<Spec>) -> Turn {
        let mut state = self.lock();
        let state = &mut *state;
        let wanted_elsewhere = self.shared.memory.is_wanted();
        if !is_current(&state.specs, spec) || wanted_elsewhere || self.shared.is_stopping() {
            return Turn::Leave;
        }
        if state.living > self.bound(&state.function) {
            return Turn::Leave;
        }
        // Whoever waited and went away is not served.
        state.line.retain(|_, invocation| !invocation.answer.is_closed());
        match state.line.next(&spec.label, clock::now_ms()) {
            Next::Job(invocation) => Turn::Work(invocation),
            Next::Leave => Turn::Leave,
            Next::Rest => {
                let (hand, invocations) = oneshot::channel();
                state.resting.push(Resting { spec: Arc::clone(spec), hand });
                Turn::Rest(invocations)
            }
        }
    }

    /// The invocation that an environment was started for, and could not be.
    pub(crate) fn first_waiting(&self, spec: &Spec) -> Option<Invocation> {
        self.lock().line.first_of(&spec.label)
    }

    /// Environments that start, work or rest, and invocations that wait for one.
    pub(crate) fn load(&self) -> (u32, usize) {
        let state = self.lock();
        (state.living, state.line.len())
    }

    /// Most environments at once.
    fn bound(&self, function: &Function) -> u32 {
        function.reserved_concurrency.unwrap_or(self.shared.settings.functions_concurrency)
    }

    fn spec(&self, state: &mut State, label: &str) -> Option<Arc<Spec>> {
        if state.deleted {
            return None;
        }
        if let Some(spec) = state.specs.get(label) {
            return Some(Arc::clone(spec));
        }
        let spec = Arc::new(Spec::new(&self.shared, &state.function, label)?);
        state.specs.insert(label.to_owned(), Arc::clone(&spec));
        Some(spec)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_current(specs: &BTreeMap<String, Arc<Spec>>, spec: &Arc<Spec>) -> bool {
    specs.get(&spec.label).is_some_and(|current| Arc::ptr_eq(current, spec))
}

/// An environment's place in its pool, given back however it ends.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) pool: Arc<Pool>,
    starting: bool,
}

impl Place {
    fn of(pool: &Arc<Pool>) -> Self {
        Self { pool: Arc::clone(pool), starting: true }
    }

    /// It has started, or failed to.
    pub(crate) fn started(&mut self) {
        if std::mem::take(&mut self.starting) {
            let mut state = self.pool.lock();
            state.starting = state.starting.saturating_sub(1);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.started();
        let mut state = self.pool.lock();
        state.living = state.living.saturating_sub(1);
        self.pool.grow(&mut state);
    }
}
