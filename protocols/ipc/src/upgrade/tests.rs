use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::time::Duration;

use super::*;
use crate::{Kind, memfd};

fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

fn manifest(sockets: Vec<(Kind, SocketAddr)>) -> Manifest {
    Manifest {
        protocol: PROTOCOL,
        version: "0.1.0".into(),
        pid: 7,
        driver: "epoll".into(),
        flags: vec![(Kind::Http, "127.0.0.1:80".parse().unwrap())],
        sockets,
        attached: true,
        wait_ms: 200,
    }
}

/// What a new process makes of this manifest and these sockets.
fn received(
    manifest: Manifest,
    sockets: &[&TcpListener],
    flags: &[(Kind, SocketAddr)],
) -> Result<Inheritance, UpgradeError> {
    let (old, new) = Channel::pair().unwrap();
    let end = End::new(old);
    let secrets = memfd::sealed("secrets", b"secret").unwrap();
    end.send(&ToSuccessor::Offer(manifest), Some(secrets.as_fd())).unwrap();
    for socket in sockets {
        end.send(&ToSuccessor::Socket, Some(socket.as_fd())).unwrap();
    }
    end.send(&ToSuccessor::Go, None).unwrap();
    Successor::new(new).receive(flags)
}

#[test]
fn sockets_go_over_with_the_connections_in_their_queues() {
    let ((http, http_at), (https, https_at)) = (listener(), listener());
    let manifest = manifest(vec![(Kind::Http, http_at), (Kind::Https, https_at)]);
    let mut early = TcpStream::connect(http_at).unwrap();
    early.write_all(b"early").unwrap();

    let (old, new) = Channel::pair().unwrap();
    let fds = [http.as_fd(), https.as_fd()];
    let mut predecessor = Predecessor::offer(old, &manifest, b"secret", &fds).unwrap();
    let mut successor = Successor::new(new);
    let flags = manifest.flags.clone();
    let inheritance = successor.receive(&flags).unwrap();
    assert_eq!(inheritance.manifest, manifest);
    assert_eq!(inheritance.secrets, b"secret");
    let kinds: Vec<Kind> = inheritance.sockets.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [Kind::Http, Kind::Https]);

    let told = std::thread::spawn(move || {
        assert_eq!(predecessor.loaded().unwrap(), 42);
        predecessor.go(Duration::from_secs(5)).unwrap();
        predecessor
    });
    successor.loaded(42).unwrap();
    successor.go().unwrap();
    successor.accepting().unwrap();
    drop((http, https));
    let mut bytes = [0; 5];
    let (mut taken, _) = inheritance.sockets[0].1.accept().unwrap();
    taken.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"early");
    let predecessor = told.join().unwrap();
    let gone = std::thread::spawn(move || successor.gone());
    std::thread::sleep(Duration::from_millis(20));
    assert!(!gone.is_finished(), "the old one is still there");
    drop(predecessor);
    gone.join().unwrap();
}

#[test]
fn what_is_not_as_the_manifest_says_is_refused() {
    let ((one, one_at), (other, other_at)) = (listener(), listener());
    let flags = manifest(vec![]).flags;
    let two = || manifest(vec![(Kind::Http, one_at), (Kind::Https, other_at)]);
    for (manifest, sockets, reason) in [
        (two(), vec![&one], "1 sockets came, the manifest lists 2".to_owned()),
        (
            two(),
            vec![&other, &one],
            format!("the http socket of {one_at}: what came listens on {other_at}"),
        ),
        (
            Manifest { protocol: PROTOCOL + 1, ..two() },
            vec![&one, &other],
            "version 0.1.0 hands over by protocol 2, this one takes over by protocol 1: a restart \
             is needed"
                .to_owned(),
        ),
        (
            Manifest { flags: vec![], ..two() },
            vec![&one, &other],
            "the addresses of --http have changed: a restart is needed for that".to_owned(),
        ),
    ] {
        let error = received(manifest, &sockets, &flags).unwrap_err();
        assert_eq!(error.to_string(), reason);
    }
    assert!(received(two(), &[&one, &other], &flags).is_ok());
    // The other way round: nothing is sent at all.
    let (old, _new) = Channel::pair().unwrap();
    let error = Predecessor::offer(old, &two(), b"", &[one.as_fd()]).unwrap_err();
    assert_eq!(error.to_string(), "the manifest lists 2 sockets, there are 1");
}

#[test]
fn what_is_no_listening_socket_is_refused() {
    let (one, one_at) = listener();
    let stream = TcpStream::connect(one_at).unwrap();
    let (old, new) = Channel::pair().unwrap();
    let offered = manifest(vec![(Kind::Http, one_at)]);
    let _old = Predecessor::offer(old, &offered, b"", &[stream.as_fd()]).unwrap();
    let error = Successor::new(new).receive(&offered.flags).unwrap_err();
    assert!(error.to_string().ends_with("what came is no listening socket"), "{error}");
    drop(one);
}

#[test]
fn the_old_one_learns_why_nothing_came_of_it() {
    let offer = || {
        let (old, new) = Channel::pair().unwrap();
        (Predecessor::offer(old, &manifest(vec![]), b"", &[]).unwrap(), Successor::new(new))
    };
    let (mut old, new) = offer();
    new.refuse("there is no table");
    assert_eq!(old.loaded().unwrap_err().to_string(), "there is no table");

    // It may be gone before everything was offered.
    let (old, new) = Channel::pair().unwrap();
    Successor::new(new).refuse("other times");
    let error = Predecessor::offer(old, &manifest(vec![]), b"", &[]).unwrap_err();
    assert_eq!(error.to_string(), "other times");

    let (mut old, new) = offer();
    drop(new);
    assert_eq!(old.loaded().unwrap_err().to_string(), "it ended (offered)");

    let (mut old, _new) = offer();
    let error = old.loaded().unwrap_err().to_string();
    assert_eq!(error, "nothing was heard of it for 200 ms (offered)");

    let (mut old, mut new) = offer();
    new.loaded(1).unwrap();
    old.loaded().unwrap();
    let error = old.go(Duration::from_millis(50)).unwrap_err().to_string();
    assert_eq!(error, "nothing was heard of it for 50 ms (accepting)");

    // The wrong word at the wrong time.
    let (mut old, mut new) = offer();
    assert!(matches!(new.accepting(), Err(UpgradeError::Unexpected { .. })));
    new.end.send(&ToPredecessor::Accepting, None).unwrap();
    let error = old.loaded().unwrap_err().to_string();
    assert_eq!(error, "it said Accepting, which is not due (offered)");
}

#[test]
fn the_new_one_ends_with_the_old_one_until_it_may_accept() {
    let (old, new) = Channel::pair().unwrap();
    let old = Predecessor::offer(old, &manifest(vec![]), b"", &[]).unwrap();
    let mut new = Successor::new(new);
    new.receive(&manifest(vec![]).flags).unwrap();
    new.loaded(1).unwrap();
    drop(old);
    assert!(matches!(new.go(), Err(UpgradeError::Closed { state: State::Loaded })));
}
