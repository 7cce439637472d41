//! Another change in the middle of one: the later of the two is refused, and nothing is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ringgate_admin::{Admin, Call, MemoryStore, Options, Store, StoreError, Transaction};
use ringgate_model::{Scope, Timestamp};

/// A store in which another change is made right after `key` is read for the first time.
struct Raced {
    store: MemoryStore,
    key: String,
    value: Option<Vec<u8>>,
    done: AtomicBool,
}

impl Store for Raced {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.store.get(key);
        if key == self.key && !self.done.swap(true, Ordering::Relaxed) {
            let writes = vec![(self.key.clone(), self.value.clone())];
            self.store.commit(Transaction { checks: Vec::new(), writes })?;
        }
        found
    }

    fn range(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        self.store.range(prefix, after, limit)
    }

    fn revision(&self) -> u64 {
        self.store.revision()
    }

    fn commit(&self, transaction: Transaction) -> Result<u64, StoreError> {
        self.store.commit(transaction)
    }
}

#[test]
fn a_vpc_link_that_changed_meanwhile_is_not_written_over() {
    const LINK: &str = r#"{"createdDate":"2024-05-01T12:00:00Z","name":"NAME","subnetIds":[],
        "tags":{},"vpcLinkId":"link01","vpcLinkStatus":"AVAILABLE","vpcLinkStatusMessage":"",
        "vpcLinkVersion":"V2"}"#;
    let key = "vpclinks/us-east-1/000000000000/link01".to_owned();
    let link = |name: &str| Some(LINK.replace("NAME", name).into_bytes());
    let tags = "/v2/tags/arn:aws:apigateway:us-east-1::/vpclinks/link01";
    for (method, path, body) in [
        ("PATCH", "/v2/vpclinks/link01", r#"{"name":"mine"}"#),
        ("DELETE", "/v2/vpclinks/link01", ""),
        ("POST", tags, r#"{"tags":{"k":"v"}}"#),
    ] {
        let store = MemoryStore::default();
        let writes = vec![(key.clone(), link("old"))];
        store.commit(Transaction { checks: Vec::new(), writes }).unwrap();
        let (key, value) = (key.clone(), link("theirs"));
        let store = Arc::new(Raced { store, key, value, done: AtomicBool::new(false) });
        let admin = Admin::new(Arc::clone(&store), Options::default());
        let answer = admin.call(&mut Call {
            method,
            path,
            query: None,
            body: body.as_bytes(),
            scope: &Scope::new("us-east-1", "000000000000"),
            truststore: None,
            may_pass: &|_| Ok(()),
            now: Timestamp(0),
            entropy: &mut || 1,
        });
        assert_eq!(answer.error_type, Some("ConflictException"), "{method} {path}: {answer:?}");
        assert_eq!(store.store.get(&store.key).unwrap(), store.value);
    }
}
