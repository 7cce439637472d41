//! Access logs: workers gather lines, the journal thread writes them. A slow or full disk never
//! slows a worker; what does not fit is dropped and counted.

mod out;
mod sink;

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::time::{Duration, Instant};

use ringgate_observe::Destination;

use crate::limits::{LOG_BATCHES_WAITING_MAX, LOG_FILES_OPEN_MAX, LOG_OPEN_AGAIN_MS};
use out::Out;
pub(crate) use sink::{Lines, LogSink};

/// The senders' end of the journal.
#[derive(Clone, Debug)]
pub(crate) struct Journal {
    batches: SyncSender<Batch>,
    reopen: Arc<AtomicBool>,
    lost: Arc<AtomicU64>,
}

/// Whole lines for one destination.
#[derive(Debug)]
struct Batch {
    to: Arc<Destination>,
    bytes: Vec<u8>,
    records: u64,
}

/// The destinations that the journal thread has open.
#[derive(Debug, Default)]
struct Outs {
    open: HashMap<Arc<Destination>, Out>,
    /// Those that cannot be opened, and since when.
    refused: HashMap<Arc<Destination>, Instant>,
    /// Records that could not be written.
    lost: Arc<AtomicU64>,
}

/// Opens `first`, if there is one, and starts the journal thread, which ends once every [`Journal`]
/// is dropped and everything is written; the receiver then hears of it.
///
/// # Errors
/// `first` cannot be opened, or there can be no thread.
pub(crate) fn start(first: Option<Arc<Destination>>) -> io::Result<(Journal, Receiver<()>)> {
    let mut outs = Outs::default();
    if let Some(first) = first {
        let out = Out::open(&first)?;
        outs.open.insert(first, out);
    }
    let reopen = Arc::<AtomicBool>::default();
    let (batches, waiting) = sync_channel::<Batch>(LOG_BATCHES_WAITING_MAX);
    let (ended, end) = channel();
    let (asked, lost) = (reopen.clone(), outs.lost.clone());
    std::thread::Builder::new().name("journal".to_owned()).spawn(move || {
        for batch in waiting {
            if asked.swap(false, Ordering::Acquire) {
                outs.reopen();
            }
            outs.write(&batch);
        }
        let _ = ended.send(());
    })?;
    Ok((Journal { batches, reopen, lost }, end))
}

impl Journal {
    /// Has the files opened anew, which another program has moved away.
    pub(crate) fn reopen(&self) {
        self.reopen.store(true, Ordering::Release);
        // Only a nudge: where no batch fits in, one will be written soon.
        let to = Arc::new(Destination::StandardOutput);
        let _ = self.batches.try_send(Batch { to, bytes: Vec::new(), records: 0 });
    }

    /// How many records could not be written; for those who do not keep the journal alive.
    pub(crate) fn lost(&self) -> Arc<AtomicU64> {
        self.lost.clone()
    }
}

impl Outs {
    fn write(&mut self, batch: &Batch) {
        if batch.records == 0 {
            return;
        }
        let written = match self.out(&batch.to) {
            Some(out) => out.write(&batch.bytes, &batch.to),
            None => false,
        };
        if !written {
            self.lost.fetch_add(batch.records, Ordering::Relaxed);
        }
    }

    fn reopen(&mut self) {
        self.refused.clear();
        for (to, out) in &mut self.open {
            match Out::open(to) {
                Ok(anew) => *out = anew,
                Err(error) => say!("access log {to}: {error}; the old file is written on"),
            }
        }
    }

    /// The open destination; none: it cannot be opened, and not long ago could not either.
    fn out(&mut self, to: &Arc<Destination>) -> Option<&mut Out> {
        if self.open.contains_key(to) {
            return self.open.get_mut(to);
        }
        let again = Duration::from_millis(LOG_OPEN_AGAIN_MS);
        if self.refused.get(to).is_some_and(|since| since.elapsed() < again) {
            return None;
        }
        if self.open.len() >= LOG_FILES_OPEN_MAX {
            self.open.clear();
        }
        match Out::open(to) {
            Ok(out) => {
                self.refused.remove(to);
                Some(self.open.entry(to.clone()).or_insert(out))
            }
            Err(error) => {
                say!("access log {to}: {error}; records are lost until it can be opened");
                self.refused.retain(|_, since| since.elapsed() < again);
                self.refused.insert(to.clone(), Instant::now());
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_refused_long_ago_is_forgotten() {
        let mut outs = Outs::default();
        let nowhere = |name: &str| Arc::new(Destination::File(format!("/dev/null/{name}").into()));
        assert!(outs.out(&nowhere("a")).is_none() && outs.out(&nowhere("b")).is_none());
        assert_eq!(outs.refused.len(), 2);
        for since in outs.refused.values_mut() {
            *since -= Duration::from_millis(LOG_OPEN_AGAIN_MS);
        }
        assert!(outs.out(&nowhere("c")).is_none());
        assert_eq!(outs.refused.keys().collect::<Vec<_>>(), [&nowhere("c")]);
    }
}
