//! A `ringgated` on a table of one API `abc`, without control.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ringgate_model::{Api, Definition, Integration, Route, Scope, Stage};
use ringgate_table::{ApiInput, Root, Snapshot, StageInput, Update, compile, encode};
use rustix::process::{Pid, Signal, kill_process};

/// Both drivers; where the kernel refuses io_uring its daemon does not start, and the test fails.
pub(crate) const DRIVERS: [&str; 2] = ["io_uring", "epoll"];

pub(crate) struct Daemon {
    pub(crate) child: Child,
    pub(crate) port: u16,
    pub(crate) dir: tempfile::TempDir,
}

impl Daemon {
    /// Routes of these keys lead to `http://127.0.0.1:{origin}/base/{id}`, the stage is `$default`.
    pub(crate) fn start(driver: &str, origin: u16, routes: &[&str]) -> Self {
        Self::with_method(driver, origin, routes, "ANY")
    }

    /// The same, with the method of the upstream request.
    pub(crate) fn with_method(driver: &str, origin: u16, routes: &[&str], method: &str) -> Self {
        let table = to_origin(origin, routes, method);
        Self::with_table(driver, table, ringgated(), |command, _| {
            command.args(["--https", "none"]);
        })
    }

    /// With one route, `GET /pets/{id}`, and whatever `more` adds to its command line, given its
    /// directory.
    pub(crate) fn with(driver: &str, origin: u16, more: impl FnOnce(&mut Command, &Path)) -> Self {
        Self::with_table(driver, to_origin(origin, &["GET /pets/{id}"], "ANY"), ringgated(), more)
    }

    /// Routes of these keys lead to these URIs.
    pub(crate) fn with_routes(
        driver: &str,
        routes: &[(&str, &str)],
        method: &str,
        arguments: &[&str],
    ) -> Self {
        Self::with_table(driver, snapshot(routes, method), ringgated(), |command, _| {
            command.args(["--https", "none"]).args(arguments);
        })
    }

    /// The same with a program of its own.
    pub(crate) fn with_program(
        driver: &str,
        origin: u16,
        program: &Path,
        more: impl FnOnce(&mut Command, &Path),
    ) -> Self {
        Self::with_table(driver, to_origin(origin, &["GET /pets/{id}"], "ANY"), program, more)
    }

    /// Its settings file may be overridden by flags, and changed.
    fn with_table(
        driver: &str,
        table: Snapshot,
        program: &Path,
        more: impl FnOnce(&mut Command, &Path),
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let frame = encode(&Update::Snapshot(table));
        let mut file = (frame.len() as u64).to_le_bytes().to_vec();
        file.extend_from_slice(&frame);
        std::fs::write(dir.path().join("table.last-good"), file).unwrap();
        std::fs::write(dir.path().join("ringgate.toml"), SETTINGS).unwrap();
        let port = free_port();
        let mut command = Command::new(program);
        command
            .args(["--driver", driver, "--http", &format!("127.0.0.1:{port}")])
            .arg("--data-dir")
            .arg(dir.path())
            .current_dir(dir.path())
            .stderr(Stdio::null());
        more(&mut command, dir.path());
        let daemon = Self { child: command.spawn().unwrap(), port, dir };
        until("ringgated listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        daemon
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(pid(self.child.id()), signal).unwrap();
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        // A request that is written in pieces must not wait for delayed ACKs.
        stream.set_nodelay(true).unwrap();
        stream
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The settings that tests start from.
const SETTINGS: &str = "workers = 1\ndrain-timeout-ms = 1000\nhttps = 'none'\n";

fn ringgated() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_ringgated"))
}

pub(crate) fn pid(raw: u32) -> Pid {
    Pid::from_raw(i32::try_from(raw).unwrap()).unwrap()
}

/// A loopback port that nobody listens on now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Waits for something to be so.
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// An origin that answers every connection by `serve`.
pub(crate) fn origin(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = Arc::new(serve);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let serve = serve.clone();
            std::thread::spawn(move || serve(stream));
        }
    });
    port
}

/// Reads one request without a body.
pub(crate) fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).unwrap_or(0) == 0 {
            break;
        }
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// Answers every request of a connection with its own head.
pub(crate) fn echo_head(mut stream: TcpStream) {
    loop {
        let head = read_head(&mut stream);
        if head.is_empty() {
            return;
        }
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{head}", head.len());
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn to_origin(origin: u16, routes: &[&str], method: &str) -> Snapshot {
    let uri = format!("http://127.0.0.1:{origin}/base/{{id}}");
    let routes: Vec<_> = routes.iter().map(|key| (*key, uri.as_str())).collect();
    snapshot(&routes, method)
}

fn snapshot(routes: &[(&str, &str)], method: &str) -> Snapshot {
    let integrations = routes.iter().enumerate().map(|(at, (_, uri))| Integration {
        integration_id: format!("int{at}"),
        integration_method: Some(method.into()),
        integration_uri: Some((*uri).to_owned()),
        timeout_in_millis: Some(5_000),
        ..Integration::default()
    });
    let keys = routes.iter().enumerate().map(|(at, (key, _))| Route {
        route_id: format!("route{at}"),
        route_key: (*key).to_owned(),
        target: Some(format!("integrations/int{at}")),
        ..Route::default()
    });
    let definition = Definition {
        routes: keys.collect(),
        integrations: integrations.collect(),
        ..Definition::default()
    };
    let api = Api { api_id: "abc".into(), ..Api::default() };
    let stage = Stage { stage_name: "$default".into(), ..Stage::default() };
    let scope = Scope::new("us-east-1", "000000000000");
    let stages = [StageInput::new(&stage, Some(&definition))];
    let image =
        compile(&ApiInput { scope: &scope, api: &api, stages: &stages, vpc_links: &[] }).unwrap();
    Snapshot {
        store_id: [1; 16],
        generation: 1,
        root: Root::default(),
        apis: vec![Arc::new(image)],
        parts: Vec::new(),
    }
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let found = self.fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone())
    }
}

/// Reads one response by its framing, and nothing behind it.
pub(crate) fn read_response(stream: &mut TcpStream) -> Response {
    read_response_to(stream, "GET")
}

/// Reads the response to a request of this method.
pub(crate) fn read_response_to(stream: &mut TcpStream, method: &str) -> Response {
    let mut reader = BufReader::with_capacity(1, stream);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line.trim_end_matches("\r\n").to_owned()
    };
    let status = line();
    let status = status.split(' ').nth(1).unwrap_or_else(|| panic!("no status in '{status}'"));
    let status = status.parse().unwrap();
    let mut fields = Vec::new();
    loop {
        let line = line();
        let Some((name, value)) = line.split_once(": ") else { break };
        fields.push((name.to_owned(), value.to_owned()));
    }
    let mut response = Response { status, fields, body: Vec::new() };
    if method == "HEAD" {
        return response;
    }
    if let Some(length) = response.header("content-length") {
        response.body.resize(length.parse().unwrap(), 0);
        reader.read_exact(&mut response.body).unwrap();
    } else if response.header("transfer-encoding").is_some() {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size).unwrap();
            let size = usize::from_str_radix(size.trim_end(), 16).unwrap();
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk).unwrap();
            assert!(chunk.ends_with(b"\r\n"));
            response.body.extend_from_slice(&chunk[..size]);
            if size == 0 {
                break;
            }
        }
    } else {
        reader.read_to_end(&mut response.body).unwrap();
    }
    response
}
