//! tungstenite as the two ends: its handshakes are taken, its traffic passes, and it reads the
//! gateway's own frames.
#![allow(clippy::panic, clippy::unwrap_used)]

mod support;

use std::collections::VecDeque;
use std::io::{self, Read, Write};

use ringgate_websocket::{Asked, Direction, Extensions, Limits, Relay};
use ringgate_websocket::{close_frame, ping_frame, pong_frame};
use support::{CLIENT, SERVER};
use tungstenite::handshake::client::{generate_key, generate_request};
use tungstenite::handshake::derive_accept_key;
use tungstenite::handshake::server::create_response;
use tungstenite::http::{HeaderMap, Request};
use tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tungstenite::protocol::frame::{CloseFrame, Frame};
use tungstenite::protocol::{Role, WebSocket};
use tungstenite::{Bytes, Error, Message};

/// One end's view of a connection: what it wrote and what it may read.
#[derive(Debug, Default)]
struct Pipe {
    sent: Vec<u8>,
    arrived: VecDeque<u8>,
}

impl Read for Pipe {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.arrived.read(buf)? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            bytes => Ok(bytes),
        }
    }
}

impl Write for Pipe {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.sent.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

type End = WebSocket<Pipe>;

fn end(role: Role) -> End {
    WebSocket::from_raw_socket(Pipe::default(), role, None)
}

/// One direction through the gateway, which reads pieces of odd sizes.
struct Way {
    relay: Relay,
    buf: Vec<u8>,
    messages: usize,
    payload_bytes: usize,
    closes: Vec<Option<u16>>,
}

impl Way {
    fn new(direction: Direction) -> Self {
        let relay = Relay::new(direction, Extensions::default(), Limits::default());
        Self { relay, buf: Vec::new(), messages: 0, payload_bytes: 0, closes: Vec::new() }
    }

    fn carry(&mut self, from: &mut End, to: &mut End, piece: usize) {
        let sent = std::mem::take(&mut from.get_mut().sent);
        for piece in sent.chunks(piece) {
            self.buf.extend_from_slice(piece);
            while !self.buf.is_empty() {
                let passed = self.relay.inspect(&self.buf).unwrap();
                if passed.len == 0 {
                    break;
                }
                to.get_mut().arrived.extend(self.buf.drain(..passed.len));
                self.messages += passed.messages;
                self.payload_bytes += passed.payload_bytes;
                self.closes.extend(passed.close.map(|close| close.code));
            }
        }
    }
}

/// Every message that has arrived.
fn received(end: &mut End) -> Vec<Message> {
    let mut messages = Vec::new();
    loop {
        match end.read() {
            Ok(message) => messages.push(message),
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(Error::ConnectionClosed) => break,
            Err(error) => panic!("{error}"),
        }
    }
    messages
}

/// A message in two fragments.
fn fragments(opcode: Data, first: &str, last: &str) -> [Message; 2] {
    let bytes = |text: &str| Bytes::copy_from_slice(text.as_bytes());
    [
        Message::Frame(Frame::message(bytes(first), OpCode::Data(opcode), false)),
        Message::Frame(Frame::message(bytes(last), OpCode::Data(Data::Continue), true)),
    ]
}

fn traffic() -> Vec<Message> {
    let sizes = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000];
    let mut messages: Vec<Message> =
        sizes.map(|bytes| Message::binary(vec![bytes as u8; bytes])).into();
    messages.push(Message::text("größer als €"));
    let [first, last] = fragments(Data::Text, "in two", " parts");
    messages.extend([first, Message::Ping(Bytes::from_static(b"between")), last]);
    messages
}

fn wanted() -> Vec<Message> {
    let mut messages = traffic();
    let ping = messages.remove(messages.len() - 2);
    messages.truncate(messages.len() - 2);
    messages.extend([ping, Message::text("in two parts")]);
    messages
}

