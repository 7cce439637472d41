use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgMatches, Command, CommandFactory, FromArgMatches};

use crate::file::{self, Entries, FileError};

/// Settings as read, with the matches they came from (for [`crate::forward`]).
#[derive(Debug)]
pub struct Loaded<T> {
    /// The settings.
    pub value: T,
    /// Where each came from.
    pub matches: ArgMatches,
}

/// Why there are no settings.
#[derive(Debug)]
pub enum LoadError {
    /// The command line, or a request for help or the version.
    Usage(clap::Error),
    /// The settings file.
    File(FileError),
}

impl LoadError {
    /// Prints it and ends the process: 0 after help and version, else 2.
    pub fn exit(&self) -> ! {
        match self {
            Self::Usage(error) => error.exit(),
            Self::File(error) => {
                eprintln!("error: {error}");
                std::process::exit(2)
            }
        }
    }
}

impl From<clap::Error> for LoadError {
    fn from(error: clap::Error) -> Self {
        Self::Usage(error)
    }
}

/// The settings of this process; prints and exits where there are none (help, or an error).
pub fn parse<T: CommandFactory + FromArgMatches>() -> T {
    load(env::args_os()).unwrap_or_else(|error| error.exit()).value
}

/// Reads arguments, environment and settings file.
///
/// # Errors
/// [`LoadError`]: also for `--help` and `--version`, as clap has it.
pub fn load<T: CommandFactory + FromArgMatches>(
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Loaded<T>, LoadError> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let command = T::command();
    let mut matches = command.clone().try_get_matches_from(&arguments)?;
    let defaults = defaults(&matches).map_err(LoadError::File)?;
    if !defaults.is_empty() {
        // Under the environment, over the built-in default: exactly what clap's own defaults are.
        matches = with_defaults(command, &defaults).try_get_matches_from(&arguments)?;
    }
    let value = T::from_arg_matches(&matches)?;
    Ok(Loaded { value, matches })
}

fn defaults(matches: &ArgMatches) -> Result<Entries, FileError> {
    let innermost = innermost(matches);
    // A command without --config (completions) reads no file.
    let Ok(config) = innermost.try_get_one::<PathBuf>("config") else { return Ok(Vec::new()) };
    let here = PathBuf::from(crate::FILE_NAME);
    let mut entries = match config {
        Some(path) => file::read(path)?,
        None if here.exists() => file::read(&here)?,
        None => Vec::new(),
    };
    for (variable, flag) in [
        ("STATE_DIRECTORY", "data-dir"),
        ("RUNTIME_DIRECTORY", "runtime-dir"),
        ("LOGS_DIRECTORY", "access-log-dir"),
    ] {
        // systemd.exec(5): several directories stand with colons between; ours is the first.
        let value = env::var_os(variable).unwrap_or_default();
        let first = value.to_str().and_then(|list| list.split(':').next()).unwrap_or_default();
        if !first.is_empty() {
            entries.retain(|(name, _)| name != flag);
            entries.push((flag.to_owned(), vec![first.to_owned()]));
        }
    }
    Ok(entries)
}

fn innermost(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, inner)| innermost(inner))
}

fn with_defaults(command: Command, entries: &Entries) -> Command {
    command
        .mut_args(|arg| {
            let entry = entries.iter().find(|(name, _)| arg.get_long() == Some(name.as_str()));
            match entry {
                // clap keeps defaults for the life of the process, which is what these have.
                Some((_, values)) => {
                    arg.default_values(values.iter().map(|value| &*value.clone().leak()))
                }
                None => arg,
            }
        })
        .mut_subcommands(|inner| with_defaults(inner, entries))
}
