//! `ringgate`: runs the gateway on a laptop (`up`), and asks and changes a running one.
#![forbid(unsafe_code)]

mod arguments;
mod client;
mod commands;
mod failure;
mod limits;
mod say;
mod source;
mod table;
mod up;

use std::process::ExitCode;

use arguments::{Cli, Command};
use commands::{Looks, Wanted};
use failure::Failure;

fn main() -> ExitCode {
    // Before anything opens a descriptor.
    let inherited = ringgate_ipc::inherited::take();
    let loaded = match ringgate_settings::load::<Cli>(std::env::args_os()) {
        Ok(loaded) => loaded,
        Err(error) => error.exit(),
    };
    let output = loaded.value.output;
    let done = match loaded.value.command {
        Command::Completions { shell } => commands::completions(shell),
        Command::Validate { files, limits, .. } => {
            commands::validate(&files, &limits.limits, output)
        }
        Command::Functions(settings) => commands::functions(*settings, inherited),
        other => on_runtime(async {
            match other {
                Command::Up(settings) => up::run(&settings, &loaded.matches, output).await,
                Command::Apis { client } => commands::apis(&client, output).await,
                Command::Routes { api, client } => {
                    commands::routes(api.as_deref(), &client, output).await
                }
                Command::Apply { what, client } => commands::apply(&what, &client, output).await,
                Command::Export { what, client } => commands::export(&what, &client, output).await,
                Command::Status { client } => commands::status(&client, output).await,
                Command::Top { api, interval, count, client } => {
                    let api = api.as_deref();
                    commands::top(api, &Looks { interval, count }, &client, output).await
                }
                Command::Logs { api, stage, follow, lines, client } => {
                    let what = Wanted { api, stage, follow, lines };
                    commands::logs(&what, &client).await
                }
                Command::Audit(what) => commands::audit(&what, output).await,
                Command::Upgrade { client } => commands::upgrade(&client, output).await,
                Command::Key { action } => commands::key(&action, output).await,
                Command::Completions { .. } | Command::Validate { .. } | Command::Functions(_) => {
                    Ok(())
                }
            }
        }),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(output),
    }
}

fn on_runtime(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("the runtime does not start: {error}")))?;
    runtime.block_on(work)
}
