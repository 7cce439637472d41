//! Any bytes as what an old process offers to the one that takes its place, with and without the
//! descriptors that belong beside it. Nothing is taken over but what the manifest says.
#![no_main]

use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use ringgate_ipc::upgrade::{PROTOCOL, Successor};
use ringgate_ipc::{Channel, Kind, memfd};
use serde::ser::{Serialize, SerializeTuple, Serializer};

const PACKETS_MAX: usize = 8;

/// Bytes that postcard leaves as they are.
struct Raw<'r>(&'r [u8]);

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut tuple = to.serialize_tuple(self.0.len())?;
        self.0.iter().try_for_each(|byte| tuple.serialize_element(byte))?;
        tuple.end()
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((&choice, mut rest)) = input.split_first() else { return };
    let flags: Vec<(Kind, SocketAddr)> =
        if choice & 1 == 0 { Vec::new() } else { vec![(Kind::Http, ([127, 0, 0, 1], 80).into())] };
    let (old, new) = Channel::pair().unwrap();
    for number in 0..PACKETS_MAX {
        let Some((length, bytes)) = rest.split_at_checked(2) else { break };
        let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
        let (packet, after) = bytes.split_at(length.min(bytes.len()));
        rest = after;
        let beside = match number {
            0 if choice & 2 != 0 => Some(secrets().as_fd()),
            1.. if choice & 4 != 0 => Some(listener().as_fd()),
            _ => None,
        };
        // No packet at all is an end.
        if packet.is_empty() || old.send(&Raw(packet), beside).is_err() {
            break;
        }
    }
    // Whatever is missing then does not come.
    drop(old);
    if let Ok(taken) = Successor::new(new).receive(&flags) {
        let manifest = taken.manifest;
        assert_eq!(manifest.protocol, PROTOCOL);
        assert_eq!(manifest.flags, flags);
        assert_eq!(taken.sockets.len(), manifest.sockets.len());
        for ((kind, socket), wanted) in taken.sockets.iter().zip(&manifest.sockets) {
            assert_eq!((*kind, socket.local_addr().unwrap()), *wanted);
        }
        assert_eq!(taken.secrets, b"secret");
    }
});

fn secrets() -> &'static OwnedFd {
    static SECRETS: OnceLock<OwnedFd> = OnceLock::new();
    SECRETS.get_or_init(|| memfd::sealed("secrets", b"secret").unwrap())
}

fn listener() -> &'static TcpListener {
    static LISTENER: OnceLock<TcpListener> = OnceLock::new();
    LISTENER.get_or_init(|| TcpListener::bind("127.0.0.1:0").unwrap())
}
