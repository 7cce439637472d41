use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use ringgate_admin::{
    Admin, Answer, Applied, Call, Code, Error, IssuerRecord, NamedRole, SessionRecord, passed_roles,
};
use ringgate_iam::{Circumstances, Iam, Principal};
use ringgate_import::Desired;
use ringgate_model::{Entropy, Scope, Timestamp};
use ringgate_table::PartKey;
use tokio::sync::{Mutex, Notify, Semaphore};

use crate::audit::{Audit, Caller, Event};
use crate::counters::Counters;
use crate::entropy::SystemEntropy;
use crate::issuers::Issuers;
use crate::limits::WRITES_QUEUED_MAX;
use crate::sessions::{self, Sessions};
use crate::truststores::Truststores;
use crate::{Difference, Keys, Live, Publisher, RedbStore, Undone};

mod certificates;
pub(crate) mod event;
mod identities;

pub(crate) use certificates::AcmCall;
pub(crate) use identities::{QueryCall, iam_images};

/// Everything that a request may need: the operations, the keys, the publisher.
#[derive(Debug)]
pub struct Control {
    pub(crate) admin: Admin<RedbStore>,
    pub(crate) store: Arc<RedbStore>,
    pub(crate) keys: Keys,
    pub(crate) iam: Iam<RedbStore>,
    pub(crate) audit: Audit,
    /// The account of keys that name none.
    pub(crate) home_account: String,
    pub(crate) publisher: Arc<Publisher>,
    pub(crate) issuers: Issuers,
    pub(crate) sessions: Sessions,
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
    /// The control ARN of what it is about.
    pub(crate) arn: String,
    /// What the audit log says of the caller.
    pub(crate) caller: Caller,
    /// Who calls, and in which circumstances: what roles it may pass.
    pub(crate) principal: Principal,
    pub(crate) circumstances: Circumstances,
    /// The roles that it passes by name ([`Control::passed_roles`]).
    pub(crate) roles: BTreeSet<String>,
}

impl Request {
    /// Refuses a role that the caller may not have a service assume ("Grant a user permissions to
    /// pass a role to an AWS service", IAM user guide): 403, in IAM's words.
    fn may_pass(&self, role: &str) -> Result<(), Error> {
        let more = [("iam:passedtoservice", sessions::SERVICE)];
        self.principal
            .authorize("iam:PassRole", role, &self.circumstances, &more)
            .map_err(|error| Error { code: Code::AccessDenied, message: error.message })
    }
}

/// What became of a change.
struct Done<T> {
    answer: T,
    /// None: nothing that a table shows.
    committed: Option<Committed>,
    /// None for what Ringgate does by itself.
    event: Option<Event>,
    /// Something was written, or given out: the event must be kept.
    binding: bool,
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
    /// None: every scope.
    scope: Option<Scope>,
    revision: u64,
    changed: Vec<String>,
    removed: Vec<String>,
    parts: Vec<PartKey>,
}

