//! Pools over real sockets, on a worker of their own.
use std::cell::RefCell;
use std::future::Future;
use std::io::Write;
use std::net::{IpAddr, TcpListener, TcpStream};
use std::rc::Rc;
use std::sync::Arc;

use ringgate_model::Scheme;
use ringgate_observe::Counters;
use ringgate_runtime::{BufPool, Driver, inbox, sleep_ms, spawn, worker};
use ringgate_table::{LinkImage, OriginImage};
use ringgate_traffic::balance::Policy;

use super::{Bounds, Lease, Pool, Pools, Secure, Wanted};
use crate::link::{Carriage, TlsBuffers};
use crate::rescue::{Fault, Kind};
use crate::services::{self, Resolver};
use crate::tls::Tls;

/// A pool to a listener on this machine.
struct Setup {
    pools: Rc<Pools>,
    pool: Rc<Pool>,
    counters: Arc<Counters>,
    listener: TcpListener,
}

/// Who has got what.
type Others = Rc<RefCell<Vec<(usize, Result<Lease, Fault>)>>>;

async fn next(others: &Others) -> (usize, Result<Lease, Fault>) {
    loop {
        if let Some(got) = others.borrow_mut().pop() {
            return got;
        }
        sleep_ms(1).await;
    }
}

const DEFAULT: Bounds = Bounds {
    idle_max: 100,
    idle_per_target_max: 100,
    per_target_max: None,
    waiting_max: 100,
    waiting_ms: 5_000,
};

fn run<F: Future<Output = ()>>(bounds: Bounds, test: impl Fn(Setup) -> F + Send + Copy + 'static) {
    run_by(Scheme::Http, bounds, test);
}

fn run_by<F: Future<Output = ()>>(
    scheme: Scheme,
    bounds: Bounds,
    test: impl Fn(Setup) -> F + Send + Copy + 'static,
) {
    for driver in [Driver::IoUring, Driver::Epoll] {
        let main = move |worker: worker::Worker| async move {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let queries = services::start(&[], 1).unwrap();
            let (sender, _inbox) = inbox().unwrap();
            let counters = Arc::<Counters>::default();
            let resolver = Resolver::new(queries, sender);
            let secure = Secure::new(Arc::new(Tls::distrusting()), TlsBuffers::new());
            let carriage = Carriage { buffers: BufPool::new(32 * 1024, 8), turns: None };
            let (clock, policy) = (worker.clock.clone(), Policy::LeastRequest);
            let counted = counters.clone();
            let pools = Pools::new(clock, counted, resolver, secure, bounds, policy, carriage);
            let port = listener.local_addr().unwrap().port();
            let pool = pools.of(&OriginImage { scheme, ..origin(port) });
            test(Setup { pools: Rc::new(pools), pool, counters, listener }).await;
        };
        worker::start("test", None, driver, main).unwrap().join().unwrap().unwrap();
    }
}

fn origin(port: u16) -> OriginImage {
    let host = "127.0.0.1".to_owned();
    let (scheme, authority) = (Scheme::Http, format!("{host}:{port}"));
    OriginImage { scheme, authority, host, port, hash: 7, link: None }
}

impl Setup {
    async fn connect(&self, fresh: bool) -> Result<Lease, Fault> {
        let wanted = Wanted { fresh, avoid: None };
        self.pools.connect(&self.pool, wanted, 2_000).await
    }

    /// The origin's name leads to another address from now on.
    fn lead_elsewhere(&self) {
        self.pool.hosts.borrow()[0].set_addresses(&[IpAddr::from([127, 0, 0, 2])]);
        self.pool.set_targets();
    }

    fn accept(&self) -> TcpStream {
        self.listener.accept().unwrap().0
    }

    /// How many connections are open.
    fn open(&self) -> u64 {
        self.counters.upstream_connections.get()
    }

