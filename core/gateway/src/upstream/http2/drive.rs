use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

use bytes::Bytes;
use h2::client::Connection;
use ringgate_http2::{Output, Pipe, PipeIo, client_builder};
use ringgate_runtime::{Buf, Stream, select};

use super::Making;
use crate::link::{Link, OriginConnection};
use crate::upstream::Pool;
use crate::upstream::lease::Open;

/// Makes a connection and carries its bytes until it ends; tells `making` once the origin has said
/// that it speaks HTTP/2.
///
/// # Errors
/// Why there is none, or none any more.
pub(super) async fn run(
    pool: &Rc<Pool>,
    making: &Rc<Making>,
    address: SocketAddr,
    timeout_ms: u64,
) -> io::Result<Infallible> {
    let socket = Stream::connect(address, timeout_ms).await?;
    let link = if pool.scheme.is_secure() {
        pool.share.secure.connect_http2(socket.clone(), &pool.host).await?
    } else {
        Link::Clear(socket.clone())
    };
    let _open = Open::new(&pool.share.counters);
    let (pipe, io) = Pipe::new();
    let handshake = client_builder().handshake::<_, Bytes>(io).await;
    let (send, h2) = handshake.map_err(io::Error::other)?;
    let scheme = pool.scheme.uri_scheme();
    let connection = OriginConnection::new(send, socket, scheme, pool.share.clock.clone());
    {
        let mut incoming = pin!(incoming(pool, &connection, &pipe, &link));
        let mut driven = pin!(async {
            drive(h2, &connection, || pool.made(making, &connection)).await;
            // Only what is written is still waited for.
            pending::<()>().await;
        });
        let both = async {
            select(incoming.as_mut(), driven.as_mut()).await;
        };
        select(pin!(both), pin!(outgoing(pool, &connection, &pipe, &link))).await;
    }
    connection.retire();
    pool.shared.remove(&connection);
    match connection.fault(None) {
        Some(fault) => Err(io::Error::other(fault)),
        None => Err(io::Error::other("the connection ended")),
    }
}

/// Polls `h2` to the connection's end, and knows what it knows. `greeted` is called once.
async fn drive(
    mut h2: Connection<PipeIo, Bytes>,
    connection: &Rc<OriginConnection>,
    greeted: impl FnOnce(),
) {
    let mut greeted = Some(greeted);
    poll_fn(|cx| {
        if connection.fault(Some(cx)).is_some() {
            return Poll::Ready(());
        }
        let polled = Pin::new(&mut h2).poll(cx);
        connection.set_streams_max(h2.max_concurrent_send_streams());
        if connection.guard.borrow().greeted()
            && let Some(greeted) = greeted.take()
        {
            greeted();
        }
        connection.end_streams();
        polled.map(drop)
    })
    .await;
}

/// Carries what the origin sends to `h2`, past the guard. Never ends.
async fn incoming(pool: &Pool, connection: &OriginConnection, pipe: &Pipe, link: &Link) {
    let judge = |bytes: &[u8]| {
        connection.hear();
        let now_ms = pool.share.clock.now_ms();
        let judged = connection.guard.borrow_mut().inbound(bytes, now_ms);
        judged.map_err(|fault| connection.fail(fault)).is_ok()
    };
    let quiet = || poll_fn(|cx| connection.poll_quiet(cx));
    pool.share.carriage.inbound(link, pipe, Buf::default(), judge, quiet).await;
}

/// Carries what `h2` sends to the origin, until it sends nothing more, or the origin takes nothing:
/// who waits for an answer then gives up, and the connection with it.
async fn outgoing(pool: &Pool, connection: &OriginConnection, pipe: &Pipe, link: &Link) {
    let buffers = &pool.share.carriage.buffers;
    while poll_fn(|cx| pipe.poll_output(cx)).await == Output::Bytes {
        let mut out = buffers.take();
        pipe.take_output(out.as_vec());
        connection.guard.borrow_mut().outbound(out.filled());
        let (result, out) = link.write_all(out).await;
        buffers.give(out);
        if result.is_err() {
            return;
        }
    }
    let fault = connection.fault(None);
    if let Some(fault) = fault.filter(|_| connection.guard.borrow().greeted()) {
        let mut buf = buffers.take();
        connection.guard.borrow().goaway(fault.code, buf.as_vec());
        let (_, buf) = link.write_all(buf).await;
        // Closing with its bytes unread would destroy that word. Tidying ends this in time.
        link.end_writes().await;
        buffers.give(link.discard(buf).await);
    }
    link.close().await;
}
