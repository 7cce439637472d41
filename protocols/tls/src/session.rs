use std::io::{self, BufRead, Read};
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, Connection, ServerConfig, ServerConnection};

use crate::hello::Hello;
use crate::limits::{RECORD_OVERHEAD_BYTES_MAX, RECORD_PLAIN_BYTES_MAX};
use crate::{Alpn, Door, Doors, TlsFault, TlsFaultKind, copy, names};

/// The type of a record that holds plaintext (RFC 8446 section 5.1).
const APPLICATION_DATA: u8 = 23;

/// One side of one TLS connection: ciphertext and plaintext in, plaintext and ciphertext out.
/// `LIFECYCLE.md` names its states.
///
/// Nothing waits in it longer than it must: what is received is decrypted at once, what is sent is
/// encrypted at once, and what the handshake, an alert or a key update wants to say waits for
/// [`Session::take_output`] or goes in front of the next [`Session::send`].
pub struct Session {
    state: State,
    /// The peer said close_notify.
    ended: bool,
    /// We said close_notify.
    closed: bool,
}

// Boxed: a connection's future moves a pointer, not a kilobyte and a half.
enum State {
    /// The client's hello decides how the handshake goes.
    Hello(Box<Hello>),
    /// The rest.
    Going(Box<Connection>, Option<Arc<Door>>),
    /// The hello was refused; the alert may still wait.
    Refused(TlsFault, Vec<u8>),
}

/// What became of received bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Plaintext appended.
    pub plain_bytes: usize,
    /// The handshake ended in this call.
    pub established: bool,
    /// The peer has said close_notify, in this call or before: no more plaintext comes.
    pub ended: bool,
}

impl Session {
    /// The server's side of a connection just accepted.
    ///
    /// # Errors
    /// [`TlsFaultKind::Internal`].
    pub fn inbound(config: Arc<ServerConfig>) -> Result<Self, TlsFault> {
        Ok(Self::new(ServerConnection::new(config)?.into()))
    }

    /// The same, where the name that the client asks for says which configuration counts.
    ///
    /// # Errors
    /// [`TlsFaultKind::Internal`].
    pub fn at(doors: &Arc<Doors>) -> Result<Self, TlsFault> {
        let Some(door) = doors.only() else {
            return Ok(Self::in_state(State::Hello(Box::new(Hello::new(doors.clone())))));
        };
        let connection = ServerConnection::new(door.config.clone())?;
        Ok(Self::in_state(State::Going(Box::new(connection.into()), Some(door.clone()))))
    }

    /// The client's side of a connection to an origin. `name` is sent as SNI, unless it is an
    /// address, and is what the origin's certificate must be for. The hello waits in
    /// [`Session::take_output`].
    ///
    /// # Errors
    /// [`TlsFaultKind::Internal`].
    pub fn outbound(
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
    ) -> Result<Self, TlsFault> {
        Ok(Self::new(ClientConnection::new(config, name)?.into()))
    }

    fn new(connection: Connection) -> Self {
        Self::in_state(State::Going(Box::new(connection), None))
    }

    fn in_state(state: State) -> Self {
        Self { state, ended: false, closed: false }
    }

    /// None before the hello is there.
    fn connection(&self) -> Option<&Connection> {
        match &self.state {
            State::Going(connection, _) => Some(connection),
            State::Hello(_) | State::Refused(..) => None,
        }
    }

    /// Takes all of `cipher`, as it came from one read of the socket, and appends to `plain` what
    /// it holds: always less. What follows the peer's close_notify, or our own, is thrown away.
    ///
    /// # Errors
    /// The session is over; every later call says so again. What was received before the fault
    /// has been appended. The alert waits in [`Session::take_output`], if the peer is owed one and
    /// rustls has one: it ends a few rare violations, such as a hello over 64 KiB, without a word.
    pub fn receive(&mut self, cipher: &[u8], plain: &mut Vec<u8>) -> Result<Received, TlsFault> {
        let (before, handshaking) = (plain.len(), self.is_handshaking());
        if !self.closed {
            self.decrypt(cipher, plain)?;
            self.trim();
        }
        Ok(Received {
            plain_bytes: plain.len().saturating_sub(before),
            established: handshaking && !self.is_handshaking(),
            ended: self.ended,
        })
    }

