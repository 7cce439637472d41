//! Certificates by ACME (RFC 8555), as far as they are kept: what is due, what was issued,
//! challenges that wait to be asked for, and the account. Who talks to the authority is the daemon.

mod challenge;

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ringgate_model::limits::{ACME_RETRY_S_MAX, ACME_RETRY_S_MIN};
use ringgate_model::{Entropy, Scope};
use ringgate_tls::PublicKeyKind;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub use self::challenge::Challenge;
pub(crate) use self::challenge::challenges;
use crate::acm::{self, Record};
use crate::shelf::{decode, encode, entries, value};
use crate::{Error, Options, Store, Transaction, keys};

/// A certificate that is to be obtained now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Where it belongs.
    pub scope: Scope,
    /// What it is called.
    pub arn: String,
    /// The names that it is to be for.
    pub names: Vec<String>,
    /// The kind of its key.
    pub key: PublicKeyKind,
}

/// What a change did.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The store's revision with it.
    pub revision: u64,
    /// Custom domain names that present another certificate now.
    pub domains: Vec<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    directory: String,
    sealed: String,
}

/// The operations.
pub struct Acme<'a> {
    store: &'a dyn Store,
    options: &'a Options,
}

impl<'a> Acme<'a> {
    pub(crate) fn new(store: &'a dyn Store, options: &'a Options) -> Self {
        Self { store, options }
    }

    /// What is due, and when (in seconds since 1970) something is next.
    ///
    /// # Errors
    /// The store fails.
    pub fn due(&self, now_s: u64) -> Result<(Vec<Order>, Option<u64>), Error> {
        let (mut due, mut next_s) = (Vec::new(), None::<u64>);
        for (key, bytes) in entries(self.store, &format!("{}/", keys::CERTIFICATES))? {
            let record: Record = decode(&key, &bytes)?;
            let Some(request) = record.request else { continue };
            let Some(kind) = acm::key_kind(&request.key_algorithm) else { continue };
            if request.due_s > now_s {
                next_s = Some(next_s.map_or(request.due_s, |next_s| next_s.min(request.due_s)));
                continue;
            }
            let scope = keys::scope_of(&key);
            let arn = acm::arn_of(&scope, key.rsplit('/').next().unwrap_or_default());
            due.push(Order { scope, arn, names: request.names, key: kind });
        }
        Ok((due, next_s))
    }

    /// Keeps what was issued for an order, and says when it is to be renewed: at two thirds of its
    /// time.
    ///
    /// # Errors
    /// It is not what was ordered, the order is gone, or the store fails.
    pub fn issued(
        &self,
        order: &Order,
        chain_pem: &str,
        key_pem: &str,
        now_s: u64,
        entropy: &mut dyn Entropy,
    ) -> Result<Kept, Error> {
        let refused = |why: acm::Refusal| Error::bad_request(why.message);
        let checked = acm::check_issued(chain_pem.as_bytes(), key_pem.as_bytes(), now_s);
        let checked = checked.map_err(refused)?;
        let covers = |name: &String| checked.read.dns_names.contains(name);
        if !order.names.iter().all(covers) {
            return Err(Error::bad_request(
                "the certificate is not for the names it was asked for",
            ));
        }
        let validity = checked.read.validity;
        let lifetime_s = validity.not_after_s.saturating_sub(validity.not_before_s);
        let sealed = acm::sealed(self.options, entropy, &order.arn, key_pem.as_bytes());
        let sealed_key = sealed.map_err(refused)?;
        let revision = self.change(order, |record| {
            record.certificate = checked.certificate;
            record.chain = checked.chain;
            record.sealed_key = sealed_key;
            record.imported_at_s = now_s;
            if let Some(request) = &mut record.request {
                request.due_s = validity.not_before_s.saturating_add(lifetime_s / 3 * 2).max(now_s);
                (request.failures, request.failure) = (0, None);
                request.issued_at_s.get_or_insert(now_s);
            }
        })?;
        let domains = acm::presenting(self.store, &order.scope, &order.arn)?;
        Ok(Kept { revision, domains })
    }

