//! A channel's promises: whole messages, one descriptor, named limits.
#![allow(clippy::unwrap_used)] // clippy.toml allows it in test functions, not in their helpers

use std::io::{self, Read, Seek, Write};
use std::os::fd::AsFd;

use ringgate_ipc::{
    Channel, Hello, Listener, PACKET_BYTES_MAX, RecvError, Stats, ToControl, ToData, memfd,
};

fn hello() -> ToControl {
    ToControl::Hello(Hello {
        version: "0.1.0".into(),
        pid: 7,
        workers: 2,
        driver: "io_uring".into(),
        driver_reason: "probed".into(),
        store_id: Some([3; 16]),
        generation: 41,
        http: vec!["127.0.0.1:8080".into()],
        https: vec!["127.0.0.1:8443".into()],
        access_logs: "{}".to_owned(),
        draining: false,
    })
}

#[test]
fn messages_arrive_whole_and_in_order() {
    let (data, control) = Channel::pair().unwrap();
    let stats = Stats { connections: u64::MAX, ..Stats::default() };
    let sent = [
        hello(),
        ToControl::Ack { generation: 42, micros: 900 },
        ToControl::Nack { generation: 43, path: "base".into(), reason: "41".into() },
        ToControl::Stats { id: 1, stats },
    ];
    for message in &sent {
        data.send(message, None).unwrap();
    }
    let mut buffer = Vec::new();
    for message in sent {
        let (received, descriptor) = control.recv::<ToControl>(&mut buffer).unwrap().unwrap();
        assert_eq!(received, message);
        assert!(descriptor.is_none());
    }
}

#[test]
fn a_sealed_memory_file_crosses() {
    let (control, data) = Channel::pair().unwrap();
    let table: Vec<u8> = (0..300_000u32).map(|n| n as u8).collect();
    let file = memfd::sealed("table", &table).unwrap();
    let update = ToData::Update { generation: 1, bytes: table.len() as u64 };
    control.send(&update, Some(file.as_fd())).unwrap();
    drop(file);
    let (message, descriptor) = data.recv::<ToData>(&mut Vec::new()).unwrap().unwrap();
    assert_eq!(message, update);
    let descriptor = descriptor.unwrap();
    assert!(rustix::io::fcntl_getfd(&descriptor).unwrap().contains(rustix::io::FdFlags::CLOEXEC));
    assert_eq!(memfd::read_sealed(&descriptor, 300_000).unwrap(), table);
    // Sealed means sealed, for the receiver too.
    let mut file = std::fs::File::from(descriptor);
    file.rewind().unwrap();
    assert!(file.write(b"x").is_err());
    assert!(file.set_len(1).is_err());
    assert_eq!(file.read(&mut [0; 4]).unwrap(), 4);
}

#[test]
fn an_unsealed_or_oversize_file_is_refused() {
    let sealed = memfd::sealed("table", b"0123456789").unwrap();
    assert_eq!(memfd::read_sealed(&sealed, 10).unwrap(), b"0123456789");
    let oversize = memfd::read_sealed(&sealed, 9).unwrap_err();
    assert_eq!(oversize.kind(), io::ErrorKind::InvalidData);
    let flags = rustix::fs::MemfdFlags::CLOEXEC | rustix::fs::MemfdFlags::ALLOW_SEALING;
    let unsealed = rustix::fs::memfd_create("table", flags).unwrap();
    // Half sealed is not sealed: its owner could still write.
    rustix::fs::fcntl_add_seals(&unsealed, rustix::fs::SealFlags::SHRINK).unwrap();
    let refused = memfd::read_sealed(&unsealed, 10).unwrap_err();
    assert_eq!(refused.to_string(), "the memory file is not sealed");
    let file = tempfile::tempfile().unwrap();
    assert!(memfd::read_sealed(&file, 10).is_err());
    assert!(memfd::read_sealed(memfd::sealed("empty", b"").unwrap(), 0).unwrap().is_empty());
}

#[test]
fn an_oversize_packet_is_refused_at_both_ends() {
    let (one, other) = Channel::pair().unwrap();
    let reason = "x".repeat(PACKET_BYTES_MAX);
    let nack = ToControl::Nack { generation: 1, path: String::new(), reason };
    assert_eq!(one.send(&nack, None).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    rustix::net::send(&one, &vec![0; PACKET_BYTES_MAX + 1], rustix::net::SendFlags::empty())
        .unwrap();
    let mut buffer = Vec::new();
    assert!(matches!(other.recv::<ToControl>(&mut buffer), Err(RecvError::Oversize)));
    // The channel lives on.
    one.send(&hello(), None).unwrap();
    assert_eq!(other.recv::<ToControl>(&mut buffer).unwrap().unwrap().0, hello());
}

#[test]
fn a_packet_that_is_no_message_is_refused() {
    let (one, other) = Channel::pair().unwrap();
    let mut buffer = Vec::new();
    for packet in [&[0xff, 0xff][..], &[0], &[1, 1, 1, 1]] {
        rustix::net::send(&one, packet, rustix::net::SendFlags::empty()).unwrap();
        let received = other.recv::<ToControl>(&mut buffer);
        assert!(matches!(received, Err(RecvError::Malformed(_))), "{packet:?}: {received:?}");
    }
}

#[test]
fn more_than_one_descriptor_is_refused() {
    use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags};
    let (one, other) = Channel::pair().unwrap();
    let file = memfd::sealed("table", b"x").unwrap();
    for count in [2, 20] {
        let descriptors = vec![file.as_fd(); count];
        let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(20))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        assert!(ancillary.push(SendAncillaryMessage::ScmRights(&descriptors)));
        let packet = [io::IoSlice::new(&[1, 1])];
        rustix::net::sendmsg(&one, &packet, &mut ancillary, SendFlags::empty()).unwrap();
        let received = other.recv::<ToData>(&mut Vec::new());
        assert!(matches!(received, Err(RecvError::Descriptors)), "{received:?}");
    }
}

