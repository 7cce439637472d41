use std::cell::{Cell, RefCell};
use std::future::Future;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use ringgate_runtime::{Buf, BufPool, Quiet, Revoke, Stream};
use ringgate_tls::{Alpn, ClientConfig, Doors, ServerName, Session, TlsFault};

use crate::limits::{
    BUFFER_BYTES, BULK_BUFFER_BYTES, BULK_CIPHER_IN_BYTES, CIPHER_IN_BYTES, RECORDS_BYTES_MAX,
    SPARE_BUFFERS_MAX, SPARE_BULK_BUFFERS_MAX,
};
use crate::tls::Client;

/// A worker's buffers for ciphertext. A connection has one only while it reads or writes.
#[derive(Debug)]
pub(crate) struct TlsBuffers {
    /// Read into: what one holds always fits, decrypted, into the plaintext's buffer.
    input: Rc<BufPool>,
    bulk_input: Rc<BufPool>,
    /// Written from.
    output: Rc<BufPool>,
    bulk_output: Rc<BufPool>,
}

impl TlsBuffers {
    pub(crate) fn new() -> Rc<Self> {
        Rc::new(Self {
            input: BufPool::new(CIPHER_IN_BYTES, SPARE_BUFFERS_MAX),
            bulk_input: BufPool::new(BULK_CIPHER_IN_BYTES, SPARE_BULK_BUFFERS_MAX),
            output: BufPool::new(BUFFER_BYTES, SPARE_BUFFERS_MAX),
            bulk_output: BufPool::new(BULK_BUFFER_BYTES, SPARE_BULK_BUFFERS_MAX),
        })
    }

    /// Every pool, to be shrunk.
    pub(crate) fn pools(&self) -> [&BufPool; 4] {
        [&self.input, &self.bulk_input, &self.output, &self.bulk_output]
    }

    fn input_for(&self, plain: &Buf) -> &Rc<BufPool> {
        if plain.capacity() >= BULK_BUFFER_BYTES { &self.bulk_input } else { &self.input }
    }

    fn output_for(&self, plain_bytes: usize) -> &Rc<BufPool> {
        // A record adds 22 bytes to 16 KiB at most; a kilobyte is room for tickets in front.
        if plain_bytes + 1024 > BUFFER_BYTES { &self.bulk_output } else { &self.output }
    }
}

/// A TLS connection: a socket and its session.
///
/// Every flight leaves in one write. What the session has to say beside data (tickets after a
/// handshake, an answer to a key update) goes in front of the next data, as RFC 8446 section 4.6.3
/// wants it at the latest, or by [`TlsLink::flush`].
pub(crate) struct TlsLink {
    stream: Stream,
    session: RefCell<Session>,
    buffers: Rc<TlsBuffers>,
    /// A write is under way: its records must not be torn apart by another's.
    writing: Cell<bool>,
}

impl TlsLink {
    /// The server's side of a connection just accepted, up to the end of the handshake. `plain`
    /// gets what came with it.
    ///
    /// The client is there where the name it asked for asks for its certificate.
    ///
    /// # Errors
    /// The alert has been sent where one is due.
    pub(crate) async fn accept(
        stream: Stream,
        doors: &Arc<Doors>,
        buffers: &Rc<TlsBuffers>,
        plain: &mut Buf,
    ) -> io::Result<(Self, Option<Client>)> {
        let session = Session::at(doors).map_err(broken)?;
        let link = Self::handshake(stream, session, buffers, plain, LastFlight::Waits).await?;
        let client = Client::of(&link.session.borrow());
        match client {
            Ok(client) => Ok((link, client)),
            Err(distrust) => {
                link.close().await;
                Err(io::Error::new(io::ErrorKind::PermissionDenied, distrust.reason()))
            }
        }
    }