impl Committed {
    fn of(operation: impl Into<String>, revision: u64) -> Self {
        Self {
            operation: operation.into(),
            scope: None,
            revision,
            changed: Vec::new(),
            removed: Vec::new(),
            parts: Vec::new(),
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
    pub(crate) fn new(
        admin: Admin<RedbStore>,
        store: Arc<RedbStore>,
        (keys, iam, audit, home_account): (Keys, Iam<RedbStore>, Audit, String),
        publisher: Arc<Publisher>,
        (issuers, sessions, truststores): (Issuers, Sessions, Truststores),
        started: Instant,
    ) -> Arc<Self> {
        let (counters, writer) = (Counters::default(), Arc::default());
        let places = Arc::new(Semaphore::new(WRITES_QUEUED_MAX));
        Arc::new(Self {
            admin,
            store,
            keys,
            iam,
            audit,
            home_account,
            publisher,
            issuers,
            sessions,
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
            let answer = self.read(move |control| control.run(&request, None)).await;
            return Answered { answer: answer.unwrap_or_else(Answer::from), live: None };
        }
        let truststore = self.truststore(&request).await;
        // A stage that deploys itself is served with a role from this change on.
        let roles = sessions::in_call(&request.method, &request.path, &request.roles);
        Sessions::prepare(self, roles, &request.scope).await;
        let change = move |control: &Self| {
            let mut answer = control.run(&request, truststore.as_ref());
            let event = event::of_admin(&request, &answer);
            let binding = answer.revision.is_some();
            let committed = answer.revision.map(|revision| Committed {
                scope: Some(request.scope),
                changed: answer.changed.clone(),
                removed: std::mem::take(&mut answer.removed),
                parts: std::mem::take(&mut answer.parts),
                ..Committed::of(format!("{} {}", request.method, request.path), revision)
            });
            Done { answer, committed, event, binding }
        };
        let done = self.write(change).await;
        let mut done =
            done.unwrap_or_else(|undone| Answered { answer: Answer::from(undone), live: None });
        // Who sets an authorizer up may use it at once.
        Issuers::ensure(self, std::mem::take(&mut done.answer.issuers)).await;
        Sessions::ensure(self, std::mem::take(&mut done.answer.changed)).await;
        done
    }

    /// The roles that a call passes to API Gateway by name, all of which its caller may pass.
    ///
    /// # Errors
    /// It may not, or what it sends cannot be read.
    pub(crate) async fn passed_roles(
        self: &Arc<Self>,
        request: &Request,
    ) -> Result<BTreeSet<String>, Error> {
        if request.body.is_empty() {
            return Ok(BTreeSet::new());
        }
        let request = request.clone();
        let look = move |control: &Self| {
            let (what, query) = ((&*request.method, &*request.path), request.query.as_deref());
            let limits = control.admin.limits();
            let roles = passed_roles(what, query, &request.body, limits)?;
            roles.iter().try_for_each(|role| request.may_pass(role))?;
            Ok(roles)
        };
        self.read(look).await?
    }

    /// Keeps what is known of an issuer now, or (`None`) forgets it, and ships its keys.
    ///
    /// # Errors
    /// [`Undone`], or the store fails.
    pub(crate) async fn keep_issuer(
        self: &Arc<Self>,
        issuer: String,
        record: Option<IssuerRecord>,
    ) -> Result<(), Error> {
        let change = move |control: &Self| {
            let revision = control.admin.put_issuer(&issuer, record.as_ref())?;
            Ok(revision.map(|revision| Committed {
                parts: vec![PartKey::Issuer(issuer.clone())],
                ..Committed::of(format!("keys of {issuer}"), revision)
            }))
        };
        self.keep(change).await
    }

    /// Keeps what is known of a role that an API names now, or (`None`) forgets it, and ships its
    /// session.
    ///
    /// # Errors
    /// [`Undone`], or the store fails.
    pub(crate) async fn keep_session(
        self: &Arc<Self>,
        role: NamedRole,
        record: Option<SessionRecord>,
    ) -> Result<(), Error> {
        let change = move |control: &Self| {
            let revision = control.admin.sessions().put(&role, record.as_ref())?;
            let operation = format!("session of {} for {}", role.arn, role.api_id);
            let parts = vec![PartKey::Session(role.api_id, role.arn)];
            Ok(Some(Committed { parts, ..Committed::of(operation, revision) }))
        };
        self.keep(change).await
    }

    /// Records that a call was refused: by a policy, or what is said of its signature.
    pub(crate) async fn refused(self: &Arc<Self>, event: Event, by_signature: bool) {
        let work = move |control: &Self| match by_signature {
            true => control.audit.append_refusal(event, now()),
            false => _ = control.record(Some(event), false),
        };
        // It cannot be given up, and a panic is in the log.
        let _ = self.read(work).await;
    }

    /// Writes an event into the audit log. One that is `binding` stands for something that was
    /// done: its failure is the call's.
    fn record(&self, event: Option<Event>, binding: bool) -> Result<(), Undone> {
        let Some(event) = event else { return Ok(()) };
        if binding {
            return self.audit.append_change(&event).map_err(Undone::Unrecorded);
        }
        if let Err(error) = self.audit.append(&event) {
            tracing::error!(%error, event = event.name(), "a refusal is not in the audit log");
        }
        Ok(())
    }

    /// Makes an API what `desired` says.
    ///
    /// # Errors
    /// As [`Admin::apply`]; [`Undone`].
    pub(crate) async fn apply(
        self: &Arc<Self>,
        scope: Scope,
        desired: Desired,
        dry_run: bool,
        caller: Caller,
    ) -> Result<Answered<Applied>, Error> {
        let change = move |control: &Self| {
            let mut entropy = SystemEntropy;
            let applied = control.admin.apply(&scope, &desired, dry_run, now(), &mut entropy);
            let event = event::of_apply(&caller, &applied);
            let committed = applied.as_ref().ok().and_then(|applied| {
                Some(Committed {
                    scope: Some(scope),
                    changed: vec![applied.api_id.clone()],
                    ..Committed::of(format!("apply {}", applied.api_id), applied.revision?)
                })
            });
            let binding = committed.is_some();
            Done { answer: applied, committed, event, binding }
        };
        let Answered { answer, live } = self.write(change).await?;
        let mut applied = answer?;
        Issuers::ensure(self, std::mem::take(&mut applied.issuers)).await;
        let changed = applied.revision.map(|_| applied.api_id.clone());
        Sessions::ensure(self, changed.into_iter().collect()).await;
        Ok(Answered { answer: applied, live })
    }

    /// Looks something up on a thread that may wait for the disk, beside any change under way.
    ///
    /// # Errors
    /// [`Undone::Failed`]
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, Undone> {
        let control = Arc::clone(self);
        Ok(tokio::task::spawn_blocking(move || work(&control)).await?)
    }

    /// Answers a call that changes nothing, and records what is to be recorded of it.
    async fn answer<T: Send + 'static>(
        self: &Arc<Self>,
        run: impl FnOnce(&Self) -> Done<T> + Send + 'static,
    ) -> Result<T, Undone> {
        let work = move |control: &Self| {
            let Done { answer, event, binding, .. } = run(control);
            control.record(event, binding).map(|()| answer)
        };
        self.read(work).await?
    }

    /// Makes a change that nobody has called for: no record tells of it.
    async fn keep(
        self: &Arc<Self>,
        change: impl FnOnce(&Self) -> Result<Option<Committed>, Error> + Send + 'static,
    ) -> Result<(), Error> {
        let change = move |control: &Self| {
            let (answer, committed) = match change(control) {
                Ok(committed) => (Ok(()), committed),
                Err(error) => (Err(error), None),
            };
            Done { answer, committed, event: None, binding: false }
        };
        self.write(change).await?.answer
    }

    /// Runs a change alone, on a thread that may wait for the disk, then ships what it committed
    /// and waits for that to be live. Once begun it runs to its end even if the caller goes away.
    async fn write<T: Send + 'static>(
        self: &Arc<Self>,
        change: impl FnOnce(&Self) -> Done<T> + Send + 'static,
    ) -> Result<Answered<T>, Undone> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Undone::Busy)?;
        let control = Arc::clone(self);
        let whole = async move {
            let turn = Arc::clone(&control.writer).lock_owned().await;
            drop(place);
            let on_thread = Arc::clone(&control);
            let work = move || {
                on_thread.audit.ready().map_err(Undone::NoAudit)?;
                let Done { answer, committed, event, binding } = change(&on_thread);
                let shipped = committed.map(|committed| on_thread.ship(committed));
                let recorded = on_thread.record(event, binding);
                drop(turn);
                Ok::<_, Undone>((answer, shipped, recorded))
            };
            let (answer, shipped, recorded) = tokio::task::spawn_blocking(work).await??;
            let live = match shipped {
                Some((committed, shipped)) => Some(control.settle(&committed, shipped).await),
                None => None,
            };
            recorded?;
            Ok(Answered { answer, live })
        };
        tokio::spawn(whole).await?
    }

    /// Fetches the truststore that a request asks for, before it is carried out: nothing is held
    /// meanwhile.
    async fn truststore(&self, request: &Request) -> Option<Result<Vec<u8>, String>> {
        let (uri, version) =
            self.admin.truststore_wanted(&call(request, None, &|_| Ok(()), &mut || 0))?;
        Some(self.truststores.fetch(&uri, version.as_deref(), &request.scope.region).await)
    }

    fn run(&self, request: &Request, truststore: Option<&Result<Vec<u8>, String>>) -> Answer {
        let may_pass = |role: &str| request.may_pass(role);
        self.admin.call(&mut call(request, truststore, &may_pass, &mut SystemEntropy))
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
        for key in &committed.parts {
            let part = match key {
                PartKey::Iam(account) => self.iam_image(account).map(Some).map_err(Error::from),
                key => self.admin.part(key),
            };
            match part {
                Ok(part) => difference.parts.push((key.clone(), part)),
                Err(error) => failure = Some(format!("{key}: {}", error.message)),
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
        let revision = committed.revision;
        let scope = committed.scope.as_ref().map(tracing::field::display);
        if let Live::Refused(_) = live {
            tracing::error!(operation, %apis, scope, revision, generation, %live, "change");
        } else {
            tracing::info!(operation, %apis, scope, revision, generation, %live, "change");
        }
        live
    }
}

fn call<'a>(
    request: &'a Request,
    truststore: Option<&'a Result<Vec<u8>, String>>,
    may_pass: &'a dyn Fn(&str) -> Result<(), Error>,
    entropy: &'a mut dyn Entropy,
) -> Call<'a> {
    Call {
        method: &request.method,
        path: &request.path,
        query: request.query.as_deref(),
        body: &request.body,
        scope: &request.scope,
        truststore,
        may_pass,
        now: now(),
        entropy,
    }
}

