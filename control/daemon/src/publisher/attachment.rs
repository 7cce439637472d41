//! One attached data plane: hello, snapshot, then a delta whenever there is news, one at a time.

use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use ringgate_ipc::{Channel, Hello, Listener, RecvError, Stats, ToControl, ToData, memfd};
use ringgate_observe::Readings;
use ringgate_table::{Update, encode};
use tokio::io::unix::AsyncFd;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};

use super::channel::{AsyncChannel, registered};
use super::{Member, Publisher};
use crate::limits::{ACK_WAIT_MS_MAX, DATA_PLANES_MAX, HELLO_WAIT_MS_MAX, METERS_BYTES_MAX};

/// Questions that may wait; a data plane this far behind answers none.
const QUESTIONS_MAX: usize = 16;

/// What a data plane is asked for, and where the answer goes.
#[derive(Debug)]
pub(super) enum Question {
    /// Its counters.
    Stats(oneshot::Sender<Stats>),
    /// What its workers have measured.
    Meters(oneshot::Sender<Readings>),
    /// To have a new process take its place.
    Upgrade(oneshot::Sender<Result<u32, String>>),
}

impl Question {
    /// True when whoever asked has given up waiting.
    fn is_closed(&self) -> bool {
        match self {
            Self::Stats(answer) => answer.is_closed(),
            Self::Meters(answer) => answer.is_closed(),
            Self::Upgrade(answer) => answer.is_closed(),
        }
    }
}

