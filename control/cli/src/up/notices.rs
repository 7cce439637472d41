use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use ringgate_ipc::notify::{DATAGRAM_BYTES_MAX, main_pid};
use tokio::net::UnixDatagram;

/// Where `ringgated` tells which process it is after an upgrade, as it would tell systemd.
pub(super) struct Notices {
    socket: UnixDatagram,
    path: PathBuf,
}

impl Notices {
    /// Listens in `dir`, which is nobody else's; what a killed supervisor left there is replaced.
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        // Children may be told by the path, and have another working directory.
        let path = std::path::absolute(dir)?.join("notify.sock");
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Ok(Self { socket: UnixDatagram::bind(&path)?, path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The next process that takes the place of the one before.
    pub(super) async fn main_pid(&self) -> u32 {
        let mut datagram = vec![0; DATAGRAM_BYTES_MAX];
        loop {
            match self.socket.recv(&mut datagram).await {
                Ok(length) => {
                    if let Some(pid) = datagram.get(..length).and_then(main_pid) {
                        return pid;
                    }
                }
                // A socket of our own does not fail; should it, nobody is heard any more.
                Err(_) => std::future::pending().await,
            }
        }
    }
}

impl Drop for Notices {
    fn drop(&mut self) {
        // A file that stays is replaced by the next one.
        let _ = fs::remove_file(&self.path);
    }
}
