//! The life of a data plane from its start to its end, on both drivers.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop at the first surprise")]

mod daemon;

use std::io::Write;
use std::net::TcpStream;

use daemon::{DRIVERS, Daemon, free_port, read_response, until};

/// What a request that needs no origin is answered.
fn ask(daemon: &Daemon) -> u16 {
    let mut client = daemon.connect();
    client.write_all(b"GET /nothing HTTP/1.1\r\nHost: abc.execute-api.x\r\n\r\n").unwrap();
    read_response(&mut client).status
}

#[test]
fn each_kind_of_traffic_has_its_port() {
    for driver in DRIVERS {
        let https = free_port();
        let daemon = Daemon::with(driver, 1, |command, _| {
            command.args(["--https", &format!("127.0.0.1:{https}")]);
        });
        until("the TLS port is open", || TcpStream::connect(("127.0.0.1", https)).is_ok());
        assert_eq!(ask(&daemon), 404, "{driver}");
    }
}
