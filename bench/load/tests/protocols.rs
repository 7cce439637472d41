//! TLS, WebSocket and runs that go on, against the origin and against servers that misbehave.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;
use std::sync::Arc;

use common::{Origin, command, load, read_head, server};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;
use tempfile::TempDir;

type TlsStream = StreamOwned<ServerConnection, TcpStream>;

/// A TLS server that answers each connection by `serve`; its URL and the folder of its certificate.
fn tls_server(tickets: usize, serve: fn(&mut TlsStream)) -> (String, TempDir) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("certificate.pem"), made.cert.pem()).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    config.send_tls13_tickets = tickets;
    let config = Arc::new(config);
    let url = server(move |stream| {
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        serve(&mut StreamOwned::new(connection, stream));
    });
    (url.replace("http:", "https:"), folder)
}

fn certificate(folder: &TempDir) -> String {
    format!("--certificate {}", folder.path().join("certificate.pem").display())
}

/// Ignores clients that have gone, as those that do not trust the server do.
fn answer(stream: &mut TlsStream, body: &[u8]) {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body);
    let _ = stream.flush();
}

/// Three answers of 100,000 bytes, then the end.
fn three_long_answers(stream: &mut TlsStream) {
    for _ in 0..3 {
        read_head(stream);
        answer(stream, &ringgate_bench_load::pattern::body(100_000));
    }
}

#[test]
fn tls_keeps_connections_and_compares_bodies() {
    let (url, folder) = tls_server(2, three_long_answers);
    let line = "--connections 1 --requests 3 --expect-bytes 100000 --check pattern";
    let report = load(&url, &format!("{line} {}", certificate(&folder)));
    assert_eq!(report["requests_ok"], 3, "{report}");
    let handshakes = &report["handshakes"];
    assert_eq!(
        handshakes.to_string(),
        r#"{"finished":1,"resumed":0,"tickets":2,"agreed":"TLS13_AES_128_GCM_SHA256 X25519 "}"#
    );
}

#[test]
fn each_connection_is_a_full_handshake() {
    let (url, folder) = tls_server(4, |stream| {
        read_head(stream);
        answer(stream, b"0");
        stream.conn.send_close_notify();
        let _ = stream.flush();
    });
    let line = "--connections 2 --requests 20 --keepalive no --expect-bytes 1 --check pattern";
    let report = load(&url, &format!("{line} {}", certificate(&folder)));
    assert_eq!(report["requests_ok"], 20, "{report}");
    assert_eq!(report["connections"]["closed_by_peer"], 0);
    let handshakes = &report["handshakes"];
    assert_eq!((&handshakes["finished"], &handshakes["resumed"]), (&20.into(), &0.into()));
    assert_eq!(handshakes["tickets"], 80);
}

#[test]
fn another_certificate_is_not_trusted() {
    let (url, _) = tls_server(2, three_long_answers);
    let (_, other) = tls_server(2, three_long_answers);
    let line = format!("--connections 1 --requests 2 {}", certificate(&other));
    let report = load(&url, &line);
    assert_eq!((&report["requests_ok"], &report["failed"]["malformed"]), (&0.into(), &2.into()));
    let words = report["first_failure"].as_str().unwrap();
    assert!(words.contains("invalid peer certificate"), "{words}");
}

#[test]
fn http2_is_not_spoken_to_who_does_not_choose_it() {
    let (url, folder) = tls_server(2, three_long_answers);
    let line = format!("--http2 --connections 1 --requests 1 {}", certificate(&folder));
    let report = load(&url, &line);
    let words = report["first_failure"].as_str().unwrap();
    assert!(words.contains("does not choose h2 by ALPN"), "{words}");
    assert_eq!(report["requests_failed"], 1);
}

#[test]
fn options_that_make_no_sense_are_refused() {
    for (url, line, words) in [
        ("https://127.0.0.1:1/", "", "need --certificate"),
        ("ftp://127.0.0.1:1/", "", "expected http, https, ws or wss"),
        ("ws://127.0.0.1:1/", "--expect-bytes 5", "ws:// and wss:// take no"),
        ("http://127.0.0.1:1/", "--http2 --body-bytes 5", "--http2 sends GETs without bodies"),
        ("http://127.0.0.1:1/", "--streams 5", "--streams needs --http2"),
        ("https://127.0.0.1:1/", "--certificate none.pem", "--certificate: "),
    ] {
        let output = command(url, line).output().unwrap();
        assert!(!output.status.success());
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn websocket_messages_come_back() {
    let origin = Origin::start();
    let url = format!("ws://{}/any/path", origin.address);
    for bytes in [0, 1, 64, 70_000] {
        let line = format!("--connections 3 --requests 30 --body-bytes {bytes}");
        let report = load(&url, &format!("{line} --expect-status 101"));
        assert_eq!(report["requests_ok"], 30, "{report}");
        assert_eq!(report["connections"]["opened"], 3);
        assert_eq!(report["statuses"]["101"], 30);
    }
    assert_eq!(origin.stats()["messages"], 120);
}

#[test]
fn a_websocket_that_is_none_is_seen() {
    let url = server(|mut stream| {
        read_head(&mut stream);
        let head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
            Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
        stream.write_all(head).unwrap();
        let _ = stream.read(&mut [0; 100]);
    });
    let report = load(&url.replace("http:", "ws:"), "--connections 1 --requests 1");
    let words = report["first_failure"].as_str().unwrap();
    assert!(words.contains("does not accept it"), "{words}");
    assert_eq!(report["failed"]["malformed"], 1);
}

#[test]
fn runs_go_on_over_the_same_connections() {
    let origin = Origin::start();
    let url = format!("http://{}/128", origin.address);
    let line = "--connections 4 --requests 50 --expect-bytes 128 --warm-up-seconds 0.1";
    let mut child =
        command(&url, line).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut report = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    let warm_up = report();
    assert_eq!(warm_up["connections"]["opened"], 4, "{warm_up}");
    let mut served = warm_up["requests_ok"].as_u64().unwrap();
    for _ in 0..3 {
        child.stdin.as_mut().unwrap().write_all(b"again\n").unwrap();
        let run = report();
        assert_eq!((&run["requests_ok"], &run["connections"]["opened"]), (&50.into(), &0.into()));
        served += 50;
    }
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    assert_eq!(origin.stats()["requests"], served);
}