    /// Connections that others ask for, in this order; each is told of as it comes, and kept.
    fn others(&self, count: usize) -> Others {
        let seen = Others::default();
        for n in 0..count {
            let (pools, pool, seen) = (self.pools.clone(), self.pool.clone(), seen.clone());
            let other = async move {
                let lease = pools.connect(&pool, Wanted::default(), 2_000).await;
                seen.borrow_mut().push((n, lease));
            };
            spawn(other, || panic!("it panicked"));
        }
        seen
    }

    /// So many connections, asked for at once.
    async fn leases(&self, count: usize) -> Vec<Lease> {
        let others = self.others(count);
        let mut leases = Vec::new();
        for _ in 0..count {
            leases.push(next(&others).await.1.unwrap());
        }
        leases
    }

    /// Waits until no connection is open.
    async fn all_closed(&self) {
        for _ in 0..1_000 {
            if self.open() == 0 {
                return;
            }
            sleep_ms(5).await;
        }
        panic!("{} are open", self.open());
    }
}

#[test]
fn idle_connections_are_taken_last_in_first_out() {
    run(DEFAULT, |setup| async move {
        let (a, b) = (setup.connect(false).await.unwrap(), setup.connect(false).await.unwrap());
        assert!(!a.reused && setup.open() == 2);
        let last = b.link.socket().unwrap().local_addr().unwrap();
        setup.pools.give_back(a);
        setup.pools.give_back(b);
        let taken = setup.pools.take_idle(&setup.pool).unwrap();
        assert!(taken.reused);
        assert_eq!(taken.link.socket().unwrap().local_addr().unwrap(), last);
        assert!(setup.connect(false).await.unwrap().reused, "the other one is there");
        assert!(!setup.connect(true).await.unwrap().reused);
    });
}

#[test]
fn one_that_has_ended_is_not_taken() {
    run(DEFAULT, |setup| async move {
        let lease = setup.connect(false).await.unwrap();
        let peer = setup.accept();
        setup.pools.give_back(lease);
        drop(peer);
        sleep_ms(20).await;
        assert!(setup.pools.take_idle(&setup.pool).is_none());
        assert_eq!(setup.open(), 0);
    });
}

#[test]
fn idle_connections_are_bounded_and_grow_old() {
    run(Bounds { idle_max: 2, ..DEFAULT }, |setup| async move {
        let mut leases = Vec::new();
        for _ in 0..4 {
            leases.push(setup.connect(true).await.unwrap());
        }
        leases.into_iter().for_each(|lease| setup.pools.give_back(lease));
        assert_eq!(setup.open(), 2);
        let lease = setup.pools.take_idle(&setup.pool).unwrap();
        setup.pools.give_back(lease);
        assert_eq!(setup.open(), 2, "there was room again for the one that was taken");
        setup.pools.tidy(1_000);
        assert_eq!(setup.open(), 2);
        setup.pools.tidy(0);
        assert_eq!(setup.open(), 0);
    });
}

#[test]
fn what_leads_elsewhere_now_is_closed() {
    run(DEFAULT, |setup| async move {
        let (a, b) = (setup.connect(true).await.unwrap(), setup.connect(true).await.unwrap());
        setup.pools.give_back(a);
        setup.lead_elsewhere();
        assert_eq!(setup.open(), 1, "the idle one is closed, the other is in use");
        setup.pools.give_back(b);
        assert_eq!(setup.open(), 0);
        assert!(setup.pools.take_idle(&setup.pool).is_none());
    });
}

#[test]
fn where_connections_are_bounded_requests_wait_their_turn() {
    run(Bounds { per_target_max: Some(1), ..DEFAULT }, |setup| async move {
        let lease = setup.connect(false).await.unwrap();
        let others = setup.others(3);
        sleep_ms(30).await;
        assert!(others.borrow().is_empty());
        // One that comes back goes to the first; one that is closed makes room for another.
        setup.pools.give_back(lease);
        assert!(setup.pools.take_idle(&setup.pool).is_none(), "no way past the line");
        for n in 0..3 {
            let (who, lease) = next(&others).await;
            let lease = lease.unwrap();
            assert_eq!((who, lease.reused, setup.open()), (n, n == 0, 1));
            sleep_ms(20).await;
            assert!(others.borrow().is_empty(), "the next waits on");
            drop(lease);
        }
    });
}

