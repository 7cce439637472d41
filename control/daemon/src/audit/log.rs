use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::FallocateFlags;
use rustix::io::Errno;

use super::limits::{AUDIT_FILE_BYTES_MAX, AUDIT_FILES_MAX, RESERVED_BYTES};

const SUFFIX: &str = ".jsonl";
/// How much of the end of a file is looked through for its last line end, at a time.
const TAIL_BYTES: u64 = 64 * 1024;

/// Numbered files of lines, appended to the newest; what is acknowledged is on the disk.
#[derive(Debug)]
pub(super) struct Log {
    directory: PathBuf,
    number: u64,
    file: File,
    /// Bytes of whole lines.
    length: u64,
    /// Up to here space is taken on the disk.
    reserved: u64,
}

impl Log {
    /// Opens the log in `directory`, which is made (0700) where it is missing. Gives also how many
    /// bytes of a line that was never acknowledged were cut off.
    pub(super) fn open(directory: &Path) -> io::Result<(Self, u64)> {
        match std::fs::DirBuilder::new().mode(0o700).create(directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let number = numbers(directory)?.last().copied().unwrap_or(1);
        let mut file = opened(directory, number)?;
        let found = file.metadata()?.len();
        let length = whole_lines(&mut file, found)?;
        if length < found {
            file.set_len(length)?;
            file.sync_all()?;
        }
        file.seek(SeekFrom::Start(length))?;
        let directory = directory.to_owned();
        Ok((Self { directory, number, file, length, reserved: length }, found - length))
    }

    /// Takes space for what is to come.
    pub(super) fn reserve(&mut self) -> io::Result<()> {
        if self.reserved.saturating_sub(self.length) >= RESERVED_BYTES / 2 {
            return Ok(());
        }
        let (flags, length) = (FallocateFlags::KEEP_SIZE, RESERVED_BYTES);
        match rustix::fs::fallocate(&self.file, flags, self.length, length) {
            // A file system without the call finds out when it writes.
            Ok(()) | Err(Errno::OPNOTSUPP) => {
                self.reserved = self.length.saturating_add(RESERVED_BYTES);
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Appends a line; on the disk when it returns. After an error nothing of it is there.
    pub(super) fn append(&mut self, line: &str) -> io::Result<()> {
        if self.length >= AUDIT_FILE_BYTES_MAX {
            self.next_file()?;
        }
        let mut bytes = Vec::with_capacity(line.len() + 1);
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
        let written = self.file.write_all(&bytes).and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => self.length += bytes.len() as u64,
            Err(error) => {
                // A part of a line must not stand before the next one.
                self.file.set_len(self.length)?;
                self.file.seek(SeekFrom::Start(self.length))?;
                self.reserved = self.length;
                return Err(error);
            }
        }
        Ok(())
    }

    fn next_file(&mut self) -> io::Result<()> {
        let number = self.number.saturating_add(1);
        let file = opened(&self.directory, number)?;
        // Gives back what was taken and not needed.
        self.file.set_len(self.length)?;
        (self.number, self.file, self.length, self.reserved) = (number, file, 0, 0);
        let numbers = numbers(&self.directory)?;
        let excess = numbers.len().saturating_sub(AUDIT_FILES_MAX);
        for old in numbers.iter().take(excess) {
            std::fs::remove_file(path(&self.directory, *old))?;
        }
        Ok(())
    }
}

/// The file of this number.
pub(super) fn path(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("{number:010}{SUFFIX}"))
}

/// The numbers of all files, ascending.
pub(super) fn numbers(directory: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(SUFFIX)?.parse::<u64>().ok());
        numbers.extend(number);
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// A file of the log, mode 0600, its name durable.
fn opened(directory: &Path, number: u64) -> io::Result<File> {
    let path = path(directory, number);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let file = options.open(path)?;
    File::open(directory)?.sync_all()?;
    Ok(file)
}

/// Bytes up to the last line end.
fn whole_lines(file: &mut File, length: u64) -> io::Result<u64> {
    let mut end = length;
    while end > 0 {
        let start = end.saturating_sub(TAIL_BYTES);
        file.seek(SeekFrom::Start(start))?;
        let mut tail = Vec::new();
        Read::by_ref(file).take(end - start).read_to_end(&mut tail)?;
        if let Some(at) = tail.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_last_line_is_cut_off_and_said() {
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path().join("audit");
        let (mut log, torn) = Log::open(&at).unwrap();
        assert_eq!(torn, 0);
        log.reserve().unwrap();
        log.append("one").unwrap();
        log.append("two").unwrap();
        drop(log);
        let file = path(&at, 1);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "one\ntwo\n");
        for torn in ["x", &"long".repeat(50_000)] {
            let mut append = OpenOptions::new().append(true).open(&file).unwrap();
            append.write_all(torn.as_bytes()).unwrap();
            let (mut log, cut) = Log::open(&at).unwrap();
            assert_eq!(cut, torn.len() as u64);
            log.append("more").unwrap();
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "one\ntwo\nmore\nmore\n");
    }

    #[test]
    fn a_full_file_is_followed_by_the_next_and_the_oldest_goes() {
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path();
        for number in 1..=AUDIT_FILES_MAX as u64 {
            File::create(path(at, number)).unwrap();
        }
        let last = AUDIT_FILES_MAX as u64;
        let file = File::create(path(at, last)).unwrap();
        file.set_len(AUDIT_FILE_BYTES_MAX).unwrap();
        let mut end = OpenOptions::new().append(true).open(path(at, last)).unwrap();
        end.write_all(b"\n").unwrap();
        let (mut log, _) = Log::open(at).unwrap();
        log.append("next").unwrap();
        assert_eq!(std::fs::read_to_string(path(at, last + 1)).unwrap(), "next\n");
        let numbers = numbers(at).unwrap();
        assert_eq!((numbers.len(), numbers[0]), (AUDIT_FILES_MAX, 2));
    }
}