    /// The client's side of a connection just made, up to the end of the handshake.
    ///
    /// # Errors
    /// The origin's certificate is not what it should be, among others.
    pub(crate) async fn connect(
        stream: Stream,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        buffers: &Rc<TlsBuffers>,
    ) -> io::Result<Self> {
        let session = Session::outbound(config, name).map_err(broken)?;
        let mut plain = Buf::default();
        let link = Self::handshake(stream, session, buffers, &mut plain, LastFlight::Goes).await?;
        // An origin says nothing before it is asked.
        if plain.is_empty() { Ok(link) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    async fn handshake(
        stream: Stream,
        session: Session,
        buffers: &Rc<TlsBuffers>,
        plain: &mut Buf,
        last_flight: LastFlight,
    ) -> io::Result<Self> {
        let link = Self {
            stream,
            session: RefCell::new(session),
            buffers: buffers.clone(),
            writing: Cell::new(false),
        };
        link.flush().await?;
        while link.session.borrow().is_handshaking() {
            let received = link.receive(plain).await;
            let over = received.is_ok() && !link.session.borrow().is_handshaking();
            if !over || last_flight == LastFlight::Goes || !link.owes_only_tickets() {
                link.flush().await?;
            }
            if received?.is_none() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(link)
    }

    /// True where a client has all it needs to go on once its own last flight is here: in TLS 1.3.
    /// In TLS 1.2 it waits for our Finished.
    fn owes_only_tickets(&self) -> bool {
        self.session.borrow().version() == Some("TLSv1.3")
    }

    pub(crate) fn stream(&self) -> &Stream {
        &self.stream
    }

    /// The protocol agreed on.
    pub(crate) fn alpn(&self) -> Option<Alpn> {
        self.session.borrow().alpn()
    }

    /// One read of the socket. `Ok(0)`: nothing for the application in it; `None`: the end.
    async fn receive(&self, plain: &mut Buf) -> io::Result<Option<usize>> {
        let pool = self.buffers.input_for(plain);
        let (result, cipher) = self.stream.read(pool.take()).await;
        self.decrypt(result, cipher, plain)
    }

    fn decrypt(
        &self,
        result: io::Result<usize>,
        cipher: Buf,
        plain: &mut Buf,
    ) -> io::Result<Option<usize>> {
        let mut session = self.session.borrow_mut();
        let received = match result {
            Ok(0) => session.end_of_input().map(|()| None).map_err(broken),
            Ok(_) => match session.receive(cipher.filled(), plain.as_vec()) {
                Ok(received) if received.plain_bytes == 0 && received.ended => Ok(None),
                Ok(received) => Ok(Some(received.plain_bytes)),
                Err(fault) => Err(broken(fault)),
            },
            Err(error) => Err(error),
        };
        self.buffers.input_for(plain).give(cipher);
        received
    }

    pub(crate) async fn read(&self, mut plain: Buf) -> (io::Result<usize>, Buf) {
        loop {
            match self.receive(&mut plain).await {
                Ok(Some(0)) => {}
                Ok(bytes) => return (Ok(bytes.unwrap_or(0)), plain),
                Err(error) => return (self.failed(error).await, plain),
            }
        }
    }

    pub(crate) async fn read_or_quiet(
        &self,
        mut plain: Buf,
        revoke: &mut Revoke,
        quiet: impl Future<Output = ()>,
    ) -> Quiet {
        let pool = self.buffers.input_for(&plain);
        match self.stream.read_or_quiet(pool.take(), revoke, quiet).await {
            Quiet::Quiet(cipher) => {
                pool.give(cipher);
                // Tickets that waited for an answer to go with: none has come for long enough.
                let _ = self.flush().await;
                Quiet::Quiet(plain)
            }
            Quiet::Read(result, cipher) => {
                match self.decrypt(result, cipher, &mut plain) {
                    // Half a record; the rest is on its way.
                    Ok(Some(0)) => {
                        let (result, plain) = self.read(plain).await;
                        Quiet::Read(result, plain)
                    }
                    Ok(bytes) => Quiet::Read(Ok(bytes.unwrap_or(0)), plain),
                    Err(error) => Quiet::Read(self.failed(error).await, plain),
                }
            }
        }
    }

    /// Sends the alert that is due, unless a write is under way.
    async fn failed(&self, error: io::Error) -> io::Result<usize> {
        if !self.writing.get() {
            let _ = self.flush().await;
        }
        Err(error)
    }

    pub(crate) async fn write_some(&self, mut plain: Buf, end: usize) -> (io::Result<usize>, Buf) {
        let bytes = end.min(plain.len()).min(RECORDS_BYTES_MAX);
        let pool = self.buffers.output_for(bytes);
        let mut cipher = pool.take();
        let piece = plain.filled().get(..bytes).unwrap_or_default();
        if let Err(fault) = self.session.borrow_mut().send(piece, cipher.as_vec()) {
            return (Err(broken(fault)), plain);
        }
        let (result, cipher) = self.write(cipher).await;
        pool.give(cipher);
        plain.consume(bytes);
        (result.map(|()| bytes), plain)
    }

    /// Sends what the session has to say beside data.
    pub(crate) async fn flush(&self) -> io::Result<()> {
        if !self.session.borrow().has_output() || self.writing.get() {
            return Ok(());
        }
        let mut cipher = self.buffers.output.take();
        self.session.borrow_mut().take_output(cipher.as_vec());
        let (result, cipher) = self.write(cipher).await;
        self.buffers.output.give(cipher);
        result
    }

    /// Says close_notify.
    pub(crate) async fn close(&self) {
        if self.writing.get() {
            return;
        }
        let mut cipher = self.buffers.output.take();
        self.session.borrow_mut().close(cipher.as_vec());
        // A peer that is gone needs no goodbye.
        let (_, cipher) = self.write(cipher).await;
        self.buffers.output.give(cipher);
    }

    async fn write(&self, cipher: Buf) -> (io::Result<()>, Buf) {
        self.writing.set(true);
        let (result, cipher) = self.stream.write_all(cipher).await;
        self.writing.set(false);
        (result, cipher)
    }
}

/// What becomes of what is to be said when the handshake is over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LastFlight {
    /// A client's has the end of the handshake in it.
    Goes,
    /// A server's has tickets in it, which can go with the first answer.
    Waits,
}

fn broken(fault: TlsFault) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, fault)
}
