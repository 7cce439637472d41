//! The access log: workers gather lines, the journal thread writes them. A slow or full disk never
//! slows a worker; what does not fit is dropped and counted.

use std::cell::RefCell;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, channel, sync_channel};

use ringgate_observe::{Counters, Record};

use crate::limits::{LOG_BATCH_BYTES, LOG_BATCHES_WAITING_MAX};

/// The senders' end of the journal.
#[derive(Clone, Debug)]
pub(crate) struct Journal {
    batches: SyncSender<Vec<u8>>,
    reopen: Arc<AtomicBool>,
}

/// What the journal thread writes to.
struct Out {
    destination: PathBuf,
    file: Box<dyn Write + Send>,
    reopen: Arc<AtomicBool>,
    failing: bool,
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
    let reopen = Arc::<AtomicBool>::default();
    let mut out = Out {
        destination: destination.to_owned(),
        file: open(destination)?,
        reopen: reopen.clone(),
        failing: false,
    };
    let (batches, waiting) = sync_channel::<Vec<u8>>(LOG_BATCHES_WAITING_MAX);
    let (ended, end) = channel();
    std::thread::Builder::new().name("journal".to_owned()).spawn(move || {
        for batch in waiting {
            out.write(&batch);
        }
        let _ = ended.send(());
    })?;
    Ok((Journal { batches, reopen }, end))
}

fn open(destination: &Path) -> io::Result<Box<dyn Write + Send>> {
    if destination.as_os_str() == "-" {
        return Ok(Box::new(io::stdout()));
    }
    Ok(Box::new(OpenOptions::new().create(true).append(true).open(destination)?))
}

impl Journal {
    /// Has the file opened anew, which another program has moved away.
    pub(crate) fn reopen(&self) {
        self.reopen.store(true, Ordering::Release);
        // Only a nudge: where no batch fits in, one will be written soon.
        let _ = self.batches.try_send(Vec::new());
    }
}

impl Out {
    fn write(&mut self, batch: &[u8]) {
        if self.reopen.swap(false, Ordering::Acquire) {
            match open(&self.destination) {
                Ok(file) => self.file = file,
                Err(error) => self.say(&format!("{error}; the old file is written on")),
            }
        }
        match self.file.write_all(batch).and_then(|()| self.file.flush()) {
            Ok(()) => self.failing = false,
            Err(error) if !self.failing => {
                self.failing = true;
                self.say(&format!("{error}; records are lost until it can be written"));
            }
            Err(_) => {}
        }
    }

    fn say(&self, what: &str) {
        say!("access log {}: {what}", self.destination.display());
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
