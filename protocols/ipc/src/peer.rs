use std::io;
use std::mem::size_of;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::path::Path;

use rustix::net::SocketAddrUnix;

/// Who is at the other end of a UNIX socket, as the kernel recorded it at connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its effective user id.
    pub uid: u32,
    /// Its effective group id.
    pub gid: u32,
    /// Its process id; 0 when it lives outside this process's PID namespace.
    pub pid: u32,
}

/// The credentials of a connected socket's peer (`SO_PEERCRED`, unix(7)).
pub(crate) fn of(socket: BorrowedFd<'_>) -> io::Result<Peer> {
    let mut credentials = libc::ucred { pid: 0, uid: 0, gid: 0 };
    let mut len = size_of::<libc::ucred>() as libc::socklen_t;
    // SAFETY: `credentials` and `len` live across the call, and `len` is the size of what the
    // pointer refers to, so the kernel writes inside it. Any bit pattern is a valid `ucred`:
    // that is why this is not rustix's call, whose process id may not be 0.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            (&raw mut credentials).cast(),
            &raw mut len,
        )
    };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    let pid = u32::try_from(credentials.pid).unwrap_or_default();
    Ok(Peer { uid: credentials.uid, gid: credentials.gid, pid })
}

/// The address of a socket file.
pub(crate) fn address(path: &Path) -> io::Result<SocketAddrUnix> {
    SocketAddrUnix::new(path).map_err(|error| {
        let error = io::Error::from(error);
        let text = format!(
            "{}: a socket's path has at most 107 bytes, choose a shorter directory: {error}",
            path.display()
        );
        io::Error::new(error.kind(), text)
    })
}