#[test]
fn a_closed_peer_is_told_apart_from_silence() {
    let (one, other) = Channel::pair().unwrap();
    other.set_nonblocking(true).unwrap();
    let mut buffer = Vec::new();
    let silent = other.recv::<ToData>(&mut buffer);
    assert!(
        matches!(&silent, Err(RecvError::Io(e)) if e.kind() == io::ErrorKind::WouldBlock),
        "{silent:?}"
    );
    one.send(&ToData::StatsRequest { id: 1 }, None).unwrap();
    other.send(&ToData::StatsRequest { id: 2 }, None).unwrap();
    drop(one);
    assert!(
        other.recv::<ToData>(&mut buffer).unwrap().is_none() || {
            // The reset of the packet that nobody read may come after the packet we have not read.
            other.recv::<ToData>(&mut buffer).unwrap().is_none()
        }
    );
    let refused = other.send(&ToData::StatsRequest { id: 3 }, None).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::BrokenPipe);
}

fn mode(path: &std::path::Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions()) & 0o777
}

#[test]
fn a_listener_and_its_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table.sock");
    assert_eq!(Channel::connect(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
    stale(&path);
    assert_eq!(Channel::connect(&path).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    let listener = Listener::bind(&path, 0o600).unwrap();
    assert_eq!(mode(&path), 0o600);

    let live = Listener::bind(&path, 0o600).unwrap_err();
    assert_eq!(live.kind(), io::ErrorKind::AddrInUse);
    assert!(live.to_string().starts_with("another ringgate-control listens on "), "{live}");

    // The live one sees that it was asked whether it lives.
    let probe = listener.accept().unwrap();
    assert!(probe.recv::<ToControl>(&mut Vec::new()).unwrap().is_none());

    let data = Channel::connect(&path).unwrap();
    let control = listener.accept().unwrap();
    data.send(&hello(), None).unwrap();
    let (message, _) = control.recv::<ToControl>(&mut Vec::new()).unwrap().unwrap();
    assert_eq!(message, hello());
    let peer = control.peer().unwrap();
    assert_eq!(peer.pid, std::process::id());
    assert_eq!(peer.uid, rustix::process::geteuid().as_raw());

    drop(listener);
    assert!(!path.exists());
}

/// A socket file behind which nobody listens.
fn stale(path: &std::path::Path) {
    let socket = rustix::net::socket(
        rustix::net::AddressFamily::UNIX,
        rustix::net::SocketType::SEQPACKET,
        None,
    )
    .unwrap();
    rustix::net::bind(&socket, &rustix::net::SocketAddrUnix::new(path).unwrap()).unwrap();
}

#[test]
fn a_listener_with_a_full_backlog_is_not_stale() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table.sock");
    let listener = Listener::bind(&path, 0o600).unwrap();
    let waiting: Vec<_> = (0..64)
        .map_while(|_| {
            let socket = rustix::net::socket_with(
                rustix::net::AddressFamily::UNIX,
                rustix::net::SocketType::SEQPACKET,
                rustix::net::SocketFlags::NONBLOCK,
                None,
            )
            .unwrap();
            let address = rustix::net::SocketAddrUnix::new(&path).unwrap();
            rustix::net::connect(&socket, &address).ok().map(|()| socket)
        })
        .collect();
    assert!(waiting.len() < 64, "the backlog has an end");
    let live = Listener::bind(&path, 0o600).unwrap_err();
    assert_eq!(live.kind(), io::ErrorKind::AddrInUse);
    drop(listener);
}

#[test]
fn a_listener_leaves_other_peoples_files_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table.sock");
    std::fs::write(&path, "precious").unwrap();
    let refused = Listener::bind(&path, 0o600).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");

    let other_kind = directory.path().join("control.sock");
    let _stream = std::os::unix::net::UnixListener::bind(&other_kind).unwrap();
    let live = Listener::bind(&other_kind, 0o600).unwrap_err();
    assert_eq!(live.kind(), io::ErrorKind::AddrInUse);

    // A listener that was replaced does not take its successor's file with it.
    let path = directory.path().join("replaced.sock");
    let first = Listener::bind(&path, 0o600).unwrap();
    std::fs::remove_file(&path).unwrap();
    let _second = Listener::bind(&path, 0o600).unwrap();
    drop(first);
    assert!(path.exists());

    let long = directory.path().join("x".repeat(120));
    let refused = Listener::bind(&long, 0o600).unwrap_err();
    assert!(refused.to_string().contains("at most 107 bytes"), "{refused}");
}

#[test]
fn the_last_words_of_a_peer_that_did_not_listen_are_heard() {
    let (data, control) = Channel::pair().unwrap();
    for id in 0..3 {
        control.send(&ToData::StatsRequest { id }, None).unwrap();
    }
    data.send(&ToControl::Draining, None).unwrap();
    drop(data);
    let (said, _) = control.recv::<ToControl>(&mut Vec::new()).unwrap().unwrap();
    assert_eq!(said, ToControl::Draining);
    assert!(control.recv::<ToControl>(&mut Vec::new()).unwrap().is_none());
}
