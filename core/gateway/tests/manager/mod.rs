//! The process manager of one daemon.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

pub(crate) struct Manager(UnixDatagram);

impl Manager {
    /// Of the daemon that this command starts.
    pub(crate) fn of(command: &mut Command, dir: &Path) -> Self {
        let path = dir.join("notify.sock");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        command.env("NOTIFY_SOCKET", path);
        Self(socket)
    }

    /// The next datagram.
    pub(crate) fn hears(&self) -> String {
        let mut bytes = [0; 4096];
        let length = self.0.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    }
}
