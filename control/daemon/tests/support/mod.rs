//! A running `ringgate-control`, a plain HTTP client, and a signer of its own.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tempfile::TempDir;

mod signer;
#[allow(unused_imports)]
pub(crate) use signer::Signer;

const START_MS_MAX: u64 = 40_000;

/// A control process on a data directory of its own; killed when it goes out of scope.
pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) dir: PathBuf,
}

impl Process {
    pub(crate) fn start(dir: &TempDir) -> Self {
        Self::start_with(dir, &[])
    }

    pub(crate) fn start_with(dir: &TempDir, more: &[&str]) -> Self {
        let address = free_address();
        Self::listening(&mut command(dir.path(), &address.to_string(), more), address, dir)
    }

    /// One that gets SIGXFSZ's error instead of the signal, as a full disk gives an error.
    pub(crate) fn start_with_file_limit_errors(dir: &TempDir) -> Self {
        let address = free_address();
        let inner = command(dir.path(), &address.to_string(), &[]);
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(inner.get_program());
        shell.args(inner.get_args()).current_dir(dir.path());
        shell.stdin(Stdio::null()).stderr(Stdio::piped());
        Self::listening(&mut shell, address, dir)
    }

    fn listening(command: &mut Command, address: SocketAddr, dir: &TempDir) -> Self {
        let mut child = command.spawn().expect("spawn");
        let end = Instant::now() + Duration::from_millis(START_MS_MAX);
        while TcpStream::connect(address).is_err() {
            assert!(child.try_wait().expect("wait").is_none(), "ringgate-control has ended");
            assert!(Instant::now() < end, "ringgate-control does not listen");
            std::thread::sleep(Duration::from_millis(2));
        }
        Self { child, address, dir: dir.path().to_owned() }
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().expect("kill -9");
        self.child.wait().expect("wait");
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).expect("kill");
    }

    pub(crate) fn exit(mut self) -> ExitStatus {
        self.child.wait().expect("wait")
    }

    pub(crate) fn tcp(&self) -> Client<TcpStream> {
        Client::new(TcpStream::connect(self.address).expect("connect"))
    }

    pub(crate) fn unix(&self) -> Client<UnixStream> {
        Client::new(UnixStream::connect(self.dir.join("control.sock")).expect("connect"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The command line of a control process.
pub(crate) fn command(dir: &Path, management: &str, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringgate-control"));
    command
        .arg("--data-dir")
        .arg(dir)
        .args(["--management", management, "--http", "127.0.0.1:8099"])
        .args(more)
        .current_dir(dir)
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Another one each time: the kernel may name a port to two tests before either uses it.
fn free_address() -> SocketAddr {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
        let address = listener.local_addr().expect("address");
        if GIVEN.lock().expect("lock").insert(address.port()) {
            return address;
        }
    }
}

/// An answer, taken apart.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .find_map(|(n, value)| n.eq_ignore_ascii_case(name).then_some(value.trim()))
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// One keep-alive connection.
pub(crate) struct Client<S> {
    pub(crate) stream: S,
    buffer: Vec<u8>,
}

impl<S: Read + Write> Client<S> {
    fn new(stream: S) -> Self {
        Self { stream, buffer: Vec::new() }
    }

    pub(crate) fn send(&mut self, method: &str, target: &str, headers: &str, body: &[u8]) {
        let host = if headers.to_ascii_lowercase().contains("host:") { "" } else { "Host: x\r\n" };
        let mut request = format!("{method} {target} HTTP/1.1\r\n{host}{headers}").into_bytes();
        if !body.is_empty() {
            request.extend(format!("Content-Length: {}\r\n", body.len()).bytes());
        }
        request.extend(b"\r\n");
        request.extend(body);
        self.stream.write_all(&request).expect("write");
    }

    pub(crate) fn call(
        &mut self,
        method: &str,
        target: &str,
        headers: &str,
        body: &[u8],
    ) -> Response {
        self.send(method, target, headers, body);
        self.receive().expect("an answer")
    }

    /// None: closed.
    pub(crate) fn receive(&mut self) -> Option<Response> {
        let end = loop {
            if let Some(at) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break at;
            }
            self.read_more()?;
        };
        let head = String::from_utf8(self.buffer.drain(..end + 4).collect()).expect("UTF-8");
        let status = head[9..12].parse().expect("status");
        let mut response = Response { status, head, body: Vec::new() };
        let length = response.header("content-length").map_or(0, |n| n.parse().expect("length"));
        while self.buffer.len() < length {
            self.read_more()?;
        }
        response.body = self.buffer.drain(..length).collect();
        Some(response)
    }

    fn read_more(&mut self) -> Option<()> {
        let mut bytes = [0; 4096];
        let count = self.stream.read(&mut bytes).ok().filter(|count| *count > 0)?;
        self.buffer.extend(&bytes[..count]);
        Some(())
    }
}
