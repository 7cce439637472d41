//! The generator against the origin, and against servers that misbehave.
#![allow(clippy::unwrap_used)]

mod common;

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{ChildStdout, Stdio};
use std::thread;
use std::time::Duration;

use common::{Origin, command, load, read_head, server};
use serde_json::Value;

#[test]
fn closed_loop_counts_what_the_origin_counts() {
    let origin = Origin::start();
    let url = format!("http://{}/16384", origin.address);
    let report = load(
        &url,
        "--connections 8 --requests 500 --seconds 20 --expect-bytes 16384 --check pattern",
    );
    assert_eq!(report["requests_ok"], 500, "{report}");
    assert_eq!(report["requests_failed"], 0);
    assert_eq!(report["connections"]["opened"], 8);
    assert_eq!(origin.stats()["requests"], 500);
    let report = load(&url, "--connections 2 --requests 9 --expect-bytes 16383");
    assert_eq!(report["failed"]["wrong_body"], 9);
}

#[test]
fn long_bodies_posts_and_closed_connections() {
    let origin = Origin::start();
    let mib = format!("http://{}/1048576", origin.address);
    let report = load(&mib, "--connections 4 --requests 64 --expect-bytes 1048576");
    assert_eq!(report["requests_ok"], 64, "{report}");
    let post = format!("http://{}/echo-length", origin.address);
    let line = "--method POST --body-bytes 300000 --connections 4 --requests 64";
    let report = load(&post, &format!("{line} --expect-text 300000"));
    assert_eq!(report["requests_ok"], 64, "{report}");
    let report = load(&post, "--keepalive no --connections 4 --requests 64 --expect-text 0");
    assert_eq!(report["requests_ok"], 64, "{report}");
    assert_eq!(report["connections"]["opened"], 64);
    assert_eq!(report["connections"]["closed_by_peer"], 0);
    assert_eq!(origin.stats()["with_body"], 64);
}

#[test]
fn open_loop_keeps_its_rate_and_stops_with_stdin() {
    let origin = Origin::start();
    let url = format!("http://{}/1", origin.address);
    let report = load(&url, "--connections 5 --rate 1000 --requests 300 --expect-bytes 1");
    assert_eq!(report["requests_ok"], 300, "{report}");
    assert!(report["seconds"].as_f64().unwrap() >= 0.29, "{report}");
    let mut child = command(&url, "--rate 500 --seconds 0 --until-stdin-closes --hold")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    while origin.stats()["requests"].as_u64().unwrap() <= 300 + 50 {
        thread::sleep(Duration::from_millis(5));
    }
    drop(child.stdin.take());
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let report: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert!(report["requests_ok"].as_u64().unwrap() >= 50, "{report}");
    assert_eq!(lines.next().unwrap().unwrap(), r#"{"closed_while_held":0}"#);
    assert!(child.wait().unwrap().success());
}

#[test]
fn hold_sees_idle_closings() {
    let url = server(|mut stream| {
        read_head(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        thread::sleep(Duration::from_millis(200));
    });
    let mut child = command(&url, "--connections 1 --requests 1 --hold")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out: BufReader<ChildStdout> = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    thread::sleep(Duration::from_millis(2_000));
    drop(child.stdin.take());
    line.clear();
    out.read_line(&mut line).unwrap();
    assert_eq!(line.trim(), r#"{"closed_while_held":1}"#);
    child.wait().unwrap();
}

#[test]
fn every_kind_of_failure_has_its_name() {
    let cases: [(&'static [u8], &str); 5] = [
        (b"", "closed_before_response"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe", "closed_in_response"),
        (
            b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            "unexpected_status",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab", "malformed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "malformed"),
    ];
    for (answer, kind) in cases {
        let url = server(move |mut stream| {
            read_head(&mut stream);
            let _ = stream.write_all(answer);
        });
        let report = load(&url, "--connections 1 --requests 3 --timeout-ms 2000");
        assert_eq!(report["failed"][kind], 3, "{kind}: {report}");
        assert_eq!(report["requests_failed"], 3, "{kind}: {report}");
    }
}

#[test]
fn silence_and_absence() {
    let url = server(|mut stream| {
        let _ = io::copy(&mut stream, &mut io::sink());
    });
    let report = load(&url, "--connections 1 --requests 1 --timeout-ms 200");
    assert_eq!(report["failed"]["timed_out"], 1, "{report}");
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let report = load(&format!("http://{nobody}/"), "--connections 2 --seconds 0.2");
    assert_eq!(report["requests_sent"], 0, "{report}");
    assert!(report["connections"]["connect_failures"].as_u64().unwrap() > 2, "{report}");
}
