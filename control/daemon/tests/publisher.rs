//! The publisher against fake data planes on a real table socket.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ringgate_control::{Catalog, Difference, Live, Publisher, limits};
use ringgate_ipc::{Channel, Hello, Listener, Stats, ToControl, ToData, memfd};
use ringgate_model::{Api, ApiMapping, DomainName, Scope};
use ringgate_table::{
    ApiImage, ApiInput, DomainImage, Part, PartKey, Root, Snapshot, Table, Update, compile, decode,
};
use tempfile::TempDir;

const STORE: [u8; 16] = [7; 16];

/// An API without stages; `version` makes one image differ from the next.
fn image(api_id: &str, version: &str) -> Arc<ApiImage> {
    let api = Api { api_id: api_id.to_owned(), ..Api::default() };
    let scope = Scope::new(version, "000000000000");
    Arc::new(compile(&ApiInput { scope: &scope, api: &api, stages: &[], vpc_links: &[] }).unwrap())
}

fn catalog(generation: u64, apis: Vec<Arc<ApiImage>>) -> Catalog {
    let held = Table::empty().snapshot();
    Catalog::new(Snapshot { store_id: STORE, generation, apis, ..held })
}

struct Setup {
    publisher: Arc<Publisher>,
    path: PathBuf,
    _dir: TempDir,
}

/// A publisher of two APIs at generation 10.
fn setup() -> Setup {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("table.sock");
    let images = vec![image("one", "1"), image("two", "1")];
    let publisher = Publisher::new(catalog(10, images));
    publisher.listen(Listener::bind(&path, 0o600).unwrap()).unwrap();
    Setup { publisher, path, _dir: dir }
}

impl Setup {
    fn attach(&self) -> FakeDataPlane {
        let channel = Channel::connect(&self.path).unwrap();
        let hello = Hello { version: "fake".into(), pid: 1, workers: 2, ..Hello::default() };
        channel.send(&ToControl::Hello(hello), None).unwrap();
        FakeDataPlane { channel, table: Table::empty() }
    }

    fn change(&self, revision: u64, changed: &[(&str, &str)], removed: &[&str]) -> u64 {
        self.publisher.publish(Difference {
            revision,
            root: None,
            changed: changed.iter().map(|(id, version)| image(id, version)).collect(),
            removed: removed.iter().map(|id| (*id).to_owned()).collect(),
            parts: Vec::new(),
        })
    }

    async fn live(&self, generation: u64) -> Live {
        self.publisher.live(generation, Instant::now()).await
    }

