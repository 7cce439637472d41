//! Epoll, level-triggered, with one number per socket.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::buffer::spare_capacity;
use rustix::event::epoll;

use crate::clock::timespec;

/// Events taken from the kernel at once.
const EVENTS_MAX: usize = 256;

/// What a socket waits for. Errors and hang-ups always wake it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Bytes to read, or the end.
    Read,
    /// Room to write, and nothing else: a peer that does not read is not read from.
    Write,
    /// Both.
    ReadWrite,
}

impl Interest {
    fn flags(self) -> epoll::EventFlags {
        match self {
            Self::Read => epoll::EventFlags::IN,
            Self::Write => epoll::EventFlags::OUT,
            Self::ReadWrite => epoll::EventFlags::IN | epoll::EventFlags::OUT,
        }
    }
}

/// A socket that can go on.
#[derive(Clone, Copy, Debug)]
pub struct Ready {
    /// The number it was added with.
    pub key: u64,
    /// It may be read, or has failed or ended.
    pub read: bool,
    /// It may be written, or has failed or ended.
    pub write: bool,
}

/// An epoll instance and its buffer of events.
pub struct Poller {
    epoll: OwnedFd,
    events: Vec<epoll::Event>,
}

impl fmt::Debug for Poller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Poller").field(&self.epoll).finish()
    }
}

impl Poller {
    /// A new instance.
    ///
    /// # Errors
    /// What `epoll_create1` says.
    pub fn new() -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        Ok(Self { epoll, events: Vec::with_capacity(EVENTS_MAX) })
    }

    /// Watches `socket`; closing it ends that.
    ///
    /// # Errors
    /// What `epoll_ctl` says.
    pub fn add(&self, socket: impl AsFd, key: u64, interest: Interest) -> io::Result<()> {
        let data = epoll::EventData::new_u64(key);
        Ok(epoll::add(&self.epoll, socket, data, interest.flags())?)
    }

    /// Changes what a watched `socket` waits for.
    ///
    /// # Errors
    /// What `epoll_ctl` says.
    pub fn modify(&self, socket: impl AsFd, key: u64, interest: Interest) -> io::Result<()> {
        let data = epoll::EventData::new_u64(key);
        Ok(epoll::modify(&self.epoll, socket, data, interest.flags())?)
    }

    /// Stops watching `socket`.
    ///
    /// # Errors
    /// What `epoll_ctl` says.
    pub fn remove(&self, socket: impl AsFd) -> io::Result<()> {
        Ok(epoll::delete(&self.epoll, socket)?)
    }

    /// Waits at most `timeout_ns` (None: without end) and puts what is ready into `ready`. A signal
    /// counts as a time-out.
    ///
    /// # Errors
    /// What `epoll_pwait2` says.
    pub fn wait(&mut self, ready: &mut Vec<Ready>, timeout_ns: Option<u64>) -> io::Result<()> {
        ready.clear();
        self.events.clear();
        let timeout = timeout_ns.map(timespec);
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let failed = epoll::EventFlags::ERR | epoll::EventFlags::HUP;
        ready.extend(self.events.iter().map(|event| {
            // The fields of a packed struct, copied before use.
            let (flags, data) = (event.flags, event.data);
            Ready {
                key: data.u64(),
                read: flags.intersects(epoll::EventFlags::IN | failed),
                write: flags.intersects(epoll::EventFlags::OUT | failed),
            }
        }));
        Ok(())
    }
}
