//! `ringgate-control`: the store, the management APIs, and the tables made from them.
#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use ringgate_control::{Settings, run};
use ringgate_settings::{Common, ControlArgs};

/// The control process of Ringgate: keeps the APIs, answers the AWS management APIs, ships tables
/// to ringgated
#[derive(Debug, Parser)]
#[command(name = "ringgate-control", version, max_term_width = 100)]
struct Flags {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    control: ControlArgs,
}

fn main() -> ExitCode {
    let started = Instant::now();
    // Before anything opens a descriptor.
    let inherited = ringgate_ipc::inherited::take();
    let Flags { common, control } = ringgate_settings::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false)
        .init();
    let result =
        inherited.and_then(|inherited| run(Settings { common, control, inherited, started }));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("ringgate-control: {reason}");
            ExitCode::FAILURE
        }
    }
}
