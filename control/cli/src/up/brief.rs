use std::time::Duration;

use ringgate_settings::ClientArgs;

use super::running::{Running, command, program};
use crate::client::Client;
use crate::failure::Failure;
use crate::limits::{READY_POLL_MS, READY_WAIT_MS_MAX, STOP_GRACE_MS};

/// A control process for one command, where none runs.
pub(crate) struct Brief {
    running: Running,
}

impl Brief {
    pub(crate) async fn start(settings: &ClientArgs) -> Result<Self, Failure> {
        const NAME: &str = "ringgate-control";
        let mut command = command(&program(NAME)?, None);
        let mut flag = |name: &str, value: &std::ffi::OsStr| {
            let mut argument = std::ffi::OsString::from(format!("--{name}="));
            argument.push(value);
            command.arg(argument);
        };
        flag("data-dir", settings.data_dir.as_os_str());
        if let Some(runtime_dir) = &settings.runtime_dir {
            flag("runtime-dir", runtime_dir.as_os_str());
        }
        flag("region", settings.scope.region.as_ref());
        flag("account-id", settings.scope.account.as_ref());
        flag("management", "127.0.0.1:0".as_ref());
        let child = command.spawn().map_err(|error| Failure::new(format!("{NAME}: {error}")))?;
        let mut brief = Self { running: Running::new(NAME, child) };
        let client = Client::new(settings);
        let wait = Duration::from_millis(READY_WAIT_MS_MAX);
        let there = async {
            while !client.is_there().await {
                tokio::time::sleep(Duration::from_millis(READY_POLL_MS)).await;
            }
        };
        tokio::select! {
            Ok(()) = tokio::time::timeout(wait, there) => return Ok(brief),
            _ = brief.running.end() => {}
            else => {}
        }
        brief.stop().await;
        Err(Failure::new(format!("{NAME} did not start")))
    }

    pub(crate) async fn stop(mut self) {
        let patience = tokio::time::sleep(Duration::from_millis(STOP_GRACE_MS));
        self.running.terminate(patience).await;
    }
}
