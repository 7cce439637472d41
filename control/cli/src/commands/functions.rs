use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::Path;

use ringgate_functions::Settings;

use crate::arguments::Functions;
use crate::failure::Failure;
use crate::say::say;

/// Runs until a signal.
pub(crate) fn functions(
    settings: Functions,
    inherited: Result<Vec<(String, OwnedFd)>, String>,
) -> Result<(), Failure> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false)
        // A line that cannot be written must not become a panic about it.
        .log_internal_errors(false)
        .init();
    let Functions { listen, client, functions } = settings;
    let control_socket = client.control_socket();
    let (data_dir, scope) = (client.data_dir, client.scope);
    let inherited = inherited.map_err(Failure::new)?;
    let settings =
        Settings { functions, listen, data_dir, control_socket, scope, inherited, ready };
    ringgate_functions::run(settings).map_err(Failure::new)
}

fn ready(address: SocketAddr, dir: &Path) {
    let dir = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
    say(format_args!("functions on http://{address}, kept in {}", dir.display()));
    say(format_args!("  aws --endpoint-url http://{address} lambda list-functions"));
}
