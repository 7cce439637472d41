use std::fmt;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use arc_swap::ArcSwapAny;
use arc_swap::cache::Cache;

use crate::Table;

/// The live table, and the retired ones that somebody may still hold.
///
/// Readers keep a reference of their own and compare one pointer to see whether it is still the
/// live one; they touch the lock only when a table was published since. Retired tables are kept
/// here until [`Tables::reap`] frees them, so no reader ever frees one.
pub struct Tables {
    live: Live,
    retired: Mutex<Vec<Arc<Table>>>,
}

/// With the lock as its strategy a load holds an owned reference, never a hazard slot, and a store
/// waits for nothing but loads under way; the lock itself is met once per reader and publication.
type Live = ArcSwapAny<Arc<Table>, RwLock<()>>;

impl Tables {
    /// With `table` live.
    pub fn new(table: Table) -> Arc<Self> {
        Arc::new(Self {
            live: Live::with_strategy(Arc::new(table), RwLock::new(())),
            retired: Mutex::new(Vec::new()),
        })
    }

    /// A reader for one thread, which keeps an `S` of its own beside each table.
    pub fn reader<S: Default>(self: &Arc<Self>) -> Reader<S> {
        let mut cache = Cache::new(Shared(Arc::clone(self)));
        let generation = Generation::new(cache.load());
        Reader { cache, generation }
    }

    /// Makes `table` the live one: the next [`Reader::load`] on every thread sees it.
    pub fn publish(&self, table: Table) {
        let retired = self.live.swap(Arc::new(table));
        self.retired.lock().unwrap_or_else(PoisonError::into_inner).push(retired);
    }

    /// The live table.
    pub fn current(&self) -> Arc<Table> {
        self.live.load_full()
    }

    /// Frees the retired tables that nobody holds any more and says how many.
    pub fn reap(&self) -> usize {
        let unused: Vec<_> = {
            let mut retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
            // A count of one is ours, and nobody can take another from a retired table.
            retired.extract_if(.., |table| Arc::strong_count(table) == 1).collect()
        };
        unused.len()
    }

    /// Number of tables in memory: the live one and the retired ones not yet freed.
    pub fn live(&self) -> usize {
        1 + self.retired.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tables")
            .field("generation", &self.current().generation())
            .field("live", &self.live())
            .finish_non_exhaustive()
    }
}

/// Lets a cache hold the tables and see the live one.
struct Shared(Arc<Tables>);

impl Deref for Shared {
    type Target = Live;

    fn deref(&self) -> &Live {
        &self.0.live
    }
}

/// One thread's view of the live table.
pub struct Reader<S = ()> {
    cache: Cache<Shared, Arc<Table>>,
    generation: Rc<Generation<S>>,
}

/// A table in use. A request clones the `Rc` and holds it for as long as it lasts.
#[derive(Debug)]
pub struct Generation<S = ()> {
    /// The table.
    pub table: Arc<Table>,
    /// What the thread found out about it.
    pub state: S,
}

impl<S: Default> Generation<S> {
    fn new(table: &Arc<Table>) -> Rc<Self> {
        Rc::new(Self { table: Arc::clone(table), state: S::default() })
    }
}

impl<S: Default> Reader<S> {
    /// The live table. No atomic write while it stays the same one.
    pub fn load(&mut self) -> &Rc<Generation<S>> {
        let table = self.cache.load();
        if !Arc::ptr_eq(table, &self.generation.table) {
            // The old one is only counted down: `Tables` has it in its list or is about to.
            self.generation = Generation::new(table);
        }
        &self.generation
    }
}

impl<S> fmt::Debug for Reader<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("generation", &self.generation.table.generation())
            .finish_non_exhaustive()
    }
}