#[test]
fn real_traffic_passes_both_ways() {
    for piece in [1, 2, 7, 130, 4096, 1 << 20] {
        let (mut client, mut server) = (end(Role::Client), end(Role::Server));
        let mut up = Way::new(Direction::ClientToServer);
        let mut down = Way::new(Direction::ServerToClient);
        for message in traffic() {
            client.send(message.clone()).unwrap();
            server.send(message).unwrap();
        }
        up.carry(&mut client, &mut server, piece);
        down.carry(&mut server, &mut client, piece);
        assert_eq!(received(&mut server), wanted());
        assert_eq!(received(&mut client), wanted());
        for way in [&up, &down] {
            assert_eq!(way.messages, wanted().len() - 1);
            let bytes: usize = wanted().iter().filter(|m| !m.is_ping()).map(Message::len).sum();
            assert_eq!(way.payload_bytes, bytes);
        }
        // The pongs to the pings.
        up.carry(&mut client, &mut server, piece);
        down.carry(&mut server, &mut client, piece);
        let pong = [Message::Pong(Bytes::from_static(b"between"))];
        assert_eq!((received(&mut server), received(&mut client)), (pong.to_vec(), pong.to_vec()));
    }
}

#[test]
fn the_closing_handshake_passes() {
    let (mut client, mut server) = (end(Role::Client), end(Role::Server));
    let mut up = Way::new(Direction::ClientToServer);
    let mut down = Way::new(Direction::ServerToClient);
    let frame = CloseFrame { code: CloseCode::Library(4001), reason: "genug für heute".into() };
    client.close(Some(frame.clone())).unwrap();
    up.carry(&mut client, &mut server, 1);
    assert_eq!(received(&mut server), [Message::Close(Some(frame.clone()))]);
    server.flush().unwrap_or_default();
    down.carry(&mut server, &mut client, 1);
    assert_eq!(received(&mut client), [Message::Close(Some(frame))]);
    assert_eq!((up.closes, down.closes), (vec![Some(4001)], vec![Some(4001)]));
    assert!(up.relay.is_closed() && down.relay.is_closed());
}

#[test]
fn own_frames_are_understood() {
    for (role, mask) in [(Role::Client, None), (Role::Server, Some([1, 2, 3, 4]))] {
        let mut far = end(role);
        let mut out = Vec::new();
        ping_frame(b"alive?", mask, &mut out);
        pong_frame(b"yes", mask, &mut out);
        close_frame(1001, "going away", mask, &mut out);
        far.get_mut().arrived.extend(out);
        let reason = "going away".into();
        let want = [
            Message::Ping(Bytes::from_static(b"alive?")),
            Message::Pong(Bytes::from_static(b"yes")),
            Message::Close(Some(CloseFrame { code: CloseCode::Away, reason })),
        ];
        assert_eq!(received(&mut far), want);
        // What it answers passes the relay: the pong to our ping, and its close frame.
        let rules = if mask.is_some() { SERVER } else { CLIENT };
        let seen = support::relayed(rules, &far.get_ref().sent, &[1]);
        assert_eq!((seen.pongs, seen.closes, seen.fault), (1, vec![1001], None));
    }
}

fn fields(headers: &HeaderMap) -> impl Iterator<Item = (&str, &[u8])> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()))
}

/// A client's request, read back from what it would send.
fn request(key: &str) -> Request<()> {
    let request = Request::get("ws://example.com/chat")
        .header("Host", "example.com")
        .header("Connection", "keep-alive, Upgrade")
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", key)
        .body(())
        .unwrap();
    let (head, sent_key) = generate_request(request.clone()).unwrap();
    assert!(head.starts_with(b"GET /chat HTTP/1.1\r\n") && sent_key == key);
    request
}

#[test]
fn its_handshake_is_ours() {
    for _ in 0..50 {
        let key = generate_key();
        let request = request(&key);
        let asked = Asked::from_request("GET", true, fields(request.headers())).unwrap();
        assert_eq!(asked.key(), key.as_bytes());
        assert_eq!(asked.accept(), derive_accept_key(key.as_bytes()).as_bytes());
        let response = create_response(&request).unwrap();
        let agreed = asked.check_response(101, fields(response.headers())).unwrap();
        assert_eq!((agreed.protocol, agreed.extensions), (None, Extensions::default()));
    }
}

// RFC 8441: the key of an HTTP/2 client is the gateway's, and satisfies an HTTP/1.1 origin
#[test]
fn our_keys_are_taken() {
    for byte in 0..=u8::MAX {
        let mut random = [byte; 16];
        random[7] = byte.wrapping_mul(31);
        let version = [("sec-websocket-version", &b"13"[..])];
        let asked = Asked::from_connect("websocket", random, version).unwrap();
        let request = request(std::str::from_utf8(asked.key()).unwrap());
        let response = create_response(&request).unwrap();
        assert!(asked.check_response(101, fields(response.headers())).is_ok());
    }
}
