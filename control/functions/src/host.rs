use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ringgate_model::Scope;
use ringgate_settings::FunctionsArgs;

use crate::Keys;
use crate::code::Shelf;
use crate::function::{Code, Function, Version};
use crate::http::Control;
use crate::invoke::Events;
use crate::logs::Logs;
use crate::pool::Pool;
use crate::shared::Shared;
use crate::store::Store;

/// Everything of a host of functions but its socket.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) shared: Arc<Shared>,
    pub(crate) store: Store,
    pub(crate) events: Events,
    pub(crate) keys: Keys,
    /// Knows the keys that are not this host's.
    pub(crate) control: Control,
    /// The account of every key; the region of nothing.
    pub(crate) scope: Scope,
    pools: Mutex<HashMap<(Scope, String), Arc<Pool>>>,
    /// A sweep is to come that has not begun.
    sweep_waits: AtomicBool,
    /// Held while one runs.
    sweeping: Mutex<()>,
}

impl Host {
    /// Opens `<data-dir>/functions`.
    ///
    /// # Errors
    /// A sentence for people.
    pub(crate) fn open(
        settings: FunctionsArgs,
        dir: &Path,
        scope: Scope,
        (keys, control): (Keys, Control),
    ) -> Result<Self, String> {
        let store = Store::open(dir.join("state"))?;
        let shelf = Shelf::open(dir.join("code"))?;
        let events = Events::open(dir.join("events"))?;
        let logs = Logs::start(dir.join("logs"))?;
        let total_mb = total_memory_mb(&settings);
        let shared = Shared::new(settings, dir, logs, shelf, total_mb);
        let pools = Mutex::default();
        let (sweep_waits, sweeping) = (AtomicBool::default(), Mutex::default());
        let shared = Arc::new(shared);
        let host =
            Self { shared, store, events, keys, control, scope, pools, sweep_waits, sweeping };
        host.sweep(true);
        Ok(host)
    }

    /// The environments of a function; `None` where it is gone meanwhile.
    pub(crate) fn pool(&self, function: &Function) -> Option<Arc<Pool>> {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (function.scope.clone(), function.name.clone());
        if let Some(pool) = pools.get(&key) {
            return Some(Arc::clone(pool));
        }
        // Under the lock, so that a change that is made right now is not missed.
        let now = self.store.get(&key.0, &key.1)?;
        let pool = Arc::new(Pool::new(Arc::clone(&self.shared), now));
        pools.insert(key, Arc::clone(&pool));
        Some(pool)
    }

    /// A function was changed or removed: what runs of it follows.
    pub(crate) fn changed(self: &Arc<Self>, scope: &Scope, name: &str) {
        let key = (scope.clone(), name.to_owned());
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let function = self.store.get(scope, name);
        let gone = function.is_none();
        if let Some(pool) = pools.get(&key) {
            pool.set(function);
        }
        if gone {
            pools.remove(&key);
        }
        drop(pools);
        // One sweep sees all changes before it: a burst of them needs no more than two.
        if !self.sweep_waits.swap(true, Ordering::SeqCst) {
            let host = Arc::clone(self);
            tokio::task::spawn_blocking(move || host.sweep(false));
        }
    }

    /// Environments of all functions, and invocations that wait for one.
    pub(crate) fn load(&self) -> (u32, usize) {
        let pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let loads = pools.values().map(|pool| pool.load());
        loads.fold((0, 0), |(living, waiting), load| {
            (living.saturating_add(load.0), waiting.saturating_add(load.1))
        })
    }

    fn sweep(&self, starting: bool) {
        let _alone = self.sweeping.lock().unwrap_or_else(PoisonError::into_inner);
        self.sweep_waits.store(false, Ordering::SeqCst);
        self.shared.shelf.sweep(|| self.referred(), starting);
    }

    /// The hashes of all code that a version refers to.
    fn referred(&self) -> HashSet<String> {
        let all = self.store.all();
        let versions = all.iter().flat_map(|function| function.every_version());
        let hash = |version: &Version| match &version.code {
            Code::Zip { sha256, .. } => Some(sha256.clone()),
            Code::Directory { .. } => None,
        };
        versions.filter_map(hash).collect()
    }
}

/// What all environments together may have: as is said, else half of what the machine has.
fn total_memory_mb(settings: &FunctionsArgs) -> u32 {
    let half = || {
        let meminfo = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"));
        let kb = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        kb.unwrap_or(2 * 1024 * 1024) / 1024 / 2
    };
    u32::try_from(settings.functions_memory_mb.unwrap_or_else(half)).unwrap_or(u32::MAX >> 4)
}
