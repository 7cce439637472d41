use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper_util::server::graceful::GracefulShutdown;
use ringgate_admin::{Admin, Options, Store};
use ringgate_iam::Iam;
use ringgate_ipc::Listener;
use ringgate_ipc::notify::News;
use ringgate_settings::{Common, ControlArgs};
use ringgate_table::Snapshot;
use ringgate_tls::SealingKey;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::acme::{self, Authority};
use crate::audit::Audit;
use crate::entropy::SystemEntropy;
use crate::fetch::Fetcher;
use crate::http::{App, Served, serve};
use crate::issuers::Issuers;
use crate::limits::{BLOCKING_THREADS_MAX, SHUTDOWN_WAIT_MS_MAX, STORE_LOCK_WAIT_MS_MAX};
use crate::manager::{self, Signals};
use crate::sessions::{Sessions, Sources};
use crate::truststores::Truststores;
use crate::{Catalog, Control, Keys, OpenError, Publisher, RedbStore, control, entropy, listeners};

/// Threads that run tasks: none of them waits for the disk.
const TASK_THREADS: usize = 2;
/// How often a start looks whether the store is free.
const STORE_LOCK_POLL_MS: u64 = 10;
/// Descriptors that the process asks for: both doors full, and the rest.
const DESCRIPTORS_WANTED: u64 = 4096;

/// What a control process is started with.
#[derive(Debug)]
pub struct Settings {
    /// What both daemons share.
    pub common: Common,
    /// Its own.
    pub control: ControlArgs,
    /// Sockets that a parent passed down, by name.
    pub inherited: Vec<(String, OwnedFd)>,
    /// When the process began.
    pub started: Instant,
}

/// Runs until SIGTERM or SIGINT, or until the store breaks, then finishes the calls under way.
///
/// # Errors
/// A sentence for people: why it cannot start, or how the store broke.
pub fn run(settings: Settings) -> Result<(), String> {
    let Settings { common, control: args, inherited, started } = settings;
    common.prepare()?;
    ringgate_ipc::descriptors::raise_limit(DESCRIPTORS_WANTED);
    let store = Arc::new(open(&common.store()).map_err(|error| error.to_string())?);
    let keys = Keys::open(store.as_ref()).map_err(|error| error.to_string())?;
    let mut inherited = listeners::inherited(inherited)?;
    let management = listeners::management(&mut inherited, args.management)?;
    let addresses = listeners::addresses(&management)?;
    listeners::check_exposure(&addresses, keys.well_known())?;
    let iam = Iam::open(Arc::clone(&store), &mut SystemEntropy);
    let iam = iam.map_err(|error| error.to_string())?;
    let audit = Audit::open(&common.audit(), &common.account_id, control::now());
    let audit = audit.map_err(|why| format!("the audit log: {why}"))?;
    let (control, target_api_id) =
        control(&common, &args, store, (keys, iam, audit, common.account_id.clone()), started)?;
    let app = Arc::new(App {
        control,
        scope: common.scope(),
        traffic_port: common.http.first().map_or(0, SocketAddr::port),
        target_api_id,
        limits: common.limits.limits,
        management: addresses,
        functions: args.functions_endpoint,
    });
    let runtime = runtime()?;
    let result = runtime.block_on(async {
        let acme = Authority::of(&args)
            .map(|authority| tokio::spawn(acme::run(Arc::clone(&app.control), authority)));
        let result = serve_all(Arc::clone(&app), management, inherited.control, &common).await;
        if let Some(acme) = acme {
            acme.abort();
        }
        result
    });
    runtime.shutdown_timeout(Duration::from_millis(SHUTDOWN_WAIT_MS_MAX));
    // The store is closed here, by its last owner: the next start need not repair it.
    drop(app);
    result
}

/// The store, once nobody else has it.
fn open(path: &Path) -> Result<RedbStore, OpenError> {
    let end = Instant::now() + Duration::from_millis(STORE_LOCK_WAIT_MS_MAX);
    loop {
        match RedbStore::open(path) {
            Err(OpenError::InUse(_)) if Instant::now() < end => {
                std::thread::sleep(Duration::from_millis(STORE_LOCK_POLL_MS));
            }
            opened => return opened,
        }
    }
}

/// The operations with everything that the store holds compiled, and the target made: its id.
fn control(
    common: &Common,
    args: &ControlArgs,
    store: Arc<RedbStore>,
    who: (Keys, Iam<RedbStore>, Audit, String),
    started: Instant,
) -> Result<(Arc<Control>, Option<String>), String> {
    let options = Options {
        public_endpoint: args.public_endpoint(common),
        store_id: store.store_id(),
        limits: common.limits.limits,
        sealing: Some(sealing(common)?),
        acme: args.acme_directory.is_some(),
    };
    let admin = Admin::new(Arc::clone(&store), options);
    admin.check_certificates().map_err(|error| {
        let file = common.secrets_key_file();
        format!("{} is not the key for secrets of this store: {}", file.display(), error.message)
    })?;
    let mut target_api_id = None;
    if let Some(target) = &common.target {
        let (now, entropy) = (control::now(), &mut SystemEntropy);
        let before = store.revision();
        let ensured = admin
            .ensure_target(target, &common.scope(), now, entropy)
            .map_err(|error| format!("--target {target}: {}", error.message))?;
        if store.revision() != before {
            let event = control::event::of_target(&common.scope(), target, &ensured);
            who.2.append(&event).map_err(|why| format!("the audit log: {why}"))?;
        }
        target_api_id = Some(ensured);
    }
    let unreadable = |error: ringgate_admin::Error| format!("the store: {}", error.message);
    let mut parts = admin.parts().map_err(unreadable)?;
    let people = control::iam_images(&who.1, &who.0, &who.3);
    parts.extend(people.map_err(|error| error.to_string())?);
    let catalog = Catalog::new(Snapshot {
        store_id: store.store_id(),
        generation: store.revision(),
        root: admin.root().map_err(unreadable)?,
        apis: admin.images().map_err(unreadable)?,
        parts,
    });
    let fetcher = Fetcher::new(args.issuer_ca.clone(), args.allow_http_issuers.is_on());
    let issuers = Issuers::new(fetcher, args.issuer_refresh_s, common.limits.limits);
    let general = &common.endpoints.endpoint_url;
    let endpoint = args.endpoints.s3_endpoint.as_ref().or(general.as_ref()).cloned();
    let truststores = Truststores::new(endpoint, args.endpoints.s3_ca.clone());
    let publisher = Publisher::new(catalog);
    let askers = (issuers, Sessions::new(sources(common, args)), truststores);
    let control = Control::new(admin, store, who, publisher, askers, started);
    Ok((control, target_api_id))
}

