use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use ringgate_model::{Limits, Scope};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{Semaphore, watch};

use super::management;
use super::respond::Reply;
use crate::Control;
use crate::limits::{
    CONNECTIONS_MAX, HEAD_BYTES_MAX, HEAD_FIELDS_MAX, HEAD_WAIT_MS_MAX, UNACKNOWLEDGED_MS_MAX,
};

/// What every request handler knows.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) control: Arc<Control>,
    /// Region and account of requests that name none; the account of keys that name none.
    pub(crate) scope: Scope,
    /// The port of API traffic, for requests that came to the wrong one.
    pub(crate) traffic_port: u16,
    /// The id of the API that `--target` made, or found made, at this start.
    pub(crate) target_api_id: Option<String>,
    /// The addresses of the management port.
    pub(crate) management: Vec<SocketAddr>,
    /// What is allowed of what.
    pub(crate) limits: Limits,
    /// Where the host of functions is.
    pub(crate) functions: Option<SocketAddr>,
}

/// Where a connection came in, which says how its requests are authorised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// TCP: signed.
    Management {
        /// The client's address.
        peer: IpAddr,
    },
    /// The Unix socket: the kernel vouches for the peer.
    ControlSocket,
}

impl Door {
    /// True when the client is on this machine.
    pub(super) fn is_local(self) -> bool {
        self.peer().is_none_or(|peer| peer.is_loopback())
    }

    /// The client's address; none behind the Unix socket.
    pub(super) fn peer(self) -> Option<IpAddr> {
        match self {
            Self::Management { peer } => Some(peer),
            Self::ControlSocket => None,
        }
    }
}

/// A listener with the way to authorise what it accepts.
#[derive(Debug)]
pub(crate) enum Served {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// Accepts until `stop` says true, then returns; connections go on under `graceful`.
pub(crate) async fn serve(
    app: Arc<App>,
    listener: Served,
    graceful: Arc<GracefulShutdown>,
    mut stop: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        // A full house leaves clients in the backlog instead of taking and dropping them.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = accept(&listener) => accepted,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        match accepted {
            Ok(Some((stream, door))) => {
                let (app, watcher) = (Arc::clone(&app), graceful.watcher());
                tokio::spawn(async move {
                    match stream {
                        Stream::Tcp(stream) => converse(app, door, stream, watcher).await,
                        Stream::Unix(stream) => converse(app, door, stream, watcher).await,
                    }
                    drop(place);
                });
            }
            Ok(None) => {}
            Err(error) => {
                // Out of file descriptors, most likely: others must be closed first.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// The next connection; `None` for one that may not be here.
async fn accept(listener: &Served) -> std::io::Result<Option<(Stream, Door)>> {
    match listener {
        Served::Tcp(listener) => {
            let (stream, peer) = listener.accept().await?;
            // Neither is worth refusing a connection for.
            let _ = stream.set_nodelay(true);
            let unacknowledged = Duration::from_millis(UNACKNOWLEDGED_MS_MAX);
            let _ = SockRef::from(&stream).set_tcp_user_timeout(Some(unacknowledged));
            let door = Door::Management { peer: peer.ip().to_canonical() };
            Ok(Some((Stream::Tcp(stream), door)))
        }
        Served::Unix(listener) => {
            let (stream, _) = listener.accept().await?;
            let uid = stream.peer_cred()?.uid();
            if uid != 0 && uid != rustix::process::geteuid().as_raw() {
                tracing::warn!(uid, "refused on the control socket: not this user, not root");
                return Ok(None);
            }
            Ok(Some((Stream::Unix(stream), Door::ControlSocket)))
        }
    }
}

/// One connection from its first request to its last.
async fn converse(
    app: Arc<App>,
    door: Door,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let app = Arc::clone(&app);
        async move {
            let reply: Reply = management::handle(&app, door, request).await;
            app.control.counters.answered(reply.status().as_u16());
            Ok::<_, Infallible>(reply)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(HEAD_WAIT_MS_MAX))
        .max_headers(HEAD_FIELDS_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}