#[test]
fn the_line_is_bounded_in_length_and_time() {
    let bounds = Bounds { per_target_max: Some(1), waiting_max: 1, waiting_ms: 1_500, ..DEFAULT };
    run(bounds, |setup| async move {
        let _lease = setup.connect(false).await.unwrap();
        let others = setup.others(2);
        while others.borrow().is_empty() {
            sleep_ms(5).await;
        }
        let reason = |at: usize| {
            let others = others.borrow();
            let (who, Err(fault)) = &others[at] else { panic!("there is no connection") };
            (*who, fault.reason.clone().into_owned())
        };
        let busy = "all connections to 127.0.0.1 are in use";
        assert_eq!(reason(0), (1, format!("{busy}, and as many requests wait as may")));
        assert_eq!(others.borrow().len(), 1, "the first waits");
        while others.borrow().len() < 2 {
            sleep_ms(5).await;
        }
        assert_eq!(reason(1), (0, busy.to_owned()));
        assert!(!setup.pool.waiting.any());
    });
}

#[test]
fn a_fresh_connection_takes_the_place_of_an_idle_one() {
    run(Bounds { per_target_max: Some(2), ..DEFAULT }, |setup| async move {
        let (a, b) = (setup.connect(true).await.unwrap(), setup.connect(true).await.unwrap());
        setup.pools.give_back(a);
        let fresh = setup.connect(true).await.unwrap();
        assert!(!fresh.reused);
        assert_eq!(setup.open(), 2);
        drop((b, fresh));
    });
}

#[test]
fn a_refused_connection_says_where() {
    run(DEFAULT, |setup| async move {
        let address = setup.listener.local_addr().unwrap();
        drop(setup.listener);
        let Err(fault) = setup.pools.connect(&setup.pool, Wanted::default(), 2_000).await else {
            panic!("nobody listens")
        };
        assert!(fault.reason.starts_with(&format!("connecting to {address}: ")), "{fault:?}");
    });
}

#[test]
fn an_origin_is_remembered_by_who_uses_it() {
    run(DEFAULT, |setup| async move {
        let again = setup.pools.of(&origin(setup.listener.local_addr().unwrap().port()));
        assert!(Rc::ptr_eq(&again, &setup.pool));
        let other = setup.pools.of(&origin(1));
        assert!(!Rc::ptr_eq(&other, &setup.pool));
        assert_eq!(format!("{:?}", setup.pools).matches("Pool(").count(), 2);
    });
}

/// An origin behind a VPC link, with these ports of this machine as targets.
fn linked(ports: &[u16]) -> OriginImage {
    let targets: Vec<_> = ports.iter().map(|port| ("127.0.0.1".to_owned(), *port)).collect();
    let hash = ports.iter().fold(1, |hash, port| hash * 65_537 + u64::from(*port));
    let link = LinkImage { name: "link".to_owned(), targets, hash };
    OriginImage { port: 0, host: String::new(), link: Some(Box::new(link)), ..origin(0) }
}

#[test]
fn a_link_has_the_targets_that_the_table_says_last() {
    run(DEFAULT, |setup| async move {
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let ports = [&setup.listener, &other].map(|it| it.local_addr().unwrap().port());
        let pool = setup.pools.of(&linked(&ports[..1]));
        let to = |lease: &Lease| pool.address(lease.turn.target).unwrap().port();
        let connect = |wanted: Wanted| setup.pools.connect(&pool, wanted, 2_000);
        let fresh = Wanted { fresh: true, avoid: None };
        let (kept, used) = (connect(fresh).await.unwrap(), connect(fresh).await.unwrap());
        assert_eq!(to(&kept), ports[0]);
        assert!(used.instead().avoid.is_none(), "it is the only target");
        setup.pools.give_back(kept);
        assert!(Rc::ptr_eq(&pool, &setup.pools.of(&linked(&ports))), "the same pool");
        assert_eq!(setup.open(), 2, "the connections to what stays are kept");
        // What failed at one goes to the other.
        for _ in 0..20 {
            assert_eq!(to(&connect(used.instead()).await.unwrap()), ports[1]);
        }
        setup.pools.of(&linked(&ports[1..]));
        assert_eq!(setup.open(), 1, "an idle connection to what is gone is closed");
        for _ in 0..20 {
            assert_eq!(to(&connect(fresh).await.unwrap()), ports[1]);
        }
        setup.pools.give_back(used);
        assert_eq!(setup.open(), 0, "and one in use when it ends");
    });
}

