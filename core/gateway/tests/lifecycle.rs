//! The life of a data plane from its start to its end, on both drivers.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop at the first surprise")]

mod daemon;
mod manager;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use daemon::{DRIVERS, Daemon, free_port, read_response, until};
use manager::Manager;
use rustix::process::Signal;

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

#[test]
fn the_process_manager_hears_of_start_reload_and_stop() {
    for driver in DRIVERS {
        let mut manager = None;
        let mut daemon = Daemon::with(driver, 1, |command, dir| {
            manager = Some(Manager::of(command, dir));
        });
        let manager = manager.unwrap();
        let ready = manager.hears();
        let address = format!("127.0.0.1:{}", daemon.port);
        let want = format!("READY=1\nSTATUS=serving {address} with 1 workers on {driver}");
        assert_eq!(ready, want);
        daemon.signal(Signal::HUP);
        let reloading = manager.hears();
        assert!(reloading.starts_with("RELOADING=1\nMONOTONIC_USEC="), "{reloading}");
        assert_eq!(manager.hears(), "READY=1");
        daemon.signal(Signal::TERM);
        assert_eq!(manager.hears(), "STOPPING=1\nSTATUS=draining");
        assert!(daemon.child.wait().unwrap().success());
    }
}

/// A worker that dies young rests for a second before it is started again. One that is told to end
/// does not: of a few tries, one is quick on a slow machine too.
#[test]
fn a_daemon_that_is_told_to_stop_at_once_stops_at_once() {
    for driver in DRIVERS {
        let quickest = (0..5).map(|_| {
            let mut daemon = Daemon::with(driver, 2, |_, _| ());
            let told = Instant::now();
            daemon.signal(Signal::TERM);
            assert!(daemon.child.wait().unwrap().success());
            told.elapsed()
        });
        let quickest = quickest.min().unwrap();
        assert!(quickest < Duration::from_millis(900), "{driver}: {quickest:?}");
    }
}

#[test]
fn the_watchdog_is_told_again_and_again() {
    for driver in DRIVERS {
        let mut manager = None;
        let _daemon = Daemon::with(driver, 1, |command, dir| {
            manager = Some(Manager::of(command, dir));
            command.env("WATCHDOG_USEC", "200000");
        });
        let manager = manager.unwrap();
        assert!(manager.hears().starts_with("READY=1"));
        for _ in 0..3 {
            assert_eq!(manager.hears(), "WATCHDOG=1", "{driver}");
        }
    }
}

/// Log rotation: the file is moved away, SIGHUP makes a new one, and no record is lost.
#[test]
fn sighup_opens_the_access_log_anew() {
    for driver in DRIVERS {
        let daemon = Daemon::with(driver, 1, |command, _| {
            command.args(["--access-log", "access.log"]);
        });
        let path = |name: &str| daemon.dir.path().join(name);
        let lines = |name: &str| std::fs::read_to_string(path(name)).unwrap_or_default();
        let count = |name: &str| lines(name).matches("/nothing").count();
        assert_eq!(ask(&daemon), 404);
        until("the first record is written", || count("access.log") == 1);
        std::fs::rename(path("access.log"), path("access.log.1")).unwrap();
        daemon.signal(Signal::HUP);
        until("there is a new file without any record", || path("access.log").exists());
        assert_eq!(ask(&daemon), 404);
        until("the new file gets the next record", || count("access.log") == 1);
        assert_eq!(count("access.log.1"), 1, "{driver}");
    }
}

fn now_s() -> u64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()
}

#[test]
fn a_certificate_that_is_missing_is_refused_at_start_and_survived_on_sighup() {
    let dir = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_ringgated"))
        .args(["--certificate", "no.pem", "--http", "127.0.0.1:0", "--https", "none"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("--certificate no.pem: No such file or directory"), "{said}");

    let daemon = Daemon::with("epoll", 1, |command, dir| {
        let made = ringgate_tls::self_signed(&["a.example"], now_s()).unwrap();
        std::fs::write(dir.join("a.pem"), made.chain_pem + &made.key_pem).unwrap();
        let log = std::fs::File::create(dir.join("log")).unwrap();
        command.args(["--certificate", "a.pem"]).stderr(log);
    });
    let path = |name: &str| daemon.dir.path().join(name);
    let said = || std::fs::read_to_string(path("log")).unwrap();
    daemon.signal(Signal::HUP);
    until("it is read again", || said().contains("reloaded: the access logs and the certificates"));
    std::fs::remove_file(path("a.pem")).unwrap();
    daemon.signal(Signal::HUP);
    until("the old one stays", || said().contains("the certificates stay: --certificate a.pem"));
    assert_eq!(ask(&daemon), 404);
}

/// A tenth above the limit connections wait in the kernel's queue.
#[test]
fn with_too_little_memory_nothing_is_accepted() {
    for driver in DRIVERS {
        let daemon = Daemon::with(driver, 1, |command, dir| {
            let log = std::fs::File::create(dir.join("log")).unwrap();
            command.args(["--memory-limit-mb", "1"]).stderr(log);
        });
        let said = || std::fs::read_to_string(daemon.dir.path().join("log")).unwrap();
        until("it is noticed", || said().contains("MiB: nothing is accepted"));
        // Accepts may have been waiting before, of one worker.
        let _first: Vec<_> = (0..8).map(|_| daemon.connect()).collect();
        let mut client = daemon.connect();
        client.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        client.write_all(b"GET /nothing HTTP/1.1\r\nHost: abc.execute-api.x\r\n\r\n").unwrap();
        let waited = client.read(&mut [0]).unwrap_err().kind();
        assert_eq!(waited, std::io::ErrorKind::WouldBlock, "{driver}: it waits");
        drop(daemon);

        let daemon = Daemon::with(driver, 1, |command, _| {
            command.args(["--memory-limit-mb", "4096"]);
        });
        assert_eq!(ask(&daemon), 404, "{driver}");
    }
}
