use std::fs::{File, Metadata};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ringgate_model::percent;
use ringgate_observe::{Destination, Destinations};
use ringgate_settings::ClientArgs;
use serde_json::Value;

use crate::client::Client;
use crate::commands::{cell, named};
use crate::failure::Failure;
use crate::limits::{LOG_POLL_MS, LOG_TAIL_BYTES_MAX};
use crate::say::{say, try_say};

/// What `ringgate logs` is to show.
pub(crate) struct Wanted {
    pub(crate) api: String,
    pub(crate) stage: Option<String>,
    pub(crate) follow: bool,
    pub(crate) lines: usize,
}

pub(crate) async fn logs(wanted: &Wanted, settings: &ClientArgs) -> Result<(), Failure> {
    let client = Client::new(settings);
    let mut logs: Vec<Log> = files(&client, wanted).await?.into_iter().map(Log::new).collect();
    for log in &mut logs {
        if let Err(error) = log.last_lines(wanted.lines) {
            return log.ended(&error);
        }
    }
    if !wanted.follow {
        return Ok(());
    }
    loop {
        for log in &mut logs {
            if let Err(error) = log.more() {
                return log.ended(&error);
            }
        }
        tokio::time::sleep(Duration::from_millis(LOG_POLL_MS)).await;
    }
}

/// The files that the stages' access logs go to, each once.
async fn files(client: &Client, wanted: &Wanted) -> Result<Vec<PathBuf>, Failure> {
    let destinations = destinations(client).await?;
    let mut files = Vec::new();
    for api in named(client, Some(&wanted.api)).await? {
        let path = format!("/v2/apis/{}/stages", percent::encoded(&cell(&api, "apiId")));
        for stage in client.list(&path).await? {
            if wanted.stage.as_ref().is_some_and(|name| *name != cell(&stage, "stageName")) {
                continue;
            }
            let Some(log) = stage.get("accessLogSettings") else { continue };
            match destinations.of(&cell(log, "destinationArn")) {
                Destination::File(path) => files.push(path),
                other => say(format_args!(
                    "# the log of stage {} goes to {other}",
                    cell(&stage, "stageName")
                )),
            }
        }
    }
    files.sort();
    files.dedup();
    if files.is_empty() {
        return Err(Failure::new(format!(
            "no stage of {} that was asked for has an access log in a file: see \
             update-stage --access-log-settings",
            wanted.api
        )));
    }
    Ok(files)
}

async fn destinations(client: &Client) -> Result<Destinations, Failure> {
    let status = client.get("/ringgate/v1/status").await?.body;
    let planes = status.get("dataPlanes").and_then(Value::as_array);
    let told = planes.into_iter().flatten().find_map(|plane| plane.get("accessLogs").cloned());
    let none = || Failure::new("no data plane is attached that could say where access logs are");
    serde_json::from_value(told.ok_or_else(none)?).map_err(|_| none())
}

/// A log that is read from some place on.
struct Log {
    path: PathBuf,
    open: Option<BufReader<File>>,
    /// What was read of a line whose end has not been written yet.
    begun: Vec<u8>,
}

impl Log {
    fn new(path: PathBuf) -> Self {
        Self { path, open: None, begun: Vec::new() }
    }

    /// A reader of ours that has seen enough is no failure.
    fn ended(&self, error: &io::Error) -> Result<(), Failure> {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Ok(()),
            _ => Err(Failure::new(format!("{}: {error}", self.path.display()))),
        }
    }

    /// Prints the last lines; none where nothing was logged yet.
    fn last_lines(&mut self, count: usize) -> io::Result<()> {
        let Some(mut file) = opened(&self.path)? else { return Ok(()) };
        let end = file.metadata()?.len();
        let start = end.saturating_sub(LOG_TAIL_BYTES_MAX);
        file.seek(SeekFrom::Start(start))?;
        let mut tail = Vec::new();
        file.by_ref().take(LOG_TAIL_BYTES_MAX).read_to_end(&mut tail)?;
        let whole = tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let (lines, begun) = tail.split_at_checked(whole).unwrap_or_default();
        let mut lines: Vec<_> = lines.split(|byte| *byte == b'\n').collect();
        lines.pop();
        if start > 0 && !lines.is_empty() {
            lines.remove(0);
        }
        let skipped = lines.len().saturating_sub(count);
        for line in lines.iter().skip(skipped) {
            try_say(String::from_utf8_lossy(line))?;
        }
        self.begun = begun.to_vec();
        self.open = Some(BufReader::new(file));
        Ok(())
    }

    /// Prints what was written since; goes on with a new file once an old one was moved away.
    fn more(&mut self) -> io::Result<()> {
        self.print_rest()?;
        let place = |metadata: Metadata| (metadata.dev(), metadata.ino());
        let there = std::fs::metadata(&self.path).map(place).ok();
        let open = self.open.as_ref().map(|open| open.get_ref().metadata().map(place));
        if there.is_some() && there != open.transpose()? {
            // What was written to the old one between the two looks.
            self.print_rest()?;
            self.open = opened(&self.path)?.map(BufReader::new);
            self.print_rest()?;
        }
        Ok(())
    }

    fn print_rest(&mut self) -> io::Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        while open.read_until(b'\n', &mut self.begun)? > 0 && self.begun.ends_with(b"\n") {
            try_say(String::from_utf8_lossy(&self.begun).trim_end_matches('\n'))?;
            self.begun.clear();
        }
        Ok(())
    }
}

fn opened(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
