//! The table on disk, so that a restarted data plane serves before control is reachable.
//!
//! A file of frames, each a length (u64, little endian) and one encoded update: a snapshot, then
//! every delta since, appended before it is acknowledged. Killing any process at any point loses
//! nothing acknowledged; a torn last frame is what was not.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ringgate_table::{Table, Update, decode, encode};

/// The file is rewritten as one snapshot once its deltas are larger than that snapshot, but not
/// before they have this many bytes.
const DELTA_BYTES_MIN: u64 = 1024 * 1024;

/// The file, open for appending.
#[derive(Debug)]
pub(crate) struct LastGood {
    keeper: Keeper,
    path: PathBuf,
    file: Option<File>,
    snapshot_bytes: u64,
    delta_bytes: u64,
}

/// Who keeps the file. Two processes serve while one takes over from the other; whichever renames a
/// file of its own into place takes the other's away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeper {
    /// This process.
    Us,
    /// A successor, any moment now: what is live is appended until then, and never renamed.
    Successor,
    /// The process that this one will take over from.
    Predecessor,
}

/// Reads the table that was live last; `None` when there is none.
///
/// # Errors
/// Why the file cannot be used; serving starts without it.
pub(crate) fn read(path: &Path) -> Result<Option<Table>, String> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let mut frames = Frames(&bytes);
    let first = frames.next().ok_or("no whole frame in it")?;
    let Update::Snapshot(snapshot) = decode(first).map_err(|error| error.to_string())? else {
        return Err("it does not begin with a snapshot".to_owned());
    };
    let mut table = Table::from_snapshot(snapshot).map_err(|error| error.to_string())?;
    for frame in frames {
        // A torn tail was never acknowledged.
        let Ok(Update::Delta(delta)) = decode(frame) else { break };
        let Ok(next) = table.apply(delta) else { break };
        table = next;
    }
    Ok(Some(table))
}

struct Frames<'b>(&'b [u8]);

impl<'b> Iterator for Frames<'b> {
    type Item = &'b [u8];

    fn next(&mut self) -> Option<&'b [u8]> {
        let (length, rest) = self.0.split_first_chunk::<8>()?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let (frame, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(frame)
    }
}

impl LastGood {
    pub(crate) fn new(path: PathBuf, keeper: Keeper) -> Self {
        Self { keeper, path, file: None, snapshot_bytes: 0, delta_bytes: 0 }
    }

    /// A successor is about to keep the file.
    pub(crate) fn hand_over(&mut self) {
        self.keeper = Keeper::Successor;
    }

    /// This process keeps the file from now on: as the successor, or because there is none after
    /// all.
    ///
    /// # Errors
    /// As [`LastGood::replace`].
    pub(crate) fn take_over(&mut self, table: &Table) -> io::Result<()> {
        self.keeper = Keeper::Us;
        if table.generation() == 0 {
            return Ok(());
        }
        self.replace(&encode(&Update::Snapshot(table.snapshot())))
    }

    /// Keeps a delta that `table` was made by.
    ///
    /// # Errors
    /// The file system's; the table is live all the same.
    pub(crate) fn append(&mut self, delta: &[u8], table: &Table) -> io::Result<()> {
        if self.keeper == Keeper::Predecessor {
            return Ok(());
        }
        let bytes = delta.len() as u64;
        let full = self.keeper == Keeper::Us
            && self.delta_bytes + bytes > self.snapshot_bytes.max(DELTA_BYTES_MIN);
        let Some(file) = self.file.as_mut().filter(|_| !full) else {
            return self.replace(&encode(&Update::Snapshot(table.snapshot())));
        };
        let mut frame = Vec::with_capacity(delta.len() + 8);
        frame.extend_from_slice(&bytes.to_le_bytes());
        frame.extend_from_slice(delta);
        if let Err(error) = file.write_all(&frame) {
            // Half a frame would hide every later one.
            self.file = None;
            return Err(error);
        }
        self.delta_bytes += bytes;
        Ok(())
    }

    /// Makes the file hold just this snapshot, if this process keeps it.
    ///
    /// # Errors
    /// The file system's; the old file is whole then.
    pub(crate) fn replace(&mut self, snapshot: &[u8]) -> io::Result<()> {
        if self.keeper != Keeper::Us {
            return Ok(());
        }
        self.file = None;
        let temporary = self.path.with_extension("new");
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).open(&temporary)?;
        file.write_all(&(snapshot.len() as u64).to_le_bytes())?;
        file.write_all(snapshot)?;
        file.sync_data()?;
        fs::rename(&temporary, &self.path)?;
        self.file = Some(file);
        self.snapshot_bytes = snapshot.len() as u64;
        self.delta_bytes = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ringgate_table::{Delta, Root};