#[test]
fn a_link_does_not_share_the_pool_of_another_origin() {
    run(DEFAULT, |setup| async move {
        let port = setup.listener.local_addr().unwrap().port();
        let mut other = linked(&[port]);
        other.link.as_mut().unwrap().name = "other".to_owned();
        let (one, two) = (setup.pools.of(&linked(&[port])), setup.pools.of(&other));
        assert!(!Rc::ptr_eq(&one, &two) && !Rc::ptr_eq(&one, &setup.pool));
        assert!(setup.pools.connect(&two, Wanted::default(), 2_000).await.is_ok());
    });
}

/// What a server of HTTP/2 says first: SETTINGS with nothing in them, or with one setting.
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
const ONE_STREAM: &[u8] = &[0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 1];

/// Accepts connections elsewhere, says this on each, and keeps them.
fn say(setup: &Setup, words: &'static [u8]) {
    let listener = setup.listener.try_clone().unwrap();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        while let Ok((mut peer, _)) = listener.accept() {
            peer.write_all(words).unwrap();
            kept.push(peer);
        }
    });
}

#[test]
fn many_streams_share_one_connection() {
    run_by(Scheme::H2c, DEFAULT, |setup| async move {
        say(&setup, SETTINGS);
        let leases = setup.leases(20).await;
        assert_eq!(setup.open(), 1, "all of them waited for the one that was made");
        assert_eq!(leases.iter().filter(|lease| !lease.reused).count(), 1);
        assert!(setup.pools.take_idle(&setup.pool).unwrap().reused, "there is room for more");
        let fresh = setup.connect(true).await.unwrap();
        assert!(!fresh.reused && setup.open() == 2);
        leases.into_iter().for_each(|lease| setup.pools.give_back(lease));
        drop(fresh);
        setup.pools.tidy(0);
        setup.all_closed().await;
    });
}

#[test]
fn one_that_takes_one_stream_is_not_shared() {
    run_by(Scheme::H2c, DEFAULT, |setup| async move {
        say(&setup, ONE_STREAM);
        let leases = setup.leases(5).await;
        assert_eq!(setup.open(), 5);
        assert!(setup.pools.take_idle(&setup.pool).is_none());
        drop(leases);
        assert!(setup.pools.take_idle(&setup.pool).is_some(), "kept for the next request");
        // They lead elsewhere.
        setup.lead_elsewhere();
        setup.all_closed().await;
    });
}

#[test]
fn what_is_no_http2_says_so() {
    run_by(Scheme::H2c, DEFAULT, |setup| async move {
        say(&setup, b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let Err(fault) = setup.connect(false).await else { panic!("it is no HTTP/2") };
        let reason = "the first frame is not SETTINGS: not HTTP/2";
        assert!(fault.reason.ends_with(reason), "{fault:?}");
        assert_eq!(fault.kind, Kind::Unreachable);
    });
    run_by(Scheme::H2c, DEFAULT, |setup| async move {
        say(&setup, b"");
        let Err(fault) = setup.pools.connect(&setup.pool, Wanted::default(), 200).await else {
            panic!("it says nothing")
        };
        assert!(fault.reason.ends_with("in time"), "{fault:?}");
        setup.all_closed().await;
    });
}
