use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use ringgate_admin::acme::Order;
use ringgate_admin::{Admin, Answer, Applied, Call, Error, acm};
use ringgate_import::Desired;
use ringgate_model::{Entropy, Scope, Timestamp};
use tokio::sync::{Mutex, Notify, Semaphore};
use zeroize::{Zeroize, Zeroizing};

use crate::counters::Counters;
use crate::entropy::SystemEntropy;
use crate::limits::WRITES_QUEUED_MAX;
use crate::truststores::Truststores;
use crate::{Difference, KeyError, Keys, Live, NewKey, Publisher, RedbStore, Undone};

/// Everything that a request may need: the operations, the keys, the publisher.
#[derive(Debug)]
pub struct Control {
    pub(crate) admin: Admin<RedbStore>,
    pub(crate) store: Arc<RedbStore>,
    pub(crate) keys: Keys,
    pub(crate) publisher: Arc<Publisher>,
    pub(crate) truststores: Truststores,
    /// Something may be due at an authority.
    pub(crate) acme_wanted: Notify,
    pub(crate) counters: Counters,
    pub(crate) started: Instant,
    // One change at a time: images are compiled and shipped in the order of their revisions.
    writer: Arc<Mutex<()>>,
    // One for every change that waits for the writer.
    places: Arc<Semaphore>,
}

/// One management request, authenticated, with its body.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The raw path.
    pub path: String,
    /// The raw query.
    pub query: Option<String>,
    /// The body.
    pub body: Bytes,
    /// Region and account of the caller.
    pub scope: Scope,
}

/// An answer, and whether its change is live.
#[derive(Debug)]
pub struct Answered<T> {
    /// What the operation gave.
    pub answer: T,
    /// `None` when nothing was written.
    pub live: Option<Live>,
}

/// A transaction that is in the store, and what is to be shipped for it.
struct Committed {
    operation: String,
    scope: Scope,
    revision: u64,
    changed: Vec<String>,
    removed: Vec<String>,
    domains: Vec<String>,
}

impl Committed {
    fn of_acme(revision: u64, domains: &[String]) -> Self {
        Self {
            operation: "acme".to_owned(),
            scope: Scope::new("-", "-"),
            revision,
            changed: Vec::new(),
            removed: Vec::new(),
            domains: domains.to_vec(),
        }
    }

    fn apis(&self) -> String {
        let mut apis = self.changed.clone();
        apis.extend_from_slice(&self.removed);
        apis.join(",")
    }
}

/// A change in the publisher's hands.
struct Shipped {
    generation: u64,
    durable_at: Instant,
    failure: Option<String>,
}

impl Control {
    /// The control of one store.
    pub fn new(
        admin: Admin<RedbStore>,
        store: Arc<RedbStore>,
        keys: Keys,
        publisher: Arc<Publisher>,
        truststores: Truststores,
        started: Instant,
    ) -> Arc<Self> {
        let (counters, writer) = (Counters::default(), Arc::default());
        let places = Arc::new(Semaphore::new(WRITES_QUEUED_MAX));
        Arc::new(Self {
            admin,
            store,
            keys,
            publisher,
            truststores,
            acme_wanted: Notify::new(),
            counters,
            started,
            writer,
            places,
        })
    }

    /// Answers one call; one that wrote returns when its change is live, or the wait is over.
    pub async fn call(self: &Arc<Self>, request: Request) -> Answered<Answer> {
        // The model has no GET that writes, so reads need not wait for a change under way.
        if matches!(request.method.as_str(), "GET" | "HEAD") {
            let control = Arc::clone(self);
            let answer = tokio::task::spawn_blocking(move || control.run(&request, None)).await;
            let answer = answer.unwrap_or_else(|error| Undone::from(error).into());
            return Answered { answer, live: None };
        }
        let truststore = self.truststore(&request).await;
        let change = move |control: &Self| {
            let mut answer = control.run(&request, truststore.as_ref());
            let committed = answer.revision.map(|revision| Committed {
                operation: format!("{} {}", request.method, request.path),
                scope: request.scope,
                revision,
                changed: std::mem::take(&mut answer.changed),
                removed: std::mem::take(&mut answer.removed),
                domains: std::mem::take(&mut answer.domains),
            });
            (answer, committed)
        };
        let done = self.write(change).await;
        done.unwrap_or_else(|undone| Answered { answer: undone.into(), live: None })
    }

