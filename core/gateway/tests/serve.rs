//! The data plane by itself: started on a last-good table, driven over real sockets, on both
//! drivers. What needs control too is tested end to end in `tests/e2e`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop at the first surprise")]

mod daemon;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;

use daemon::{DRIVERS, Daemon, echo_head, origin, read_head, read_response, read_response_to};

#[test]
fn a_request_passes_with_its_fields_and_ours() {
    for driver in DRIVERS {
        let daemon = Daemon::start(driver, origin(echo_head), &["GET /pets/{id}"]);
        let mut client = daemon.connect();
        for _ in 0..3 {
            client
                .write_all(
                    b"GET /pets/7?a=1 HTTP/1.1\r\nHost: abc.execute-api.localhost:80\r\n\
                      X-One: 1\r\nConnection: keep-alive, x-two\r\nX-Two: 2\r\n\r\n",
                )
                .unwrap();
            let response = read_response(&mut client);
            assert_eq!(response.status, 200, "{response:?}");
            let seen = String::from_utf8_lossy(&response.body).into_owned();
            assert!(seen.starts_with("GET /base/7?a=1 HTTP/1.1\r\n"), "{seen}");
            assert!(seen.contains("X-One: 1\r\n"), "{seen}");
            assert!(!seen.contains("X-Two"), "{seen}");
            assert!(seen.contains("Via: HTTP/1.1 AmazonAPIGateway\r\n"), "{seen}");
            assert!(seen.contains("Forwarded: by=127.0.0.1;for=127.0.0.1;host=\"abc."), "{seen}");
            assert_eq!(response.header("apigw-requestid").map(|id| id.len()), Some(16));
        }
    }
}

