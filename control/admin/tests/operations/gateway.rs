use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use ringgate_admin::{Admin, Answer, Call, MemoryStore, Options};
use ringgate_model::{Scope, Timestamp};
use serde_json::{Value, json};

/// An administration over an empty store, with a clock and ids that tests can foresee.
pub(crate) struct Gateway {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) admin: Admin<MemoryStore>,
    pub(crate) scope: Scope,
    pub(crate) now: Cell<u64>,
    seed: Cell<u64>,
}

/// An answer with its body read.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) code: Option<&'static str>,
    pub(crate) body: Value,
    pub(crate) answer: Answer,
}

impl Reply {
    /// The text of a member that must be there.
    pub(crate) fn text(&self, member: &str) -> String {
        let text = self.body.get(member).and_then(Value::as_str);
        text.unwrap_or_else(|| panic!("no '{member}' in {:#}", self.body)).to_owned()
    }

    pub(crate) fn message(&self) -> String {
        self.text("message")
    }

    /// One member of every item of a list.
    pub(crate) fn column(&self, member: &str) -> Vec<String> {
        let items = self.body.get("items").and_then(Value::as_array).expect("items");
        items.iter().map(|item| item.get(member).unwrap().as_str().unwrap().to_owned()).collect()
    }
}

impl Gateway {
    pub(crate) fn new() -> Self {
        let store = Arc::new(MemoryStore::default());
        let options = Options { store_id: [7; 16], ..Options::default() };
        Self {
            admin: Admin::new(Arc::clone(&store), options),
            store,
            scope: Scope::new("us-east-1", "000000000000"),
            now: Cell::new(1_714_564_800),
            seed: Cell::new(1),
        }
    }

    pub(crate) fn entropy(&self) -> impl FnMut() -> u64 {
        move || {
            // splitmix64, so that no two ids are alike by design.
            self.seed.set(self.seed.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
            let mut z = self.seed.get();
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        }
    }

    pub(crate) fn time(&self) -> Timestamp {
        Timestamp(self.now.get())
    }

    pub(crate) fn raw(&self, scope: &Scope, method: &str, target: &str, body: &[u8]) -> Reply {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        let before = self.store.dump();
        let mut entropy = self.entropy();
        let now = self.time();
        let entropy = &mut entropy;
        let truststore = None;
        let answer = self.admin.call(&mut Call {
            method,
            path,
            query,
            body,
            scope,
            truststore,
            may_pass: &|_| Ok(()),
            now,
            entropy,
        });
        let refused = answer.error_type.is_some();
        assert_eq!(refused, answer.status >= 400, "{method} {target}: {answer:?}");
        if refused || answer.revision.is_none() {
            // A refused call, and one that only reads, leaves every byte as it was.
            assert!(before == self.store.dump(), "{method} {target} changed the store");
        }
        let body = match answer.body.as_slice() {
            b"" => Value::Null,
            text if answer.content_type.is_some() => String::from_utf8_lossy(text).into(),
            json => serde_json::from_slice(json).expect("the answer is JSON"),
        };
        Reply { status: answer.status, code: answer.error_type, body, answer }
    }

    pub(crate) fn send(&self, method: &str, target: &str, body: Value) -> Reply {
        self.raw(&self.scope, method, target, body.to_string().as_bytes())
    }

    pub(crate) fn get(&self, target: &str) -> Reply {
        self.raw(&self.scope, "GET", target, b"")
    }

    pub(crate) fn delete(&self, target: &str) -> Reply {
        self.raw(&self.scope, "DELETE", target, b"")
    }

    pub(crate) fn post(&self, target: &str, body: Value) -> Reply {
        self.send("POST", target, body)
    }

    pub(crate) fn patch(&self, target: &str, body: Value) -> Reply {
        self.send("PATCH", target, body)
    }

    /// Sends what must be refused; gives the message.
    #[track_caller]
    pub(crate) fn refused(&self, method: &str, target: &str, body: Value, code: &str) -> String {
        let reply = self.send(method, target, body);
        assert_eq!(reply.code, Some(code), "{method} {target}: {:#}", reply.body);
        reply.message()
    }

    /// A new API; gives its path.
    pub(crate) fn api(&self) -> String {
        let reply = self.post("/v2/apis", json!({ "name": "pets", "protocolType": "HTTP" }));
        format!("/v2/apis/{}", reply.text("apiId"))
    }

    /// A new WebSocket API; gives its path.
    pub(crate) fn websocket(&self) -> String {
        let body = json!({ "name": "chat", "protocolType": "WEBSOCKET",
            "routeSelectionExpression": "$request.body.action" });
        format!("/v2/apis/{}", self.post("/v2/apis", body).text("apiId"))
    }

    /// A new JWT authorizer of the API at `api`; gives its id.
    pub(crate) fn jwt(&self, api: &str, name: &str) -> String {
        let body = json!({ "authorizerType": "JWT", "name": name,
            "identitySource": ["$request.header.Authorization"],
            "jwtConfiguration": { "issuer": "https://issuer.example", "audience": ["pets"] } });
        self.post(&format!("{api}/authorizers"), body).text("authorizerId")
    }

    /// A stage and a custom domain name to map to it; gives the domain name's path.
    pub(crate) fn domain(&self, name: &str) -> String {
        let body = json!({ "domainName": name, "domainNameConfigurations": [{}] });
        self.post("/v2/domainnames", body).text("domainName");
        format!("/v2/domainnames/{name}")
    }

    /// A new integration of the API at `api`; gives its id.
    pub(crate) fn integration(&self, api: &str) -> String {
        let body = json!({ "integrationType": "HTTP_PROXY", "integrationUri": "http://b:1/x",
            "integrationMethod": "ANY", "payloadFormatVersion": "1.0" });
        self.post(&format!("{api}/integrations"), body).text("integrationId")
    }

    /// A new route of the API at `api`, with an integration; gives its id.
    pub(crate) fn route(&self, api: &str, key: &str) -> String {
        let target = format!("integrations/{}", self.integration(api));
        let body = json!({ "routeKey": key, "target": target });
        self.post(&format!("{api}/routes"), body).text("routeId")
    }

    /// The store as JSON texts.
    pub(crate) fn dump(&self) -> BTreeMap<String, String> {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        self.store.dump().into_iter().map(|(key, value)| (key, text(value))).collect()
    }

    /// The keys of the store that contain `part`.
    pub(crate) fn keys(&self, part: &str) -> usize {
        self.store.dump().keys().filter(|key| key.contains(part)).count()
    }
}

/// The id in an API's path.
pub(crate) fn id_of(api: &str) -> &str {
    api.strip_prefix("/v2/apis/").unwrap()
}