/// The time, in whole seconds.
pub(crate) fn now() -> Timestamp {
    Timestamp(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
}

#[cfg(test)]
mod tests {
    use ringgate_admin::Options;
    use ringgate_model::Limits;
    use ringgate_table::Table;

    use super::*;
    use crate::Catalog;
    use crate::fetch::Fetcher;
    use crate::sessions::Sources;

    #[tokio::test]
    async fn a_change_beyond_a_full_queue_is_refused_and_a_read_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let store = Arc::new(RedbStore::open(&dir.path().join("control.redb")).unwrap());
        let keys = Keys::open(store.as_ref()).unwrap();
        let iam = Iam::open(Arc::clone(&store), &mut SystemEntropy).unwrap();
        let admin = Admin::new(Arc::clone(&store), Options::default());
        let publisher = Publisher::new(Catalog::new(Table::empty().snapshot()));
        let issuers = Issuers::new(Fetcher::new(None, false), 900, Limits::default());
        let account = "000000000000";
        let audit = Audit::open(&dir.path().join("audit"), account, now()).unwrap();
        let caller = Caller::new(
            &Principal::root(account, ""),
            "us-east-1",
            (String::new(), None),
            "id",
            now(),
        );
        let who = (keys, iam, audit, account.to_owned());
        let askers = (issuers, Sessions::new(Sources::default()), Truststores::default());
        let control = Control::new(admin, store, who, publisher, askers, Instant::now());
        let request = |method: &str| Request {
            method: method.to_owned(),
            path: "/v2/apis".to_owned(),
            query: None,
            body: Bytes::from_static(br#"{"name":"a","protocolType":"HTTP"}"#),
            scope: Scope::new("us-east-1", "000000000000"),
            arn: "arn:aws:apigateway:us-east-1::/apis".to_owned(),
            caller: caller.clone(),
            principal: Principal::root(account, ""),
            circumstances: Circumstances::default(),
            roles: BTreeSet::new(),
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
