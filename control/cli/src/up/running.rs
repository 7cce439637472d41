use std::env;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::failure::Failure;
use crate::limits::OUTPUT_LINE_BYTES_MAX;
use crate::say::tell;

/// A daemon that runs; its standard error is passed on, line by line.
pub(super) struct Running {
    child: Child,
    relay: Option<JoinHandle<()>>,
}

impl Running {
    pub(super) fn new(name: &'static str, mut child: Child) -> Self {
        let relay = child.stderr.take().map(|errors| tokio::spawn(relay(name, errors)));
        Self { child, relay }
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// Waits for its end, and for the last of its output.
    pub(super) async fn end(&mut self) -> std::io::Result<ExitStatus> {
        let status = self.child.wait().await;
        if let Some(relay) = self.relay.take() {
            // Something it started may hold the pipe open.
            let _ = tokio::time::timeout(Duration::from_millis(100), relay).await;
        }
        status
    }

    /// SIGTERM, then SIGKILL after `patience`.
    pub(super) async fn terminate(&mut self, patience: impl Future<Output = ()>) {
        self.send(Signal::TERM);
        tokio::select! {
            _ = self.end() => return,
            () = patience => {}
        }
        self.send(Signal::KILL);
        let _ = self.end().await;
    }

    fn send(&self, signal: Signal) {
        let pid = self.child.id().and_then(|pid| i32::try_from(pid).ok());
        if let Some(pid) = pid.and_then(Pid::from_raw) {
            // It may be gone already, which is what was wanted.
            let _ = kill_process(pid, signal);
        }
    }
}

/// The daemon's program, which stands beside this one.
pub(super) fn program(name: &str) -> Result<PathBuf, Failure> {
    let own = env::current_exe().map_err(|error| Failure::new(format!("own path: {error}")))?;
    let program = own.with_file_name(name);
    if program.is_file() {
        return Ok(program);
    }
    Err(Failure::new(format!("{} is missing", program.display()))
        .hint("the three programs belong into one directory: cargo build --release makes them"))
}

/// A daemon that takes its settings from its arguments only: they hold all of ours, from wherever
/// they came.
pub(super) fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        let ours = name.as_encoded_bytes().starts_with(b"RINGGATE_");
        if ours || name == "STATE_DIRECTORY" || name == "RUNTIME_DIRECTORY" {
            command.env_remove(name);
        }
    }
    command.arg("--config=/dev/null").stdin(Stdio::null()).stderr(Stdio::piped());
    // A group of its own: Ctrl-C reaches the supervisor only, which then stops its children.
    command.process_group(0);
    command
}

async fn relay(name: &'static str, errors: impl AsyncRead + Unpin) {
    let mut reader = BufReader::new(errors);
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut bounded = (&mut reader).take(OUTPUT_LINE_BYTES_MAX as u64);
        match bounded.read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                let text = String::from_utf8_lossy(&line);
                let text = text.trim_end_matches(['\n', '\r']);
                // A daemon that says its own name need not be named twice.
                let own = text.strip_prefix(name).and_then(|rest| rest.strip_prefix(": "));
                tell(format_args!("{name} | {}", own.unwrap_or(text)));
            }
        }
    }
}
