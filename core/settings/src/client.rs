use std::path::PathBuf;

use clap::{ArgMatches, Args, Command, FromArgMatches};
use ringgate_model::Scope;

use crate::Common;

/// What a command needs that talks to a running control process: those settings of [`Common`] that
/// say where it is and for which region and account.
#[derive(Clone, Debug)]
pub struct ClientArgs {
    /// `--data-dir`
    pub data_dir: PathBuf,
    /// `--runtime-dir`
    pub runtime_dir: Option<PathBuf>,
    /// `--region` and `--account-id`
    pub scope: Scope,
}

const TAKEN: [&str; 5] = ["config", "data_dir", "runtime_dir", "region", "account_id"];

impl ClientArgs {
    /// The socket of the control process.
    pub fn control_socket(&self) -> PathBuf {
        self.runtime_dir.as_ref().unwrap_or(&self.data_dir).join("control.sock")
    }

    /// The directory of the control process's audit log.
    pub fn audit(&self) -> PathBuf {
        self.data_dir.join("audit")
    }
}

impl Args for ClientArgs {
    fn augment_args(command: Command) -> Command {
        let all = Common::augment_args(Command::new("common"));
        let taken = all.get_arguments().filter(|arg| TAKEN.contains(&arg.get_id().as_str()));
        command.args(taken.cloned().map(|arg| arg.help_heading("Connection")))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ClientArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let path = |id| matches.try_get_one::<PathBuf>(id).ok().flatten().cloned();
        let text = |id| matches.try_get_one::<String>(id).ok().flatten().cloned();
        Ok(Self {
            // All but the second have a default.
            data_dir: path("data_dir").unwrap_or_default(),
            runtime_dir: path("runtime_dir"),
            scope: Scope::new(
                text("region").unwrap_or_default(),
                text("account_id").unwrap_or_default(),
            ),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