/// Why an attachment ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("it closed the table socket")]
    Closed,
    #[error("it sent no hello within {HELLO_WAIT_MS_MAX} ms")]
    NoHello,
    #[error("it did not acknowledge generation {0} within {ACK_WAIT_MS_MAX} ms")]
    NoAck(u64),
    #[error("it sent {0}, which was not expected")]
    Unexpected(&'static str),
    #[error(transparent)]
    Recv(#[from] RecvError),
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Accepts data planes for as long as the process runs.
pub(super) fn listen(publisher: Arc<Publisher>, listener: Listener) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = registered(listener)?;
    tokio::spawn(async move {
        loop {
            match accept(&listener).await {
                Ok(channel) => welcome(&publisher, channel),
                Err(error) => {
                    // Out of file descriptors, most likely: others must be closed first.
                    tracing::warn!(%error, "cannot accept a data plane");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    });
    Ok(())
}

async fn accept(listener: &AsyncFd<Listener>) -> io::Result<Channel> {
    loop {
        let mut ready = listener.readable().await?;
        match listener.get_ref().accept() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready.clear_ready(),
            accepted => return accepted,
        }
    }
}

/// Serves a data plane in a task of its own, if it may be here.
fn welcome(publisher: &Arc<Publisher>, channel: Channel) {
    let own_uid = rustix::process::geteuid().as_raw();
    match channel.peer() {
        Ok(peer) if peer.uid == 0 || peer.uid == own_uid => {}
        Ok(peer) => {
            tracing::warn!(peer.uid, "refused on the table socket: not this user, not root");
            return;
        }
        Err(error) => {
            tracing::warn!(%error, "refused on the table socket: unknown peer");
            return;
        }
    }
    if publisher.attached_count() >= DATA_PLANES_MAX {
        tracing::warn!("refused on the table socket: {DATA_PLANES_MAX} data planes are attached");
        return;
    }
    let publisher = Arc::clone(publisher);
    tokio::spawn(async move {
        let number = publisher.next_attachment();
        let ended = serve(&publisher, channel, number).await;
        publisher.fleet.send_modify(|fleet| fleet.leave(number));
        if let Err(reason) = ended {
            tracing::info!(%reason, "a data plane is gone");
        }
    });
}

async fn serve(publisher: &Publisher, channel: Channel, number: u64) -> Result<(), Ended> {
    let mut channel = AsyncChannel::new(channel)?;
    let hello = hello(&mut channel).await?;
    let Hello { version, pid, workers, driver, generation, .. } = &hello;
    tracing::info!(pid, %version, workers, %driver, generation, "a data plane is attached");
    let pid = *pid;
    let (asked, questions) = mpsc::channel(QUESTIONS_MAX);
    let member = Member::new(hello, asked);
    publisher.fleet.send_modify(|fleet| fleet.join(number, member));
    let known = Known::Unknown;
    let mut attachment = Attachment {
        publisher,
        channel,
        number,
        pid,
        known,
        in_flight: None,
        questions: HashMap::new(),
        questions_made: 0,
    };
    attachment.run(questions).await
}

async fn hello(channel: &mut AsyncChannel) -> Result<Hello, Ended> {
    let wait = Duration::from_millis(HELLO_WAIT_MS_MAX);
    match timeout(wait, channel.recv()).await.map_err(|_| Ended::NoHello)?? {
        Some((ToControl::Hello(hello), _)) => Ok(hello),
        Some(_) => Err(Ended::Unexpected("something before its hello")),
        None => Err(Ended::Closed),
    }
}

/// What we know of the table that the data plane serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// Nothing: it needs a snapshot.
    Unknown,
    /// Exactly this generation: it can take a delta from there.
    Generation(u64),
    /// It refused the snapshot of this generation: it gets the next one, not this again.
    Refused(u64),
}

/// An update that was sent and not answered yet. There is at most one: the next delta then always
/// starts from what the data plane is known to have, and takes in all that happened meanwhile.
#[derive(Clone, Copy, Debug)]
struct InFlight {
    generation: u64,
    is_snapshot: bool,
    until: Instant,
}

struct Attachment<'a> {
    publisher: &'a Publisher,
    channel: AsyncChannel,
    number: u64,
    pid: u32,
    known: Known,
    in_flight: Option<InFlight>,
    questions: HashMap<u64, Question>,
    questions_made: u64,
}

impl Attachment<'_> {
    async fn run(&mut self, mut questions: mpsc::Receiver<Question>) -> Result<(), Ended> {
        let mut news = self.publisher.generation.subscribe();
        loop {
            if self.in_flight.is_none() {
                news.mark_unchanged();
                self.send_news().await?;
            }
            let overdue = self.in_flight.map(|sent| sent.until);
            tokio::select! {
                message = self.channel.recv() => match message? {
                    Some((message, file)) => self.take(message, file)?,
                    None => return Err(Ended::Closed),
                },
                // An error means that the publisher is gone, and this task with it.
                _ = news.changed(), if self.in_flight.is_none() => {}
                Some(question) = questions.recv() => self.ask(question).await?,
                () = until(overdue) => {
                    return Err(Ended::NoAck(self.in_flight.map_or(0, |sent| sent.generation)));
                }
            }
        }
    }

    /// Sends what the data plane lacks, if anything.
    async fn send_news(&mut self) -> Result<(), Ended> {
        // Not the watched number: that one is raised a moment later, and an acknowledgement in
        // between would be followed by a delta from a generation to itself.
        let newest = self.publisher.catalog().generation();
        let delta = match self.known {
            Known::Generation(known) | Known::Refused(known) if known == newest => return Ok(()),
            Known::Generation(known) => self.publisher.catalog().since(known),
            Known::Unknown | Known::Refused(_) => None,
        };
        let is_snapshot = delta.is_none();
        let update = match delta {
            Some(delta) => Update::Delta(delta),
            None => Update::Snapshot(self.publisher.snapshot()),
        };
        let generation = match &update {
            Update::Snapshot(snapshot) => snapshot.generation,
            Update::Delta(delta) => delta.generation,
        };
        // A snapshot may take tens of milliseconds; a delta less than a change of thread.
        let bytes = if is_snapshot {
            tokio::task::spawn_blocking(move || encode(&update)).await.map_err(io::Error::other)?
        } else {
            encode(&update)
        };
        let file = memfd::sealed("ringgate-table", &bytes)?;
        let message = ToData::Update { generation, bytes: bytes.len() as u64 };
        self.channel.send(&message, Some(&file)).await?;
        let until = Instant::now() + Duration::from_millis(ACK_WAIT_MS_MAX);
        self.in_flight = Some(InFlight { generation, is_snapshot, until });
        Ok(())
    }

    fn take(&mut self, message: ToControl, file: Option<OwnedFd>) -> Result<(), Ended> {
        match message {
            ToControl::Ack { generation, micros } => {
                self.answered(generation, "an acknowledgement")?;
                self.known = Known::Generation(generation);
                let number = self.number;
                self.publisher.fleet.send_modify(|fleet| fleet.acked(number, generation, micros));
            }
            ToControl::Nack { generation, path, reason } => {
                let sent = self.answered(generation, "a refusal")?;
                self.refused(sent, format!("{path}: {reason}"));
            }
            ToControl::Stats { id, stats } => {
                if let Some(Question::Stats(answer)) = self.questions.remove(&id) {
                    // Whoever asked may have given up waiting.
                    let _ = answer.send(stats);
                }
            }
            ToControl::Meters { id } => {
                if let Some(Question::Meters(answer)) = self.questions.remove(&id)
                    && let Some(file) = file
                {
                    // Large ones take a while to read.
                    tokio::task::spawn_blocking(move || {
                        if let Some(readings) = readings(&file) {
                            let _ = answer.send(readings);
                        }
                    });
                }
            }
            ToControl::Upgraded { id, outcome } => {
                if let Some(Question::Upgrade(answer)) = self.questions.remove(&id) {
                    let _ = answer.send(outcome);
                }
            }
            ToControl::Draining => {
                let number = self.number;
                self.publisher.fleet.send_modify(|fleet| fleet.draining(number));
            }
            ToControl::UnknownKey { issuer } => self.publisher.unknown_key(issuer),
            ToControl::Hello(_) => return Err(Ended::Unexpected("a second hello")),
        }
        Ok(())
    }

    /// The update that an answer is to.
    fn answered(&mut self, generation: u64, what: &'static str) -> Result<InFlight, Ended> {
        self.in_flight
            .take()
            .filter(|sent| sent.generation == generation)
            .ok_or(Ended::Unexpected(what))
    }

    /// A refused delta is followed by a snapshot: the data plane's table may not be what we think
    /// it is. A refused snapshot is a refused change; the next change is the next try.
    fn refused(&mut self, sent: InFlight, reason: String) {
        let (pid, generation) = (self.pid, sent.generation);
        if sent.is_snapshot {
            tracing::error!(pid, generation, %reason, "a data plane refused its table");
            self.known = Known::Refused(generation);
            let number = self.number;
            self.publisher.fleet.send_modify(|fleet| fleet.refused(number, generation, reason));
        } else {
            tracing::warn!(pid, generation, %reason, "a data plane refused a delta");
            self.known = Known::Unknown;
        }
    }

    async fn ask(&mut self, question: Question) -> Result<(), Ended> {
        self.questions.retain(|_, waiting| !waiting.is_closed());
        if self.questions.len() < QUESTIONS_MAX {
            self.questions_made += 1;
            let id = self.questions_made;
            let message = match &question {
                Question::Stats(_) => ToData::StatsRequest { id },
                Question::Meters(_) => ToData::MetersRequest { id },
                Question::Upgrade(_) => ToData::Upgrade { id },
            };
            self.channel.send(&message, None).await?;
            self.questions.insert(id, question);
        }
        Ok(())
    }
}

/// What a memory file of measurements says, if it is one.
fn readings(file: &OwnedFd) -> Option<Readings> {
    let read = memfd::read_sealed(file, METERS_BYTES_MAX).map_err(|error| error.to_string());
    let decoded = read.and_then(|bytes| Readings::decode(&bytes));
    decoded.map_err(|reason| tracing::warn!(%reason, "unreadable measurements")).ok()
}

/// Never, without a deadline.
async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
