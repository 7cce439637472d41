//! What every environment shares.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use ringgate_settings::FunctionsArgs;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::sync::watch;

use crate::code::Shelf;
use crate::interpreters::Interpreters;
use crate::logs::Logs;
use crate::pool::Memory;

/// What every environment shares.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The settings.
    pub(crate) settings: FunctionsArgs,
    /// Log files.
    pub(crate) logs: Logs,
    /// Code.
    pub(crate) shelf: Shelf,
    /// Memory of all environments.
    pub(crate) memory: Memory,
    /// What runs code of which runtime.
    pub(crate) interpreters: Interpreters,
    groups: Mutex<BTreeSet<i32>>,
    stopping: watch::Sender<bool>,
}

impl Shared {
    pub(crate) fn new(
        settings: FunctionsArgs,
        dir: &Path,
        logs: Logs,
        shelf: Shelf,
        total_mb: u32,
    ) -> Self {
        let interpreters = Interpreters::new(&settings.functions_runtime, dir);
        Self {
            settings,
            logs,
            shelf,
            memory: Memory::new(total_mb),
            interpreters,
            groups: Mutex::default(),
            stopping: watch::Sender::new(false),
        }
    }

    /// No environment is started any more; those that rest leave.
    pub(crate) fn stop(&self) {
        self.stopping.send_replace(true);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Waits for [`Self::stop`].
    pub(crate) async fn stopping(&self) {
        let mut stopping = self.stopping.subscribe();
        // The sender is in self.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    }

    /// A process group of a function began.
    pub(crate) fn began(&self, group: Pid) {
        self.lock().insert(group.as_raw_pid());
    }

    /// Kills a process group, whatever is left of it.
    pub(crate) fn kill(&self, group: Pid) {
        if self.lock().remove(&group.as_raw_pid()) {
            // It may be gone already, which is what is wanted.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }

    /// Kills every process group that is left.
    pub(crate) fn kill_all(&self) {
        let groups = std::mem::take(&mut *self.lock());
        for group in groups.into_iter().filter_map(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<i32>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
