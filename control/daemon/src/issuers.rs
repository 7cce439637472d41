//! The issuers of tokens: whose keys are fetched, when, and what becomes of them. Data planes get
//! keys with the table and never wait for an issuer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ringgate_admin::{IssuerFailure, IssuerRecord};
use ringgate_auth::jwt::{Algorithms, Jwks, Refresh};
use ringgate_model::Limits;
use serde::Deserialize;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::Control;
use crate::control::now;
use crate::fetch::Fetcher;
use crate::limits::{ISSUER_AGAIN_S, ISSUERS_AT_ONCE, ISSUERS_LOOK_EVERY_MS};

const DISCOVERY: &str = "/.well-known/openid-configuration";

/// Fetches the keys of issuers.
#[derive(Debug)]
pub struct Issuers {
    fetcher: Fetcher,
    refresh_s: u64,
    limits: Limits,
    /// What is remembered of each beside its record.
    asked: Mutex<BTreeMap<String, Arc<Asked>>>,
    at_once: Semaphore,
}

#[derive(Debug, Default)]
struct Asked {
    /// Held by whoever asks it: one at a time.
    turn: tokio::sync::Mutex<()>,
    unknown_keys: Mutex<Refresh>,
    /// How often it failed in a row.
    failures: AtomicU32,
}

/// What an issuer gave.
type Fetched = Result<String, (IssuerFailure, String)>;

/// The one member of a discovery document that is of use here (OpenID Connect Discovery 1.0,
/// section 3).
#[derive(Deserialize)]
struct Discovery {
    jwks_uri: String,
}

impl Issuers {
    /// One that looks at every issuer anew after `refresh_s`.
    pub fn new(fetcher: Fetcher, refresh_s: u32, limits: Limits) -> Self {
        let at_once = Semaphore::new(ISSUERS_AT_ONCE);
        Self { fetcher, refresh_s: refresh_s.into(), limits, asked: Mutex::default(), at_once }
    }

    /// Asks those of `issuers` whose keys are not known; returns when all have answered or their
    /// time is over.
    pub(crate) async fn ensure(control: &Arc<Control>, issuers: BTreeSet<String>) {
        let mut asking = JoinSet::new();
        for issuer in issuers {
            let control = Arc::clone(control);
            asking.spawn(async move {
                let known = record(&control, &issuer).await;
                if known.is_none_or(|record| record.failure.is_some()) {
                    ask(&control, &issuer, now().0).await;
                }
            });
        }
        asking.join_all().await;
    }

    /// Keeps the keys of all issuers fresh, for ever.
    pub(crate) async fn run(control: Arc<Control>, mut unknown: mpsc::Receiver<String>) {
        let mut look = tokio::time::interval(Duration::from_millis(ISSUERS_LOOK_EVERY_MS));
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = look.tick() => due(&control).await,
                Some(issuer) = unknown.recv() => {
                    let asked = control.issuers.asked(&issuer);
                    let now_s = now().0;
                    let wanted = asked.unknown_keys.lock().unwrap_or_else(PoisonError::into_inner)
                        .wanted(now_s);
                    // Only those that some authorizer names are in the store.
                    if wanted && record(&control, &issuer).await.is_some() {
                        let control = Arc::clone(&control);
                        tokio::spawn(async move { ask(&control, &issuer, now_s).await });
                    }
                }
            }
        }
    }

    fn asked(&self, issuer: &str) -> Arc<Asked> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(asked.entry(issuer.to_owned()).or_default())
    }

    /// The time from which on it is to be asked again.
    fn due_s(&self, issuer: &str, record: &IssuerRecord) -> u64 {
        let failures = self.asked(issuer).failures.load(Ordering::Relaxed);
        let wait_s = match record.failure {
            None => self.refresh_s,
            Some(_) => {
                let (first_s, most_s) = ISSUER_AGAIN_S;
                let doubled = 1u64.checked_shl(failures.saturating_sub(1)).unwrap_or(u64::MAX);
                first_s.saturating_mul(doubled).min(most_s).min(self.refresh_s)
            }
        };
        record.tried_at.0.saturating_add(wait_s)
    }
}

