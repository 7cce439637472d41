//! The audit log: every change, every denial and refused signatures, as CloudTrail records them.
//!
//! A change has its record on the disk before its call is answered. Space for a record is taken
//! before the change begins; while the log cannot be written no change is begun. Where the record
//! of a change that was made cannot be written all the same, its call is answered with an error
//! that says both, the record is kept in memory, and it is the first to be written.

mod limits;
mod log;
mod lookup;
mod record;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ringgate_model::Timestamp;

use self::limits::REFUSALS_PER_MINUTE_MAX;
use self::log::Log;
pub(crate) use self::lookup::lookup;
pub(crate) use self::record::{Caller, Event, control_resource};

/// The audit log of one data directory.
#[derive(Debug)]
pub(crate) struct Audit {
    directory: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    log: Log,
    /// Records of changes that were made and could not be written.
    owed: VecDeque<String>,
    /// Since when refused signatures are counted, and how many there were.
    minute: (Timestamp, u32),
}

impl Audit {
    /// Opens the log; where its last line is torn, says so in it.
    ///
    /// # Errors
    /// A sentence for people.
    pub(crate) fn open(directory: &Path, account: &str, now: Timestamp) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("{}: {error}", directory.display());
        let (log, torn) = Log::open(directory).map_err(failed)?;
        let state = State { log, owed: VecDeque::new(), minute: (now, 0) };
        let audit = Self { directory: directory.to_owned(), state: Mutex::new(state) };
        if torn > 0 {
            tracing::warn!(bytes = torn, "the audit log ended in a torn line, which is cut off");
            audit
                .append(&record::recovered(torn, account, now))
                .map_err(|why| format!("{}: {why}", directory.display()))?;
        }
        Ok(audit)
    }

    /// Where its files are.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Makes sure that the record of a change would find space.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn ready(&self) -> Result<(), String> {
        let mut state = self.state();
        state.settle().and_then(|()| state.log.reserve()).map_err(|error| error.to_string())
    }

    /// Writes a record of what did not change anything.
    ///
    /// # Errors
    /// What the system says; the record is not there then.
    pub(crate) fn append(&self, event: &Event) -> Result<(), String> {
        let mut state = self.state();
        let line = event.line();
        state.settle().and_then(|()| state.log.append(&line)).map_err(|error| error.to_string())
    }

    /// Writes the record of a change that was made.
    ///
    /// # Errors
    /// What the system says; the record is kept to be written first.
    pub(crate) fn append_change(&self, event: &Event) -> Result<(), String> {
        let mut state = self.state();
        state.owed.push_back(event.line());
        state.settle().map_err(|error| {
            tracing::error!(%error, event = event.name(), "a change is not in the audit log yet");
            error.to_string()
        })
    }

    /// Writes the record of a refused signature, unless there were too many within a minute.
    pub(crate) fn append_refusal(&self, mut event: Event, now: Timestamp) {
        let mut state = self.state();
        let (since, count) = state.minute;
        let is_over = now.0 >= since.0.saturating_add(60);
        state.minute = if is_over { (now, 1) } else { (since, count.saturating_add(1)) };
        let unrecorded = count.saturating_sub(REFUSALS_PER_MINUTE_MAX);
        if is_over && unrecorded > 0 {
            event.note_unrecorded(unrecorded);
        }
        if state.minute.1 > REFUSALS_PER_MINUTE_MAX {
            return;
        }
        let line = event.line();
        if let Err(error) = state.settle().and_then(|()| state.log.append(&line)) {
            tracing::error!(%error, "a refused signature is not in the audit log");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Writes what is owed.
    fn settle(&mut self) -> std::io::Result<()> {
        while let Some(line) = self.owed.front() {
            self.log.append(line)?;
            self.owed.pop_front();
        }
        Ok(())
    }
}
