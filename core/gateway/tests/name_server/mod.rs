//! A scripted name server on loopback, over UDP and TCP.
#![allow(dead_code, reason = "each test file uses its own part")]

#[path = "../../../../protocols/dns/tests/support/mod.rs"]
mod answer;

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use answer::{Answer, asked};

/// What it says about a name. Names it does not know do not exist.
#[derive(Clone, Debug)]
pub(crate) enum Says {
    /// A records, which hold so many seconds.
    Addresses(Vec<String>, u32),
    /// The same, but over UDP only that they do not fit.
    OverTcp(Vec<String>),
    /// It does not exist, which holds so many seconds.
    Missing(u32),
    /// Nothing.
    Silence,
}

pub(crate) struct NameServer {
    pub(crate) address: SocketAddr,
    zone: Arc<Zone>,
}

#[derive(Default)]
struct Zone {
    names: Mutex<HashMap<String, Says>>,
    asked: Mutex<HashMap<String, usize>>,
    over_tcp: AtomicUsize,
    is_dead: AtomicBool,
}

impl NameServer {
    pub(crate) fn start() -> Self {
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
                break (udp, tcp);
            }
        };
        let address = udp.local_addr().unwrap();
        let zone = Arc::<Zone>::default();
        let (for_udp, for_tcp) = (zone.clone(), zone.clone());
        thread::spawn(move || for_udp.serve_udp(&udp));
        thread::spawn(move || for_tcp.serve_tcp(&tcp));
        Self { address, zone }
    }

    pub(crate) fn set(&self, name: &str, says: Says) {
        self.zone.names.lock().unwrap().insert(format!("{name}."), says);
    }

    /// From now on the name leads to these addresses.
    pub(crate) fn set_addresses(&self, name: &str, addresses: &[&str], ttl: u32) {
        let addresses = addresses.iter().map(|ip| (*ip).to_owned()).collect();
        self.set(name, Says::Addresses(addresses, ttl));
    }

    /// Says nothing any more.
    pub(crate) fn die(&self) {
        self.zone.is_dead.store(true, Ordering::Relaxed);
    }

    /// How often the name was asked for, both families counted.
    pub(crate) fn asked(&self, name: &str) -> usize {
        self.zone.asked.lock().unwrap().get(&format!("{name}.")).copied().unwrap_or(0)
    }

    pub(crate) fn asked_over_tcp(&self) -> usize {
        self.zone.over_tcp.load(Ordering::Relaxed)
    }
}

impl Zone {
    fn serve_udp(&self, socket: &UdpSocket) {
        let mut query = [0; 512];
        while let Ok((len, asker)) = socket.recv_from(&mut query) {
            if let Some(answer) = self.answer(&query[..len], false) {
                socket.send_to(&answer, asker).unwrap();
            }
        }
    }

    fn serve_tcp(&self, listener: &TcpListener) {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut length = [0; 2];
            if stream.read_exact(&mut length).is_err() {
                continue;
            }
            let mut query = vec![0; usize::from(u16::from_be_bytes(length))];
            stream.read_exact(&mut query).unwrap();
            self.over_tcp.fetch_add(1, Ordering::Relaxed);
            if let Some(answer) = self.answer(&query, true) {
                stream.write_all(&(answer.len() as u16).to_be_bytes()).unwrap();
                stream.write_all(&answer).unwrap();
            }
        }
    }

    fn answer(&self, query: &[u8], tcp: bool) -> Option<Vec<u8>> {
        if self.is_dead.load(Ordering::Relaxed) {
            return None;
        }
        let name = asked(query);
        *self.asked.lock().unwrap().entry(name.clone()).or_default() += 1;
        let says = self.names.lock().unwrap().get(&name).cloned();
        let wants_v4 = query[query.len() - 3] == 1;
        let of_v4 = |ips: &[String], ttl| {
            let ips = ips.iter().filter(|_| wants_v4);
            ips.fold(Answer::new().soa("test.", 30, 30), |answer, ip| answer.a(&name, ttl, ip))
        };
        Some(match says {
            None => Answer::new().code(3),
            Some(Says::Missing(seconds)) => Answer::new().code(3).soa("test.", seconds, seconds),
            Some(Says::Silence) => return None,
            Some(Says::OverTcp(_)) if !tcp => Answer::new().truncated(),
            Some(Says::OverTcp(ips)) => of_v4(&ips, 60),
            Some(Says::Addresses(ips, ttl)) => of_v4(&ips, ttl),
        })
        .map(|answer| answer.to(query))
    }
}