    fn decrypt(&mut self, mut cipher: &[u8], plain: &mut Vec<u8>) -> Result<(), TlsFault> {
        self.hear(&mut cipher)?;
        let State::Going(connection, _) = &mut self.state else { return Ok(()) };
        while !cipher.is_empty() && !self.ended {
            let taken = connection.read_tls(&mut copy::Source(&mut cipher));
            let processed = connection.process_new_packets();
            if let Ok(state) = &processed {
                plain.reserve(state.plaintext_bytes_to_read());
                self.ended = state.peer_has_closed();
            }
            append_plaintext(connection, plain);
            processed?;
            if !matches!(taken, Ok(1..)) {
                // Neither full nor at an end: rustls says so of handshake messages too long.
                return Err(TlsFaultKind::Malformed.into());
            }
        }
        Ok(())
    }

    /// Takes the client's hello, if that is what is waited for; leaves what follows it.
    fn hear(&mut self, cipher: &mut &[u8]) -> Result<(), TlsFault> {
        match &mut self.state {
            State::Going(..) => Ok(()),
            State::Refused(fault, _) => Err(fault.clone()),
            State::Hello(hello) => match hello.receive(cipher) {
                Ok(None) => Ok(()),
                Ok(Some((connection, door))) => {
                    let mut connection = Box::new(Connection::from(connection));
                    // What the same record held behind the hello.
                    let processed = connection.process_new_packets().map(drop);
                    self.state = State::Going(connection, Some(door));
                    Ok(processed?)
                }
                Err(refused) => {
                    self.state = State::Refused(refused.fault.clone(), refused.alert);
                    Err(refused.fault)
                }
            },
        }
    }

    /// rustls shrinks its buffer of ciphertext (32 KiB after full records) only before the next
    /// read, which an idle connection has none of. This is such a read, of nothing.
    fn trim(&mut self) {
        if let State::Going(connection, _) = &mut self.state {
            let _ = connection.read_tls(&mut NothingYet);
        }
    }

    /// Appends `plain` to `cipher` as records, after what [`Session::take_output`] would give: all
    /// of it, so that one write of the socket takes it.
    ///
    /// # Errors
    /// [`TlsFaultKind::NotEstablished`], [`TlsFaultKind::Closed`],
    /// [`TlsFaultKind::KeysExhausted`] (what was appended before it, and close_notify, may still be
    /// written), or the fault that ended the session before.
    pub fn send(&mut self, plain: &[u8], cipher: &mut Vec<u8>) -> Result<(), TlsFault> {
        if self.closed {
            return Err(TlsFaultKind::Closed.into());
        }
        let connection = match &mut self.state {
            State::Hello(_) => return Err(TlsFaultKind::NotEstablished.into()),
            State::Refused(fault, _) => return Err(fault.clone()),
            State::Going(connection, _) => connection,
        };
        connection.process_new_packets()?;
        if connection.is_handshaking() {
            return Err(TlsFaultKind::NotEstablished.into());
        }
        take_output(connection, cipher);
        let records = plain.len().div_ceil(RECORD_PLAIN_BYTES_MAX);
        let overhead = records.saturating_mul(RECORD_OVERHEAD_BYTES_MAX);
        cipher.reserve(plain.len().saturating_add(overhead));
        // One record at a time: rustls keeps each in a vector of its own until it is taken, and
        // this way it is the same one, still in the cache.
        for record in plain.chunks(RECORD_PLAIN_BYTES_MAX) {
            let before = cipher.len();
            // The only error is a fault of before, which was looked for.
            let _ = copy::write(connection.writer(), record);
            take_output(connection, cipher);
            // rustls answers with an alert instead, and takes the plaintext for sent.
            if cipher.get(before) != Some(&APPLICATION_DATA) {
                return Err(TlsFaultKind::KeysExhausted.into());
            }
        }
        Ok(())
    }

    /// Appends to `cipher` what waits to be sent: handshake messages, tickets, key updates, alerts.
    pub fn take_output(&mut self, cipher: &mut Vec<u8>) {
        match &mut self.state {
            State::Hello(_) => {}
            State::Going(connection, _) => take_output(connection, cipher),
            State::Refused(_, alert) => cipher.append(alert),
        }
    }

