use std::fs;

use ringgate_settings::{ClientArgs, Common};
use serde_json::Value;

use crate::client::Client;
use crate::failure::Failure;

/// Refuses to start beside another gateway on the same data directory, and says how to stop it.
pub(super) async fn refuse(common: &Common) -> Result<(), Failure> {
    let client = Client::new(&ClientArgs {
        data_dir: common.data_dir.clone(),
        runtime_dir: common.runtime_dir.clone(),
        scope: common.scope(),
    });
    if !client.is_there().await {
        return Ok(());
    }
    let status = client.get("/ringgate/v1/status").await.map(|answer| answer.body);
    let pids = pids(&status.unwrap_or_default());
    let data_dir = common.data_dir.display();
    let failure = Failure::new(format!("another gateway runs on the data directory {data_dir}"));
    let list = |pids: &[u64]| pids.iter().map(u64::to_string).collect::<Vec<_>>().join(" ");
    Err(match pids.first().copied().and_then(supervisor) {
        Some(supervisor) => failure.hint(format!(
            "stop it with: kill {supervisor}; or give another --data-dir and other ports"
        )),
        // Left by a supervisor that was killed, or run by hand or by systemd.
        None if !pids.is_empty() => failure.hint(format!(
            "it runs without a ringgate up; stop it with: kill {}; or give another --data-dir and \
             other ports",
            list(&pids)
        )),
        None => failure.hint("stop it, or give another --data-dir and other ports"),
    })
}

/// The control process first, then the data planes.
fn pids(status: &Value) -> Vec<u64> {
    let planes = status.get("dataPlanes").and_then(Value::as_array);
    let all = status.get("control").into_iter().chain(planes.into_iter().flatten());
    all.filter_map(|process| process.get("pid").and_then(Value::as_u64)).collect()
}

/// The `ringgate up` that a daemon is a child of.
fn supervisor(pid: u64) -> Option<u64> {
    // proc_pid_stat(5): the command may hold anything, the fields go on after its last ')'.
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let parent: u64 = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
    let name = fs::read_to_string(format!("/proc/{parent}/comm")).ok()?;
    (name.trim_end() == "ringgate").then_some(parent)
}
