//! TLS 1.3, the client's side.

mod config;
mod session;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

pub(super) use config::TlsClient;
pub(super) use session::TlsSession;

/// TLS handshakes of a run, and what they agreed on.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Handshakes {
    /// Finished.
    pub finished: u64,
    /// Finished, though not in full.
    pub resumed: u64,
    /// NewSessionTicket messages that came.
    pub tickets: u64,
    /// Cipher suite, key exchange and application protocol of the last one.
    pub agreed: String,
}

/// Handshakes as all connections of a run note them.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Handshakes>>);

impl Log {
    fn lock(&self) -> MutexGuard<'_, Handshakes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
