use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use clap::ArgMatches;
use ringgate_ipc::{Kind, passing};
use ringgate_settings::{Common, ControlArgs, DataPlaneArgs, FunctionsArgs, forward};

use super::notices::Notices;
use super::running::{Running, command, program};
use super::sockets::{Share, Sockets, names};
use crate::arguments::{Output, Up};
use crate::failure::Failure;

/// How a daemon is started.
pub(super) struct Spec {
    pub(super) name: &'static str,
    pub(super) program: PathBuf,
    subcommand: Option<&'static str>,
    arguments: Vec<OsString>,
    /// `--target`: until everything was ready once. A restart must not undo what has been changed
    /// through the management API since.
    target: Option<String>,
    share: Share,
    pub(super) stop_wait: Duration,
    /// Where it tells what it is doing.
    notify: Option<PathBuf>,
    pub(super) output: Output,
}

impl Spec {
    pub(super) fn control(
        up: &Up,
        matches: &ArgMatches,
        sockets: &Sockets,
    ) -> Result<Self, Failure> {
        let own = forward::<ControlArgs>(matches);
        let own = own.into_iter().filter(|argument| !is(argument, "--management"));
        let management = format!("--management={}", sockets.management_address);
        let mut arguments: Vec<OsString> = own.chain([OsString::from(management)]).collect();
        arguments.extend(to_functions("--functions-endpoint", &arguments, sockets));
        Self::new("ringgate-control", up, matches, sockets, arguments, Share::Management)
    }

    pub(super) fn data_plane(
        up: &Up,
        matches: &ArgMatches,
        sockets: &Sockets,
        notices: &Notices,
    ) -> Result<Self, Failure> {
        let mut arguments = forward::<DataPlaneArgs>(matches);
        let common = forward::<Common>(matches);
        arguments.extend(to_functions("--lambda-endpoint", &common, sockets));
        let spec = Self::new("ringgated", up, matches, sockets, arguments, Share::Traffic)?;
        Ok(Self { notify: Some(notices.path().to_owned()), ..spec })
    }

    /// The host of functions, which is this very program; `None` without `--functions`.
    pub(super) fn functions(
        up: &Up,
        matches: &ArgMatches,
        sockets: &Sockets,
    ) -> Result<Option<Self>, Failure> {
        let Some(address) = sockets.functions_address else { return Ok(None) };
        let taken = ["--data-dir", "--runtime-dir", "--region", "--account-id"];
        let common = forward::<Common>(matches).into_iter();
        let mut arguments: Vec<OsString> =
            common.filter(|argument| taken.iter().any(|flag| is(argument, flag))).collect();
        arguments.push(OsString::from(format!("--listen={address}")));
        arguments.extend(forward::<FunctionsArgs>(matches));
        Ok(Some(Self {
            name: "ringgate-functions",
            program: program("ringgate")?,
            subcommand: Some("functions"),
            arguments,
            target: None,
            share: Share::Functions,
            stop_wait: super::stop_wait(up),
            notify: None,
            output: Output::Table,
        }))
    }

    fn new(
        name: &'static str,
        up: &Up,
        matches: &ArgMatches,
        bound: &Sockets,
        own: Vec<OsString>,
        share: Share,
    ) -> Result<Self, Failure> {
        let replaced = ["--config", "--http", "--https", "--target"];
        let common = forward::<Common>(matches).into_iter();
        let mut arguments: Vec<OsString> =
            common.filter(|argument| !replaced.iter().any(|flag| is(argument, flag))).collect();
        for kind in Kind::ALL {
            let flag = |value: String| OsString::from(format!("--{}={value}", kind.name()));
            let count = arguments.len();
            arguments.extend(bound.addresses(kind).map(|address| flag(address.to_string())));
            if arguments.len() == count {
                arguments.push(flag("none".to_owned()));
            }
        }
        arguments.extend(own);
        let stop_wait = super::stop_wait(up);
        let target = up.common.target.clone();
        let output = Output::Table;
        Ok(Self {
            name,
            program: program(name)?,
            subcommand: None,
            arguments,
            target,
            share,
            stop_wait,
            notify: None,
            output,
        })
    }

    pub(super) fn spawn(&self, all: &Sockets, with_target: bool) -> io::Result<Running> {
        let sockets = all.of(self.share);
        let mut command = command(&self.program, self.subcommand);
        command.args(&self.arguments);
        if let (true, Some(target)) = (with_target, &self.target) {
            command.arg(format!("--target={target}"));
        }
        command.env("RINGGATE_LISTEN_FDS", names(&sockets));
        if let Some(notify) = &self.notify {
            command.env("NOTIFY_SOCKET", notify);
        }
        // The runtime is single-threaded and nothing is awaited in between: no other child can be
        // spawned while these are exposed.
        let exposed: Vec<_> = sockets.iter().map(|(_, socket)| *socket).collect();
        let spawned = passing::expose(&exposed).and_then(|()| command.spawn());
        let concealed = passing::conceal(&exposed);
        let child = spawned.and_then(|child| concealed.map(|()| child))?;
        Ok(Running::new(self.name, child))
    }
}

/// The flag that sends a daemon to the host of functions; none where there is no host, or where
/// another endpoint is among the daemon's `arguments`.
fn to_functions(flag: &str, arguments: &[OsString], sockets: &Sockets) -> Option<OsString> {
    let address = sockets.functions_address?;
    let given = arguments.iter().any(|argument| is(argument, flag));
    (!given).then(|| OsString::from(format!("{flag}=http://{address}")))
}

fn is(argument: &OsString, flag: &str) -> bool {
    let argument = argument.as_encoded_bytes();
    argument.strip_prefix(flag.as_bytes()).is_some_and(|rest| rest.starts_with(b"="))
}
