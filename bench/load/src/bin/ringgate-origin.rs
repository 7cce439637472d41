//! `ringgate-origin`: see `--help`.
#![forbid(unsafe_code)]

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use ringgate_bench_load::origin::Server;

/// An HTTP/1.1 origin on one thread, for benches.
///
/// The path's last segment says what comes: `/128` is 128 bytes, `/any/path/1048576` is 1 MiB (each
/// 16-byte line holds its own offset), `/echo-length` is the length of the request's body in
/// decimal, `/stats` is what the origin has counted, as JSON. Anything else is 404. A WebSocket, on
/// any path, gets its messages back.
#[derive(Debug, Parser)]
#[command(name = "ringgate-origin", version)]
struct Args {
    /// Where to listen; port 0 takes a free one. The address is printed when it is open.
    #[arg(long, default_value = "127.0.0.1:9000")]
    listen: SocketAddr,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ringgate-origin: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> io::Result<()> {
    let mut server = Server::bind(args.listen)?;
    println!("listening on {}", server.address()?);
    server.run()
}
