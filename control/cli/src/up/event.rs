use std::fmt;

use serde::Serialize;

use crate::arguments::Output;
use crate::say::say;

/// What `ringgate up` tells, a line each.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(super) enum Event {
    /// A daemon ended without being asked to.
    Died { name: &'static str, pid: u32, how: String, restart_ms: u128 },
    /// After an upgrade another process serves; the one before finishes its requests.
    Replaced { name: &'static str, pid: u32, successor: u32 },
    /// A daemon that ended could not be started again.
    NotStarted { name: &'static str, reason: String, restart_ms: u128 },
    /// A signal came.
    Stopping { signal: &'static str },
    /// Both daemons are gone.
    Stopped,
    /// Both daemons serve.
    Ready(Box<Ready>),
}

/// Where everything is.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ready {
    pub(super) version: &'static str,
    pub(super) data_dir: String,
    /// URLs of plain HTTP traffic.
    pub(super) http: Vec<String>,
    /// URLs of TLS traffic.
    pub(super) https: Vec<String>,
    /// The URL of the management APIs.
    pub(super) management: String,
    pub(super) region: String,
    /// The URL of the host of functions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) functions: Option<String>,
    /// `--target`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<String>,
    /// The id and the endpoint of the target's API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) target_api_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) target_endpoint: Option<String>,
    /// Since exec; none where a daemon is late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ready_ms: Option<u64>,
}

pub(super) fn print(output: Output, event: &Event) {
    match output {
        Output::Table => say(event),
        Output::Json => say(serde_json::to_string(event).unwrap_or_default()),
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Died { name, pid, how, restart_ms: 0 } => {
                write!(f, "{name} (pid {pid}) died by {how}, restarted")
            }
            Self::Died { name, pid, how, restart_ms } => {
                write!(f, "{name} (pid {pid}) died by {how}, restarted in {restart_ms} ms")
            }
            Self::Replaced { name, pid, successor } => {
                write!(f, "{name} (pid {pid}) replaced by pid {successor}")
            }
            Self::NotStarted { name, reason, restart_ms } => {
                write!(f, "{name} does not start: {reason}, tried again in {restart_ms} ms")
            }
            Self::Stopping { signal } => write!(f, "{signal}: stopping"),
            Self::Stopped => f.write_str("stopped"),
            Self::Ready(ready) => ready.fmt(f),
        }
    }
}

impl fmt::Display for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, data_dir, management, region, .. } = self;
        writeln!(f, "Ringgate {version}, data in {data_dir}")?;
        for (at, url) in self.http.iter().chain(&self.https).enumerate() {
            writeln!(f, "  {:<12}{url}/", if at == 0 { "traffic" } else { "" })?;
        }
        if let Some(target) = &self.target {
            let endpoint = self.target_endpoint.as_deref().unwrap_or_default();
            writeln!(f, "  {:<12}{target}", "target")?;
            if !endpoint.is_empty() {
                writeln!(f, "  {:<12}{endpoint}/", "")?;
            }
        }
        writeln!(f, "  {:<12}{management}", "management")?;
        writeln!(
            f,
            "  {:<12}aws --endpoint-url {management} --region {region} apigatewayv2 get-apis",
            ""
        )?;
        if let Some(functions) = &self.functions {
            writeln!(f, "  {:<12}{functions}", "functions")?;
        }
        match self.ready_ms {
            Some(ms) => write!(f, "ready after {ms} ms"),
            None => f.write_str("not ready yet: see above, or ask ringgate status"),
        }
    }
}
