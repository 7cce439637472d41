use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Args, Command};
use ringgate_model::closest;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::limits::FILE_BYTES_MAX;
use crate::{
    Common, ControlArgs, ControlEndpointArgs, DataPlaneArgs, EndpointArgs, FunctionsArgs,
    FunctionsHostArgs, LimitArgs, limit_args,
};

/// The entries of a settings file: flag name to values, in the file's order.
pub(crate) type Entries = Vec<(String, Vec<String>)>;

/// A table of flags that are alike: in it, each key is a flag without what they share.
struct Section {
    name: &'static str,
    prefix: &'static str,
    suffix: &'static str,
    /// What each is.
    noun: &'static str,
    flags: fn(Command) -> Command,
}

const SECTIONS: [Section; 2] = [
    Section {
        name: "endpoints",
        prefix: "",
        suffix: "-endpoint",
        noun: "service",
        flags: |command| ControlEndpointArgs::augment_args(EndpointArgs::augment_args(command)),
    },
    Section {
        name: "limits",
        prefix: limit_args::PREFIX,
        suffix: "",
        noun: "limit",
        flags: LimitArgs::augment_args,
    },
];

/// Why a settings file was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// The file.
    pub file: PathBuf,
    /// Line and column, both from 1; none when the file could not be read at all.
    pub at: Option<(usize, usize)>,
    /// What is wrong and what was expected.
    pub message: String,
    /// What was probably meant.
    pub hint: Option<String>,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some((line, column)) = self.at {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "\n  hint: {hint}"))
    }
}

impl std::error::Error for FileError {}

/// Reads `ringgate.toml`. One file serves all three binaries, so every key that any of them takes
/// is legal; each value is checked here as its flag checks it.
pub(crate) fn read(path: &Path) -> Result<Entries, FileError> {
    let text = read_text(path).map_err(|error| FileError {
        file: path.to_owned(),
        at: None,
        message: error.to_string(),
        hint: None,
    })?;
    Source { path, text: &text }.entries()
}

fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(io::Error::other(format!("larger than {FILE_BYTES_MAX} bytes")));
    }
    Ok(text)
}

struct Source<'s> {
    path: &'s Path,
    text: &'s str,
}

impl Source<'_> {
    fn entries(&self) -> Result<Entries, FileError> {
        let document = DeTable::parse(self.text)
            .map_err(|error| self.error(error.span(), error.message().to_owned()))?;
        let command = every_setting();
        let mut entries = Entries::new();
        let mut spanned: Vec<_> = document.get_ref().iter().collect();
        spanned.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in spanned {
            let name = key.get_ref().as_ref();
            let section = SECTIONS.iter().find(|section| section.name == name);
            if let (Some(section), DeValue::Table(members)) = (section, value.get_ref()) {
                entries.extend(self.section(section, members)?);
                continue;
            }
            let known = command.get_arguments().find(|arg| arg.get_long() == Some(name));
            let Some(known) = known.filter(|arg| arg.get_id() != "config") else {
                return Err(self.unknown(&command, name, key.span()));
            };
            entries.push((name.to_owned(), self.values(&command, known, value)?));
        }
        Ok(entries)
    }

    /// The values of a setting, each checked as its flag checks it.
    fn values(
        &self,
        command: &Command,
        known: &Arg,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Vec<String>, FileError> {
        let name = known.get_long().unwrap_or_default();
        let values = match value.get_ref() {
            DeValue::Boolean(on) if is_switch(known) => Ok(vec![switched(*on).to_owned()]),
            other => texts(other),
        };
        let values = values
            .map_err(|got| self.error(Some(value.span()), format!("'{name}' cannot be {got}")))?;
        check(command, name, &values).map_err(|message| self.error(Some(value.span()), message))?;
        Ok(values)
    }

    /// `lambda = "URL"` in the table of endpoints is `--lambda-endpoint URL`.
    fn section(&self, section: &Section, members: &DeTable<'_>) -> Result<Entries, FileError> {
        let Section { prefix, suffix, .. } = section;
        // Flags of other structs begin or end so too, and are none of these.
        let command = flags(section.flags);
        let mut entries = Entries::new();
        for (key, value) in members {
            let name = key.get_ref().as_ref();
            let flag = format!("{prefix}{name}{suffix}");
            let known = command.get_arguments().find(|arg| arg.get_long() == Some(flag.as_str()));
            let Some(known) = known else {
                return Err(self.unknown_in(section, &command, name, key.span()));
            };
            entries.push((flag, self.values(&command, known, value)?));
        }
        Ok(entries)
    }

    fn unknown_in(
        &self,
        section: &Section,
        command: &Command,
        name: &str,
        span: Range<usize>,
    ) -> FileError {
        let Section { name: table, prefix, suffix, noun, .. } = section;
        let longs = command.get_arguments().filter_map(Arg::get_long);
        let names: Vec<_> =
            longs.filter_map(|long| long.strip_prefix(prefix)?.strip_suffix(suffix)).collect();
        let meant = closest(&name.replace('_', "-"), names.iter().copied());
        let message = format!(
            "there is no {noun} named '{name}' in [{table}]: expected one of {}",
            names.join(", ")
        );
        let hint = meant.map(|meant| format!("did you mean '{meant}'?"));
        FileError { hint, ..self.error(Some(span), message) }
    }

    fn unknown(&self, command: &Command, name: &str, span: Range<usize>) -> FileError {
        let longs = command.get_arguments().filter_map(Arg::get_long);
        let meant = closest(&name.replace('_', "-"), longs.filter(|long| *long != "config"));
        let hint = match meant {
            Some(meant) => format!("did you mean '{meant}'?"),
            None => "the keys are the flags of --help without their dashes".to_owned(),
        };
        let error = self.error(Some(span), format!("there is no setting named '{name}'"));
        FileError { hint: Some(hint), ..error }
    }

    fn error(&self, span: Option<Range<usize>>, message: String) -> FileError {
        let at = span.map(|span| {
            let before = self.text.get(..span.start).unwrap_or(self.text);
            let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
            let column = before.get(line_start..).map_or(0, |line| line.chars().count()) + 1;
            (before.matches('\n').count() + 1, column)
        });
        let message = message.trim().replace('\n', ", ");
        FileError { file: self.path.to_owned(), at, message, hint: None }
    }
}

