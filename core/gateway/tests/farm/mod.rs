//! Origins on addresses of their own, all on one port.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// Answers every request with its own address.
pub(crate) struct Origin {
    pub(crate) ip: String,
    address: SocketAddr,
    state: Arc<State>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    /// Takes a request and then resets its connection.
    breaks: AtomicBool,
    /// Closes each connection after one answer ...
    closes: AtomicBool,
    /// ... and says so before.
    says_so: AtomicBool,
    stopped: AtomicBool,
    requests: AtomicUsize,
    connections: Mutex<Vec<TcpStream>>,
}

/// So many origins, on 127.1.0.1 and so on.
pub(crate) fn farm(count: u8) -> (u16, Vec<Origin>) {
    'port: loop {
        let first = TcpListener::bind("127.1.0.1:0").unwrap();
        let port = first.local_addr().unwrap().port();
        let mut listeners = vec![first];
        for n in 2..=count {
            match TcpListener::bind((format!("127.1.0.{n}"), port)) {
                Ok(listener) => listeners.push(listener),
                Err(_) => continue 'port,
            }
        }
        return (port, listeners.into_iter().map(Origin::new).collect());
    }
}

impl Origin {
    fn new(listener: TcpListener) -> Self {
        let address = listener.local_addr().unwrap();
        let mut origin =
            Self { ip: address.ip().to_string(), address, state: Arc::default(), accepting: None };
        origin.accept_from(listener);
        origin
    }

    fn accept_from(&mut self, listener: TcpListener) {
        let (state, ip) = (self.state.clone(), self.ip.clone());
        self.accepting = Some(thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if state.stopped.load(Ordering::Relaxed) {
                    return;
                }
                state.connections.lock().unwrap().push(stream.try_clone().unwrap());
                let (state, ip) = (state.clone(), ip.clone());
                thread::spawn(move || state.serve(stream, &ip));
            }
        }));
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Refuses connections from now on, and ends those there are.
    pub(crate) fn stop(&mut self) {
        self.state.stopped.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(self.address));
        self.accepting.take().unwrap().join().unwrap();
        for stream in self.state.connections.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    pub(crate) fn start_again(&mut self) {
        self.state.stopped.store(false, Ordering::Relaxed);
        self.accept_from(TcpListener::bind(self.address).unwrap());
    }

    pub(crate) fn breaks(&self, breaks: bool) {
        self.state.breaks.store(breaks, Ordering::Relaxed);
    }

    pub(crate) fn closes(&self) {
        self.state.closes.store(true, Ordering::Relaxed);
    }

    pub(crate) fn closes_and_says_so(&self) {
        self.state.says_so.store(true, Ordering::Relaxed);
        self.closes();
    }

    /// Requests it was sent.
    pub(crate) fn requests(&self) -> usize {
        self.state.requests.load(Ordering::Relaxed)
    }
}

impl State {
    fn serve(&self, mut stream: TcpStream, ip: &str) {
        while let Some(length) = read_head(&mut stream) {
            self.requests.fetch_add(1, Ordering::Relaxed);
            let mut body = vec![0; length];
            if stream.read_exact(&mut body).is_err() {
                return;
            }
            if self.breaks.load(Ordering::Relaxed) {
                let socket = socket2::Socket::from(stream);
                let _ = socket.set_linger(Some(std::time::Duration::ZERO));
                // The clone kept for stop() would keep it open.
                let _ = socket.shutdown(Shutdown::Both);
                return;
            }
            let close = self.says_so.load(Ordering::Relaxed);
            let close = if close { "connection: close\r\n" } else { "" };
            let length = ip.len();
            let answer = format!("HTTP/1.1 200 OK\r\n{close}content-length: {length}\r\n\r\n{ip}");
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
            if self.closes.load(Ordering::Relaxed) {
                let _ = stream.shutdown(Shutdown::Both);
                return;
            }
        }
    }
}

/// Reads a head: the bytes of the body that follows.
fn read_head(stream: &mut TcpStream) -> Option<usize> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let length = head.split_once("content-length: ").map_or("0", |(_, rest)| rest);
    length.split("\r\n").next().unwrap().parse().ok()
}
