//! Connections to an origin that speaks HTTP/2: many requests share one. A new one is made where
//! all that there are have as many streams as they may, or are ending.

mod drive;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use ringgate_http2::limits::ORIGIN_STREAMS_MAX;
use ringgate_runtime::{Either, select, sleep_ms, spawn};
use ringgate_traffic::balance::TargetId;

use super::Pool;
use crate::limits::CONNECT_TRIES_MAX;
use crate::link::{Link, OriginConnection};

/// The connections of one pool, and those being made.
#[derive(Default)]
pub(super) struct Shared {
    connections: RefCell<Vec<(TargetId, Rc<OriginConnection>)>>,
    making: RefCell<Vec<Rc<Making>>>,
}

/// A connection being made, for as many requests as it is likely to carry.
struct Making {
    target: TargetId,
    joined: Cell<usize>,
    ended: RefCell<Option<Result<Rc<OriginConnection>, Refused>>>,
    waiting: RefCell<Vec<Waker>>,
}

/// Why there is no connection, to be told to all who wait.
#[derive(Clone)]
enum Refused {
    Os(i32),
    Other(io::ErrorKind, String),
}

impl From<&io::Error> for Refused {
    fn from(error: &io::Error) -> Self {
        match error.raw_os_error() {
            Some(code) => Self::Os(code),
            None => Self::Other(error.kind(), error.to_string()),
        }
    }
}

impl From<Refused> for io::Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Os(code) => Self::from_raw_os_error(code),
            Refused::Other(kind, text) => Self::new(kind, text),
        }
    }
}

impl Making {
    fn end(&self, result: Result<Rc<OriginConnection>, Refused>) {
        if self.ended.borrow().is_none() {
            *self.ended.borrow_mut() = Some(result);
        }
        for waiting in self.waiting.take() {
            waiting.wake();
        }
    }

    async fn made(&self) -> io::Result<Rc<OriginConnection>> {
        let ended = poll_fn(|cx| match &*self.ended.borrow() {
            Some(ended) => Poll::Ready(ended.clone()),
            None => {
                let mut waiting = self.waiting.borrow_mut();
                if !waiting.iter().any(|other| other.will_wake(cx.waker())) {
                    waiting.push(cx.waker().clone());
                }
                Poll::Pending
            }
        });
        Ok(ended.await?)
    }
}

impl Shared {
    /// A stream of a connection that is there, and whether that has carried others. The oldest
    /// comes first, so that the others grow idle.
    pub(super) fn stream(&self, target: TargetId) -> Option<(Link, bool)> {
        let connections = self.connections.borrow();
        let mut of_target = connections.iter().filter(|(other, _)| *other == target);
        let (stream, reused) = of_target.find_map(|(_, connection)| connection.stream())?;
        Some((Link::H2Origin(stream), reused))
    }

    /// Ends what leads to targets that are `gone`, once its streams have ended.
    pub(super) fn retire(&self, gone: impl Fn(TargetId) -> bool) {
        for (target, connection) in &*self.connections.borrow() {
            if gone(*target) {
                connection.retire();
            }
        }
    }

    /// Ends what has been idle for `idle_ms`, and what is idle beyond `idle_max`: how many idle
    /// ones are left.
    pub(super) fn tidy(&self, idle_ms: u64, idle_max: usize) -> usize {
        let mut left = 0;
        for (_, connection) in &*self.connections.borrow() {
            connection.tidy();
            match connection.idle_ms() {
                Some(ms) if ms >= idle_ms || left >= idle_max => connection.retire(),
                Some(_) if connection.is_open() => left += 1,
                _ => {}
            }
        }
        left
    }

    /// How many streams a new connection to this target is likely to have: as many as the last one.
    fn streams_expected(&self, target: TargetId) -> usize {
        let connections = self.connections.borrow();
        let last = connections.iter().rev().find(|(other, _)| *other == target);
        last.map_or(ORIGIN_STREAMS_MAX as usize, |(_, last)| last.streams_max().max(1))
    }

