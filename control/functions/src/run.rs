use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper_util::server::graceful::GracefulShutdown;
use ringgate_model::Scope;
use ringgate_settings::FunctionsArgs;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::http::{Control, serve};
use crate::limits::{BLOCKING_THREADS_MAX, DESCRIPTORS_WANTED, SHUTDOWN_WAIT_MS_MAX, TASK_THREADS};
use crate::{Host, Keys};

/// The name under which a socket is passed down.
pub const SOCKET_NAME: &str = "functions";

/// What a host of functions is started with.
#[derive(Debug)]
pub struct Settings {
    /// How it runs functions.
    pub functions: FunctionsArgs,
    /// Where it listens, unless a socket was passed down.
    pub listen: SocketAddr,
    /// The directory of everything that is kept; `functions` in it is the host's.
    pub data_dir: PathBuf,
    /// The socket of a control process, which knows more keys, if it is there.
    pub control_socket: PathBuf,
    /// The account of the key.
    pub scope: Scope,
    /// Sockets that a parent passed down, by name.
    pub inherited: Vec<(String, OwnedFd)>,
    /// Called with the address once calls are answered.
    pub ready: fn(SocketAddr, &std::path::Path),
}

/// Runs until SIGTERM or SIGINT; then calls under way get some time, and every function is killed.
///
/// # Errors
/// A sentence for people: why it cannot start.
pub fn run(settings: Settings) -> Result<(), String> {
    let started = Instant::now();
    let Settings { functions, listen, data_dir, control_socket, scope, inherited, ready } =
        settings;
    ringgate_ipc::descriptors::raise_limit(DESCRIPTORS_WANTED);
    let keys = Keys::read(functions.functions_key.as_deref())?;
    let listener = listener(inherited, listen)?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let keys = keys.exposed_at(address)?;
    let dir = data_dir.join("functions");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        // Never fewer: a process dies with the thread that started it, and these live on.
        .worker_threads(TASK_THREADS)
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .thread_name("functions")
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start threads: {error}"))?;
    let _lock = lock(&dir)?;
    let host = Arc::new(Host::open(functions, &dir, scope, (keys, Control::new(control_socket)))?);
    let served = runtime.block_on(async {
        host.events.resume(&host)?;
        let serving = serve_all(Arc::clone(&host), listener);
        ready(address, &dir);
        tracing::info!(
            start_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(0),
            memory_mb = host.shared.memory.total_mb(),
            functions = host.store.all().len(),
            "ready on {address}"
        );
        serving.await
    });
    host.shared.kill_all();
    runtime.shutdown_timeout(Duration::from_millis(SHUTDOWN_WAIT_MS_MAX));
    served
}

async fn serve_all(host: Arc<Host>, listener: TcpListener) -> Result<(), String> {
    let listener = tokio::net::TcpListener::from_std(listener).map_err(|e| e.to_string())?;
    let new = |kind| signal(kind).map_err(|error| format!("signals: {error}"));
    let (mut terminate, mut interrupt) =
        (new(SignalKind::terminate())?, new(SignalKind::interrupt())?);
    let graceful = Arc::new(GracefulShutdown::new());
    let stop = watch::Sender::new(false);
    let accepting =
        tokio::spawn(serve(Arc::clone(&host), listener, Arc::clone(&graceful), stop.subscribe()));
    let name = tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    };
    let (environments, waiting) = host.load();
    tracing::info!(environments, waiting, "{name}: stopping");
    stop.send_replace(true);
    // Nobody comes in any more once it has returned; a panic in it is no news here.
    let _ = accepting.await;
    let wait = Duration::from_millis(SHUTDOWN_WAIT_MS_MAX);
    if let Some(graceful) = Arc::into_inner(graceful)
        && tokio::time::timeout(wait, graceful.shutdown()).await.is_err()
    {
        tracing::warn!("invocations were still under way after {SHUTDOWN_WAIT_MS_MAX} ms");
    }
    host.shared.stop();
    Ok(())
}

/// The socket that was passed down, or one of our own.
fn listener(inherited: Vec<(String, OwnedFd)>, listen: SocketAddr) -> Result<TcpListener, String> {
    let mut passed = inherited.into_iter();
    let listener = match (passed.next(), passed.next()) {
        (None, _) => ringgate_ipc::tcp::listen_alone(listen)
            .map_err(|error| format!("cannot listen on --listen {listen}: {error}"))?,
        (Some((name, socket)), None) if name == SOCKET_NAME => TcpListener::from(socket),
        (Some((name, _)), _) => {
            return Err(format!("inherited socket '{name}': expected one, '{SOCKET_NAME}'"));
        }
    };
    listener.set_nonblocking(true).map_err(|error| format!("the socket: {error}"))?;
    Ok(listener)
}

/// Nobody else's data, as long as this lives.
fn lock(dir: &std::path::Path) -> Result<std::fs::File, String> {
    use rustix::fs::{FlockOperation, flock};
    use std::os::unix::fs::DirBuilderExt;

    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", dir.display());
    if !dir.is_dir() {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir);
        made.map_err(|error| named(&error))?;
    }
    let file = std::fs::File::create(dir.join("lock")).map_err(|error| named(&error))?;
    let end = Instant::now() + Duration::from_millis(1_000);
    loop {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(file),
            // One that was just killed holds it until the kernel has taken it apart.
            Err(_) if Instant::now() < end => std::thread::sleep(Duration::from_millis(10)),
            Err(_) => return Err(named(&"another host of functions runs on this directory")),
        }
    }
}
