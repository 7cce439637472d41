use std::sync::Arc;

use rustls::ServerConnection;
use rustls::server::{AcceptedAlert, Acceptor};

use crate::{Door, Doors, TlsFault, TlsFaultKind, copy};

/// A server's session before the client's hello is whole, where the name in it decides how the
/// handshake goes.
pub(crate) struct Hello {
    acceptor: Acceptor,
    doors: Arc<Doors>,
}

/// A hello that was refused: why, and the alert that the client is owed.
pub(crate) struct Refused {
    pub(crate) fault: TlsFault,
    pub(crate) alert: Vec<u8>,
}

impl Hello {
    pub(crate) fn new(doors: Arc<Doors>) -> Self {
        Self { acceptor: Acceptor::default(), doors }
    }

    /// Takes from `cipher` up to the end of the hello, or all of it: `None` while more must come.
    pub(crate) fn receive(
        &mut self,
        cipher: &mut &[u8],
    ) -> Result<Option<(ServerConnection, Arc<Door>)>, Refused> {
        while !cipher.is_empty() {
            let taken = self.acceptor.read_tls(&mut copy::Source(cipher));
            if let Some(accepted) = self.acceptor.accept().map_err(refused)? {
                let door = self.doors.at(&accepted.client_hello()).clone();
                let connection = accepted.into_connection(door.config.clone()).map_err(refused)?;
                return Ok(Some((connection, door)));
            }
            if !matches!(taken, Ok(1..)) {
                return Err(Refused { fault: TlsFaultKind::Malformed.into(), alert: Vec::new() });
            }
        }
        Ok(None)
    }
}

fn refused((error, mut alert): (rustls::Error, AcceptedAlert)) -> Refused {
    let mut bytes = Vec::new();
    // Writing to a vector cannot fail.
    let _ = alert.write_all(&mut bytes);
    Refused { fault: error.into(), alert: bytes }
}