    /// Answers one call of AWS Certificate Manager; one that changed what is presented returns when
    /// that is live, or the wait is over.
    ///
    /// # Errors
    /// [`Undone`].
    pub async fn acm(
        self: &Arc<Self>,
        scope: Scope,
        operation: String,
        input: Bytes,
    ) -> Result<Answered<acm::Answer>, Undone> {
        let run = move |control: &Self| {
            let answer = control.admin.acm(&mut acm::Call {
                operation: &operation,
                input: &input,
                scope: &scope,
                now: now(),
                entropy: &mut SystemEntropy,
            });
            wipe(input);
            let committed = answer.revision.map(|revision| Committed {
                operation: format!("acm {operation}"),
                scope,
                revision,
                changed: Vec::new(),
                removed: Vec::new(),
                domains: answer.domains.clone(),
            });
            (answer, committed)
        };
        let answered = self.write(run).await;
        self.acme_wanted.notify_one();
        answered
    }

    /// Has data planes answer who asks for a challenge's token, or (`None`) no longer; returns when
    /// they do, or the wait is over.
    pub(crate) async fn put_challenge(
        self: &Arc<Self>,
        token: String,
        answer: Option<String>,
    ) -> Result<(), String> {
        let change = move |control: &Self| {
            let kept = control.admin.acme().put_challenge(&token, answer.as_deref());
            let committed = kept.as_ref().ok().map(|revision| Committed::of_acme(*revision, &[]));
            (kept, committed)
        };
        let done = self.write(change).await.map_err(|undone| undone.to_string())?;
        done.answer.map(drop).map_err(|error| error.message)
    }

    /// Keeps what an authority has issued, and presents it.
    pub(crate) async fn keep_issued(
        self: &Arc<Self>,
        order: Order,
        chain: String,
        key: Zeroizing<String>,
    ) -> Result<(), String> {
        let change = move |control: &Self| {
            let acme = control.admin.acme();
            let kept = acme.issued(&order, &chain, &key, now().0, &mut SystemEntropy);
            let committed =
                kept.as_ref().ok().map(|kept| Committed::of_acme(kept.revision, &kept.domains));
            (kept, committed)
        };
        let done = self.write(change).await.map_err(|undone| undone.to_string())?;
        done.answer.map(drop).map_err(|error| error.message)
    }

    /// Keeps the account at an authority.
    pub(crate) async fn keep_acme_account(
        self: &Arc<Self>,
        directory: String,
        account: Zeroizing<Vec<u8>>,
    ) -> Result<(), String> {
        let change = move |control: &Self| {
            let acme = control.admin.acme();
            let kept = acme.put_account(&directory, &account, &mut SystemEntropy);
            let committed = kept.as_ref().ok().map(|revision| Committed::of_acme(*revision, &[]));
            (kept, committed)
        };
        let done = self.write(change).await.map_err(|undone| undone.to_string())?;
        done.answer.map(drop).map_err(|error| error.message)
    }

    /// Makes an API what `desired` says.
    ///
    /// # Errors
    /// As [`Admin::apply`]; [`Undone`].
    pub async fn apply(
        self: &Arc<Self>,
        scope: Scope,
        desired: Desired,
        dry_run: bool,
    ) -> Result<Answered<Applied>, Error> {
        let change = move |control: &Self| {
            let mut entropy = SystemEntropy;
            let applied = control.admin.apply(&scope, &desired, dry_run, now(), &mut entropy);
            let committed = applied.as_ref().ok().and_then(|applied| {
                Some(Committed {
                    operation: format!("apply {}", applied.api_id),
                    scope,
                    revision: applied.revision?,
                    changed: vec![applied.api_id.clone()],
                    removed: Vec::new(),
                    domains: Vec::new(),
                })
            });
            (applied, committed)
        };
        let Answered { answer, live } = self.write(change).await?;
        Ok(Answered { answer: answer?, live })
    }

    /// Makes an access key ([`Keys::create`]).
    ///
    /// # Errors
    /// [`Undone`]; inside, [`KeyError`].
    pub async fn create_key(
        self: &Arc<Self>,
        account_id: Option<String>,
    ) -> Result<Result<NewKey, KeyError>, Undone> {
        let change =
            move |control: &Self| (control.keys.create(control.store.as_ref(), account_id), None);
        Ok(self.write(change).await?.answer)
    }

