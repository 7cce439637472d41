//! `ringgate up` over daemons that are shell scripts.

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::common::{Place, ran};
use rustix::process::{Pid, Signal, kill_process};

/// Writes down how it was started, then waits; `exec` so that a signal finds it.
const OBEDIENT: &str = r#"
for argument; do line="$line $argument"; done
open=$(ls -l /proc/$$/fd | grep -c socket)
echo "$$ fds=$RINGGATE_LISTEN_FDS env=$RINGGATE_WORKERS open=$open$line" >> "$0.log"
echo "hello" >&2
exec sleep 1000"#;

struct Up {
    child: Child,
    /// Standard output so far.
    out: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Up {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let out = Arc::new(Mutex::new(String::new()));
        let reader = std::thread::spawn({
            let out = Arc::clone(&out);
            move || lines.for_each(|line| *out.lock().unwrap() += &(line.unwrap() + "\n"))
        });
        Self { child, out, reader: Some(reader) }
    }

    fn signal(&self, signal: Signal) {
        kill_process(pid(&self.child.id().to_string()), signal).unwrap();
    }

    /// Waits until it has printed this.
    fn says(&self, text: &str) {
        let start = Instant::now();
        while !self.out.lock().unwrap().contains(text) {
            assert!(start.elapsed() < Duration::from_secs(60), "up does not say {text}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Exit code, standard output, standard error.
    fn end(mut self) -> (i32, String, String) {
        let start = Instant::now();
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None => assert!(start.elapsed() < Duration::from_secs(60), "up does not end"),
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        self.reader.take().unwrap().join().unwrap();
        let mut error = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
        let out = std::mem::take(&mut *self.out.lock().unwrap());
        (status.code().unwrap_or(-1), out, error)
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

fn pid(text: &str) -> Pid {
    Pid::from_raw(text.parse().unwrap()).unwrap()
}

fn field<'l>(line: &'l str, name: &str) -> &'l str {
    line.split(' ').find_map(|word| word.strip_prefix(name)).unwrap_or_default()
}

/// The address among the arguments that a daemon got.
fn address(line: &str, flag: &str) -> SocketAddr {
    field(line, flag).parse().unwrap()
}

#[test]
fn sockets_are_held_while_daemons_come_and_go() {
    let place = Place::new();
    place.daemon("ringgated", OBEDIENT);
    place.daemon("ringgate-control", OBEDIENT);
    let mut command = place.ringgate_here();
    command.args(["up", "--http", "127.0.0.1:0", "--management=127.0.0.1:0", "--workers=3"]);
    command.arg("--https=127.0.0.1:0");
    command.args(["--target", "http://127.0.0.1:9"]).env("RINGGATE_WORKERS", "7");
    let up = Up::start(&mut command);

    let first = place.lines("ringgated.log", 1).remove(0);
    let names = field(&first, "fds=");
    assert_eq!(names.split(',').filter(|name| name.starts_with("http=")).count(), 3, "{first}");
    assert_eq!(names.split(',').filter(|name| name.starts_with("https=")).count(), 3, "{first}");
    assert!(first.contains(" --config=/dev/null ") && first.contains(" --workers=3"), "{first}");
    assert!(first.contains(" --target=http://127.0.0.1:9"), "{first}");
    assert_eq!(field(&first, "env="), "", "settings come by arguments only: {first}");
    let traffic = address(&first, "--http=");
    let tls = address(&first, "--https=");
    let control = place.lines("ringgate-control.log", 1).remove(0);
    assert!(field(&control, "fds=").starts_with("management="), "{control}");
    assert!(control.contains(&format!("--http={traffic}")), "{control}");
    let management = address(&control, "--management=");
    for address in [traffic, tls, management] {
        assert_ne!(address.port(), 0);
        TcpStream::connect(address).unwrap();
    }

    // Killed, it is started again with the same sockets, and nobody is refused meanwhile.
    kill_process(pid(first.split(' ').next().unwrap()), Signal::KILL).unwrap();
    TcpStream::connect(traffic).unwrap();
    let second = place.lines("ringgated.log", 2).remove(1);
    assert_eq!(field(&second, "fds="), names);
    assert_eq!(field(&second, "open="), field(&first, "open="), "descriptors leak");

    up.signal(Signal::TERM);
    let (code, out, error) = up.end();
    assert_eq!(code, 0, "{out}{error}");
    assert!(out.contains("died by signal 9, restarted\n"), "{out}");
    assert!(out.ends_with("SIGTERM: stopping\nstopped\n"), "{out}");
    assert!(error.contains("ringgated | hello\n"), "{error}");
    assert!(TcpStream::connect(traffic).is_err(), "the port is closed at the end");
    for line in
        place.lines("ringgated.log", 2).iter().chain(&place.lines("ringgate-control.log", 1))
    {
        let gone = kill_process(pid(line.split(' ').next().unwrap()), Signal::CONT);
        assert!(gone.is_err(), "{line} still runs");
    }
}

/// Starts a process when told to, tells who that is, and goes on until it is told to end.
const REPLACEABLE: &str = r#"
trap 'sleep 1000 & echo $! >> "$0.next"' USR1
trap 'exit 0' TERM
echo "$$ notify=$NOTIFY_SOCKET" >> "$0.log"
while :; do sleep 0.02 & wait $!; done"#;

#[test]
fn a_process_that_takes_the_place_of_a_daemon_is_adopted() {
    let place = Place::new();
    place.daemon("ringgated", REPLACEABLE);
    place.daemon("ringgate-control", OBEDIENT);
    let mut command = place.ringgate_here();
    command.args(["up", "--http=127.0.0.1:0", "--https=none", "--management=127.0.0.1:0"]);
    let up = Up::start(&mut command);
    let first = place.lines("ringgated.log", 1).remove(0);
    let (old, notify) = first.split_once(" notify=").unwrap();
    let tell = |news: &str| {
        let socket = std::os::unix::net::UnixDatagram::unbound().unwrap();
        socket.send_to(news.as_bytes(), notify).unwrap();
    };
    kill_process(pid(old), Signal::USR1).unwrap();
    let new = place.lines("ringgated.next", 1).remove(0);
    tell("READY=1\nSTATUS=MAINPID=1");
    tell(&format!("MAINPID={old}"));
    tell(&format!("MAINPID={new}"));
    // The one before ends by itself, and is not missed.
    kill_process(pid(old), Signal::TERM).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(place.lines("ringgated.log", 1).len(), 1, "nothing was started");
    kill_process(pid(&new), Signal::CONT).unwrap();

    // Its successor is, when it dies. The next one then gets a successor that outlives it not.
    kill_process(pid(&new), Signal::KILL).unwrap();
    let second = place.lines("ringgated.log", 2).remove(1);
    let second = second.split(' ').next().unwrap().to_owned();
    kill_process(pid(&second), Signal::USR1).unwrap();
    let third = place.lines("ringgated.next", 2).remove(1);
    tell(&format!("MAINPID={third}"));
    up.says(&format!("replaced by pid {third}\n"));

    up.signal(Signal::TERM);
    let (code, out, error) = up.end();
    assert_eq!(code, 0, "{out}{error}");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(
        lines,
        [
            &format!("ringgated (pid {old}) replaced by pid {new}"),
            &format!("ringgated (pid {new}) died by signal 9, restarted"),
            &format!("ringgated (pid {second}) replaced by pid {third}"),
            "SIGTERM: stopping",
            "stopped"
        ]
    );
    // Whoever has it reaped by now may take its time.
    let until = Instant::now() + Duration::from_secs(10);
    for gone in [old, &new, &second, &third] {
        while kill_process(pid(gone), Signal::CONT).is_ok() {
            assert!(Instant::now() < until, "{gone} still runs");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    assert!(!Path::new(notify).exists());
}

#[test]
fn a_killed_supervisor_leaves_its_daemons() {
    let place = Place::new();
    place.daemon("ringgated", OBEDIENT);
    place.daemon("ringgate-control", OBEDIENT);
    let mut command = place.ringgate_here();
    command.args(["up", "--http=127.0.0.1:0", "--https=none", "--management=127.0.0.1:0"]);
    let up = Up::start(&mut command);
    let logs = [place.lines("ringgated.log", 1), place.lines("ringgate-control.log", 1)];
    up.signal(Signal::KILL);
    std::thread::sleep(Duration::from_millis(100));
    for line in logs.iter().flatten() {
        // They hold the standard output of `up`, so its end is waited for after theirs.
        kill_process(pid(line.split(' ').next().unwrap()), Signal::KILL).unwrap();
    }
    up.end();
}

#[test]
fn a_daemon_that_refuses_its_settings_ends_everything() {
    let place = Place::new();
    place.daemon("ringgated", OBEDIENT);
    place.daemon("ringgate-control", "echo 'ringgate-control: I will not' >&2; exit 1");
    let mut command = place.ringgate_here();
    command.args(["up", "--http=127.0.0.1:0", "--https=none", "--management=127.0.0.1:0"]);
    let (code, out, error) = Up::start(&mut command).end();
    assert_eq!(code, 1, "{out}");
    assert!(error.contains("ringgate-control | I will not\n"), "{error}");
    assert!(error.contains("error: ringgate-control refused to start (exit status: 1)"), "{error}");
}

#[test]
fn a_daemon_that_cannot_be_started_again_is_tried_again() {
    let place = Place::new();
    place.daemon("ringgated", OBEDIENT);
    place.daemon("ringgate-control", OBEDIENT);
    let mut command = place.ringgate_here();
    command.args(["up", "--http=127.0.0.1:0", "--https=none", "--management=127.0.0.1:0"]);
    let up = Up::start(&mut command);
    let first = place.lines("ringgated.log", 1).remove(0);
    let control = place.lines("ringgate-control.log", 1).remove(0);

    // As while a newer one is installed.
    std::fs::remove_file(place.path("ringgated")).unwrap();
    kill_process(pid(first.split(' ').next().unwrap()), Signal::KILL).unwrap();
    up.says("tried again in 500 ms\n");
    kill_process(pid(control.split(' ').next().unwrap()), Signal::CONT).expect("the other runs");
    place.daemon("ringgated", OBEDIENT);
    place.lines("ringgated.log", 2);
    up.signal(Signal::TERM);
    let (code, out, error) = up.end();
    assert_eq!(code, 0, "{out}{error}");
    let tried = "ringgated does not start: No such file or directory (os error 2), tried again in ";
    assert!(out.contains(&format!("{tried}500 ms\n")), "{out}");
}

#[test]
fn nohup_is_respected() {
    let place = Place::new();
    place.daemon("ringgated", OBEDIENT);
    place.daemon("ringgate-control", OBEDIENT);
    let inner = place.ringgate_here();
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]).arg(inner.get_program());
    shell.args(["up", "--http=127.0.0.1:0", "--https=none", "--management=127.0.0.1:0"]);
    shell.current_dir(place.path(""));
    let up = Up::start(&mut shell);
    for log in ["ringgated.log", "ringgate-control.log"] {
        place.lines(log, 1);
    }
    up.signal(Signal::HUP);
    std::thread::sleep(Duration::from_millis(100));
    up.signal(Signal::TERM);
    let (code, out, error) = up.end();
    assert_eq!(code, 0, "{out}{error}");
    assert_eq!(out, "SIGTERM: stopping\nstopped\n");
}

#[test]
fn a_daemon_that_does_not_stop_is_killed() {
    let place = Place::new();
    place.daemon("ringgated", &format!("trap '' TERM\n{OBEDIENT}"));
    place.daemon("ringgate-control", OBEDIENT);
    let mut command = place.ringgate_here();
    command.args(["up", "--http=127.0.0.1:0", "--https=none", "--management=127.0.0.1:0"]);
    let up = Up::start(&mut command);
    place.lines("ringgated.log", 1);
    up.signal(Signal::INT);
    up.says("SIGINT: stopping\n");
    // The second one means it.
    up.signal(Signal::INT);
    let (code, out, _) = up.end();
    assert_eq!(code, 0);
    assert!(out.ends_with("SIGINT: stopping\nSIGINT: stopping\nstopped\n"), "{out}");
}

#[test]
fn taken_ports_and_missing_daemons_are_named() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for (flag, off) in [("--http", ""), ("--https", ", or --https none"), ("--management", "")] {
        let mut command = place.ringgate_here();
        command.arg("up");
        for each in ["--http", "--https", "--management"] {
            let any = "127.0.0.1:0".parse().unwrap();
            command.arg(format!("{each}={}", if each == flag { address } else { any }));
        }
        let (code, _, error) = ran(&mut command);
        assert_eq!(code, 1);
        assert_eq!(
            error,
            format!(
                "error: {address} ({flag}) is taken\n  hint: stop what listens there, or give \
                 another {flag} ADDR:PORT{off}\n"
            )
        );
    }
    let mut command = place.ringgate_here();
    command.args(["up", "--http=192.0.2.1:1", "--https=none", "--management=127.0.0.1:0"]);
    assert!(ran(&mut command).2.contains("192.0.2.1:1 (--http): no address of this machine"));
    let mut command = place.ringgate_here();
    command.args(["up", "--http=127.0.0.1:0", "--https=none", "--management=127.0.0.1:0"]);
    let (code, _, error) = ran(&mut command);
    assert_eq!(code, 1);
    assert!(error.contains("/ringgate-control is missing\n"), "{error}");
    assert!(error.contains("hint: the three programs belong into one directory"), "{error}");
}

#[test]
fn a_second_gateway_on_the_same_data_is_refused() {
    let place = Place::new();
    let control = r#"{"control":{"pid":4000001},"dataPlanes":[{"pid":4000002}]}"#;
    place.control(vec![(200, ""), (200, control)]);
    let mut command = place.ringgate_here();
    command.args(["up", "--http=127.0.0.1:0", "--https=none", "--management=127.0.0.1:0"]);
    let (code, _, error) = ran(&mut command);
    assert_eq!(code, 1);
    assert_eq!(
        error,
        "error: another gateway runs on the data directory .ringgate\n  hint: it runs without a \
         ringgate up; stop it with: kill 4000001 4000002; or give another --data-dir and other \
         ports\n"
    );

    // The socket of a dead one does not count.
    let place = Place::new();
    std::fs::create_dir(place.path(".ringgate")).unwrap();
    drop(UnixListener::bind(place.path(".ringgate/control.sock")).unwrap());
    let mut command = place.ringgate_here();
    command.args(["up", "--http=127.0.0.1:0", "--https=none", "--management=127.0.0.1:0"]);
    assert!(ran(&mut command).2.contains("is missing"));
}