    use super::*;

    fn delta(base: u64) -> Delta {
        Delta {
            store_id: [7; 16],
            base,
            generation: base + 1,
            root: Some(Root::default()),
            changed: Vec::new(),
            removed: Vec::new(),
            parts: Vec::new(),
        }
    }

    fn written(dir: &Path, deltas: u64) -> (PathBuf, Table) {
        let path = dir.join("table.last-good");
        let mut snapshot = Table::empty().snapshot();
        (snapshot.store_id, snapshot.generation) = ([7; 16], 1);
        let mut file = LastGood::new(path.clone(), Keeper::Us);
        file.replace(&encode(&Update::Snapshot(snapshot.clone()))).unwrap();
        let mut table = Table::from_snapshot(snapshot).unwrap();
        for base in 1..=deltas {
            let bytes = encode(&Update::Delta(delta(base)));
            table = table.apply(delta(base)).unwrap();
            file.append(&bytes, &table).unwrap();
        }
        (path, table)
    }

    #[test]
    fn what_was_kept_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        assert!(read(&dir.path().join("none")).unwrap().is_none());
        let (path, table) = written(dir.path(), 5);
        assert_eq!(read(&path).unwrap().unwrap().generation(), table.generation());
    }

    #[test]
    fn a_torn_tail_is_left_out_wherever_it_tears() {
        let dir = tempfile::tempdir().unwrap();
        let (path, _) = written(dir.path(), 2);
        let whole = fs::read(&path).unwrap();
        let mut generations = Vec::new();
        for len in 0..whole.len() {
            fs::write(&path, &whole[..len]).unwrap();
            generations.push(read(&path).ok().flatten().map(|table| table.generation()));
        }
        assert_eq!(generations.first(), Some(&None));
        assert_eq!(generations.last(), Some(&Some(2)));
        assert!(generations.is_sorted());
    }

    #[test]
    fn garbage_is_an_error_not_a_table() {
        let dir = tempfile::tempdir().unwrap();
        let (path, _) = written(dir.path(), 1);
        let mut bytes = fs::read(&path).unwrap();
        bytes[12] ^= 0xff;
        fs::write(&path, &bytes).unwrap();
        assert!(read(&path).is_err());
    }

    #[test]
    fn the_file_does_not_grow_without_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("table.last-good");
        let mut file = LastGood::new(path.clone(), Keeper::Us);
        let (_, table) = written(dir.path(), 1);
        file.append(&[], &table).unwrap();
        let delta = vec![0; 300 * 1024];
        for _ in 0..20 {
            file.append(&delta, &table).unwrap();
            assert!(fs::metadata(&path).unwrap().len() <= DELTA_BYTES_MIN + 1024);
        }
    }

    /// Whatever the two do while one takes over, the file holds what is live.
    #[test]
    fn two_processes_and_one_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("table.last-good");
        let kept = || read(&path).unwrap().unwrap().generation();
        let mut old = LastGood::new(path.clone(), Keeper::Us);
        let mut new = LastGood::new(path.clone(), Keeper::Predecessor);
        let (_, mut table) = written(dir.path(), 1);
        old.take_over(&table).unwrap();
        // A change goes to both.
        let mut change = |old: &mut LastGood, new: &mut LastGood| {
            let delta = delta(table.generation());
            let bytes = encode(&Update::Delta(delta.clone()));
            table = table.apply(delta).unwrap();
            old.append(&bytes, &table).unwrap();
            new.append(&bytes, &table).unwrap();
            table.clone()
        };
        for _ in 0..3 {
            let table = change(&mut old, &mut new);
            assert_eq!(kept(), table.generation());
        }
        old.hand_over();
        let table = change(&mut old, &mut new);
        assert_eq!(kept(), table.generation(), "the old one appends until the new one is there");
        new.take_over(&table).unwrap();
        for _ in 0..3 {
            let table = change(&mut old, &mut new);
            assert_eq!(kept(), table.generation());
            old.replace(b"never").unwrap();
        }
        // The new one failed at the last moment: its file is in place, and nobody's any more.
        let table = change(&mut old, &mut LastGood::new(path.clone(), Keeper::Predecessor));
        assert_ne!(kept(), table.generation());
        old.take_over(&table).unwrap();
        assert_eq!(kept(), table.generation());
    }
}
