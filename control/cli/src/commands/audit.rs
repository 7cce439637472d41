use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::arguments::{AuditArgs, Output};
use crate::commands::cell;
use crate::failure::Failure;
use crate::limits::LOG_POLL_MS;
use crate::say::try_say;

/// Shows the audit log: its last records, and with `--follow` those to come. The files are read as
/// they are, so that a gateway need not run.
pub(crate) async fn audit(wanted: &AuditArgs, output: Output) -> Result<(), Failure> {
    let directory = wanted.client.audit();
    let failed = |error: &io::Error| match error.kind() {
        // A reader of ours that has seen enough is no failure.
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(Failure::new(format!("{}: {error}", directory.display()))),
    };
    let numbers = match numbers(&directory) {
        Ok(numbers) => numbers,
        Err(error) if error.kind() == io::ErrorKind::NotFound && !wanted.follow => {
            let message = format!("there is no audit log in {}", directory.display());
            return Err(Failure::new(message).hint("name the data directory with --data-dir"));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return failed(&error),
    };
    let mut log = Log { directory: directory.clone(), number: 0, open: None, begun: Vec::new() };
    if let Err(error) = log.last(&numbers, wanted, output) {
        return failed(&error);
    }
    if !wanted.follow {
        return Ok(());
    }
    loop {
        if let Err(error) = log.more(wanted, output) {
            return failed(&error);
        }
        tokio::time::sleep(Duration::from_millis(LOG_POLL_MS)).await;
    }
}

/// The log, read up to some place.
struct Log {
    directory: PathBuf,
    /// Of the file that is open.
    number: u64,
    open: Option<BufReader<File>>,
    /// What was read of a line whose end has not been written yet.
    begun: Vec<u8>,
}

impl Log {
    /// Prints the last records that are wanted.
    fn last(&mut self, numbers: &[u64], wanted: &AuditArgs, output: Output) -> io::Result<()> {
        let mut newest_first: Vec<Value> = Vec::new();
        for (at, number) in numbers.iter().rev().enumerate() {
            let mut lines = Vec::new();
            let mut reader = BufReader::new(File::open(path(&self.directory, *number))?);
            let mut line = Vec::new();
            while reader.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
                lines.extend(fitting(&line, wanted));
                line.clear();
            }
            if at == 0 {
                (self.number, self.open, self.begun) = (*number, Some(reader), line);
            }
            newest_first.extend(lines.into_iter().rev());
            if newest_first.len() >= wanted.lines {
                break;
            }
        }
        newest_first.truncate(wanted.lines);
        newest_first.iter().rev().try_for_each(|record| print(record, output))
    }

    /// Prints what was written since, in this file and in those that followed it.
    fn more(&mut self, wanted: &AuditArgs, output: Output) -> io::Result<()> {
        loop {
            self.print_rest(wanted, output)?;
            let there = numbers(&self.directory).unwrap_or_default();
            let Some(next) = there.into_iter().find(|number| *number > self.number) else {
                return Ok(());
            };
            // What was written to this one between the two looks.
            self.print_rest(wanted, output)?;
            let file = File::open(path(&self.directory, next))?;
            (self.number, self.open, self.begun) = (next, Some(BufReader::new(file)), Vec::new());
        }
    }

    fn print_rest(&mut self, wanted: &AuditArgs, output: Output) -> io::Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        while open.read_until(b'\n', &mut self.begun)? > 0 && self.begun.ends_with(b"\n") {
            if let Some(record) = fitting(&self.begun, wanted) {
                print(&record, output)?;
            }
            self.begun.clear();
        }
        Ok(())
    }
}

fn path(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("{number:010}.jsonl"))
}

fn numbers(directory: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let name = entry?.file_name();
        let name = name.to_str().and_then(|name| name.strip_suffix(".jsonl"));
        numbers.extend(name.and_then(|name| name.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The record of a line, if it is wanted.
fn fitting(line: &[u8], wanted: &AuditArgs) -> Option<Value> {
    let record: Value = serde_json::from_slice(line).ok()?;
    let is = |asked: &Option<String>, found: &str| {
        asked.as_ref().is_none_or(|asked| asked.eq_ignore_ascii_case(found))
    };
    let fits = is(&wanted.event, &cell(&record, "eventName"))
        && is(&wanted.user, &user(&record))
        && (!wanted.refused || record.get("errorCode").is_some());
    fits.then_some(record)
}

/// The user's name, or the last part of the caller's ARN.
fn user(record: &Value) -> String {
    let identity = record.get("userIdentity").unwrap_or(&Value::Null);
    let name = cell(identity, "userName");
    let arn = cell(identity, "arn");
    match (name.is_empty(), arn.rsplit(['/', ':']).next()) {
        (false, _) => name,
        (true, Some(last)) if !last.is_empty() => last.to_owned(),
        _ => cell(identity, "type"),
    }
}

fn print(record: &Value, output: Output) -> io::Result<()> {
    if output == Output::Json {
        return try_say(record);
    }
    let resources = record.get("resources").and_then(Value::as_array);
    let resource = resources.and_then(|list| list.first()).map(|first| cell(first, "ARN"));
    let outcome = match record.get("errorCode").and_then(Value::as_str) {
        Some(code) => format!("{code}: {}", cell(record, "errorMessage")),
        None => "done".to_owned(),
    };
    try_say(format_args!(
        "{} {} {} {} {} {outcome}",
        cell(record, "eventTime"),
        cell(record, "sourceIPAddress"),
        user(record),
        cell(record, "eventName"),
        resource.as_deref().filter(|arn| !arn.is_empty()).unwrap_or("-"),
    ))
}