    /// Notes that an order failed; it is tried again after a time that doubles with each failure.
    ///
    /// # Errors
    /// The order is gone, or the store fails.
    pub fn failed(&self, order: &Order, why: &str, now_s: u64) -> Result<u64, Error> {
        self.change(order, |record| {
            if let Some(request) = &mut record.request {
                request.due_s = now_s.saturating_add(retry_s(request.failures));
                request.failures = request.failures.saturating_add(1);
                request.failure = Some(why.to_owned());
            }
        })
    }

    /// Has a challenge answered from now on.
    ///
    /// # Errors
    /// There is no key to seal private keys with, or the store fails.
    pub fn put_challenge(
        &self,
        challenge: &Challenge,
        entropy: &mut dyn Entropy,
    ) -> Result<u64, Error> {
        let writes = vec![challenge.entry(self.options, entropy)?];
        Ok(self.store.commit(Transaction { checks: Vec::new(), writes })?)
    }

    /// Has no challenge answered any longer; `None` where none was.
    ///
    /// # Errors
    /// The store fails.
    pub fn forget_challenges(&self) -> Result<Option<u64>, Error> {
        let mut writes = Vec::new();
        for prefix in [keys::ACME_CHALLENGES, keys::ACME_TLS_CHALLENGES] {
            writes.extend(entries(self.store, prefix)?.into_iter().map(|(key, _)| (key, None)));
        }
        if writes.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.store.commit(Transaction { checks: Vec::new(), writes })?))
    }

    /// The account at `directory`, as the daemon's library wrote it down.
    ///
    /// # Errors
    /// The store fails, or the account cannot be opened.
    pub fn account(&self, directory: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let Some(account) = value::<Account>(self.store, keys::ACME_ACCOUNT)? else {
            return Ok(None);
        };
        let Some(sealing) =
            self.options.sealing.as_ref().filter(|_| account.directory == directory)
        else {
            return Ok(None);
        };
        let sealed = BASE64_STANDARD.decode(&account.sealed).unwrap_or_default();
        let opened = sealing.open(keys::ACME_ACCOUNT, &sealed);
        opened.map(Some).map_err(|why| Error::internal(format!("the ACME account: {why}")))
    }

    /// Keeps the account, sealed.
    ///
    /// # Errors
    /// The store fails.
    pub fn put_account(
        &self,
        directory: &str,
        account: &[u8],
        entropy: &mut dyn Entropy,
    ) -> Result<u64, Error> {
        let sealed = acm::sealed(self.options, entropy, keys::ACME_ACCOUNT, account);
        let sealed = sealed.map_err(|why| Error::internal(why.message))?;
        let account = Account { directory: directory.to_owned(), sealed };
        let writes = vec![(keys::ACME_ACCOUNT.to_owned(), Some(encode(&account)?))];
        Ok(self.store.commit(Transaction { checks: Vec::new(), writes })?)
    }

    fn change(&self, order: &Order, work: impl FnOnce(&mut Record)) -> Result<u64, Error> {
        let gone = || Error::not_found(format!("{} is gone", order.arn));
        let key = acm::key_of(&order.scope, &order.arn).ok_or_else(gone)?;
        let bytes = self.store.get(&key)?.ok_or_else(gone)?;
        let mut record: Record = decode(&key, &bytes)?;
        work(&mut record);
        let writes = vec![(key.clone(), Some(encode(&record)?))];
        Ok(self.store.commit(Transaction { checks: vec![(key, Some(bytes))], writes })?)
    }
}

impl fmt::Debug for Acme<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Acme")
    }
}

/// How long to wait after so many failures and one more.
fn retry_s(failures: u32) -> u64 {
    let doubled = ACME_RETRY_S_MIN.saturating_mul(1 << failures.min(32));
    doubled.min(ACME_RETRY_S_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_doubles_the_wait_up_to_a_limit() {
        assert_eq!((retry_s(0), retry_s(1)), (ACME_RETRY_S_MIN, 2 * ACME_RETRY_S_MIN));
        assert_eq!((retry_s(12), retry_s(u32::MAX)), (ACME_RETRY_S_MAX, ACME_RETRY_S_MAX));
    }
}
