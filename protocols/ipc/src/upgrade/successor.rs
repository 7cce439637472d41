use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::time::Duration;

use super::{
    Deadline, End, Manifest, PROTOCOL, SECRETS_BYTES_MAX, Step, ToPredecessor, ToSuccessor,
    UpgradeError,
};
use crate::{Channel, Kind, memfd};

/// How long the parts of an offer may take to come.
const OFFER_WAIT: Duration = Duration::from_secs(5);

/// The new process's end.
#[derive(Debug)]
pub struct Successor {
    pub(super) end: End,
}

/// What a new process got.
#[derive(Debug)]
pub struct Inheritance {
    /// What it was told of it.
    pub manifest: Manifest,
    /// The listening sockets, as the manifest lists them.
    pub sockets: Vec<(Kind, TcpListener)>,
    /// What only the two processes know.
    pub secrets: Vec<u8>,
}

impl Successor {
    /// This process's end of the pair it was started with; see [`crate::inherited::channel`].
    pub fn new(channel: Channel) -> Self {
        Self { end: End::new(channel) }
    }

    /// Takes what is offered, once it is all there.
    ///
    /// # Errors
    /// [`UpgradeError::Mismatch`] where something else came than the manifest says, or where
    /// `flags`, the addresses that this process's own flags name, are others than the old one's.
    pub fn receive(&self, flags: &[(Kind, SocketAddr)]) -> Result<Inheritance, UpgradeError> {
        let deadline = Deadline::after(OFFER_WAIT);
        let (manifest, file) = match self.end.recv(Some(deadline))? {
            (ToSuccessor::Offer(manifest), file) => (manifest, file),
            (other, _) => return Err(self.end.unexpected(&other)),
        };
        check(&manifest, flags)?;
        let file = file.ok_or_else(|| UpgradeError::Mismatch("no secrets came".to_owned()))?;
        let secrets = memfd::read_sealed(&file, SECRETS_BYTES_MAX)
            .map_err(|error| UpgradeError::Mismatch(format!("the secrets: {error}")))?;
        let mut sockets = Vec::new();
        for (kind, address) in &manifest.sockets {
            match self.end.recv(Some(deadline))? {
                (ToSuccessor::Socket, Some(socket)) => {
                    sockets.push((*kind, listening(socket, *kind, *address)?));
                }
                _ => {
                    let (came, of) = (sockets.len(), manifest.sockets.len());
                    let reason = format!("{came} sockets came, the manifest lists {of}");
                    return Err(UpgradeError::Mismatch(reason));
                }
            }
        }
        Ok(Inheritance { manifest, sockets, secrets })
    }

    /// Says that everything is there to serve this generation.
    ///
    /// # Errors
    /// [`UpgradeError`]: the old one does not wait any more.
    pub fn loaded(&mut self, generation: u64) -> Result<(), UpgradeError> {
        self.end.send(&ToPredecessor::Loaded { generation }, None)?;
        self.end.step(Step::Loaded)
    }

    /// Waits until this process may accept.
    ///
    /// # Errors
    /// [`UpgradeError`]: it may not, and is to end.
    pub fn go(&mut self) -> Result<(), UpgradeError> {
        match self.end.recv(None)? {
            (ToSuccessor::Go, _) => self.end.step(Step::Go),
            (other, _) => Err(self.end.unexpected(&other)),
        }
    }

    /// Says that connections are taken: the old one drains.
    ///
    /// # Errors
    /// [`UpgradeError::Closed`]: the old one has ended already, which changes nothing any more.
    pub fn accepting(&mut self) -> Result<(), UpgradeError> {
        self.end.step(Step::Accepting)?;
        self.end.send(&ToPredecessor::Accepting, None)
    }

    /// Waits for the end of the old one.
    pub fn gone(mut self) {
        // Whatever it still says, and whatever fails: nothing is expected of it any more.
        while self.end.recv::<ToSuccessor>(None).is_ok() {}
        let _ = self.end.step(Step::Closed);
    }

    /// Says why this process cannot take over, before it ends.
    pub fn refuse(&self, reason: &str) {
        // The old one may have given up by itself.
        let _ = self.end.send(&ToPredecessor::Refused { reason: reason.to_owned() }, None);
    }
}

fn check(manifest: &Manifest, flags: &[(Kind, SocketAddr)]) -> Result<(), UpgradeError> {
    if manifest.protocol != PROTOCOL {
        return Err(UpgradeError::Mismatch(format!(
            "version {} hands over by protocol {}, this one takes over by protocol {PROTOCOL}: a \
             restart is needed",
            manifest.version, manifest.protocol
        )));
    }
    for kind in Kind::ALL {
        let of = |all: &[(Kind, SocketAddr)]| {
            let mut own: Vec<_> = all.iter().filter(|(of, _)| *of == kind).copied().collect();
            own.sort();
            own
        };
        if of(flags) != of(&manifest.flags) {
            return Err(UpgradeError::Mismatch(format!(
                "the addresses of --{} have changed: a restart is needed for that",
                kind.name()
            )));
        }
    }
    Ok(())
}

/// What came, if it listens where the manifest says.
fn listening(
    socket: OwnedFd,
    kind: Kind,
    address: SocketAddr,
) -> Result<TcpListener, UpgradeError> {
    let mismatch = |reason: String| {
        UpgradeError::Mismatch(format!("the {} socket of {address}: {reason}", kind.name()))
    };
    match rustix::net::sockopt::socket_acceptconn(&socket) {
        Ok(true) => {}
        _ => return Err(mismatch("what came is no listening socket".to_owned())),
    }
    let socket = TcpListener::from(socket);
    match socket.local_addr() {
        Ok(own) if own == address => Ok(socket),
        Ok(own) => Err(mismatch(format!("what came listens on {own}"))),
        Err(error) => Err(mismatch(error.to_string())),
    }
}