    async fn until_attached(&self, count: usize) {
        while self.publisher.attached_count() != count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Speaks the protocol by hand, with blocking calls.
struct FakeDataPlane {
    channel: Channel,
    table: Table,
}

impl FakeDataPlane {
    fn update(&self) -> Update {
        let (message, file) = self.channel.recv::<ToData>(&mut Vec::new()).unwrap().unwrap();
        let ToData::Update { generation, bytes } = message else { panic!("{message:?}") };
        let content = memfd::read_sealed(file.expect("a memory file"), bytes).unwrap();
        assert_eq!(content.len() as u64, bytes);
        let update = decode(&content).unwrap();
        let says = match &update {
            Update::Snapshot(snapshot) => (snapshot.generation, snapshot.store_id),
            Update::Delta(delta) => (delta.generation, delta.store_id),
        };
        assert_eq!(says, (generation, STORE));
        update
    }

    fn ack(&self, generation: u64) {
        self.channel.send(&ToControl::Ack { generation, micros: 5 }, None).unwrap();
    }

    fn nack(&self, generation: u64) {
        let (path, reason) = ("apis/one".to_owned(), "no good".to_owned());
        self.channel.send(&ToControl::Nack { generation, path, reason }, None).unwrap();
    }

    /// Takes one update in as a real one would.
    fn follow(&mut self) {
        self.table = match self.update() {
            Update::Snapshot(snapshot) => Table::from_snapshot(snapshot).unwrap(),
            Update::Delta(delta) => self.table.apply(delta).unwrap(),
        };
        self.ack(self.table.generation());
    }

    fn versions(&self) -> Vec<(&str, &str)> {
        let mut found: Vec<_> =
            self.table.apis().map(|api| (api.api_id(), api.scope().region.as_str())).collect();
        found.sort_unstable();
        found
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hello_snapshot_ack_then_a_delta_for_every_change() {
    let setup = setup();
    let mut plane = setup.attach();
    plane.follow();
    assert_eq!(plane.versions(), [("one", "1"), ("two", "1")]);
    assert!(matches!(setup.live(10).await, Live::After(_)));
    assert_eq!(setup.publisher.served(), Some(10));

    assert_eq!(setup.change(12, &[("one", "2"), ("new", "1")], &["two", "unknown"]), 12);
    let Update::Delta(delta) = plane.update() else { panic!("a snapshot") };
    assert_eq!((delta.base, delta.generation, delta.root.clone()), (10, 12, None));
    assert_eq!((delta.changed.len(), delta.removed.as_slice()), (2, &["two".to_owned()][..]));
    plane.table = plane.table.apply(delta).unwrap();
    assert_eq!(plane.versions(), [("new", "1"), ("one", "2")]);
    plane.ack(12);
    assert!(matches!(setup.live(12).await, Live::After(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_no_table_is_live_at_once() {
    let setup = setup();
    let mut plane = setup.attach();
    plane.follow();
    assert_eq!(setup.change(11, &[("one", "1")], &["unknown"]), 10, "the same image");
    assert!(matches!(setup.live(10).await, Live::After(_)));
    // The generation that no table shows is skipped, not missed.
    setup.change(12, &[("one", "2")], &[]);
    plane.follow();
    assert_eq!(plane.table.generation(), 12);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_made_while_one_is_under_way_go_out_as_one() {
    let setup = setup();
    let mut plane = setup.attach();
    let Update::Snapshot(snapshot) = plane.update() else { panic!("a delta") };
    for revision in 11..=20 {
        setup.change(revision, &[("one", &revision.to_string())], &[]);
    }
    setup.change(21, &[], &["two"]);
    plane.table = Table::from_snapshot(snapshot).unwrap();
    plane.ack(10);
    let Update::Delta(delta) = plane.update() else { panic!("a snapshot") };
    assert_eq!((delta.base, delta.generation, delta.changed.len()), (10, 21, 1));
    plane.table = plane.table.apply(delta).unwrap();
    plane.ack(21);
    assert_eq!(plane.versions(), [("one", "20")]);
    assert!(matches!(setup.live(15).await, Live::After(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_delta_is_followed_by_a_snapshot() {
    let setup = setup();
    let mut plane = setup.attach();
    plane.follow();
    setup.change(11, &[("one", "2")], &[]);
    assert!(matches!(plane.update(), Update::Delta(_)));
    plane.nack(11);
    let Update::Snapshot(snapshot) = plane.update() else { panic!("a delta") };
    assert_eq!(snapshot.generation, 11);
    plane.ack(11);
    assert!(matches!(setup.live(11).await, Live::After(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_snapshot_is_told_and_tried_again_with_the_next_change() {
    let setup = setup();
    let mut plane = setup.attach();
    plane.follow();
    setup.change(11, &[("one", "bad")], &[]);
    plane.update();
    plane.nack(11);
    plane.update();
    plane.nack(11);
    assert_eq!(setup.live(11).await, Live::Refused("apis/one: no good".to_owned()));
    assert_eq!(setup.live(11).await.to_string(), "refused; apis/one: no good");
    // What it took in before it still serves.
    assert!(matches!(setup.live(10).await, Live::After(_)));
    setup.change(12, &[("one", "good")], &[]);
    let Update::Snapshot(snapshot) = plane.update() else { panic!("a delta") };
    plane.table = Table::from_snapshot(snapshot).unwrap();
    plane.ack(12);
    assert!(matches!(setup.live(12).await, Live::After(_)));
    assert_eq!(plane.versions(), [("one", "good"), ("two", "1")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_data_plane_a_change_is_pending_at_once() {
    let setup = setup();
    let started = Instant::now();
    assert_eq!(setup.change(11, &[("one", "2")], &[]), 11);
    assert_eq!(setup.live(11).await, Live::Pending);
    assert!(started.elapsed() < Duration::from_millis(limits::LIVE_WAIT_MS_MAX));
    // Whoever attaches later has it from the start.
    let mut plane = setup.attach();
    plane.follow();
    assert_eq!(plane.versions(), [("one", "2"), ("two", "1")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_data_plane_that_never_answers_makes_a_change_pending_after_the_bound() {
    let setup = setup();
    let silent = setup.attach();
    let mut good = setup.attach();
    good.follow();
    setup.until_attached(2).await;
    setup.change(11, &[("one", "2")], &[]);
    good.follow();
    let started = Instant::now();
    assert_eq!(setup.live(11).await, Live::Pending);
    let waited = started.elapsed();
    assert!(waited >= Duration::from_millis(limits::LIVE_WAIT_MS_MAX), "{waited:?}");
    assert!(waited < Duration::from_millis(limits::LIVE_WAIT_MS_MAX + 10_000), "{waited:?}");
    drop(silent);
    // Once it is gone nobody waits for it.
    setup.until_attached(1).await;
    assert!(matches!(setup.live(11).await, Live::After(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_dies_while_a_call_waits_is_waited_for_no_longer() {
    let setup = setup();
    let dying = setup.attach();
    setup.until_attached(1).await;
    let publisher = Arc::clone(&setup.publisher);
    let waiting = tokio::spawn(async move { publisher.live(10, Instant::now()).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!waiting.is_finished());
    drop(dying);
    assert_eq!(waiting.await.unwrap(), Live::Pending);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counters_are_asked_for_and_a_silent_data_plane_delays_nobody_for_long() {
    let setup = setup();
    let mut plane = setup.attach();
    plane.follow();
    let silent = setup.attach();
    setup.until_attached(2).await;
    let answering = std::thread::spawn(move || {
        let (message, _) = plane.channel.recv::<ToData>(&mut Vec::new()).unwrap().unwrap();
        let ToData::StatsRequest { id } = message else { panic!("{message:?}") };
        let stats = Stats { requests_total: 42, ..Stats::default() };
        plane.channel.send(&ToControl::Stats { id, stats }, None).unwrap();
        plane
    });
    let started = Instant::now();
    let attached = setup.publisher.attached().await;
    assert!(started.elapsed() < Duration::from_millis(limits::STATS_WAIT_MS_MAX + 10_000));
    assert_eq!(attached.len(), 2);
    assert_eq!(attached[0].stats.map(|stats| stats.requests_total), Some(42));
    assert_eq!((attached[0].acked, attached[1].acked, attached[1].stats), (Some(10), None, None));
    drop((answering.join().unwrap(), silent));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_breaks_the_protocol_is_cut_off_and_nobody_else_is() {
    let setup = setup();
    let mut good = setup.attach();
    good.follow();
    let mute = Channel::connect(&setup.path).unwrap();
    mute.send(&ToControl::Ack { generation: 10, micros: 1 }, None).unwrap();
    assert!(mute.recv::<ToData>(&mut Vec::new()).unwrap().is_none(), "no hello");
    let liar = setup.attach();
    liar.update();
    liar.ack(99);
    assert!(liar.channel.recv::<ToData>(&mut Vec::new()).unwrap().is_none(), "never sent 99");
    let garbage = Channel::connect(&setup.path).unwrap();
    garbage.send(&[0xffu8; 32], None).unwrap();
    assert!(garbage.recv::<ToData>(&mut Vec::new()).unwrap().is_none(), "no message");
    setup.until_attached(1).await;
    setup.change(11, &[("one", "2")], &[]);
    good.follow();
    assert!(matches!(setup.live(11).await, Live::After(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_root_goes_along_when_it_changes() {
    let setup = setup();
    let mut plane = setup.attach();
    plane.follow();
    let root = Root { default_api: Some("one".to_owned()), ..Root::default() };
    let change = Difference { revision: 11, root: Some(root.clone()), ..Difference::default() };
    assert_eq!(setup.publisher.publish(change), 11);
    let Update::Delta(delta) = plane.update() else { panic!("a snapshot") };
    assert_eq!((delta.root, delta.changed.len()), (Some(root.clone()), 0));
    plane.ack(11);
    let same = Difference { revision: 12, root: Some(root), ..Difference::default() };
    assert_eq!(setup.publisher.publish(same), 11, "no difference");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_custom_domain_name_goes_along_with_its_api() {
    let setup = setup();
    let mut plane = setup.attach();
    plane.follow();
    let domain = DomainName { domain_name: "a.example".to_owned(), ..DomainName::default() };
    let mapping = ApiMapping { api_id: "one".to_owned(), ..ApiMapping::default() };
    let image_of = |mappings: &[ApiMapping]| Part::from(DomainImage::new(&domain, mappings, &[]));
    let key = |name: &str| PartKey::Domain(name.to_owned());
    let change = |revision: u64, version: &str, domain: Option<Part>| Difference {
        revision,
        changed: vec![image("one", version)],
        parts: vec![(key("a.example"), domain), (key("gone.example"), None)],
        ..Difference::default()
    };
    let made = image_of(&[mapping]);
    assert_eq!(setup.publisher.publish(change(11, "2", Some(made.clone()))), 11);
    let Update::Delta(delta) = plane.update() else { panic!("a snapshot") };
    assert_eq!(delta.parts, [(key("a.example"), Some(made.clone()))]);
    assert_eq!(delta.changed.len(), 1);
    plane.table = plane.table.apply(delta).unwrap();
    plane.ack(11);
    // The same again is no difference; another image and none at all are.
    assert_eq!(setup.publisher.publish(change(12, "2", Some(made))), 11);
    assert_eq!(setup.publisher.publish(change(13, "2", Some(image_of(&[])))), 13);
    plane.follow();
    assert_eq!(setup.publisher.publish(change(14, "2", None)), 14);
    let Update::Delta(delta) = plane.update() else { panic!("a snapshot") };
    assert_eq!(delta.parts, [(key("a.example"), None)]);
    plane.ack(14);
}

/// Deltas are kept for as long as they are remembered; who is further behind starts over.
#[test]
fn a_catalog_remembers_so_much_and_no_more() {
    let mut catalog = catalog(0, vec![image("one", "0")]);
    assert!(catalog.since(1).is_none(), "from the future");
    let changes = limits::CHANGES_REMEMBERED_MAX as u64 + 5;
    for revision in 1..=changes {
        let changed = vec![image("one", &revision.to_string())];
        assert!(catalog.advance(Difference { revision, changed, ..Difference::default() }));
    }
    assert!(catalog.since(4).is_none());
    let delta = catalog.since(5).expect("remembered");
    assert_eq!((delta.changed.len(), delta.generation), (1, changes));
    assert_eq!(catalog.since(changes).expect("nothing new").changed.len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_is_asked_of_those_that_stay() {
    let setup = setup();
    assert!(setup.publisher.upgrade().await.is_empty());
    let (mut leaving, mut staying) = (setup.attach(), setup.attach());
    leaving.follow();
    staying.follow();
    setup.until_attached(2).await;
    leaving.channel.send(&ToControl::Draining, None).unwrap();
    let draining = async || {
        let attached = setup.publisher.attached().await;
        attached.iter().any(|one| one.hello.draining)
    };
    while !draining().await {}

    let asked = tokio::spawn({
        let publisher = Arc::clone(&setup.publisher);
        async move { publisher.upgrade().await }
    });
    let id = loop {
        let (message, _) = staying.channel.recv::<ToData>(&mut Vec::new()).unwrap().unwrap();
        // Counters were asked for before.
        if let ToData::Upgrade { id } = message {
            break id;
        }
    };
    staying.channel.send(&ToControl::Upgraded { id, outcome: Ok(4711) }, None).unwrap();
    let upgraded = asked.await.unwrap();
    assert_eq!(upgraded.len(), 1);
    assert_eq!(upgraded[0].outcome, Ok(4711));

    // One that is gone before it answers is no upgrade.
    let asked = tokio::spawn({
        let publisher = Arc::clone(&setup.publisher);
        async move { publisher.upgrade().await }
    });
    while !matches!(staying.channel.recv(&mut Vec::new()), Ok(Some((ToData::Upgrade { .. }, _)))) {}
    drop(staying);
    let upgraded = asked.await.unwrap();
    let reason = "it ended, or lost the table socket";
    assert_eq!(upgraded[0].outcome, Err(reason.to_owned()));
}

/// The old one of an upgrade may end at any moment: nobody waits for its answer then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_does_not_wait_for_one_that_has_left() {
    let setup = setup();
    let (mut old, mut new) = (setup.attach(), setup.attach());
    old.follow();
    new.follow();
    let generation = setup.change(11, &[("one", "2")], &[]);
    new.follow();
    let live = tokio::spawn({
        let publisher = Arc::clone(&setup.publisher);
        async move { publisher.live(generation, Instant::now()).await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!live.is_finished(), "the old one has not answered");
    drop(old);
    assert!(matches!(live.await.unwrap(), Live::After(_)));
}
