//! The redb store behaves like the one in memory, and keeps what it acknowledged.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use redb::{Database, ReadableTable, TableDefinition};
use ringgate_admin::{MemoryStore, Store, StoreError, Transaction};
use ringgate_control::{FORMAT, OpenError, RedbStore};

fn open(dir: &Path) -> RedbStore {
    RedbStore::open(&dir.join("control.redb")).unwrap()
}

fn put(key: &str, value: &str) -> (String, Option<Vec<u8>>) {
    (key.to_owned(), Some(value.as_bytes().to_vec()))
}

fn transaction(
    checks: Vec<(String, Option<Vec<u8>>)>,
    writes: Vec<(String, Option<Vec<u8>>)>,
) -> Transaction {
    Transaction { checks, writes }
}

/// What every [`Store`] does.
fn behaves(store: &impl Store) {
    assert_eq!((store.revision(), store.get("a")), (0, Ok(None)));
    let writes = ["a/1", "a/2", "a/3", "a", "b/1", "a0"].map(|key| put(key, key)).to_vec();
    assert_eq!(store.commit(transaction(vec![], writes)), Ok(1));
    assert_eq!(store.get("a/2"), Ok(Some(b"a/2".to_vec())));

    let keys = |prefix, after, limit| -> Vec<String> {
        store.range(prefix, after, limit).unwrap().into_iter().map(|(key, _)| key).collect()
    };
    assert_eq!(keys("a/", None, 9), ["a/1", "a/2", "a/3"]);
    assert_eq!(keys("a/", None, 2), ["a/1", "a/2"]);
    assert_eq!(keys("a/", None, 0), [""; 0]);
    assert_eq!(keys("a/", Some("a/1"), 9), ["a/2", "a/3"]);
    assert_eq!(keys("a/", Some("a/15"), 9), ["a/2", "a/3"]);
    assert_eq!(keys("a/", Some("a/3"), 9), [""; 0]);
    assert_eq!(keys("a/", Some("b"), 9), [""; 0]);
    assert_eq!(keys("b/", Some("a/9"), 9), ["b/1"]);
    assert_eq!(keys("", None, 9), ["a", "a/1", "a/2", "a/3", "a0", "b/1"]);

    // Checks hold or nothing happens.
    let absent = ("new".to_owned(), None);
    let stale = transaction(vec![put("a/1", "a/1"), put("a/2", "?")], vec![put("a/1", "x")]);
    assert_eq!(store.commit(stale), Err(StoreError::Conflict { key: "a/2".to_owned() }));
    assert_eq!((store.revision(), store.get("a/1")), (1, Ok(Some(b"a/1".to_vec()))));
    let create = transaction(vec![absent.clone()], vec![put("new", "1")]);
    assert_eq!(store.commit(create.clone()), Ok(2));
    assert_eq!(store.commit(create), Err(StoreError::Conflict { key: "new".to_owned() }));
    let change = transaction(vec![put("new", "1")], vec![put("new", "2"), ("a".to_owned(), None)]);
    assert_eq!(store.commit(change), Ok(3));
    assert_eq!((store.get("new"), store.get("a")), (Ok(Some(b"2".to_vec())), Ok(None)));
    // Removing what is not there is no error; an empty transaction is a revision too.
    assert_eq!(store.commit(transaction(vec![], vec![absent.clone(), absent])), Ok(4));
    assert_eq!(store.commit(Transaction::default()), Ok(5));
    assert_eq!(store.revision(), 5);
}

#[test]
fn both_stores_behave_alike() {
    behaves(&MemoryStore::default());
    let dir = tempfile::tempdir().unwrap();
    behaves(&open(dir.path()));
}

#[test]
fn racing_writers_see_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.commit(transaction(vec![], vec![put("n", "0")])).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    loop {
                        let old = store.get("n").unwrap();
                        let n: u64 =
                            String::from_utf8(old.clone().unwrap()).unwrap().parse().unwrap();
                        let next = Some((n + 1).to_string().into_bytes());
                        let checks = vec![("n".to_owned(), old)];
                        match store.commit(transaction(checks, vec![("n".to_owned(), next)])) {
                            Ok(_) => break,
                            Err(StoreError::Conflict { .. }) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
            });
        }
    });
    assert_eq!((store.get("n"), store.revision()), (Ok(Some(b"80".to_vec())), 81));
}

#[test]
fn a_reopened_store_has_its_entries_revision_and_id() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let store_id = store.store_id();
    assert_ne!(store_id, [0; 16]);
    store.commit(transaction(vec![], vec![put("k", "v")])).unwrap();
    store.commit(transaction(vec![], vec![put("l", "w")])).unwrap();
    drop(store);
    let store = open(dir.path());
    assert_eq!((store.revision(), store.store_id()), (2, store_id));
    assert_eq!(store.get("k"), Ok(Some(b"v".to_vec())));
    assert_eq!(store.commit(Transaction::default()), Ok(3));
}

#[test]
fn an_open_store_cannot_be_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    let _first = open(dir.path());
    let refusal = RedbStore::open(&dir.path().join("control.redb")).unwrap_err();
    assert!(matches!(refusal, OpenError::InUse(_)), "{refusal}");
    assert!(refusal.to_string().contains("another ringgate-control runs"), "{refusal}");
}

#[test]
fn a_newer_format_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    let path = dir.path().join("control.redb");
    let database = Database::create(&path).unwrap();
    let write = database.begin_write().unwrap();
    let meta: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
    let newer = (FORMAT + 1).to_be_bytes();
    write.open_table(meta).unwrap().insert("format", newer.as_slice()).unwrap();
    write.commit().unwrap();
    drop(database);
    let refusal = RedbStore::open(&path).unwrap_err();
    assert!(matches!(refusal, OpenError::Newer { found, .. } if found == FORMAT + 1), "{refusal}");
    assert!(refusal.to_string().contains("newer version"), "{refusal}");
}

#[test]
fn a_store_of_an_older_format_opens_and_is_closed_to_older_programs() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let id = store.store_id();
    store.commit(transaction(vec![], vec![put("a", "1")])).unwrap();
    drop(store);
    let path = dir.path().join("control.redb");
    let meta: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
    let format = |value: Option<u64>| {
        let database = Database::create(&path).unwrap();
        let write = database.begin_write().unwrap();
        let mut table = write.open_table(meta).unwrap();
        if let Some(value) = value {
            table.insert("format", value.to_be_bytes().as_slice()).unwrap();
        }
        let found = table.get("format").unwrap().unwrap().value().to_vec();
        drop(table);
        write.commit().unwrap();
        u64::from_be_bytes(found.try_into().unwrap())
    };
    assert_eq!(format(Some(1)), 1);
    let store = open(dir.path());
    let kept = (store.store_id(), store.revision(), store.get("a"));
    assert_eq!(kept, (id, 1, Ok(Some(b"1".to_vec()))));
    drop(store);
    assert_eq!(format(None), FORMAT);
}

#[test]
fn what_is_no_store_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("control.redb");
    std::fs::write(&path, b"not a database, but somebody's only copy").unwrap();
    let refusal = RedbStore::open(&path).unwrap_err();
    assert!(matches!(refusal, OpenError::Unusable { .. }), "{refusal}");
    assert_eq!(std::fs::read(&path).unwrap(), b"not a database, but somebody's only copy");
}

#[test]
fn the_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let dir = tempfile::tempdir().unwrap();
    let _store = open(dir.path());
    let metadata = std::fs::metadata(dir.path().join("control.redb")).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
}
