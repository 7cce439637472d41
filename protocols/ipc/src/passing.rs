//! Descriptors for a child process: close-on-exec is taken off while it is spawned.

use std::io;
use std::os::fd::BorrowedFd;

use rustix::io::FdFlags;

/// Lets every process spawned from now on inherit these descriptors.
///
/// # Errors
/// When one of them is closed.
pub fn expose(descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
    set(descriptors, FdFlags::empty())
}

/// Lets no process spawned from now on inherit these descriptors.
///
/// # Errors
/// When one of them is closed.
pub fn conceal(descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
    set(descriptors, FdFlags::CLOEXEC)
}

fn set(descriptors: &[BorrowedFd<'_>], flags: FdFlags) -> io::Result<()> {
    for descriptor in descriptors {
        rustix::io::fcntl_setfd(descriptor, flags)?;
    }
    Ok(())
}
