use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::{Duration, Instant};

use ringgate_observe::Destination;

use crate::limits::LOG_MOVED_CHECK_MS;

/// What takes the entries of programs (systemd: "Native Journal Protocol").
const JOURNALD: &str = "/run/systemd/journal/socket";

/// An open destination.
#[derive(Debug)]
pub(super) struct Out {
    to: Writer,
    failing: bool,
}

#[derive(Debug)]
enum Writer {
    StandardOutput,
    Journald(UnixDatagram, String),
    File { file: File, checked: Instant },
}

impl Out {
    /// Opens `destination`; a file's folder is made where it is missing.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn open(destination: &Destination) -> io::Result<Self> {
        let to = match destination {
            Destination::StandardOutput => Writer::StandardOutput,
            Destination::Journald(group) => {
                let socket = UnixDatagram::unbound()?;
                socket.connect(JOURNALD)?;
                Writer::Journald(socket, group.clone())
            }
            Destination::File(path) => {
                Writer::File { file: open_file(path)?, checked: Instant::now() }
            }
        };
        Ok(Self { to, failing: false })
    }

    /// Writes whole lines; false when it cannot. The first failure after a success is said.
    pub(super) fn write(&mut self, lines: &[u8], destination: &Destination) -> bool {
        self.follow(destination);
        let written = self.try_write(lines);
        let failing = std::mem::replace(&mut self.failing, written.is_err());
        if let Err(error) = &written
            && !failing
        {
            say!("access log {destination}: {error}; records are lost until it can be written");
        }
        written.is_ok()
    }

    fn try_write(&mut self, lines: &[u8]) -> io::Result<()> {
        match &mut self.to {
            Writer::StandardOutput => {
                let mut out = io::stdout();
                out.write_all(lines).and_then(|()| out.flush())
            }
            Writer::Journald(socket, group) => {
                let mut lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
                lines.try_for_each(|line| entry(socket, group, line))
            }
            Writer::File { file, .. } => file.write_all(lines),
        }
    }

    /// Opens a file anew that was moved away or deleted: what rotates logs need not tell us.
    fn follow(&mut self, destination: &Destination) {
        let (Writer::File { file, checked }, Destination::File(path)) = (&mut self.to, destination)
        else {
            return;
        };
        if checked.elapsed() < Duration::from_millis(LOG_MOVED_CHECK_MS) {
            return;
        }
        *checked = Instant::now();
        let place = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        let there = fs::metadata(path).map(place).ok();
        if there != file.metadata().map(place).ok()
            && let Ok(anew) = open_file(path)
        {
            *file = anew;
        }
    }
}

fn open_file(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::DirBuilder::new().recursive(true).mode(0o750).create(folder)?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}

/// One entry of the journal. A line holds no line break, so no field needs a length.
fn entry(socket: &UnixDatagram, group: &str, line: &[u8]) -> io::Result<()> {
    let mut fields = b"PRIORITY=6\nSYSLOG_IDENTIFIER=ringgate-access\nRINGGATE_LOG_GROUP=".to_vec();
    fields.extend_from_slice(group.as_bytes());
    fields.extend_from_slice(b"\nMESSAGE=");
    fields.extend_from_slice(line);
    fields.push(b'\n');
    socket.send(&fields).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_entry_of_the_journal() {
        let (ours, theirs) = UnixDatagram::pair().unwrap();
        let mut out = Out { to: Writer::Journald(ours, "/g".to_owned()), failing: false };
        assert!(out.write(b"one\ntwo\n", &Destination::Journald("/g".to_owned())));
        for line in ["one", "two"] {
            let mut entry = [0; 256];
            let len = theirs.recv(&mut entry).unwrap();
            let expected = format!(
                "PRIORITY=6\nSYSLOG_IDENTIFIER=ringgate-access\nRINGGATE_LOG_GROUP=/g\n\
                 MESSAGE={line}\n"
            );
            assert_eq!(entry[..len], *expected.as_bytes());
        }
    }

    #[test]
    fn a_file_that_was_moved_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/a.log");
        let destination = Destination::File(path.clone());
        let mut out = Out::open(&destination).unwrap();
        assert!(out.write(b"1\n", &destination));
        fs::rename(&path, folder.path().join("a.log.1")).unwrap();
        let Writer::File { checked, .. } = &mut out.to else { unreachable!() };
        *checked -= Duration::from_millis(LOG_MOVED_CHECK_MS);
        assert!(out.write(b"2\n", &destination));
        assert_eq!(fs::read(&path).unwrap(), b"2\n");
        assert_eq!(fs::read(folder.path().join("a.log.1")).unwrap(), b"1\n");
    }
}
