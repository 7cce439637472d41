use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

use ringgate_runtime::{Either, Stream, select, sleep_ms};
use ringgate_traffic::balance::{Failure, TargetId};
use rustix::io::Errno;

use super::Wanted;
use super::http2;
use super::lease::{Lease, Turn};
use super::pool::{Claim, Pool};
use crate::limits::{CONNECT_RETRY_MS, CONNECT_STAGGER_MS, CONNECT_TRIES_MAX};
use crate::link::Link;
use crate::rescue::{Fault, Kind};

/// A connection, within a time that looking the name up and waiting in line count for too.
///
/// # Errors
/// As [`super::Pools::connect`].
pub(super) async fn within(
    pool: &Rc<Pool>,
    wanted: Wanted,
    timeout_ms: u64,
) -> Result<Lease, Fault> {
    let deadline = pin!(sleep_ms(timeout_ms));
    let until_us = pool.share.clock.precise_us().saturating_add(timeout_ms.saturating_mul(1000));
    let connected = pin!(to_any(pool, wanted, until_us));
    match select(connected, deadline).await {
        Either::Left(connected) => connected,
        Either::Right(()) => Err(unreachable(format!("no connection to {} in time", pool.name()))),
    }
}

async fn to_any(pool: &Rc<Pool>, wanted: Wanted, until_us: u64) -> Result<Lease, Fault> {
    pool.targets_known().await.map_err(unreachable)?;
    let mut tried = Vec::with_capacity(CONNECT_TRIES_MAX);
    let mut attempts = Vec::with_capacity(CONNECT_TRIES_MAX);
    let mut claimed = Some(first_claim(pool, wanted).await?);
    let mut reason = String::new();
    loop {
        match claimed {
            Some(Claim::Idle(lease)) => return Ok(lease),
            Some(Claim::Room(turn)) => {
                tried.push(turn.target);
                attempts.extend(Attempt::begin(turn, wanted.fresh, until_us));
            }
            None if attempts.is_empty() => return Err(unreachable(reason)),
            None => {}
        }
        match first_of(&mut attempts).await {
            Some((turn, _, Ok((link, reused)))) => {
                return Ok(pool.share.lease(link, reused, turn));
            }
            // Other connections will end soon: that is waited for, as long as [`within`] lets it.
            Some((turn, _, Err(error))) if is_ours(&error) => {
                sleep_ms(CONNECT_RETRY_MS).await;
                attempts.extend(Attempt::begin(turn, wanted.fresh, until_us));
            }
            Some((turn, address, Err(error))) => {
                reason = format!("connecting to {address}: {error}");
                turn.failed(Failure::Connect);
            }
            None => {}
        }
        claimed = if tried.len() < CONNECT_TRIES_MAX { pool.claim(wanted, &tried) } else { None };
    }
}

/// What the first target gives. Where all have as many connections as they may: waits in line.
async fn first_claim(pool: &Rc<Pool>, wanted: Wanted) -> Result<Claim, Fault> {
    if !pool.waiting.any()
        && let Some(claim) = pool.claim(wanted, &[])
    {
        return Ok(claim);
    }
    let busy = |why| unreachable(format!("all connections to {} are in use{why}", pool.name()));
    let bounds = &pool.share.bounds;
    if pool.waiting.len() >= bounds.waiting_max {
        return Err(busy(", and as many requests wait as may"));
    }
    let claimed = pin!(pool.waiting.wait(|| pool.claim(wanted, &[])));
    match select(claimed, pin!(sleep_ms(bounds.waiting_ms))).await {
        Either::Left(claim) => Ok(claim),
        Either::Right(()) => Err(busy("")),
    }
}

/// A connection, or a stream of a shared one, which others may have used before.
type Connected = io::Result<(Link, bool)>;

type Ended = (Turn, SocketAddr, Connected);

/// A connection being made.
struct Attempt {
    /// Taken out at its end.
    turn: Option<Turn>,
    address: SocketAddr,
    begun_us: u64,
    connect: Pin<Box<dyn Future<Output = Connected>>>,
}

impl Attempt {
    /// `None`: the target has just been taken off.
    fn begin(turn: Turn, fresh: bool, until_us: u64) -> Option<Self> {
        let begun_us = turn.pool.share.clock.precise_us();
        let address = turn.pool.address(turn.target)?;
        let left_ms = until_us.saturating_sub(begun_us) / 1000;
        let to = (turn.target, address);
        let connect = Box::pin(reach(turn.pool.clone(), to, fresh, left_ms.max(1)));
        Some(Self { turn: Some(turn), address, begun_us, connect })
    }
}

/// A connection to one target, or a stream of one, under TLS where the origin is.
async fn reach(
    pool: Rc<Pool>,
    (target, address): (TargetId, SocketAddr),
    fresh: bool,
    timeout_ms: u64,
) -> Connected {
    if pool.is_shared() {
        return http2::stream(&pool, target, address, fresh, timeout_ms).await;
    }
    let stream = Stream::connect(address, timeout_ms).await?;
    let link = if pool.scheme.is_secure() {
        pool.share.secure.connect(stream, &pool.host).await?
    } else {
        Link::Clear(stream)
    };
    Ok((link, false))
}

impl Drop for Attempt {
    /// Given up for another, or because time is up: it counts as failed, unless it hardly began.
    fn drop(&mut self) {
        if let Some(turn) = self.turn.take() {
            let now_us = turn.pool.share.clock.precise_us();
            if now_us.saturating_sub(self.begun_us) >= CONNECT_STAGGER_MS * 1000 {
                turn.failed(Failure::Connect);
            }
        }
    }
}

/// How the first attempt to end ended; `None`: it is time for the next to begin.
async fn first_of(attempts: &mut Vec<Attempt>) -> Option<Ended> {
    if attempts.is_empty() {
        return None;
    }
    let mut slow = pin!(sleep_ms(CONNECT_STAGGER_MS));
    let (at, connected) = poll_fn(|cx| {
        for (at, attempt) in attempts.iter_mut().enumerate() {
            if let Poll::Ready(connected) = attempt.connect.as_mut().poll(cx) {
                return Poll::Ready(Some((at, connected)));
            }
        }
        slow.as_mut().poll(cx).map(|()| None)
    })
    .await?;
    let mut attempt = attempts.swap_remove(at);
    Some((attempt.turn.take()?, attempt.address, connected))
}

/// What has nothing to do with the target: this process or this machine is out of something.
fn is_ours(error: &io::Error) -> bool {
    let ours = [Errno::MFILE, Errno::NFILE, Errno::NOMEM, Errno::NOBUFS];
    Errno::from_io_error(error).is_some_and(|errno| ours.contains(&errno))
}

fn unreachable(reason: String) -> Fault {
    Fault::new(Kind::Unreachable, reason)
}
