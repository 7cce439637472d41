//! What each worker has measured of stages and routes, and how it is asked for.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use ringgate_observe::{Meter, Metered, Reading, Readings};
use ringgate_runtime::sleep_ms;
use ringgate_table::Table;

use crate::limits::{METER_PAUSE_MS, METER_WAIT_MS_MAX, METERS_AT_ONCE, METERS_MAX};
use crate::supervisor::Senders;
use crate::worker::{Core, Message, spawn_here};

/// One worker's meters. They outlive tables.
#[derive(Debug, Default)]
pub(crate) struct Meters {
    all: RefCell<HashMap<Metered, Rc<RefCell<Meter>>>>,
    /// The table whose stages they follow.
    generation: Cell<u64>,
}

/// What some of a worker's meters say.
pub(crate) type Measured = Vec<(Metered, Reading)>;

impl Meters {
    /// The meter of this stage or route: the same for all who ask. None where there are
    /// [`METERS_MAX`].
    pub(crate) fn of(&self, metered: Metered) -> Option<Rc<RefCell<Meter>>> {
        let mut all = self.all.borrow_mut();
        if all.len() >= METERS_MAX && !all.contains_key(&metered) {
            return None;
        }
        Some(all.entry(metered).or_default().clone())
    }

    /// Forgets what belongs to stages that `table`, a new one, does not have.
    pub(crate) fn follow(&self, table: &Table) {
        if self.generation.replace(table.generation()) == table.generation() {
            return;
        }
        let is_there =
            |of: &Metered| table.api(&of.api_id).and_then(|api| api.stage(&of.stage)).is_some();
        self.all.borrow_mut().retain(|metered, _| is_there(metered));
    }
}

/// Has a worker say what its meters read, a few at a time: requests go on in between.
pub(crate) fn read(core: &Rc<Core>, answer: Sender<Measured>) {
    let shared = core.clone();
    spawn_here(core, async move {
        let all: Vec<_> = {
            let meters = shared.meters.all.borrow();
            meters.iter().map(|(metered, meter)| (metered.clone(), meter.clone())).collect()
        };
        for some in all.chunks(METERS_AT_ONCE) {
            let readings = some.iter().map(|(of, meter)| (of.clone(), meter.borrow().reading()));
            // Nobody waits any more.
            if answer.send(readings.collect()).is_err() {
                return;
            }
            sleep_ms(METER_PAUSE_MS).await;
        }
    });
}

/// What all workers have measured together; `None` when one has not said everything within
/// [`METER_WAIT_MS_MAX`]: half a sum would look as if it had gone back.
pub(crate) fn collect(workers: &Senders) -> Option<Readings> {
    let (answer, answers) = channel();
    workers.send(|| Message::Measure(answer.clone()));
    drop(answer);
    let until = Instant::now() + Duration::from_millis(METER_WAIT_MS_MAX);
    let mut all = Readings::default();
    loop {
        match answers.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(some) => some.iter().for_each(|(of, reading)| all.add(of.clone(), reading)),
            // Every worker has said its last word.
            Err(RecvTimeoutError::Disconnected) => return Some(all),
            Err(RecvTimeoutError::Timeout) => return None,
        }
    }
}
