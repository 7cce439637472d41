use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::TrySendError;

use ringgate_observe::{Counters, Destination};

use super::{Batch, Journal};
use crate::limits::LOG_BATCH_BYTES;

/// One worker's unfinished batches, by where they go.
#[derive(Debug)]
pub(crate) struct LogSink {
    journal: RefCell<Option<Journal>>,
    counters: Arc<Counters>,
    lines: RefCell<HashMap<Arc<Destination>, Rc<Lines>>>,
}

/// Lines for one destination.
#[derive(Debug)]
pub(crate) struct Lines {
    to: Arc<Destination>,
    /// The bytes, and how many records they are.
    batch: RefCell<(Vec<u8>, u64)>,
}

impl LogSink {
    pub(crate) fn new(journal: Journal, counters: Arc<Counters>) -> Self {
        Self { journal: RefCell::new(Some(journal)), counters, lines: RefCell::default() }
    }

    /// The batch for `to`: the same for all who ask.
    pub(crate) fn lines(&self, to: Arc<Destination>) -> Rc<Lines> {
        let mut all = self.lines.borrow_mut();
        all.entry(to)
            .or_insert_with_key(|to| Rc::new(Lines { to: to.clone(), batch: RefCell::default() }))
            .clone()
    }

    /// Adds a record, which `write` appends as a line, and hands the batch over when it is full.
    pub(crate) fn record(&self, lines: &Lines, write: impl FnOnce(&mut Vec<u8>)) {
        let full = {
            let mut batch = lines.batch.borrow_mut();
            write(&mut batch.0);
            batch.1 += 1;
            batch.0.len() >= LOG_BATCH_BYTES
        };
        if full {
            self.hand_over(lines);
        }
    }

    /// Hands over what is there, and forgets destinations that nobody writes to any more.
    pub(crate) fn flush(&self) {
        let mut all = self.lines.borrow_mut();
        all.values().for_each(|lines| self.hand_over(lines));
        all.retain(|_, lines| Rc::strong_count(lines) > 1);
    }

    /// Hands over what is there and lets go of the journal, which ends when every worker has:
    /// tasks that are still around then may keep this sink alive for ever.
    pub(crate) fn close(&self) {
        self.flush();
        self.journal.borrow_mut().take();
    }

    fn hand_over(&self, lines: &Lines) {
        let (bytes, records) = lines.batch.take();
        if records == 0 {
            return;
        }
        let batch = Batch { to: lines.to.clone(), bytes, records };
        let sent = match self.journal.borrow().as_ref() {
            Some(journal) => journal.batches.try_send(batch),
            None => Err(TrySendError::Disconnected(batch)),
        };
        if sent.is_err() {
            self.counters.log_records_dropped_total.add(records);
        }
    }
}
