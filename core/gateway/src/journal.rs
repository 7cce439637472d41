//! The access log: workers gather lines, the journal thread writes them. A slow or full disk never
//! slows a worker; what does not fit is dropped and counted.

use std::cell::RefCell;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, channel, sync_channel};

use ringgate_observe::{Counters, Record};

use crate::limits::{LOG_BATCH_BYTES, LOG_BATCHES_WAITING_MAX};

/// The senders' end of the journal.
#[derive(Clone, Debug)]
pub(crate) struct Journal {
    batches: SyncSender<Vec<u8>>,
}

/// One worker's unfinished batch.
#[derive(Debug)]
pub(crate) struct LogSink {
    journal: RefCell<Option<Journal>>,
    counters: Arc<Counters>,
    batch: RefCell<(Vec<u8>, u64)>,
}

/// Opens `destination` (`-` is standard output) and starts the journal thread, which ends once
/// every [`Journal`] is dropped and everything is written; the receiver then hears of it.
///
/// # Errors
/// The file cannot be opened for appending, or there can be no thread.
pub(crate) fn start(destination: &Path) -> io::Result<(Journal, Receiver<()>)> {
    let mut out: Box<dyn Write + Send> = if destination.as_os_str() == "-" {
        Box::new(io::stdout())
    } else {
        Box::new(OpenOptions::new().create(true).append(true).open(destination)?)
    };
    let (batches, waiting) = sync_channel(LOG_BATCHES_WAITING_MAX);
    let name = destination.display().to_string();
    let (ended, end) = channel();
    std::thread::Builder::new().name("journal".to_owned()).spawn(move || {
        write_batches(&waiting, &mut *out, &name);
        let _ = ended.send(());
    })?;
    Ok((Journal { batches }, end))
}

fn write_batches(waiting: &Receiver<Vec<u8>>, out: &mut dyn Write, name: &str) {
    let mut failing = false;
    for batch in waiting {
        let result = out.write_all(&batch).and_then(|()| out.flush());
        match result {
            Ok(()) => failing = false,
            Err(error) if !failing => {
                failing = true;
                say!("access log {name}: {error}; records are lost until it can be written");
            }
            Err(_) => {}
        }
    }
}

impl LogSink {
    pub(crate) fn new(journal: Journal, counters: Arc<Counters>) -> Self {
        Self { journal: RefCell::new(Some(journal)), counters, batch: RefCell::default() }
    }

    /// Adds a record to the batch, and hands the batch over when it is full.
    pub(crate) fn record(&self, record: &Record) {
        {
            let mut batch = self.batch.borrow_mut();
            record.write_json(&mut batch.0);
            batch.1 += 1;
            if batch.0.len() < LOG_BATCH_BYTES {
                return;
            }
        }
        self.flush();
    }

    /// Hands over what is there.
    pub(crate) fn flush(&self) {
        let (bytes, records) = self.batch.take();
        if records == 0 {
            return;
        }
        let sent = match self.journal.borrow().as_ref() {
            Some(journal) => journal.batches.try_send(bytes),
            None => Err(TrySendError::Disconnected(bytes)),
        };
        if sent.is_err() {
            self.counters.log_records_dropped_total.add(records);
        }
    }

    /// Hands over what is there and lets go of the journal, which ends when every worker has:
    /// tasks that are still around then may keep this sink alive for ever.
    pub(crate) fn close(&self) {
        self.flush();
        self.journal.borrow_mut().take();
    }
}
