//! The management port and the control socket of a real process.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::io::Write;
use std::time::{Duration, Instant};

use support::{Client, Process, Signer, command};

fn signer(process: &Process) -> Signer<'static> {
    let host = process.address.to_string();
    Signer { id: "test", secret: "test", region: "us-east-1", host }
}

fn error_type(response: &support::Response) -> &str {
    response.header("x-amzn-errortype").unwrap_or_default()
}

#[test]
fn only_what_is_signed_gets_in() {
    let dir = tempfile::tempdir().unwrap();
    let process = Process::start(&dir);
    let mut client = process.tcp();

    let anonymous = client.call("GET", "/v2/apis", "", b"");
    assert_eq!(anonymous.status, 403);
    assert_eq!(error_type(&anonymous), "MissingAuthenticationTokenException");
    assert_eq!(anonymous.text(), r#"{"message":"Missing Authentication Token"}"#);
    assert_eq!(anonymous.header("content-type"), Some("application/json"));
    assert_eq!(anonymous.header("x-amzn-requestid").unwrap().len(), 36);

    let signer = signer(&process);
    let signed = client.call("GET", "/v2/apis", &signer.headers("GET", "/v2/apis", b""), b"");
    assert_eq!((signed.status, signed.text()), (200, r#"{"items":[]}"#));

    // Each a signature for something else.
    for (target, body) in [("/v2/apis?maxResults=2", &b""[..]), ("/v2/apis", b"{}")] {
        let headers = signer.headers("POST", "/v2/apis", b"");
        let refused = client.call("POST", target, &headers, body);
        assert_eq!((refused.status, error_type(&refused)), (403, "InvalidSignatureException"));
    }
    let stranger = Signer { id: "stranger", ..signer };
    let refused = client.call("GET", "/v2/apis", &stranger.headers("GET", "/v2/apis", b""), b"");
    assert_eq!(error_type(&refused), "UnrecognizedClientException");
    let s3 = stranger.headers("GET", "/v2/apis", b"").replace("/apigateway/", "/s3/");
    let refused = client.call("GET", "/v2/apis", &s3, b"");
    assert_eq!(error_type(&refused), "InvalidSignatureException");
    // The native API is not on this port, not even signed.
    let headers = signer_of(&process).headers("GET", "/ringgate/v1/status", b"");
    assert!(client.call("GET", "/ringgate/v1/status", &headers, b"").status >= 400);
}

fn signer_of(process: &Process) -> Signer<'static> {
    signer(process)
}

#[test]
fn health_readiness_and_metrics_need_no_signature() {
    let dir = tempfile::tempdir().unwrap();
    let process = Process::start(&dir);
    let mut client = process.tcp();
    assert_eq!(client.call("GET", "/health", "", b"").text(), r#"{"status":"ok"}"#);
    let ready = client.call("GET", "/ready", "", b"");
    assert_eq!((ready.status, &ready.json()["ready"]), (503, &false.into()));
    let metrics = client.call("GET", "/metrics", "", b"");
    assert!(metrics.text().contains("\nringgate_control_data_planes 0\n"), "{metrics:?}");
    assert_eq!(client.call("POST", "/health", "", b"{}").status, 405);
}

#[test]
fn traffic_on_the_management_port_is_sent_to_the_traffic_port() {
    let dir = tempfile::tempdir().unwrap();
    let process = Process::start(&dir);
    let mut client = process.tcp();
    let moved = client.call("POST", "/p?q=1", "Host: a1.execute-api.localhost:4566\r\n", b"x");
    assert_eq!(moved.status, 307);
    assert_eq!(moved.header("location"), Some("http://a1.execute-api.localhost:8099/p?q=1"));
    let moved = client.call("GET", "/_aws/execute-api/a1/prod/p", "Host: localhost:1\r\n", b"");
    assert_eq!(moved.header("location"), Some("http://localhost:8099/_aws/execute-api/a1/prod/p"));
}

#[test]
fn the_control_socket_needs_no_signature_and_keeps_scopes_apart() {
    let dir = tempfile::tempdir().unwrap();
    let process = Process::start(&dir);
    let mut client = process.unix();
    let body = br#"{"name":"one","protocolType":"HTTP"}"#;
    let made = client.call("POST", "/v2/apis", "", body);
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.header("x-ringgate-live"), Some("pending"));
    for (headers, count) in [
        ("", 1),
        ("x-ringgate-region: eu-west-1\r\n", 0),
        ("x-ringgate-account: 111122223333\r\n", 0),
        ("x-ringgate-region: us-east-1\r\nx-ringgate-account: 000000000000\r\n", 1),
    ] {
        let listed = client.call("GET", "/v2/apis", headers, b"");
        assert_eq!(listed.json()["items"].as_array().unwrap().len(), count, "{headers}");
    }
    let bad = client.call("GET", "/v2/apis", "x-ringgate-account: 12\r\n", b"");
    assert_eq!((bad.status, error_type(&bad)), (400, "BadRequestException"));

    // The same state through the other door: region from the signature, account from the key.
    let mut signed = process.tcp();
    let headers = signer(&process).headers("GET", "/v2/apis", b"");
    let listed = signed.call("GET", "/v2/apis", &headers, b"");
    assert_eq!(listed.json()["items"].as_array().unwrap().len(), 1);
    let elsewhere = Signer { region: "eu-west-1", ..signer(&process) };
    let headers = elsewhere.headers("GET", "/v2/apis", b"");
    let listed = signed.call("GET", "/v2/apis", &headers, b"");
    assert_eq!(listed.text(), r#"{"items":[]}"#);
}

#[test]
fn the_native_api_tells_the_status_and_makes_keys() {
    let dir = tempfile::tempdir().unwrap();
    let process = Process::start(&dir);
    let mut client = process.unix();
    let status = client.call("GET", "/ringgate/v1/status", "", b"").json();
    assert_eq!(status["control"]["pid"], process.child.id());
    assert_eq!(status["control"]["accountId"], "000000000000");
    assert_eq!(status["control"]["management"][0], process.address.to_string());
    assert_eq!(status["dataPlanes"].as_array().unwrap().len(), 0);

    let other = br#"{"accountId":"111122223333"}"#;
    let other = client.call("POST", "/ringgate/v1/keys", "", other).json();
    let host = process.address.to_string();
    let (id, secret) = (&other["accessKeyId"], &other["secretAccessKey"]);
    let (id, secret) = (id.as_str().unwrap(), secret.as_str().unwrap());
    let other = Signer { id, secret, region: "us-east-1", host };
    let mut tcp = process.tcp();
    let headers = other.headers("GET", "/v2/apis", b"");
    assert_eq!(tcp.call("GET", "/v2/apis", &headers, b"").status, 200);

    let root = client.call("POST", "/ringgate/v1/keys", "", b"");
    assert_eq!((root.status, &root.json()["replaced"][0]), (201, &"test".into()));
    let headers = signer(&process).headers("GET", "/v2/apis", b"");
    let refused = tcp.call("GET", "/v2/apis", &headers, b"");
    assert_eq!(error_type(&refused), "UnrecognizedClientException");

    let bad = client.call("POST", "/ringgate/v1/keys", "", br#"{"account":"1"}"#);
    assert_eq!((bad.status, error_type(&bad)), (400, "SerializationException"));
    let bad = client.call("POST", "/ringgate/v1/apply?dryrun=true", "", b"{}");
    assert_eq!(bad.status, 400);
    assert_eq!(client.call("GET", "/ringgate/v1/apply", "", b"").status, 405);
    assert_eq!(client.call("GET", "/ringgate/v1/nothing", "", b"").status, 404);
}

#[test]
fn the_status_tells_which_api_the_target_is() {
    let dir = tempfile::tempdir().unwrap();
    let process = Process::start(&dir);
    let mut client = process.unix();
    let status = client.call("GET", "/ringgate/v1/status", "", b"").json();
    assert!(status["control"]["targetApiId"].is_null());
    // Names are not unique.
    let same_name = br#"{"name":"ringgate-up","protocolType":"HTTP"}"#;
    let other = client.call("POST", "/v2/apis", "", same_name).json();
    process.kill();

    let process = Process::start_with(&dir, &["--target", "http://127.0.0.1:9"]);
    let mut client = process.unix();
    let status = client.call("GET", "/ringgate/v1/status", "", b"").json();
    let id = status["control"]["targetApiId"].as_str().unwrap();
    assert_ne!(id, other["apiId"].as_str().unwrap());
    assert_eq!(client.call("GET", &format!("/v2/apis/{id}"), "", b"").status, 200);
}

#[test]
fn a_body_that_is_too_large_is_refused_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let process = Process::start(&dir);
    let mut client = process.unix();
    // Said up front: the answer comes before the body does.
    let headers = "Content-Length: 6291457\r\n";
    let refused = client.call("POST", "/v2/apis", headers, b"");
    assert_eq!((refused.status, error_type(&refused)), (413, "RequestEntityTooLargeException"));
    // Found out on the way.
    let mut client = process.unix();
    client.send("POST", "/v2/apis", "Transfer-Encoding: chunked\r\n", b"");
    let chunk = [b"100000\r\n".as_slice(), &[b' '; 1 << 20], b"\r\n"].concat();
    for _ in 0..7 {
        if client.stream.write_all(&chunk).is_err() {
            break;
        }
    }
    let refused = client.receive().expect("an answer");
    assert_eq!(refused.status, 413);
    assert_eq!(process.unix().call("GET", "/v2/apis", "", b"").text(), r#"{"items":[]}"#);
}

#[test]
fn a_stranger_is_answered_before_its_body_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let process = Process::start(&dir);
    let mut client = process.tcp();
    let refused = client.call("POST", "/v2/apis", "Content-Length: 1000000\r\n", b"");
    assert_eq!(refused.status, 403);
}

#[test]
fn one_connection_serves_many_calls_and_pipelined_ones() {
    let dir = tempfile::tempdir().unwrap();
    let process = Process::start(&dir);
    let mut client = process.tcp();
    for _ in 0..200 {
        assert_eq!(client.call("GET", "/health", "", b"").status, 200);
    }
    for _ in 0..10 {
        client.send("GET", "/health", "", b"");
    }
    for _ in 0..10 {
        assert_eq!(client.receive().expect("an answer").status, 200);
    }
}

#[test]
fn sigterm_lets_a_call_under_way_finish_and_exits_with_0() {
    let dir = tempfile::tempdir().unwrap();
    let process = Process::start(&dir);
    let idle = process.tcp();
    let mut busy = process.unix();
    let body = br#"{"name":"slow","protocolType":"HTTP"}"#;
    // The head and half of the body: the call is under way.
    busy.send("POST", "/v2/apis", &format!("Content-Length: {}\r\n", body.len()), b"");
    busy.stream.write_all(&body[..10]).unwrap();
    std::thread::sleep(Duration::from_millis(1_000));
    process.signal(rustix::process::Signal::TERM);
    let told = Instant::now();
    while std::net::TcpStream::connect(process.address).is_ok() {
        assert!(told.elapsed() < Duration::from_secs(30), "nobody new comes in");
        std::thread::sleep(Duration::from_millis(20));
    }
    busy.stream.write_all(&body[10..]).unwrap();
    assert_eq!(busy.receive().expect("an answer").status, 201);
    let started = Instant::now();
    assert_eq!(process.exit().code(), Some(0));
    assert!(started.elapsed() < Duration::from_secs(15), "an idle connection held the exit up");
    drop(idle);
    assert!(!dir.path().join("control.sock").exists());
    let process = Process::start(&dir);
    let listed = process.unix().call("GET", "/v2/apis", "", b"");
    assert_eq!(listed.json()["items"][0]["name"], "slow");
}

fn refused_start(dir: &tempfile::TempDir, management: &str, more: &[&str]) -> String {
    let mut command = command(dir.path(), management, more);
    let output = command.stderr(std::process::Stdio::piped()).output().expect("run");
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_start_that_cannot_be_is_refused_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let process = Process::start(&dir);
    let second = refused_start(&dir, "127.0.0.1:0", &[]);
    assert!(second.contains("another ringgate-control runs on this data directory"), "{second}");
    let other = tempfile::tempdir().unwrap();
    let taken = refused_start(&other, &process.address.to_string(), &[]);
    assert!(taken.contains("is in use by another program"), "{taken}");
    let open = refused_start(&other, "0.0.0.0:0", &[]);
    assert!(open.contains("`ringgate key new`"), "{open}");
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    const ROUNDS: usize = 5;
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        let process = Process::start(&dir);
        let keys = process.unix().call("GET", "/ringgate/v1/keys", "", b"").json();
        let kept: Vec<&str> = keys["keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key["accessKeyId"].as_str().unwrap())
            .collect();
        for id in &acknowledged {
            assert!(kept.contains(&String::as_str(id)), "round {round}: {id} is lost");
        }
        let writers: Vec<_> = (0..3).map(|_| write_until_killed(process.unix())).collect();
        std::thread::sleep(Duration::from_millis(40 + 30 * round as u64));
        process.kill();
        for writer in writers {
            acknowledged.extend(writer.join().unwrap());
        }
    }
    assert!(acknowledged.len() > ROUNDS, "{}", acknowledged.len());
}

/// Makes keys one after another; gives the ids that were acknowledged.
fn write_until_killed(
    mut client: Client<std::os::unix::net::UnixStream>,
) -> std::thread::JoinHandle<Vec<String>> {
    std::thread::spawn(move || {
        let body = br#"{"accountId":"111122223333"}"#;
        let head = format!(
            "POST /ringgate/v1/keys HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let request = [head.as_bytes(), body].concat();
        let mut acknowledged = Vec::new();
        while client.stream.write_all(&request).is_ok() {
            let Some(answer) = client.receive() else { break };
            assert_eq!(answer.status, 201);
            acknowledged.push(answer.json()["accessKeyId"].as_str().unwrap().to_owned());
        }
        acknowledged
    })
}
