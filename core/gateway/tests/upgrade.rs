//! A new process takes the place of a running one, on both drivers.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop at the first surprise")]

mod daemon;
mod manager;

use std::io::Write;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;

use daemon::{DRIVERS, Daemon, echo_head, origin, pid, read_response, until};
use manager::Manager;
use rustix::process::{Signal, kill_process, test_kill_process};

/// A daemon whose program is a copy, and who came after it.
struct Line {
    daemon: Daemon,
    manager: Manager,
    /// The process that accepts.
    now: u32,
    /// Holds the copy.
    program: PathBuf,
    _bin: tempfile::TempDir,
}

impl Line {
    fn start(driver: &str, origin: u16) -> Self {
        let bin = tempfile::tempdir().unwrap();
        let program = bin.path().join("ringgated");
        install(&program);
        let mut manager = None;
        let daemon = Daemon::with_program(driver, origin, &program, |command, dir| {
            manager = Some(Manager::of(command, dir));
            command.stderr(std::fs::File::create(dir.join("log")).unwrap());
            command.args(["--upgrade-timeout-ms", "5000"]);
        });
        let manager = manager.unwrap();
        assert!(manager.hears().starts_with("READY=1\n"));
        Self { now: daemon.child.id(), daemon, manager, program, _bin: bin }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.daemon.dir.path().join("log")).unwrap()
    }

    fn ask_for_upgrade(&self) {
        kill_process(pid(self.now), Signal::USR2).unwrap();
    }

    /// One whole upgrade; the process before.
    fn upgrade(&mut self) -> u32 {
        self.ask_for_upgrade();
        let before = self.now;
        loop {
            let said = self.manager.hears();
            let main = said.lines().find_map(|line| line.strip_prefix("MAINPID="));
            let main = main.map(|pid| pid.parse::<u32>().unwrap());
            if let Some(main) = main.filter(|&main| main != before) {
                self.now = main;
                return before;
            }
        }
    }

    /// An upgrade that comes to nothing; what was said of it.
    fn fail(&self) -> String {
        let before = self.log().matches("no upgrade: ").count();
        self.ask_for_upgrade();
        until("the upgrade is given up", || self.log().matches("no upgrade: ").count() > before);
        let log = self.log();
        let reason = log.rsplit_once("no upgrade: ").unwrap().1;
        reason.lines().next().unwrap().to_owned()
    }

    fn ask(&self) -> u16 {
        ask(&mut self.daemon.connect(), "keep-alive").0
    }

    fn has_ended(&mut self, raw: u32) -> bool {
        // A child of this process stays until it is waited for.
        let _ = self.daemon.child.try_wait();
        test_kill_process(pid(raw)).is_err()
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let _ = kill_process(pid(self.now), Signal::KILL);
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}

/// Puts the program there, as a package manager does: a new file under the old name.
fn install(program: &Path) {
    let new = program.with_extension("new");
    let built = env!("CARGO_BIN_EXE_ringgated");
    if std::fs::hard_link(built, &new).is_err() {
        std::fs::copy(built, &new).unwrap();
    }
    std::fs::rename(new, program).unwrap();
}

/// Puts a shell script there instead.
fn install_script(program: &Path, script: &str) {
    let new = program.with_extension("new");
    std::fs::write(&new, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::rename(new, program).unwrap();
}

/// One request: its status, and whether the connection ends with it.
fn ask(stream: &mut TcpStream, connection: &str) -> (u16, bool) {
    write!(
        stream,
        "GET /pets/1 HTTP/1.1\r\nHost: abc.execute-api.x\r\nConnection: {connection}\r\n\r\n"
    )
    .unwrap();
    let response = read_response(stream);
    let closes = response.header("connection").is_some_and(|value| value == "close");
    (response.status, closes)
}

/// Clients that never try anything twice; the first request that fails ends the test.
struct Clients {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
    threads: Vec<JoinHandle<()>>,
}

impl Clients {
    fn start(port: u16) -> Self {
        let (stop, answered) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let threads = (0..6).map(|number| {
            let (stop, answered) = (stop.clone(), answered.clone());
            // Half of them take a new connection for every request.
            let wanted = if number % 2 == 0 { "keep-alive" } else { "close" };
            std::thread::spawn(move || {
                let connect = || TcpStream::connect(("127.0.0.1", port)).unwrap();
                let mut stream = connect();
                while !stop.load(Ordering::Relaxed) {
                    let (status, closes) = ask(&mut stream, wanted);
                    assert_eq!(status, 200);
                    answered.fetch_add(1, Ordering::Relaxed);
                    if closes {
                        stream = connect();
                    }
                }
            })
        });
        let threads = threads.collect();
        Self { stop, answered, threads }
    }

    fn more(&self, count: u64) {
        let before = self.answered.load(Ordering::Relaxed);
        until("traffic goes on", || self.answered.load(Ordering::Relaxed) > before + count);
    }

    fn end(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            assert!(thread.join().is_ok(), "a request was lost, or a connection refused");
        }
        self.answered.load(Ordering::Relaxed)
    }
}

