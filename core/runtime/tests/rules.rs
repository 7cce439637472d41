//! The rules for monoio 0.2.4 that the facade promises to keep, on both drivers.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop at the first surprise")]

use std::cell::Cell;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::rc::Rc;
use std::sync::mpsc::channel;

use ringgate_runtime::{
    Accepted, Buf, Driver, Guard, Listener, Quiet, Revoke, Stream, Worker, inbox, sleep_ms, spawn,
    worker,
};

const DRIVERS: [Driver; 2] = [Driver::IoUring, Driver::Epoll];

fn on_each_driver<F, Fut>(main: F)
where
    F: Fn(Worker) -> Fut + Send + Clone + 'static,
    Fut: Future<Output = ()> + 'static,
{
    for driver in DRIVERS {
        let main = main.clone();
        let thread = worker::start("test", None, driver, main).unwrap();
        thread.join().unwrap_or_else(|_| panic!("{driver}")).unwrap();
    }
}

/// A connected pair: ours, and the peer's blocking end.
async fn pair() -> (Stream, TcpStream) {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = TcpStream::connect(socket.local_addr().unwrap()).unwrap();
    let listener = Listener::new(socket).unwrap();
    match listener.accept(&mut Revoke::default(), std::future::pending()).await {
        Accepted::Connection(stream, _) => (stream, peer),
        other => panic!("{other:?}"),
    }
}

fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// One test, for descriptors are counted for the whole process.
#[test]
fn nothing_is_lost_and_nothing_leaks() {
    on_each_driver(|_| async {
        sleep_ms(20).await;
        let before = open_descriptors();
        let (mut received, mut raced) = (0, 0);
        for round in 0..200 {
            let socket = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = socket.local_addr().unwrap();
            let listener = Listener::new(socket).unwrap();
            let _client = (round % 2 == 0).then(|| TcpStream::connect(address).unwrap());
            raced += usize::from(round % 2 == 0);
            match listener.accept(&mut Revoke::default(), std::future::ready(())).await {
                Accepted::Connection(..) => received += 1,
                Accepted::Stopped => {}
                Accepted::Failed(error) => panic!("{error}"),
            }
        }
        // A connection that the stop overtook is still in the backlog, which is closed here: all
        // that matters is that none was accepted and dropped.
        assert!(received <= raced);
        // The ring of the driver before may have been closed meanwhile.
        for _ in 0..100 {
            if open_descriptors() <= before {
                return;
            }
            sleep_ms(50).await;
        }
        panic!("{} descriptors, {before} before {received} of {raced}", open_descriptors());
    });
    waiting_connections_are_seen();
    reads_given_up_lose_nothing();
    deadlines_end_waits();
    messages_reach_an_idle_worker();
    a_panic_ends_its_task_alone();
    who_passes_its_turn_lets_everybody_else_have_theirs();
}

fn waiting_connections_are_seen() {
    on_each_driver(|_| async {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let listener = Listener::new(socket).unwrap();
        assert!(!listener.has_waiting());
        let _client = TcpStream::connect(address).unwrap();
        assert!(listener.has_waiting());
        let accepted = listener.accept(&mut Revoke::default(), std::future::pending()).await;
        assert!(matches!(accepted, Accepted::Connection(..)) && !listener.has_waiting());
    });
}

fn reads_given_up_lose_nothing() {
    on_each_driver(|worker| async move {
        let (stream, mut peer) = pair().await;
        let watch = worker.watches.watch(stream.clone());
        let mut revoke = Revoke::default();
        let mut buf = Buf::with_capacity(64);
        let mut seen = Vec::new();
        for round in 0..40u8 {
            // Sometimes before the read, sometimes when it has just been given up.
            if round % 3 == 0 {
                peer.write_all(&[round]).unwrap();
            }
            let quiet = sleep_ms(u64::from(round % 2));
            match stream.read_or_quiet(buf, &mut revoke, quiet).await {
                Quiet::Read(result, mut back) => {
                    assert!(result.unwrap() > 0);
                    seen.extend_from_slice(back.filled());
                    back.clear();
                    buf = back;
                }
                Quiet::Quiet(back) => buf = back,
            }
        }
        drop(watch);
        peer.shutdown(std::net::Shutdown::Write).unwrap();
        loop {
            let (result, back) = stream.read(buf).await;
            seen.extend_from_slice(back.filled());
            buf = back;
            buf.clear();
            if result.unwrap() == 0 {
                break;
            }
        }
        let sent: Vec<u8> = (0..40).filter(|round| round % 3 == 0).collect();
        assert_eq!(seen, sent);
    });
}

