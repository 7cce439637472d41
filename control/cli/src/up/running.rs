use std::env;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process, pidfd_open, waitid,
};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::failure::Failure;
use crate::limits::OUTPUT_LINE_BYTES_MAX;
use crate::say::tell;

/// A daemon that runs; its standard error is passed on, line by line.
pub(super) struct Running {
    /// Kept: a child that has been waited for has none any more.
    pid: u32,
    process: Process,
    relay: Option<JoinHandle<()>>,
}

enum Process {
    /// Started here.
    Child(Child),
    /// Started by the daemon whose place it took, and ours once that one has ended.
    Adopted(AsyncFd<OwnedFd>),
}

impl Running {
    pub(super) fn new(name: &'static str, mut child: Child) -> Self {
        let relay = child.stderr.take().map(|errors| tokio::spawn(relay(name, errors)));
        Self { pid: child.id().unwrap_or_default(), process: Process::Child(child), relay }
    }

    /// The process that has taken the place of this one. It writes to the same standard error.
    pub(super) fn succeeded_by(&mut self, pid: u32) -> io::Result<Self> {
        let known = i32::try_from(pid).ok().and_then(Pid::from_raw);
        let pidfd = pidfd_open(known.ok_or(io::ErrorKind::InvalidInput)?, PidfdFlags::empty())?;
        // What tokio would rather have is unsafe; this descriptor is our own and stays open.
        #[allow(deprecated)]
        let pidfd = AsyncFd::new(pidfd)?;
        Ok(Self { pid, process: Process::Adopted(pidfd), relay: self.relay.take() })
    }

    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    /// Waits for its end, and for the last of its output. How it ended is not known of one whose
    /// parent lives: see [`Running::reap`].
    pub(super) async fn end(&mut self) -> io::Result<Option<ExitStatus>> {
        let status = match &mut self.process {
            Process::Child(child) => child.wait().await.map(Some),
            Process::Adopted(pidfd) => {
                // Readable once the process has ended (pidfd_open(2)).
                pidfd.readable().await.map(|_| status(pidfd.get_ref()))
            }
        };
        if let Some(relay) = self.relay.take() {
            // Something it started may hold the pipe open.
            let _ = tokio::time::timeout(Duration::from_millis(100), relay).await;
        }
        status
    }

    /// Takes the remains of a process away that ended before its parent, once that one has ended
    /// too, for which there are `seconds`.
    pub(super) async fn reap(self, seconds: u64) {
        let Process::Adopted(pidfd) = self.process else { return };
        for _ in 0..seconds {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if status(pidfd.get_ref()).is_some() {
                return;
            }
        }
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
        let pid = match &self.process {
            Process::Child(child) => child.id(),
            Process::Adopted(_) => Some(self.pid),
        };
        let pid = pid.and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // It may be gone already, which is what was wanted.
            let _ = kill_process(pid, signal);
        }
    }
}

/// How an adopted process ended, if it has and is ours.
fn status(pidfd: &OwnedFd) -> Option<ExitStatus> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
    let ended = waitid(WaitId::PidFd(pidfd.as_fd()), options).ok()??;
    // As wait(2) has it: the signal, or the exit code a byte further up.
    let raw = ended.terminating_signal().or_else(|| Some(ended.exit_status()? << 8))?;
    Some(ExitStatus::from_raw(raw))
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
pub(super) fn command(program: &Path, subcommand: Option<&str>) -> Command {
    let mut command = Command::new(program);
    command.args(subcommand);
    for (name, _) in env::vars_os() {
        // What systemd says is for this process.
        let ours =
            ["RINGGATE_", "STATE_DIRECTORY", "RUNTIME_DIRECTORY", "NOTIFY_SOCKET", "WATCHDOG_"];
        if ours.iter().any(|own| name.as_encoded_bytes().starts_with(own.as_bytes())) {
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