    fn remove(&self, connection: &Rc<OriginConnection>) {
        self.connections.borrow_mut().retain(|(_, other)| !Rc::ptr_eq(other, connection));
    }
}

/// A stream to a target, of a connection that others may share; of one that is made from now on,
/// where it is to be `fresh`. True: the connection has carried others.
///
/// # Errors
/// As of any connection; or the origin does not speak HTTP/2, or takes no streams.
pub(super) async fn stream(
    pool: &Rc<Pool>,
    target: TargetId,
    address: SocketAddr,
    fresh: bool,
    timeout_ms: u64,
) -> io::Result<(Link, bool)> {
    let mut ended = 0;
    loop {
        if !fresh && let Some(found) = pool.shared.stream(target) {
            return Ok(found);
        }
        let connection = join(pool, target, address, timeout_ms).made().await?;
        if let Some((stream, reused)) = connection.stream() {
            return Ok((Link::H2Origin(stream), reused));
        }
        if !connection.is_open() {
            ended += 1;
            if ended == CONNECT_TRIES_MAX {
                return Err(io::Error::other("each connection ended at once"));
            }
        } else if connection.streams_max() == 0 {
            return Err(io::Error::other("the origin takes no streams"));
        }
    }
}

/// The connection that is being made, or one that now is.
fn join(pool: &Rc<Pool>, target: TargetId, address: SocketAddr, timeout_ms: u64) -> Rc<Making> {
    let most = pool.shared.streams_expected(target);
    let mut all = pool.shared.making.borrow_mut();
    let mut of_target = all.iter().filter(|making| making.target == target);
    if let Some(making) = of_target.find(|making| making.joined.get() < most) {
        making.joined.set(making.joined.get() + 1);
        return making.clone();
    }
    let making = Rc::new(Making {
        target,
        joined: Cell::new(1),
        ended: RefCell::default(),
        waiting: RefCell::default(),
    });
    all.push(making.clone());
    drop(all);
    let counters = pool.share.counters.clone();
    let task = make(pool.clone(), making.clone(), address, timeout_ms);
    spawn(task, move || counters.panics_total.add(1));
    making
}

/// Makes a connection, and drives it to its end.
async fn make(pool: Rc<Pool>, making: Rc<Making>, address: SocketAddr, timeout_ms: u64) {
    let _over = Over { pool: pool.clone(), making: making.clone() };
    let is_made = || making.ended.borrow().is_some();
    let deadline = async {
        sleep_ms(timeout_ms).await;
        if is_made() {
            std::future::pending::<()>().await;
        }
    };
    let made = pin!(drive::run(&pool, &making, address, timeout_ms));
    let ended = match select(made, pin!(deadline)).await {
        Either::Left(Err(error)) => error,
        Either::Right(()) => io::Error::new(io::ErrorKind::TimedOut, "no HTTP/2 in time"),
    };
    making.end(Err((&ended).into()));
}

/// Whatever becomes of the task, nobody waits for it longer.
struct Over {
    pool: Rc<Pool>,
    making: Rc<Making>,
}

impl Drop for Over {
    fn drop(&mut self) {
        let refused = Refused::Other(io::ErrorKind::Other, "it was given up".to_owned());
        self.making.end(Err(refused));
        let mut all = self.pool.shared.making.borrow_mut();
        all.retain(|making| !Rc::ptr_eq(making, &self.making));
    }
}

impl Pool {
    /// There is a new connection: for those who wait for it, and whoever comes.
    fn made(&self, making: &Rc<Making>, connection: &Rc<OriginConnection>) {
        let entry = (making.target, connection.clone());
        self.shared.connections.borrow_mut().push(entry);
        self.shared.making.borrow_mut().retain(|other| !Rc::ptr_eq(other, making));
        making.end(Ok(connection.clone()));
    }
}
