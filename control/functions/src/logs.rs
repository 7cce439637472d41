//! The log files of functions, written by a thread of their own: a slow or full disk holds nobody
//! up.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use bytes::Bytes;

use crate::limits::{LOG_FILE_BYTES_MAX, LOG_FILES_OPEN_MAX, LOGS_WAITING_MAX};

/// The way to the thread.
#[derive(Clone, Debug)]
pub(crate) struct Logs {
    dir: Arc<PathBuf>,
    lines: SyncSender<(Arc<PathBuf>, Bytes)>,
    dropped: Arc<AtomicU64>,
}

impl Logs {
    /// Starts the thread. It ends with the last of its senders.
    ///
    /// # Errors
    /// A sentence for people.
    pub(crate) fn start(dir: PathBuf) -> Result<Self, String> {
        fs::create_dir_all(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
        let (lines, waiting) = sync_channel(LOGS_WAITING_MAX);
        let dropped = Arc::new(AtomicU64::new(0));
        let writer =
            Writer { waiting, files: HashMap::new(), dropped: Arc::clone(&dropped), full: false };
        std::thread::Builder::new()
            .name("function-logs".to_owned())
            .spawn(|| writer.run())
            .map_err(|error| format!("cannot start a thread: {error}"))?;
        Ok(Self { dir: Arc::new(dir), lines, dropped })
    }

    /// The log file of a function.
    pub(crate) fn file(&self, scope: &ringgate_model::Scope, name: &str) -> PathBuf {
        self.dir.join(&scope.account).join(&scope.region).join(format!("{name}.log"))
    }

    /// Hands whole lines over. Where the disk does not keep up they are dropped, and counted.
    pub(crate) fn write(&self, file: &Arc<PathBuf>, lines: Bytes) {
        if let Err(TrySendError::Full(_)) = self.lines.try_send((Arc::clone(file), lines)) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

struct Writer {
    waiting: Receiver<(Arc<PathBuf>, Bytes)>,
    files: HashMap<Arc<PathBuf>, (File, u64)>,
    dropped: Arc<AtomicU64>,
    /// The last write failed: said once.
    full: bool,
}

impl Writer {
    fn run(mut self) {
        while let Ok((path, lines)) = self.waiting.recv() {
            let dropped = self.dropped.swap(0, Ordering::Relaxed);
            let told = format!("ringgate: {dropped} lots of lines were dropped\n");
            let wrote = match dropped {
                0 => self.write(&path, &lines),
                _ => self.write(&path, &[told.as_bytes(), &lines].concat()),
            };
            if let (Err(error), false) = (&wrote, self.full) {
                tracing::error!(file = %path.display(), %error, "a log cannot be written");
            }
            self.full = wrote.is_err();
            if wrote.is_err() {
                self.files.remove(&path);
            }
        }
    }

    fn write(&mut self, path: &Arc<PathBuf>, lines: &[u8]) -> io::Result<()> {
        if !self.files.contains_key(path) {
            if self.files.len() >= LOG_FILES_OPEN_MAX {
                self.files.clear();
            }
            self.files.insert(Arc::clone(path), open(path)?);
        }
        let Some((file, size)) = self.files.get_mut(path) else { return Ok(()) };
        if *size > 0 && *size + lines.len() as u64 > LOG_FILE_BYTES_MAX {
            fs::rename(path.as_path(), path.with_extension("log.1"))?;
            (*file, *size) = open(path)?;
        }
        file.write_all(lines)?;
        *size += lines.len() as u64;
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<(File, u64)> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    let file = File::options().create(true).append(true).open(path)?;
    let size = file.metadata()?.len();
    Ok((file, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_log_is_put_aside() {
        let dir = tempfile::tempdir().unwrap();
        let path = Arc::new(dir.path().join("a/f.log"));
        let (_, waiting) = sync_channel(1);
        let dropped = Arc::default();
        let mut writer = Writer { waiting, files: HashMap::new(), dropped, full: false };
        let lot = vec![b'x'; usize::try_from(LOG_FILE_BYTES_MAX).unwrap() - 1];
        writer.write(&path, &lot).unwrap();
        writer.write(&path, b"next\n").unwrap();
        assert_eq!(fs::read(path.as_path()).unwrap(), b"next\n");
        let aside = fs::metadata(path.with_extension("log.1")).unwrap();
        assert_eq!(aside.len(), LOG_FILE_BYTES_MAX - 1);
    }
}
