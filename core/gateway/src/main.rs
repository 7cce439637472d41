//! `ringgated`: the data plane. Serves the tables that `ringgate-control` compiles.
#![forbid(unsafe_code)]

#[macro_use]
mod say;

mod addresses;
mod aws;
mod connection;
mod consents;
mod control_link;
mod held;
mod issuers;
mod journal;
mod last_good;
mod limits;
mod link;
mod loader;
mod meters;
mod phases;
mod pressure;
mod principal;
mod random;
mod rescue;
mod sealing;
mod services;
mod sessions;
mod settings;
mod sockets;
mod stages;
mod supervisor;
mod tls;
mod upgrade;
mod upstream;
mod verdict;
mod worker;

use std::process::ExitCode;

use clap::Parser;
use ringgate_settings::{Common, DataPlaneArgs};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Ringgate's data plane: serves API traffic. It takes its table from ringgate-control on the same
/// data directory, and goes on with the last one while control is away.
#[derive(Parser)]
#[command(name = "ringgated", version)]
struct Flags {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    data_plane: DataPlaneArgs,
}

fn main() -> ExitCode {
    // A huge page that one small thing keeps alive holds 2 MiB: without them an idle connection
    // costs 1.2 KB instead of 3, and 100,000 routes no more time (bench/SPEC.md). Refused, it costs
    // memory only.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    let flags: Flags = ringgate_settings::parse();
    supervisor::run(&flags.common, &flags.data_plane).unwrap_or_else(|error| {
        say!("{error}");
        ExitCode::FAILURE
    })
}
