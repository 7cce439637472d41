use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use rustix::net::SocketFlags;

use crate::Channel;
use crate::channel::seqpacket;
use crate::peer;

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 16;

/// The control process's end of the table socket.
#[derive(Debug)]
pub struct Listener {
    socket: OwnedFd,
    path: PathBuf,
    /// Device and inode of the socket file, to tell it from a later one of the same name.
    file: (u64, u64),
}

impl Listener {
    /// Listens at `path` with the file mode `mode`. A socket that a killed process left there is
    /// replaced.
    ///
    /// # Errors
    /// `AddrInUse` when another process listens there, `AlreadyExists` when something else than
    /// a socket lies there.
    pub fn bind(path: &Path, mode: u32) -> io::Result<Self> {
        let address = peer::address(path)?;
        let socket = seqpacket()?;
        // Whoever starts at the same moment waits here, so nobody takes the other's new socket
        // for a stale one.
        let _alone = lock_directory(path)?;
        // The file gets the mode of the unbound socket, so there is no moment with a wider one.
        let mode = Mode::from_raw_mode(mode & 0o777);
        rustix::fs::fchmod(&socket, mode)?;
        match rustix::net::bind(&socket, &address) {
            Err(Errno::ADDRINUSE) => {
                remove_stale(path)?;
                rustix::net::bind(&socket, &address)?;
            }
            bound => bound?,
        }
        // Once more: the process's umask was taken off.
        rustix::fs::chmod(path, mode)?;
        rustix::net::listen(&socket, BACKLOG)?;
        let file = identity(path)?;
        Ok(Self { socket, path: path.to_owned(), file })
    }

    /// The next connection.
    ///
    /// # Errors
    /// `WouldBlock` on a non-blocking listener when none waits.
    pub fn accept(&self) -> io::Result<Channel> {
        let accepted = rustix::io::retry_on_intr(|| {
            rustix::net::accept_with(&self.socket, SocketFlags::CLOEXEC)
        })?;
        Ok(Channel::of(accepted))
    }

    /// Whether `accept` answers `WouldBlock` instead of waiting.
    ///
    /// # Errors
    /// None that an open descriptor has.
    pub fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        Ok(rustix::io::ioctl_fionbio(&self.socket, nonblocking)?)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|file| file == self.file) {
            // A file that stays is found stale by the next listener.
            let _ = rustix::fs::unlink(&self.path);
        }
    }
}

/// Holds other binders in this directory off until the descriptor is dropped.
fn lock_directory(path: &Path) -> io::Result<OwnedFd> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let directory = rustix::fs::open(directory, flags, Mode::empty())?;
    rustix::io::retry_on_intr(|| rustix::fs::flock(&directory, FlockOperation::LockExclusive))?;
    Ok(directory)
}

/// Removes the socket file at `path` if nobody listens behind it.
fn remove_stale(path: &Path) -> io::Result<()> {
    let file = rustix::fs::lstat(path)?;
    if FileType::from_raw_mode(file.st_mode) != FileType::Socket {
        let text = format!("{} exists and is not a socket", path.display());
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, text));
    }
    // Non-blocking: a live listener with a full backlog would otherwise make this wait.
    let probe = seqpacket()?;
    rustix::io::ioctl_fionbio(&probe, true)?;
    match rustix::net::connect(&probe, &peer::address(path)?) {
        Err(Errno::CONNREFUSED) => Ok(rustix::fs::unlink(path)?),
        Err(Errno::NOENT) => Ok(()),
        Ok(()) | Err(Errno::AGAIN | Errno::PROTOTYPE) => {
            let text = format!("another ringgate-control listens on {}", path.display());
            Err(io::Error::new(io::ErrorKind::AddrInUse, text))
        }
        Err(error) => Err(error.into()),
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let file = rustix::fs::lstat(path)?;
    Ok((file.st_dev, file.st_ino))
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl AsRawFd for Listener {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}
