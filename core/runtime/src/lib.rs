//! Thread-per-core I/O: the only crate that names monoio.
//!
//! A [`Worker`](worker::start) is one pinned thread with its own ring (or epoll set), its own
//! buffers and its own connections; nothing here is shared between workers but the [`Inbox`].
//!
//! Rules for monoio 0.2.4, kept here once so that nobody above has to know them:
//! - Buffers are owned by the kernel while a read or write is under way ([`Buf`] moves in and out).
//! - Dropping a read or write may lose bytes, so nobody does: a wait is ended from outside by the
//!   [`Watch`] of its connection, which shuts the socket down; the read then ends by itself.
//! - A quiet connection holds no buffer: [`Stream::read_or_quiet`] gives the read up and
//!   [`Stream::readable`] waits without one.
//! - A dropped accept leaks a descriptor: [`Listener`] cancels, then awaits, then serves the race.
//! - A task that wakes itself runs next: with epoll one gives way by [`Turns`].
//! - No waker crosses threads: a thread reaches a worker only through its [`Inbox`].
#![warn(missing_docs)]

mod buffer;
mod clock;
mod drain;
mod driver;
mod inbox;
mod listener;
mod memory;
mod revoke;
mod select;
mod stream;
mod turns;
mod watch;
pub mod worker;

pub use buffer::{Buf, BufPool};
pub use clock::Clock;
pub use drain::Drain;
pub use driver::{Driver, Probe, probe};
pub use inbox::{Inbox, InboxSender, inbox};
pub use listener::{Accepted, Listener};
pub use memory::return_unused_memory;
pub use revoke::Revoke;
pub use select::{Either, select};
pub use stream::{Quiet, Stream};
pub use turns::Turns;
pub use watch::{Client, Guard, Upstream, Watch, Watches};
pub use worker::{Worker, sleep_ms, spawn};