#[test]
fn no_route_and_no_api() {
    for driver in DRIVERS {
        let daemon = Daemon::start(driver, origin(echo_head), &["GET /pets/{id}"]);
        let mut client = daemon.connect();
        for (host, path, status, body) in [
            ("abc.execute-api.localhost", "/toys", 404, "{\"message\":\"Not Found\"}"),
            ("xyz.execute-api.localhost", "/pets/1", 403, "{\"message\":\"Forbidden\"}"),
        ] {
            write!(client, "GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
            let response = read_response(&mut client);
            assert_eq!(response.status, status);
            assert_eq!(String::from_utf8_lossy(&response.body), body);
            assert_eq!(response.header("content-type").as_deref(), Some("application/json"));
        }
    }
}

/// Reads a request of `length` body bytes and answers with their number.
fn count_body(mut stream: TcpStream) {
    loop {
        let head = read_head(&mut stream).to_ascii_lowercase();
        if head.is_empty() {
            return;
        }
        let mut seen = 0;
        if let Some((_, rest)) = head.split_once("content-length: ") {
            let length: usize = rest.split("\r\n").next().unwrap().parse().unwrap();
            let mut buf = vec![0; 64 * 1024];
            while seen < length {
                let n = stream.read(&mut buf).unwrap();
                assert_ne!(n, 0, "the body ended early");
                seen += n;
            }
        } else {
            let mut tail = Vec::new();
            let mut byte = [0];
            while !tail.ends_with(b"0\r\n\r\n") {
                assert_ne!(stream.read(&mut byte).unwrap(), 0);
                tail.push(byte[0]);
            }
            seen = tail.len();
        }
        let seen = seen.to_string();
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{seen}", seen.len());
        stream.write_all(answer.as_bytes()).unwrap();
    }
}

#[test]
fn bodies_go_up_whatever_their_size_and_framing() {
    for driver in DRIVERS {
        let daemon = Daemon::start(driver, origin(count_body), &["POST /pets/{id}"]);
        let mut client = daemon.connect();
        for length in [0usize, 1, 4096, 40_000, 300_000, 5_000_000] {
            write!(
                client,
                "POST /pets/1 HTTP/1.1\r\nHost: abc.execute-api.x\r\n\
                 Content-Length: {length}\r\n\r\n"
            )
            .unwrap();
            client.write_all(&vec![b'x'; length]).unwrap();
            let response = read_response(&mut client);
            assert_eq!(String::from_utf8_lossy(&response.body), length.to_string());
        }
        client
            .write_all(
                b"POST /pets/1 HTTP/1.1\r\nHost: abc.execute-api.x\r\n\
                  Transfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n",
            )
            .unwrap();
        thread::sleep(std::time::Duration::from_millis(50));
        client.write_all(b"0\r\n\r\n").unwrap();
        let response = read_response(&mut client);
        // "5\r\nhello\r\n0\r\n\r\n": the extension is cut out.
        assert_eq!(String::from_utf8_lossy(&response.body), "15");
    }
}

#[test]
fn bodies_come_down_whatever_their_size_and_framing() {
    let origin = origin(|mut stream| {
        loop {
            let head = read_head(&mut stream);
            let Some(target) = head.split(' ').nth(1) else { return };
            let mut kinds = target.trim_start_matches("/base/").split('-');
            let (kind, size) = (kinds.next().unwrap(), kinds.next().unwrap());
            let size: usize = size.parse().unwrap();
            let body = vec![b'y'; size];
            match kind {
                "length" => {
                    write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n").unwrap();
                    stream.write_all(&body).unwrap();
                }
                "chunked" => {
                    stream
                        .write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                        .unwrap();
                    for piece in body.chunks(10_000) {
                        write!(stream, "{:x};x=y\r\n", piece.len()).unwrap();
                        stream.write_all(piece).unwrap();
                        stream.write_all(b"\r\n").unwrap();
                    }
                    stream.write_all(b"0\r\n\r\n").unwrap();
                }
                _ => {
                    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
                    stream.write_all(&body).unwrap();
                    return;
                }
            }
        }
    });
    for driver in DRIVERS {
        let daemon = Daemon::start(driver, origin, &["GET /pets/{id}"]);
        let mut client = daemon.connect();
        for kind in ["length", "chunked", "close"] {
            for size in [0usize, 1, 16_384, 100_000, 3_000_000] {
                write!(
                    client,
                    "GET /pets/{kind}-{size} HTTP/1.1\r\nHost: abc.execute-api.x\r\n\r\n"
                )
                .unwrap();
                let response = read_response(&mut client);
                assert_eq!(response.status, 200);
                assert_eq!(response.body.len(), size, "{driver} {kind} {size}");
            }
        }
        for kind in ["length", "chunked", "close"] {
            let mut client = daemon.connect();
            write!(client, "GET /pets/{kind}-70000 HTTP/1.0\r\nHost: abc.execute-api.x\r\n\r\n")
                .unwrap();
            let response = read_response(&mut client);
            assert_eq!(response.body.len(), 70_000, "{driver} {kind} for HTTP/1.0");
        }
    }
}

/// Answers every request with five bytes, as its method demands.
fn five_bytes(mut stream: TcpStream) {
    loop {
        let head = read_head(&mut stream);
        if head.is_empty() {
            return;
        }
        let body: &[u8] = if head.starts_with("HEAD") { b"" } else { b"hello" };
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n").unwrap();
        stream.write_all(body).unwrap();
    }
}

/// The framing of a response depends on the method that was sent, not on the one that came.
#[test]
fn an_integration_method_of_its_own_mixes_nothing_up() {
    for driver in DRIVERS {
        let origin = origin(five_bytes);
        for method in ["GET", "HEAD", "ANY"] {
            let daemon = Daemon::with_method(driver, origin, &["ANY /pets/{id}"], method);
            let mut client = daemon.connect();
            for asked in ["HEAD", "GET", "HEAD", "HEAD", "GET", "GET"] {
                write!(client, "{asked} /pets/1 HTTP/1.1\r\nHost: abc.execute-api.x\r\n\r\n")
                    .unwrap();
                let response = read_response_to(&mut client, asked);
                assert_eq!(response.status, 200);
                let body: &[u8] = if asked == "HEAD" || method == "HEAD" { b"" } else { b"hello" };
                assert_eq!(response.body, body, "{driver}: {asked} by {method}");
            }
        }
    }
}

/// Ends a connection with a reset, not with an end of stream.
fn reset(stream: TcpStream) {
    let socket = socket2::Socket::from(stream);
    socket.set_linger(Some(std::time::Duration::ZERO)).unwrap();
}

/// A body that only the end of the connection delimits must not look whole when that is a reset.
#[test]
fn a_reset_is_no_end_of_a_body() {
    for driver in DRIVERS {
        // A reset throws away what nobody has read: it waits until the half has come through.
        let (come, half_is_there) = std::sync::mpsc::channel::<()>();
        let half_is_there = std::sync::Arc::new(std::sync::Mutex::new(half_is_there));
        let origin = origin(move |mut stream| {
            read_head(&mut stream);
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nhalf of it").unwrap();
            let _ = half_is_there.lock().unwrap().recv();
            reset(stream);
        });
        let daemon = Daemon::start(driver, origin, &["GET /pets/{id}"]);
        let mut client = daemon.connect();
        client.write_all(b"GET /pets/1 HTTP/1.1\r\nHost: abc.execute-api.x\r\n\r\n").unwrap();
        let mut seen = Vec::new();
        while !String::from_utf8_lossy(&seen).contains("half of it") {
            let mut byte = [0];
            client.read_exact(&mut byte).unwrap();
            seen.push(byte[0]);
        }
        come.send(()).unwrap();
        let _ = client.read_to_end(&mut seen);
        let seen = String::from_utf8_lossy(&seen);
        assert!(!seen.ends_with("0\r\n\r\n"), "{driver}: it looks whole: {seen}");
    }
}

/// What is sent twice must be harmless twice: the integration's method counts, not the client's.
#[test]
fn a_post_is_not_sent_again_for_a_client_that_asked_with_get() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static POSTS: AtomicUsize = AtomicUsize::new(0);
    for driver in DRIVERS {
        POSTS.store(0, Ordering::Relaxed);
        let origin = origin(|mut stream| {
            for turn in 0.. {
                let head = read_head(&mut stream);
                if head.is_empty() {
                    return;
                }
                assert!(head.starts_with("POST "), "{head}");
                POSTS.fetch_add(1, Ordering::Relaxed);
                // The second request of a connection is taken and never answered.
                if turn == 1 {
                    return;
                }
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").unwrap();
            }
        });
        let daemon = Daemon::with_method(driver, origin, &["GET /pets/{id}"], "POST");
        let mut client = daemon.connect();
        for status in [200, 502] {
            client.write_all(b"GET /pets/1 HTTP/1.1\r\nHost: abc.execute-api.x\r\n\r\n").unwrap();
            assert_eq!(read_response(&mut client).status, status, "{driver}");
        }
        assert_eq!(POSTS.load(Ordering::Relaxed), 2, "{driver}");
    }
}