#[test]
fn under_load_nobody_is_refused_and_nothing_is_lost() {
    for driver in DRIVERS {
        let mut line = Line::start(driver, origin(echo_head));
        let clients = Clients::start(line.daemon.port);
        let mut pids = vec![line.now];
        for _ in 0..5 {
            clients.more(50);
            let before = line.upgrade();
            until("the process before has ended", || line.has_ended(before));
            assert!(!pids.contains(&line.now));
            pids.push(line.now);
        }
        clients.more(50);
        let answered = clients.end();
        assert!(answered > 300, "{driver}: {answered}");
        assert!(line.daemon.child.wait().unwrap().success());
    }
}

#[test]
fn a_connection_that_waits_for_its_next_request_sends_it_to_the_process_it_knows() {
    for driver in DRIVERS {
        let mut line = Line::start(driver, origin(echo_head));
        let mut client = line.daemon.connect();
        assert_eq!(ask(&mut client, "keep-alive"), (200, false));
        let before = line.upgrade();
        assert_eq!(ask(&mut client, "keep-alive"), (200, true), "{driver}");
        until("the process before has ended", || line.has_ended(before));
        assert_eq!(line.ask(), 200);
    }
}

#[test]
fn the_number_of_workers_may_change_and_the_addresses_may_not() {
    for driver in DRIVERS {
        let mut line = Line::start(driver, origin(echo_head));
        let settings = line.daemon.dir.path().join("ringgate.toml");
        for (workers, https) in [(3, "none"), (2, "none"), (1, "127.0.0.1:1")] {
            let text = format!("workers = {workers}\ndrain-timeout-ms = 500\nhttps = '{https}'\n");
            std::fs::write(&settings, text).unwrap();
            if https == "none" {
                line.upgrade();
                until("it says how many there are", || {
                    line.log().contains(&format!("with {workers} workers on {driver}"))
                });
            } else {
                let reason = line.fail();
                assert_eq!(
                    reason,
                    "the new process: the addresses of --https have changed: a restart is needed \
                     for that; this process goes on"
                );
            }
            for _ in 0..20 {
                assert_eq!(line.ask(), 200);
            }
        }
    }
}

#[test]
fn an_upgrade_that_fails_leaves_everything_as_it_was() {
    for driver in DRIVERS {
        let mut line = Line::start(driver, origin(echo_head));
        let clients = Clients::start(line.daemon.port);
        let program = line.program.clone();
        let mark = line.daemon.dir.path().join("script.pid");

        std::fs::remove_file(&program).unwrap();
        let reason = line.fail();
        assert!(reason.contains("/ringgated does not start: No such file"), "{reason}");

        install_script(&program, "exit 3");
        let reason = line.fail();
        assert!(reason.starts_with("the new process: it ended (offered), with exit status: 3;"));

        // One that never says anything is waited for, and then is no more.
        install_script(&program, &format!("echo $$ > {}; exec sleep 1000", mark.display()));
        let reason = line.fail();
        assert!(reason.contains("nothing was heard of it for 5000 ms (offered)"), "{reason}");
        let script = std::fs::read_to_string(mark).unwrap();
        assert!(test_kill_process(pid(script.trim().parse().unwrap())).is_err(), "it is gone");

        install(&program);
        clients.more(20);
        assert_eq!(line.now, line.daemon.child.id());
        line.upgrade();
        clients.more(20);
        clients.end();
    }
}

#[test]
fn whoever_is_told_to_stop_stops_the_others_too() {
    for driver in DRIVERS {
        let mut line = Line::start(driver, origin(echo_head));
        let mut client = line.daemon.connect();
        assert_eq!(ask(&mut client, "keep-alive"), (200, false));
        let before = line.upgrade();
        // The old one waits for this client; told to stop, it no longer does.
        kill_process(pid(before), Signal::TERM).unwrap();
        until("the process before has ended", || line.has_ended(before));
        kill_process(pid(line.now), Signal::TERM).unwrap();
        until("nobody serves", || TcpStream::connect(("127.0.0.1", line.daemon.port)).is_err());
    }
}