fn every_setting() -> Command {
    flags(|command| {
        let command = DataPlaneArgs::augment_args(Common::augment_args(command));
        let command = FunctionsArgs::augment_args(ControlArgs::augment_args(command));
        FunctionsHostArgs::augment_args(command)
    })
}

/// Flags by which the values of a file are checked: as they are, whatever the environment says.
fn flags(augment: impl FnOnce(Command) -> Command) -> Command {
    let command = Command::new(crate::FILE_NAME).no_binary_name(true).disable_help_flag(true);
    augment(command).mut_args(|arg| arg.env(None))
}

/// True for a flag that takes `on` or `off`: the file may say true or false as well.
fn is_switch(arg: &Arg) -> bool {
    arg.get_possible_values().iter().any(|value| value.get_name() == switched(true))
}

fn switched(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// A value as the texts its flag would get.
fn texts(value: &DeValue<'_>) -> Result<Vec<String>, &'static str> {
    match value {
        DeValue::String(text) => Ok(vec![text.to_string()]),
        DeValue::Integer(number) if number.radix() == 10 => {
            Ok(vec![number.as_str().replace('_', "")])
        }
        DeValue::Integer(_) => Err("a number of another base than ten"),
        DeValue::Array(values) => {
            let mut all = Vec::new();
            for value in values.iter() {
                match value.get_ref() {
                    DeValue::Array(_) => return Err("a list in a list"),
                    single => all.extend(texts(single)?),
                }
            }
            if all.is_empty() { Err("an empty list") } else { Ok(all) }
        }
        DeValue::Table(_) => Err("a table"),
        DeValue::Boolean(_) => Err("true or false"),
        DeValue::Float(_) => Err("a number with a fraction"),
        DeValue::Datetime(_) => Err("a date"),
    }
}

/// Runs the values through the flag's own parser.
fn check(command: &Command, name: &str, values: &[String]) -> Result<(), String> {
    let arguments = values.iter().map(|value| format!("--{name}={value}"));
    let Err(error) = command.clone().try_get_matches_from(arguments) else { return Ok(()) };
    if error.kind() == ErrorKind::ArgumentConflict {
        return Err(format!("'{name}' takes one value, not a list"));
    }
    let value = match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(value)) => value.as_str(),
        _ => "",
    };
    let mut message = format!("'{value}' is no value for '{name}'");
    if let Some(source) = std::error::Error::source(&error) {
        message.push_str(&format!(": {source}"));
    }
    if let Some(ContextValue::Strings(valid)) = error.get(ContextKind::ValidValue) {
        message.push_str(&format!(": expected one of {}", valid.join(", ")));
    }
    Err(message)
}