    /// Runs a change alone, on a thread that may wait for the disk, then ships what it committed
    /// and waits for that to be live. Once begun it runs to its end even if the caller goes away.
    async fn write<T: Send + 'static>(
        self: &Arc<Self>,
        change: impl FnOnce(&Self) -> (T, Option<Committed>) + Send + 'static,
    ) -> Result<Answered<T>, Undone> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Undone::Busy)?;
        let control = Arc::clone(self);
        let whole = async move {
            let turn = Arc::clone(&control.writer).lock_owned().await;
            drop(place);
            let on_thread = Arc::clone(&control);
            let work = move || {
                let (answer, committed) = change(&on_thread);
                let shipped = committed.map(|committed| on_thread.ship(committed));
                drop(turn);
                (answer, shipped)
            };
            let (answer, shipped) = tokio::task::spawn_blocking(work).await?;
            let live = match shipped {
                Some((committed, shipped)) => Some(control.settle(&committed, shipped).await),
                None => None,
            };
            Ok(Answered { answer, live })
        };
        tokio::spawn(whole).await?
    }

    /// Fetches the truststore that a request asks for, before it is carried out: nothing is held
    /// meanwhile.
    async fn truststore(&self, request: &Request) -> Option<Result<Vec<u8>, String>> {
        let (uri, version) = self.admin.truststore_wanted(&call(request, None, &mut || 0))?;
        Some(self.truststores.fetch(&uri, version.as_deref(), &request.scope.region).await)
    }

    fn run(&self, request: &Request, truststore: Option<&Result<Vec<u8>, String>>) -> Answer {
        self.admin.call(&mut call(request, truststore, &mut SystemEntropy))
    }

    /// Compiles what changed and hands it to the publisher.
    fn ship(&self, committed: Committed) -> (Committed, Shipped) {
        let durable_at = Instant::now();
        let mut difference = Difference {
            revision: committed.revision,
            removed: committed.removed.clone(),
            ..Difference::default()
        };
        let mut failure = None;
        for api_id in &committed.changed {
            match self.admin.image(api_id) {
                Ok(Some(image)) => difference.changed.push(image),
                Ok(None) => difference.removed.push(api_id.clone()),
                // The operations compile before they commit: only a failing store comes here.
                Err(error) => failure = Some(format!("apis/{api_id}: {}", error.message)),
            }
        }
        for name in &committed.domains {
            match self.admin.domain(name) {
                Ok(image) => difference.domains.push((name.clone(), image)),
                Err(error) => failure = Some(format!("domains/{name}: {}", error.message)),
            }
        }
        match self.admin.root() {
            Ok(root) => difference.root = Some(root),
            Err(error) => failure = Some(error.message),
        }
        let generation = self.publisher.publish(difference);
        (committed, Shipped { generation, durable_at, failure })
    }

    /// Waits for a change to be live, counts it and writes its line into the log.
    async fn settle(&self, committed: &Committed, shipped: Shipped) -> Live {
        let Shipped { generation, durable_at, failure } = shipped;
        let live = match failure {
            Some(reason) => Live::Refused(reason),
            None => self.publisher.live(generation, durable_at).await,
        };
        self.counters.changed(&live);
        let (operation, apis) = (committed.operation.as_str(), committed.apis());
        let Committed { scope, revision, .. } = committed;
        if let Live::Refused(_) = live {
            tracing::error!(operation, %apis, %scope, revision, generation, %live, "change");
        } else {
            tracing::info!(operation, %apis, %scope, revision, generation, %live, "change");
        }
        live
    }
}

fn call<'a>(
    request: &'a Request,
    truststore: Option<&'a Result<Vec<u8>, String>>,
    entropy: &'a mut dyn Entropy,
) -> Call<'a> {
    Call {
        method: &request.method,
        path: &request.path,
        query: request.query.as_deref(),
        body: &request.body,
        scope: &request.scope,
        truststore,
        now: now(),
        entropy,
    }
}

/// Overwrites a request's body, which may hold a private key, where nobody else holds it.
fn wipe(body: Bytes) {
    if let Ok(mut body) = body.try_into_mut() {
        body.zeroize();
    }
}

/// The time, in whole seconds.
pub(crate) fn now() -> Timestamp {
    Timestamp(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
}

#[cfg(test)]
mod tests {
    use ringgate_admin::Options;
    use ringgate_table::Table;

    use super::*;
    use crate::Catalog;

    #[tokio::test]
    async fn a_change_beyond_a_full_queue_is_refused_and_a_read_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let store = Arc::new(RedbStore::open(&dir.path().join("control.redb")).unwrap());
        let keys = Keys::open(store.as_ref()).unwrap();
        let admin = Admin::new(Arc::clone(&store), Options::default());
        let publisher = Publisher::new(Catalog::new(Table::empty().snapshot()));
        let control =
            Control::new(admin, store, keys, publisher, Truststores::default(), Instant::now());
        let request = |method: &str| Request {
            method: method.to_owned(),
            path: "/v2/apis".to_owned(),
            query: None,
            body: Bytes::from_static(br#"{"name":"a","protocolType":"HTTP"}"#),
            scope: Scope::new("us-east-1", "000000000000"),
        };
        let queue = u32::try_from(WRITES_QUEUED_MAX).unwrap();
        let full = Arc::clone(&control.places).acquire_many_owned(queue).await.unwrap();
        assert_eq!(control.call(request("POST")).await.answer.status, 429);
        assert_eq!(control.call(request("GET")).await.answer.status, 200);
        drop(full);
        assert_eq!(control.call(request("POST")).await.answer.status, 201);
        assert_eq!(control.places.available_permits(), WRITES_QUEUED_MAX);
    }
}
