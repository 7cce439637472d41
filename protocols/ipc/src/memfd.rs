//! Memory files that nobody can change any more (memfd_create(2), fcntl(2) "File Sealing").

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{MemfdFlags, SealFlags};
use rustix::io::Errno;

/// What makes a file constant: neither its size nor its bytes nor this list can change.
const SEALS: SealFlags =
    SealFlags::SEAL.union(SealFlags::SHRINK).union(SealFlags::GROW).union(SealFlags::WRITE);

/// A sealed memory file that holds `bytes`. `name` shows in `/proc/self/fd`.
///
/// # Errors
/// When the system is out of memory or descriptors.
pub fn sealed(name: &str, bytes: &[u8]) -> io::Result<OwnedFd> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let file = match rustix::fs::memfd_create(name, flags | MemfdFlags::NOEXEC_SEAL) {
        // Linux before 6.3 does not know that flag.
        Err(Errno::INVAL) => rustix::fs::memfd_create(name, flags)?,
        created => created?,
    };
    let mut rest = bytes;
    while !rest.is_empty() {
        let written = rustix::io::retry_on_intr(|| rustix::io::write(&file, rest))?;
        rest = rest.get(written..).unwrap_or_default();
    }
    rustix::fs::fcntl_add_seals(&file, SEALS)?;
    Ok(file)
}

/// The bytes of a sealed memory file.
///
/// # Errors
/// `InvalidData` when the file is not sealed, so that its sender could still change it, or larger
/// than `bytes_max`.
pub fn read_sealed(file: impl AsFd, bytes_max: u64) -> io::Result<Vec<u8>> {
    let invalid = |reason: String| io::Error::new(io::ErrorKind::InvalidData, reason);
    // Anything but a memory file has no seals at all.
    let seals = rustix::fs::fcntl_get_seals(&file).unwrap_or(SealFlags::empty());
    if !seals.contains(SEALS) {
        return Err(invalid("the memory file is not sealed".to_owned()));
    }
    let size = u64::try_from(rustix::fs::fstat(&file)?.st_size).unwrap_or(u64::MAX);
    if size > bytes_max {
        let reason = format!("the memory file has {size} bytes, more than {bytes_max}");
        return Err(invalid(reason));
    }
    let size = usize::try_from(size).map_err(|error| invalid(error.to_string()))?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size)?;
    bytes.resize(size, 0);
    let mut at = 0;
    while let Some(rest) = bytes.get_mut(at..).filter(|rest| !rest.is_empty()) {
        // At an offset: the sender shares the file's own position.
        let read = rustix::io::retry_on_intr(|| rustix::io::pread(&file, &mut *rest, at as u64))?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        at += read;
    }
    Ok(bytes)
}
