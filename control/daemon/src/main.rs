//! `ringgate-control`: the store, the management APIs, and the tables made from them.
#![forbid(unsafe_code)]

use std::io::Write;
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
        // Standard error may be gone while we serve on (`ringgate up` was killed): a line that
        // cannot be written must not become a panic about it.
        .log_internal_errors(false)
        .init();
    let result =
        inherited.and_then(|inherited| run(Settings { common, control, inherited, started }));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            let _ = writeln!(std::io::stderr(), "ringgate-control: {reason}");
            ExitCode::FAILURE
        }
    }
}
