//! What the tests share: the two programs, and servers that do as they are told.
#![allow(dead_code, unreachable_pub, reason = "each test uses some of it")]

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;

use serde_json::Value;

pub struct Origin {
    child: Child,
    pub address: String,
}

impl Origin {
    pub fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ringgate-origin"))
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit(' ').next().unwrap().to_owned();
        Self { child, address }
    }

    pub fn stats(&self) -> Value {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(b"GET /stats HTTP/1.0\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap()
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn command(url: &str, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringgate-load"));
    command.args(["--url", url, "-o", "json"]).args(line.split_whitespace());
    command
}

pub fn load(url: &str, line: &str) -> Value {
    let output = command(url, line).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A server that answers each connection by `serve`, on a thread.
pub fn server(serve: impl Fn(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || listener.incoming().flatten().for_each(serve));
    url
}

pub fn read_head(stream: &mut impl Read) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        head.push(byte[0]);
    }
}
