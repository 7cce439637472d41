use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ringgate_ipc::inherited::UPGRADE_FD_VARIABLE;
use ringgate_ipc::upgrade::{Manifest, Predecessor, UpgradeError};
use ringgate_ipc::{Channel, passing};
use ringgate_table::Tables;

use super::Program;
use crate::last_good::LastGood;
use crate::limits::{ACCEPTING_MS_MAX, LAST_WORDS_MS};
use crate::sockets::Socket;

/// The old side: starts the new process and hands over, on a thread of its own. Nothing in this
/// process changes until the new one accepts.
pub(crate) struct Offer {
    pub program: Program,
    pub manifest: Manifest,
    pub secrets: Vec<u8>,
    /// As the manifest lists them.
    pub sockets: Vec<Socket>,
    pub tables: Arc<Tables>,
    pub last_good: Arc<Mutex<LastGood>>,
    /// This process was told to stop meanwhile.
    pub stopping: Arc<AtomicBool>,
}

/// The new process, which accepts.
#[derive(Debug)]
pub(crate) struct Replaced {
    pub pid: u32,
    /// The generation it began with.
    pub generation: u64,
    /// Closed by the end of this process, which the new one takes note of.
    pub _end: Predecessor,
}

impl Offer {
    /// Starts the new process and waits until it accepts.
    ///
    /// # Errors
    /// Why not, for people; the new process is gone then, and this one serves as before.
    pub(crate) fn run(self) -> Result<Replaced, String> {
        let (old, new) = Channel::pair().map_err(|error| format!("a socket pair: {error}"))?;
        let mut child = self.start(&new).map_err(|error| {
            format!("{} does not start: {error}", self.program.path().display())
        })?;
        // Its end of the pair is its own: once it is gone, this end hears of it.
        drop(new);
        match self.hand_over(old) {
            Ok((generation, end)) => Ok(Replaced { pid: child.id(), generation, _end: end }),
            Err(error) => {
                let ended = match &error {
                    UpgradeError::Closed { .. } => last_words(&mut child),
                    _ => None,
                };
                // It accepts nothing yet, so nothing is lost with it. It may be gone already.
                let _ = child.kill();
                let _ = child.wait();
                let how = ended.map(|status| format!(", with {status}")).unwrap_or_default();
                Err(format!("the new process: {error}{how}"))
            }
        }
    }

    fn start(&self, new: &Channel) -> io::Result<Child> {
        let mut command = self.program.command();
        command.env(UPGRADE_FD_VARIABLE, new.as_raw_fd().to_string());
        // No other thread of this process starts programs.
        let exposed = [new.as_fd()];
        let started = passing::expose(&exposed).and_then(|()| command.spawn());
        passing::conceal(&exposed)?;
        started
    }

    fn hand_over(&self, channel: Channel) -> Result<(u64, Predecessor), UpgradeError> {
        let sockets: Vec<_> = self.sockets.iter().map(|(_, socket)| socket.as_fd()).collect();
        let mut end = Predecessor::offer(channel, &self.manifest, &self.secrets, &sockets)?;
        let generation = end.loaded()?;
        if self.stopping.load(Ordering::Relaxed) {
            return Err(UpgradeError::Refused("this process was told to stop".to_owned()));
        }
        self.last_good().hand_over();
        let went = end.go(Duration::from_millis(ACCEPTING_MS_MAX));
        if went.is_err() {
            let mut last_good = self.last_good();
            if let Err(error) = last_good.take_over(&self.tables.current()) {
                say!("the table is live but cannot be kept on disk: {error}");
            }
        }
        went.map(|()| (generation, end))
    }

    fn last_good(&self) -> MutexGuard<'_, LastGood> {
        self.last_good.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a process ended that is about to: its socket closes a moment before.
fn last_words(child: &mut Child) -> Option<ExitStatus> {
    let deadline = Instant::now() + Duration::from_millis(LAST_WORDS_MS);
    loop {
        match child.try_wait() {
            Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(1)),
            Ok(status) => return status,
            Err(_) => return None,
        }
    }
}
