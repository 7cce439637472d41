//! The names of origins: time to live, truncation, absence, silence, and many at once.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop at the first surprise")]

mod daemon;
mod farm;
mod name_server;

use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use daemon::{DRIVERS, Daemon, read_response};
use farm::farm;
use name_server::{NameServer, Says};

fn gateway(driver: &str, names: &NameServer, port: u16, hosts: &[&str]) -> Daemon {
    let routes: Vec<_> = hosts
        .iter()
        .map(|host| (format!("GET /{host}"), format!("http://{host}:{port}/")))
        .collect();
    let routes: Vec<_> = routes.iter().map(|(key, uri)| (key.as_str(), uri.as_str())).collect();
    let server = names.address.to_string();
    Daemon::with_routes(driver, &routes, "ANY", &["--dns-server", &server])
}

fn get(client: &mut TcpStream, host: &str) -> (u16, String) {
    write!(client, "GET /{host} HTTP/1.1\r\nHost: abc.execute-api.x\r\n\r\n").unwrap();
    let response = read_response(client);
    (response.status, String::from_utf8_lossy(&response.body).into_owned())
}

#[test]
fn traffic_follows_a_name_within_its_time_to_live() {
    for driver in DRIVERS {
        let (port, origins) = farm(2);
        let names = NameServer::start();
        names.set_addresses("pets.test", &[&origins[0].ip], 1);
        let daemon = gateway(driver, &names, port, &["pets.test"]);
        let mut client = daemon.connect();
        for _ in 0..20 {
            assert_eq!(get(&mut client, "pets.test"), (200, origins[0].ip.clone()));
        }
        names.set_addresses("pets.test", &[&origins[1].ip], 60);
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let (status, body) = get(&mut client, "pets.test");
            assert_eq!(status, 200, "no request is lost");
            if body == origins[1].ip {
                break;
            }
            assert!(Instant::now() < deadline, "{driver}: it does not follow");
            thread::sleep(Duration::from_millis(20));
        }
        for _ in 0..20 {
            assert_eq!(get(&mut client, "pets.test"), (200, origins[1].ip.clone()));
        }
    }
}

#[test]
fn an_answer_that_does_not_fit_comes_over_tcp() {
    let (port, origins) = farm(1);
    let names = NameServer::start();
    names.set("pets.test", Says::OverTcp(vec![origins[0].ip.clone()]));
    let daemon = gateway(DRIVERS[0], &names, port, &["pets.test"]);
    assert_eq!(get(&mut daemon.connect(), "pets.test"), (200, origins[0].ip.clone()));
    assert_eq!(names.asked_over_tcp(), 2, "once for each family");
}

#[test]
fn an_absent_name_is_said_at_once_and_remembered() {
    for driver in DRIVERS {
        let names = NameServer::start();
        names.set("gone.test", Says::Missing(30));
        let daemon = gateway(driver, &names, 9, &["gone.test"]);
        let mut client = daemon.connect();
        let began = Instant::now();
        for _ in 0..20 {
            assert_eq!(get(&mut client, "gone.test").0, 503);
        }
        assert!(began.elapsed() < Duration::from_secs(15), "{driver}");
        assert_eq!(names.asked("gone.test"), 2, "{driver}: once for each family");
    }
}

#[test]
fn the_last_addresses_serve_while_no_name_server_answers() {
    let (port, origins) = farm(1);
    let names = NameServer::start();
    names.set_addresses("pets.test", &[&origins[0].ip], 1);
    let daemon = gateway(DRIVERS[0], &names, port, &["pets.test"]);
    let mut client = daemon.connect();
    assert_eq!(get(&mut client, "pets.test").0, 200);
    names.die();
    let until = Instant::now() + Duration::from_secs(6);
    while Instant::now() < until {
        let began = Instant::now();
        assert_eq!(get(&mut client, "pets.test").0, 200);
        assert!(began.elapsed() < Duration::from_millis(4_000), "nobody waits for it");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn localhost_is_asked_of_nobody() {
    let (port, _) = farm(1);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let here = listener.local_addr().unwrap().port();
    assert_ne!(port, here);
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhere");
        }
    });
    let names = NameServer::start();
    let daemon = gateway(DRIVERS[0], &names, here, &["localhost", "api.localhost"]);
    for host in ["localhost", "api.localhost"] {
        for _ in 0..10 {
            let mut client = daemon.connect();
            assert_eq!(get(&mut client, host), (200, "here".to_owned()), "{host}");
        }
        assert_eq!(names.asked(host), 0);
    }
}

/// A thousand names, a hundred of which nobody answers for.
#[test]
fn silent_names_hold_up_no_other() {
    let (port, origins) = farm(1);
    let names = NameServer::start();
    let hosts: Vec<String> = (0..1_000).map(|n| format!("n{n}.test")).collect();
    let is_silent = |n: usize| n.is_multiple_of(10);
    for (n, host) in hosts.iter().enumerate() {
        if is_silent(n) {
            names.set(host, Says::Silence);
        } else {
            names.set_addresses(host, &[&origins[0].ip], 60);
        }
    }
    let all: Vec<&str> = hosts.iter().map(String::as_str).collect();
    let daemon = gateway(DRIVERS[0], &names, port, &all);
    let mut waiting: Vec<TcpStream> = (0..1_000)
        .filter(|n| is_silent(*n))
        .map(|n| {
            let mut client = daemon.connect();
            write!(client, "GET /{} HTTP/1.1\r\nHost: abc.execute-api.x\r\n\r\n", hosts[n])
                .unwrap();
            client
        })
        .collect();
    let began = Instant::now();
    thread::scope(|scope| {
        for part in 0..4 {
            let (daemon, hosts) = (&daemon, &hosts);
            scope.spawn(move || {
                let mut client = daemon.connect();
                for n in (part..1_000).step_by(4).filter(|n| !is_silent(*n)) {
                    assert_eq!(get(&mut client, &hosts[n]).0, 200, "{n}");
                }
            });
        }
    });
    println!("900 names in {:?} beside 100 silent ones", began.elapsed());
    for client in &mut waiting {
        assert_eq!(read_response(client).status, 503);
    }
}