    /// True when [`Session::take_output`] has something to give.
    pub fn has_output(&self) -> bool {
        match &self.state {
            State::Hello(_) => false,
            State::Going(connection, _) => connection.wants_write(),
            State::Refused(_, alert) => !alert.is_empty(),
        }
    }

    /// Ends our side: appends what waits and close_notify, unless a fatal alert was said, or
    /// nothing was heard yet.
    pub fn close(&mut self, cipher: &mut Vec<u8>) {
        self.closed = true;
        if let State::Going(connection, _) = &mut self.state {
            connection.send_close_notify();
        }
        self.take_output(cipher);
    }

    /// The socket's input ended: was that the end of the session? After our own end there was
    /// nothing left to miss.
    ///
    /// # Errors
    /// [`TlsFaultKind::Truncated`] when close_notify did not come first.
    pub fn end_of_input(&self) -> Result<(), TlsFault> {
        if self.ended || self.closed { Ok(()) } else { Err(TlsFaultKind::Truncated.into()) }
    }

    /// True until the handshake is over.
    pub fn is_handshaking(&self) -> bool {
        self.connection().is_none_or(|connection| connection.is_handshaking())
    }

    /// The protocol agreed on; none where the client did not ask, or the server did not answer.
    pub fn alpn(&self) -> Option<Alpn> {
        self.connection()?.alpn_protocol().and_then(Alpn::from_name)
    }

    /// The name a client asked for (SNI), in lower case.
    pub fn server_name(&self) -> Option<&str> {
        match self.connection()? {
            Connection::Server(connection) => connection.server_name(),
            Connection::Client(_) => None,
        }
    }

    /// What the listener does for that name ([`Session::at`]).
    pub fn door(&self) -> Option<&Arc<Door>> {
        match &self.state {
            State::Going(_, door) => door.as_ref(),
            State::Hello(_) | State::Refused(..) => None,
        }
    }

    /// The certificates that the peer has shown, its own first: in this handshake, or in the one
    /// that began the session which was taken up again.
    pub fn peer_certificates(&self) -> Option<&[CertificateDer<'static>]> {
        self.connection()?.peer_certificates()
    }

    /// `TLSv1.2` or `TLSv1.3`, once agreed on: `$context.tlsVersion` of AWS's access logs.
    pub fn version(&self) -> Option<&'static str> {
        self.connection()?.protocol_version().map(names::version)
    }

    /// The cipher suite by its IANA name, once agreed on: AWS's `$context.cipherSuite`.
    pub fn cipher_suite(&self) -> Option<&'static str> {
        let suite = self.connection()?.negotiated_cipher_suite();
        suite.map(|suite| names::cipher_suite(suite.suite()))
    }

    /// The key exchange group by its IANA name; none for a resumed TLS 1.2 session.
    pub fn group(&self) -> Option<&'static str> {
        let group = self.connection()?.negotiated_key_exchange_group();
        group.map(|group| names::group(group.name()))
    }

    /// True where an earlier session was taken up again.
    pub fn is_resumed(&self) -> bool {
        let kind = self.connection().and_then(|connection| connection.handshake_kind());
        kind == Some(rustls::HandshakeKind::Resumed)
    }
}

fn take_output(connection: &mut Connection, cipher: &mut Vec<u8>) {
    while connection.wants_write() {
        // Writing to a vector cannot fail.
        let _ = connection.write_tls(&mut copy::Sink(cipher));
    }
}

/// rustls holds a vector for each record; it is copied once, and freed.
fn append_plaintext(connection: &mut Connection, plain: &mut Vec<u8>) {
    let mut reader = connection.reader();
    while let Ok(piece @ [_, ..]) = reader.fill_buf() {
        let bytes = piece.len();
        copy::append(plain, piece);
        reader.consume(bytes);
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("handshaking", &self.is_handshaking())
            .field("version", &self.version())
            .field("alpn", &self.alpn())
            .field("ended", &self.ended)
            .field("closed", &self.closed)
            .finish()
    }
}

/// A source without bytes that is not at its end.
struct NothingYet;

impl Read for NothingYet {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }
}
