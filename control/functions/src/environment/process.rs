use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use rustix::process::Pid;
use tokio::process::{Child, Command};

use crate::limits::PROCESSES_MAX;
use crate::shared::Shared;

/// The process of a function, first of a group of its own, which is killed with it.
pub(super) struct Process {
    child: Child,
    group: Pid,
    shared: Arc<Shared>,
}

impl Process {
    /// Starts `command` in `dir`.
    ///
    /// # Errors
    /// The system cannot run it.
    pub(super) fn start(
        shared: &Arc<Shared>,
        argv: &[OsString],
        dir: &Path,
        variables: Vec<(OsString, OsString)>,
        output: OwnedFd,
    ) -> std::io::Result<Self> {
        let Some((program, arguments)) = argv.split_first() else {
            return Err(std::io::Error::other("an empty command"));
        };
        let errors = output.try_clone()?;
        let mut command = match &shared.interpreters.setpriv {
            // The kernel kills it when the host is gone, however that went.
            Some(setpriv) => {
                let mut command = Command::new(setpriv);
                command.args(["--pdeathsig", "KILL", "--"]).arg(program);
                command
            }
            None => Command::new(program),
        };
        command
            .args(arguments)
            .current_dir(dir)
            .env_clear()
            .envs(variables)
            .stdin(Stdio::null())
            .stdout(Stdio::from(output))
            .stderr(Stdio::from(errors))
            .process_group(0)
            .kill_on_drop(true);
        let child = command.spawn()?;
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let group = pid.ok_or_else(|| std::io::Error::other("it ended at once"))?;
        shared.began(group);
        Ok(Self { child, group, shared: Arc::clone(shared) })
    }

    /// Waits for its end.
    pub(super) async fn end(&mut self) -> Option<ExitStatus> {
        self.child.wait().await.ok()
    }

    /// Kills the group.
    pub(super) fn kill(&self) {
        self.shared.kill(self.group);
    }

    /// The memory of it and its descendants, in KiB: all that is resident of the first, and of the
    /// others what they do not share, so that no page of a program counts twice.
    pub(super) fn memory_kb(&self) -> u64 {
        let page_kb = rustix::param::page_size() as u64 / 1024;
        let mut processes = vec![self.group.as_raw_pid().unsigned_abs()];
        let (mut at, mut pages) = (0, 0u64);
        while let Some(pid) = processes.get(at).copied() {
            at += 1;
            let Ok(statm) = std::fs::read_to_string(format!("/proc/{pid}/statm")) else { continue };
            let mut fields = statm.split(' ').skip(1).map(|field| field.parse().unwrap_or(0));
            let (resident, shared): (u64, u64) =
                (fields.next().unwrap_or(0), fields.next().unwrap_or(0));
            let counted = if at == 1 { resident } else { resident.saturating_sub(shared) };
            pages = pages.saturating_add(counted);
            let children = children(pid);
            let places = PROCESSES_MAX.saturating_sub(processes.len());
            processes.extend(children.into_iter().take(places));
        }
        pages.saturating_mul(page_kb)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The processes that any thread of this one started.
fn children(pid: u32) -> Vec<u32> {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let lists = threads.flatten().map(|thread| {
        let list = std::fs::read_to_string(thread.path().join("children"));
        list.unwrap_or_default()
    });
    let pids = |list: String| -> Vec<u32> {
        list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
    };
    lists.flat_map(pids).collect()
}

/// How a process ended, in the words of AWS.
pub(super) fn describe(status: Option<ExitStatus>) -> String {
    let how = match (status.and_then(|s| s.signal()), status.and_then(|s| s.code())) {
        (Some(signal), _) => format!("signal: {}", signal_name(signal)),
        (None, Some(0)) => return "Runtime exited without providing a reason".to_owned(),
        (None, Some(code)) => format!("exit status {code}"),
        (None, None) => "unknown".to_owned(),
    };
    format!("Runtime exited with error: {how}")
}

/// As Go names signals, whose words AWS uses.
fn signal_name(signal: i32) -> String {
    let name = match signal {
        4 => "illegal instruction",
        6 => "aborted",
        7 => "bus error",
        8 => "floating point exception",
        9 => "killed",
        11 => "segmentation fault",
        13 => "broken pipe",
        15 => "terminated",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}
