use std::ffi::OsString;

use clap::{ArgMatches, Args, Command};

/// The arguments that give another binary the very settings this one runs with, wherever they came
/// from: every flag of `A` that has a value, as `--flag=value`.
pub fn forward<A: Args>(matches: &ArgMatches) -> Vec<OsString> {
    let command = A::augment_args(Command::new("forward"));
    let mut arguments = Vec::new();
    for arg in command.get_arguments() {
        let Some(long) = arg.get_long() else { continue };
        let Ok(Some(values)) = matches.try_get_raw(arg.get_id().as_str()) else { continue };
        for value in values {
            let mut argument = OsString::from(format!("--{long}="));
            argument.push(value);
            arguments.push(argument);
        }
    }
    arguments
}