/// An origin that sends a body behind its answer to HEAD must not have it taken for the answer to
/// somebody else's request.
#[test]
fn bytes_behind_a_bodiless_answer_reach_nobody() {
    for driver in DRIVERS {
        // The next request is sent when the bytes are there: before that, nobody could tell them
        // from its answer.
        let (written, bytes_are_there) = std::sync::mpsc::channel();
        let origin = origin(move |mut stream| {
            loop {
                let head = read_head(&mut stream);
                if head.is_empty() {
                    return;
                }
                let sent = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\n");
                thread::sleep(std::time::Duration::from_millis(20));
                let body = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nbad";
                let sent = sent.and_then(|()| stream.write_all(&body[..40]));
                if written.send(()).is_err() || sent.is_err() {
                    return;
                }
            }
        });
        let daemon = Daemon::start(driver, origin, &["ANY /pets/{id}"]);
        let mut client = daemon.connect();
        for asked in ["HEAD", "GET", "HEAD", "GET"] {
            write!(client, "{asked} /pets/1 HTTP/1.1\r\nHost: abc.execute-api.x\r\n\r\n").unwrap();
            let response = read_response_to(&mut client, asked);
            assert_eq!(response.status, 200, "{driver} {asked}");
            assert_eq!(response.header("content-length").as_deref(), Some("40"), "{driver}");
            bytes_are_there.recv_timeout(std::time::Duration::from_secs(30)).unwrap();
            thread::sleep(std::time::Duration::from_millis(40));
        }
    }
}
