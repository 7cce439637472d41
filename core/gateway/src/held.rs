//! How much the requests of a worker hold whole: content that must be there before anything is done
//! with it, and answers that are needed whole.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use ringgate_observe::Counters;

use crate::limits::BUFFER_BYTES;
use crate::pressure::{Level, Pressure};
use crate::rescue::{Fault, Kind};

/// What all requests of a worker hold.
#[derive(Debug)]
pub(crate) struct Holdings {
    bytes: Cell<usize>,
    bytes_max: usize,
    pressure: Arc<Pressure>,
    counters: Arc<Counters>,
}

/// What one request holds; it is given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    all: Rc<Holdings>,
    bytes: usize,
}

impl Holdings {
    /// None that may be more than `bytes_max` together.
    pub(crate) fn new(
        bytes_max: usize,
        pressure: Arc<Pressure>,
        counters: Arc<Counters>,
    ) -> Rc<Self> {
        Rc::new(Self { bytes: Cell::default(), bytes_max, pressure, counters })
    }

    /// For a request that holds nothing yet.
    pub(crate) fn held(self: &Rc<Self>) -> Held {
        Held { all: self.clone(), bytes: 0 }
    }
}

impl Held {
    /// Counts what the request holds from now on. The first [`BUFFER_BYTES`] are free, as every
    /// busy connection has a buffer of them: requests of the usual size never feel the large ones.
    ///
    /// # Errors
    /// [`Kind::Overloaded`] where the worker's requests would hold more than they may, or memory is
    /// so short that no connection is taken either.
    pub(crate) fn grow_to(&mut self, bytes: usize) -> Result<(), Fault> {
        let bytes = bytes.saturating_sub(BUFFER_BYTES);
        if bytes <= self.bytes {
            return Ok(());
        }
        let all = self.all.bytes.get().saturating_add(bytes.saturating_sub(self.bytes));
        if all > self.all.bytes_max || self.all.pressure.level() == Level::Full {
            self.all.counters.shed_total.add(1);
            let reason = "memory is short for what must be held whole";
            return Err(Fault::new(Kind::Overloaded, reason));
        }
        self.all.bytes.set(all);
        self.bytes = bytes;
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.all.bytes.set(self.all.bytes.get().saturating_sub(self.bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELD_BYTES_MAX: usize = 8 * 1024 * 1024;

    fn holdings() -> Rc<Holdings> {
        Holdings::new(HELD_BYTES_MAX, Arc::default(), Arc::default())
    }

    #[test]
    fn what_is_held_has_an_end_and_comes_back() {
        let all = holdings();
        let (mut one, mut other) = (all.held(), all.held());
        assert_eq!(one.grow_to(HELD_BYTES_MAX), Ok(()));
        assert_eq!(one.grow_to(BUFFER_BYTES), Ok(()), "no less than before");
        assert_eq!(other.grow_to(2 * BUFFER_BYTES), Ok(()), "the first of each are free");
        let refused = other.grow_to(2 * BUFFER_BYTES + 1).unwrap_err();
        assert_eq!(
            (refused.kind, refused.answer()),
            (Kind::Overloaded, Some((503, "Service Unavailable")))
        );
        assert_eq!(all.counters.shed_total.get(), 1);
        assert_eq!(all.held().grow_to(BUFFER_BYTES), Ok(()), "the usual size always passes");
        drop(one);
        assert_eq!(other.grow_to(HELD_BYTES_MAX), Ok(()));
        drop(other);
        assert_eq!(all.bytes.get(), 0);
    }
}