fn deadlines_end_waits() {
    on_each_driver(|worker| async move {
        let (stream, mut peer) = pair().await;
        let watch = worker.watches.watch(stream.clone());
        watch.arm(&Guard::Client, 60);
        let (result, mut buf) = stream.read(Buf::with_capacity(16)).await;
        assert_eq!(result.unwrap(), 0);
        assert!(watch.expired());
        buf.extend(b"too late");
        assert!(stream.write_all(buf).await.0.is_ok(), "an answer can still be written");
        let mut answer = [0; 8];
        peer.read_exact(&mut answer).unwrap();

        let (stream, _peer) = pair().await;
        let watch = worker.watches.watch(stream.clone());
        watch.arm(&Guard::Both, 60);
        let mut flood = Buf::with_capacity(16 << 20);
        flood.extend(&vec![0; 16 << 20]);
        assert!(stream.write_all(flood).await.0.is_err(), "nobody reads");
        assert!(watch.expired());
    });
}

fn messages_reach_an_idle_worker() {
    for driver in DRIVERS {
        let (sender, receiver) = inbox::<u32>().unwrap();
        let (answers, answered) = channel();
        let thread = worker::start("test", None, driver, move |worker| async move {
            let drain = worker.drain.clone();
            let main = worker.drain.clone();
            let task = receiver.run(move |number| {
                answers.send(number).unwrap();
                if number == 99 {
                    drain.begin();
                }
            });
            spawn(task, || {});
            main.wait().await;
        });
        for number in 0..100 {
            sender.send(number);
        }
        thread.unwrap().join().unwrap().unwrap();
        let answered: Vec<u32> = answered.iter().take(100).collect();
        assert_eq!(answered, (0..100).collect::<Vec<_>>());
    }
}

fn a_panic_ends_its_task_alone() {
    on_each_driver(|_| async {
        let panics = Rc::new(Cell::new(0));
        let counted = panics.clone();
        spawn(async { panic!("on purpose") }, move || counted.set(1));
        sleep_ms(20).await;
        assert_eq!(panics.get(), 1);
    });
}

/// Tasks that never wait for anything else still leave time for timers and for sockets.
fn who_passes_its_turn_lets_everybody_else_have_theirs() {
    on_each_driver(|worker| async move {
        let Some(turns) = worker.turns else { return };
        let (passed, over) = (Rc::new(Cell::new(0_u64)), Rc::new(Cell::new(false)));
        for _ in 0..3 {
            let (turns, passed, over) = (turns.clone(), passed.clone(), over.clone());
            let task = async move {
                while !over.get() {
                    turns.pass().await;
                    passed.set(passed.get() + 1);
                }
            };
            spawn(task, || panic!("a task panicked"));
        }
        let (stream, mut peer) = pair().await;
        for _ in 0..10 {
            sleep_ms(1).await;
            peer.write_all(b"x").unwrap();
            let (result, _) = stream.read(Buf::with_capacity(16)).await;
            assert_eq!(result.unwrap(), 1);
        }
        assert!(passed.get() > 10, "{}", passed.get());
        over.set(true);
    });
}

#[test]
fn what_was_corked_arrives_though_the_peer_has_sent_what_nobody_reads() {
    on_each_driver(|_| async {
        let (stream, mut peer) = pair().await;
        peer.write_all(b"unread").unwrap();
        stream.readable().await.unwrap();
        stream.cork();
        let mut buf = Buf::with_capacity(16);
        buf.extend(b"the last words");
        let (result, _) = stream.write_some(buf, 14).await;
        assert_eq!(result.unwrap(), 14);
        drop(stream);
        let mut words = [0; 14];
        peer.read_exact(&mut words).unwrap();
        assert_eq!(&words, b"the last words");
    });
}