/// Asks those whose time has come, and forgets those that nobody names any more.
async fn due(control: &Arc<Control>) {
    let looked = control.read(|control| control.admin.issuer_records()).await;
    let Ok(Ok(records)) = looked else { return };
    let now_s = now().0;
    let due: Vec<_> = records
        .into_iter()
        .filter(|(issuer, record)| control.issuers.due_s(issuer, record) <= now_s)
        .map(|(issuer, _)| issuer)
        .collect();
    if due.is_empty() {
        return;
    }
    let named = control.read(|control| control.admin.issuers()).await;
    let Ok(Ok(named)) = named else { return };
    for issuer in due {
        if named.contains(&issuer) {
            let control = Arc::clone(control);
            tokio::spawn(async move { ask(&control, &issuer, now_s).await });
        } else {
            tracing::info!(%issuer, "no authorizer names the issuer any more");
            control.issuers.asked.lock().unwrap_or_else(PoisonError::into_inner).remove(&issuer);
            let _ = control.keep_issuer(issuer, None).await;
        }
    }
}

async fn record(control: &Arc<Control>, issuer: &str) -> Option<IssuerRecord> {
    let issuer = issuer.to_owned();
    control.read(move |control| control.admin.issuer_record(&issuer)).await.ok()?.ok()?
}

/// Asks an issuer, unless somebody else has asked it since `since_s`, and keeps what it says.
async fn ask(control: &Arc<Control>, issuer: &str, since_s: u64) {
    let issuers = &control.issuers;
    let asked = issuers.asked(issuer);
    let _turn = asked.turn.lock().await;
    let before = record(control, issuer).await;
    if before.as_ref().is_some_and(|record| record.tried_at.0 > since_s) {
        return;
    }
    let Ok(_place) = issuers.at_once.acquire().await else { return };
    let fetched = issuers.fetch(issuer).await;
    let after = match fetched {
        Ok(key_set) => {
            asked.failures.store(0, Ordering::Relaxed);
            if before.as_ref().is_none_or(|before| before.key_set.as_ref() != Some(&key_set)) {
                tracing::info!(issuer, bytes = key_set.len(), "the issuer's keys");
            }
            IssuerRecord { key_set: Some(key_set), failure: None, tried_at: now() }
        }
        Err((failure, reason)) => {
            asked.failures.fetch_add(1, Ordering::Relaxed);
            let key_set = before.and_then(|before| before.key_set);
            let kept = key_set.is_some();
            tracing::warn!(issuer, %reason, kept, "the issuer's keys cannot be had");
            IssuerRecord { key_set, failure: Some(failure), tried_at: now() }
        }
    };
    if let Err(error) = control.keep_issuer(issuer.to_owned(), Some(after)).await {
        tracing::error!(issuer, error = error.message, "the issuer's keys cannot be kept");
    }
}

impl Issuers {
    /// The JWK set of an issuer, within its time.
    async fn fetch(&self, issuer: &str) -> Fetched {
        let wait_ms = self.limits.issuer_timeout_ms;
        let wait = Duration::from_millis(u64::try_from(wait_ms).unwrap_or(u64::MAX));
        let mut at = IssuerFailure::Discovery;
        let asked = timeout(wait, self.fetch_both(issuer, &mut at)).await;
        asked
            .unwrap_or_else(|_| Err(format!("no answer within {wait_ms} ms")))
            .map_err(|reason| (at, reason))
    }

    async fn fetch_both(&self, issuer: &str, at: &mut IssuerFailure) -> Result<String, String> {
        let bytes_max = self.limits.issuer_document_bytes;
        let url = format!("{}{DISCOVERY}", issuer.trim_end_matches('/'));
        let named = |url: &str, why: String| format!("{url}: {why}");
        let document = self.fetcher.get(&url, bytes_max).await;
        let document = document.map_err(|why| named(&url, why))?;
        let discovery: Discovery = serde_json::from_slice(&document)
            .map_err(|error| named(&url, format!("no discovery document: {error}")))?;
        *at = IssuerFailure::KeySet;
        let url = discovery.jwks_uri;
        let key_set = self.fetcher.get(&url, bytes_max).await;
        let key_set = key_set.map_err(|why| named(&url, why))?;
        let jwks = Jwks::read(&key_set).map_err(|error| named(&url, error.to_string()))?;
        if !jwks.serves(Algorithms::ALL) {
            tracing::warn!(issuer, %url, "none of the issuer's keys can verify a token here");
        }
        String::from_utf8(key_set.into()).map_err(|_| named(&url, "not UTF-8".to_owned()))
    }
}
