use std::fmt::{self, Display};

use rustls::HandshakeKind;
use rustls::client::UnbufferedClientConnection;
use rustls::unbuffered::{ConnectionState, UnbufferedStatus};

use super::Log;
use crate::client::protocol::Fault;

/// Bytes that a record has more than what it carries, and what it may carry.
const RECORD_OVERHEAD_BYTES: usize = 64;
const RECORD_BYTES_MAX: usize = 16 * 1024;
/// Bytes of what a client sends at once in a handshake.
const FLIGHT_BYTES_MAX: usize = 4096;

/// A connection's TLS: bytes in, bytes and plaintext out, no socket.
pub(in crate::client) struct TlsSession {
    connection: UnbufferedClientConnection,
    /// Bytes of a record that is not whole.
    partial: Vec<u8>,
    is_ready: bool,
    alpn: &'static [u8],
    log: Log,
}

impl TlsSession {
    pub(super) fn new(
        connection: UnbufferedClientConnection,
        alpn: &'static [u8],
        log: Log,
    ) -> Self {
        Self { connection, partial: Vec::new(), is_ready: false, alpn, log }
    }

    /// The handshake is done: plaintext may be sent.
    pub(in crate::client) fn is_ready(&self) -> bool {
        self.is_ready
    }

    /// Bytes that belong in front of those that come next.
    pub(in crate::client) fn partial(&self) -> &[u8] {
        &self.partial
    }

    /// Takes [`Self::partial`] and what came behind it; gives plaintext to `deliver`, and puts what
    /// is to be sent into `out`. The first call, with nothing, begins the handshake.
    pub(in crate::client) fn take(
        &mut self,
        incoming: &mut [u8],
        out: &mut Vec<u8>,
        deliver: &mut dyn FnMut(&[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut used = 0;
        loop {
            let rest = incoming.get_mut(used..).unwrap_or_default();
            let UnbufferedStatus { discard, state, .. } = self.connection.process_tls_records(rest);
            used += discard;
            match state.map_err(failed)? {
                ConnectionState::ReadTraffic(mut traffic) => {
                    while let Some(record) = traffic.next_record() {
                        let record = record.map_err(failed)?;
                        used += record.discard;
                        deliver(record.payload)?;
                    }
                }
                ConnectionState::EncodeTlsData(mut data) => {
                    let start = out.len();
                    out.resize(start + FLIGHT_BYTES_MAX, 0);
                    let room = out.get_mut(start..).unwrap_or_default();
                    let written = data.encode(room).map_err(failed)?;
                    out.truncate(start + written);
                }
                // `out` is sent after this call.
                ConnectionState::TransmitTlsData(data) => data.done(),
                // What comes behind the end counts for nothing.
                ConnectionState::PeerClosed => used = incoming.len(),
                ConnectionState::WriteTraffic(_) => break self.note_ready()?,
                _ => break,
            }
        }
        self.partial.clear();
        self.partial.extend_from_slice(incoming.get(used..).unwrap_or_default());
        Ok(())
    }

    /// Puts `plain` into `out` as records, once the handshake is done.
    pub(in crate::client) fn encrypt(
        &mut self,
        plain: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        let UnbufferedStatus { state, .. } = self.connection.process_tls_records(&mut []);
        let Ok(ConnectionState::WriteTraffic(mut traffic)) = state else {
            return Err(failed("not ready to send"));
        };
        let start = out.len();
        let records = plain.len() / RECORD_BYTES_MAX + 1;
        out.resize(start + plain.len() + records * RECORD_OVERHEAD_BYTES, 0);
        let room = out.get_mut(start..).unwrap_or_default();
        let written = traffic.encrypt(plain, room).map_err(failed)?;
        out.truncate(start + written);
        Ok(())
    }

    /// Notes what the handshake agreed on, once.
    fn note_ready(&mut self) -> Result<(), Fault> {
        if std::mem::replace(&mut self.is_ready, true) {
            return Ok(());
        }
        let connection = &self.connection;
        let alpn = connection.alpn_protocol().unwrap_or_default();
        let suite = connection.negotiated_cipher_suite().map(|suite| suite.suite());
        let group = connection.negotiated_key_exchange_group().map(|group| group.name());
        let mut log = self.log.lock();
        log.finished += 1;
        log.resumed += u64::from(connection.handshake_kind() != Some(HandshakeKind::Full));
        if log.agreed.is_empty() {
            let names = suite.zip(group).map(|(suite, group)| format!("{suite:?} {group:?}"));
            log.agreed = format!("{} {}", names.unwrap_or_default(), alpn.escape_ascii());
        }
        if self.alpn == b"h2" && alpn != b"h2" {
            return Err(failed("the server does not choose h2 by ALPN"));
        }
        Ok(())
    }
}

impl fmt::Debug for TlsSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsSession").field("is_ready", &self.is_ready).finish_non_exhaustive()
    }
}

fn failed(error: impl Display) -> Fault {
    format!("TLS: {error}")
}