/// Who is asked for the roles that APIs name.
fn sources(common: &Common, args: &ControlArgs) -> Sources {
    let endpoints = &common.endpoints;
    Sources {
        assumes: common.assume_roles.is_on(),
        sts: args.endpoints.sts_endpoint.clone(),
        general: endpoints.endpoint_url.clone(),
        aws: endpoints.lambda_endpoint.is_none() && args.functions_endpoint.is_none(),
    }
}

/// What private keys are sealed with, made at the first start of a data directory.
fn sealing(common: &Common) -> Result<Arc<SealingKey>, String> {
    let key = common.secrets_key_or_new(&entropy::bytes().into())?;
    SealingKey::new(&key).map(Arc::new).map_err(|fault| format!("the key for secrets: {fault}"))
}

fn runtime() -> Result<Runtime, String> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(TASK_THREADS)
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .thread_name("control")
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start threads: {error}"))
}

async fn serve_all(
    app: Arc<App>,
    management: Vec<TcpListener>,
    passed: Option<UnixListener>,
    common: &Common,
) -> Result<(), String> {
    let mut signals = Signals::new()?;
    let table_socket = common.table_socket();
    let listener = Listener::bind(&table_socket, 0o600)
        .map_err(|error| format!("cannot listen on {}: {error}", table_socket.display()))?;
    app.control
        .publisher
        .listen(listener)
        .map_err(|error| format!("{}: {error}", table_socket.display()))?;
    let control_socket = common.control_socket();
    let own = passed.is_none();
    let unix = passed.map_or_else(|| listeners::control_socket(&control_socket), Ok)?;
    let unix = tokio::net::UnixListener::from_std(unix);
    let mut doors = vec![Served::Unix(unix.map_err(|error| error.to_string())?)];
    // Last, because it says to everybody who waits that all the rest is there.
    listeners::listen(&management)?;
    for listener in management {
        let listener = tokio::net::TcpListener::from_std(listener);
        doors.push(Served::Tcp(listener.map_err(|error| error.to_string())?));
    }

    let graceful = Arc::new(GracefulShutdown::new());
    let stop = watch::Sender::new(false);
    let accepting: Vec<_> = doors
        .into_iter()
        .map(|door| serve(Arc::clone(&app), door, Arc::clone(&graceful), stop.subscribe()))
        .map(tokio::spawn)
        .collect();
    announce(&app, &control_socket);
    if let Some(wanted) = app.control.publisher.wanted_keys() {
        tokio::spawn(Issuers::run(Arc::clone(&app.control), wanted));
    }
    tokio::spawn(Sessions::run(Arc::clone(&app.control)));
    tokio::spawn(manager::watchdog());
    let result = tokio::select! {
        signal = signals.stop() => {
            tracing::info!("{signal}: stopping");
            Ok(())
        }
        // Whoever supervises this process starts it again, and the store is repaired then.
        reason = app.control.store.broken() => {
            tracing::error!("stopping, because only a restart makes the store usable again");
            Err(format!("the store failed: {reason}"))
        }
    };
    manager::tell(&[News::Stopping]);
    stop.send_replace(true);
    for accepting in accepting {
        // Nobody can come in any more once it has returned; a panic in it is no news here.
        let _ = accepting.await;
    }
    if own {
        // The store's lock says that no other process can have put its own socket there.
        let _ = std::fs::remove_file(&control_socket);
    }
    finish(graceful).await;
    result
}

/// Lets every connection answer the call it is at, then closes it.
async fn finish(graceful: Arc<GracefulShutdown>) {
    let Some(graceful) = Arc::into_inner(graceful) else { return };
    let wait = Duration::from_millis(SHUTDOWN_WAIT_MS_MAX);
    if tokio::time::timeout(wait, graceful.shutdown()).await.is_err() {
        tracing::warn!("calls were still under way after {SHUTDOWN_WAIT_MS_MAX} ms");
    }
}

fn announce(app: &App, control_socket: &Path) {
    let management: Vec<String> = app.management.iter().map(ToString::to_string).collect();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        management = management.join(","),
        control_socket = %control_socket.display(),
        revision = app.control.store.revision(),
        apis = app.control.publisher.api_count(),
        start_ms = u64::try_from(app.control.started.elapsed().as_millis()).unwrap_or(0),
        "ready"
    );
    let status = format!("management on {}", management.join(", "));
    manager::tell(&[News::Ready, News::Status(status)]);
}
