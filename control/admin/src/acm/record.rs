use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ringgate_model::Scope;
use ringgate_table::CertificateImage;
use ringgate_tls::X509;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Done, Refusal, Session, parameters, uses};
use crate::shelf::{decode, encode, entries};
use crate::store::Entries;
use crate::{Error, Options, Store, Transaction, keys};

/// A certificate as it is stored. Its private key is sealed; nothing here shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Record {
    /// PEM.
    pub(crate) certificate: String,
    /// Those that lead to its issuer, in order; PEM, empty where there are none.
    pub(crate) chain: String,
    /// The private key, sealed for the certificate's ARN; base64.
    pub(crate) sealed_key: String,
    /// In seconds since 1970.
    pub(super) created_at_s: u64,
    /// When it came, or came anew.
    pub(crate) imported_at_s: u64,
    /// A tag may have no value.
    #[serde(default)]
    pub(super) tags: BTreeMap<String, Option<String>>,
    /// It is not imported but obtained by ACME; there is no certificate before it is issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<Requested>,
}

/// What is to be obtained by ACME, and how far that is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Requested {
    /// The main one first.
    pub(crate) names: Vec<String>,
    /// `KeyAlgorithm`
    pub(crate) key_algorithm: String,
    /// What tells a call from the same call again.
    pub(crate) idempotency_token: Option<String>,
    /// When it is to be tried next, in seconds since 1970.
    pub(crate) due_s: u64,
    /// Attempts that failed since the last that did not.
    pub(crate) failures: u32,
    /// How the last one failed.
    pub(crate) failure: Option<String>,
    /// When it was issued first.
    pub(crate) issued_at_s: Option<u64>,
}

/// A record as it was read, and what tells it from others.
pub(super) struct Found {
    pub(super) arn: String,
    pub(super) record: Record,
    key: String,
    bytes: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OfArn {
    certificate_arn: Option<String>,
}

impl OfArn {
    pub(super) fn find(self, session: &Session<'_>) -> Result<Found, Refusal> {
        let arn = self
            .certificate_arn
            .ok_or_else(|| Refusal::constraint("certificateArn", "not be null"))?;
        find(session, &arn)
    }
}

/// The certificate of this ARN in the caller's region and account.
pub(super) fn find(session: &Session<'_>, arn: &str) -> Result<Found, Refusal> {
    if !is_arn(arn) {
        let message =
            format!("The ARN {arn} is not valid; expected {}", arn_of(session.scope, "ID"));
        return Err(Refusal::new("InvalidArnException", message));
    }
    let key = key_of(session.scope, arn);
    let stored = key.as_deref().map(|key| session.store.get(key)).transpose()?.flatten();
    let (Some(key), Some(bytes)) = (key, stored) else {
        // AWS's words (hashicorp/terraform-provider-aws's checks for them, among others).
        let account = &session.scope.account;
        let message = format!("Could not find certificate {arn} in account {account}.");
        return Err(Refusal::new("ResourceNotFoundException", message));
    };
    Ok(Found { arn: arn.to_owned(), record: decode(&key, &bytes)?, key, bytes })
}

/// Every certificate of the caller's region and account, with its ARN.
pub(super) fn all(session: &Session<'_>) -> Result<Vec<(String, Record)>, Refusal> {
    let folder = keys::owned(session.scope, keys::CERTIFICATES);
    let read = |(key, bytes): &(String, Vec<u8>)| {
        let id = key.strip_prefix(&folder).unwrap_or_default();
        Ok((arn_of(session.scope, id), decode(key, bytes)?))
    };
    entries(session.store, &folder)?.iter().map(read).collect()
}

impl Found {
    /// Puts `record` in its place, unless somebody else was faster.
    pub(super) fn replace(self, session: &Session<'_>, record: &Record) -> Result<u64, Refusal> {
        let writes = vec![(self.key.clone(), Some(encode(record)?))];
        let checks: Entries = vec![(self.key, Some(self.bytes))];
        Ok(session.store.commit(Transaction { checks, writes })?)
    }
}

/// Stores a new certificate.
pub(super) fn create(session: &Session<'_>, arn: &str, record: &Record) -> Result<u64, Refusal> {
    let key = key_of(session.scope, arn).unwrap_or_default();
    let (checks, writes) = (vec![(key.clone(), None)], vec![(key, Some(encode(record)?))]);
    Ok(session.store.commit(Transaction { checks, writes })?)
}

/// `DeleteCertificate`: not while a custom domain name presents it.
pub(super) fn delete(session: &mut Session<'_>, input: &[u8]) -> Result<Done, Refusal> {
    let found = parameters::<OfArn>(input)?.find(session)?;
    let (users, mut checks) = uses::of_arn(session.store, session.scope, &found.arn)?;
    if !users.is_empty() {
        // AWS's words (pulumi/pulumi-aws#5373, among others).
        let (arn, account) = (&found.arn, &session.scope.account);
        let message = format!("Certificate {arn} in account {account} is in use.");
        return Err(Refusal::new("ResourceInUseException", message));
    }
    checks.push((found.key.clone(), Some(found.bytes)));
    let writes = vec![(found.key, None)];
    let revision = session.store.commit(Transaction { checks, writes })?;
    Ok(Done { output: json!({}), domains: Vec::new(), revision: Some(revision) })
}

/// What a data plane needs to present the certificate of an ARN; `None` where none of that ARN is
/// kept for the scope.
pub(crate) fn image(
    store: &dyn Store,
    scope: &Scope,
    arn: &str,
) -> Result<Option<CertificateImage>, Error> {
    let Some(key) = key_of(scope, arn) else { return Ok(None) };
    let Some(bytes) = store.get(&key)? else { return Ok(None) };
    let record: Record = decode(&key, &bytes)?;
    if record.is_pending() {
        return Ok(None);
    }
    let unreadable = |_| Error::internal(format!("the store's '{key}' holds no sealed key"));
    let sealed_key = BASE64_STANDARD.decode(&record.sealed_key).map_err(unreadable)?;
    let chain = format!("{}{}", record.certificate, record.chain);
    Ok(Some(CertificateImage::new(arn, &chain, &sealed_key)))
}

/// The names that the certificate of an ARN is for, and what must still hold for that; `None` where
/// none of that ARN is kept for the scope.
pub(crate) fn names(
    store: &dyn Store,
    scope: &Scope,
    arn: &str,
) -> Result<Option<(Vec<String>, Entries)>, Error> {
    let Some(key) = key_of(scope, arn) else { return Ok(None) };
    let Some(bytes) = store.get(&key)? else { return Ok(None) };
    let record: Record = decode(&key, &bytes)?;
    let names = match &record.request {
        Some(request) if record.is_pending() => request.names.clone(),
        _ => record.read().map_err(|refusal| Error::internal(refusal.message))?.dns_names,
    };
    Ok(Some((names, vec![(key, Some(bytes))])))
}

/// Opens the first private key that is kept: all of them were sealed with the same key.
pub(crate) fn check_sealing(store: &dyn Store, options: &Options) -> Result<(), Error> {
    let Some(sealing) = &options.sealing else { return Ok(()) };
    for (key, _) in entries(store, &format!("{}/", keys::CERTIFICATES))? {
        let arn = arn_of(&keys::scope_of(&key), key.rsplit('/').next().unwrap_or_default());
        let Some(image) = image(store, &keys::scope_of(&key), &arn)? else { continue };
        let opened = sealing.open(&arn, image.sealed_key()).map(drop);
        return opened.map_err(|why| Error::internal(format!("the private key of {arn}: {why}")));
    }
    Ok(())
}

impl Record {
    /// What is to be obtained.
    pub(super) fn requested(
        request: Requested,
        now_s: u64,
        tags: BTreeMap<String, Option<String>>,
    ) -> Self {
        Self {
            certificate: String::new(),
            chain: String::new(),
            sealed_key: String::new(),
            created_at_s: now_s,
            imported_at_s: now_s,
            tags,
            request: Some(request),
        }
    }

    /// True before it is issued.
    pub(super) fn is_pending(&self) -> bool {
        self.certificate.is_empty()
    }

    /// What the certificate says.
    pub(crate) fn read(&self) -> Result<X509, Refusal> {
        let all = X509::all_from_pem(self.certificate.as_bytes(), 1);
        let first = all.ok().and_then(|all| all.into_iter().next());
        first.ok_or_else(|| Refusal::new("InternalFailure", "a stored certificate is unreadable"))
    }
}

pub(crate) fn arn_of(scope: &Scope, id: &str) -> String {
    format!("arn:aws:acm:{}:{}:certificate/{id}", scope.region, scope.account)
}

/// Where a certificate lies; `None` for an ARN of another region or account.
pub(crate) fn key_of(scope: &Scope, arn: &str) -> Option<String> {
    let id = arn.strip_prefix(&arn_of(scope, ""))?;
    let is_id = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    is_id.then(|| format!("{}{id}", keys::owned(scope, keys::CERTIFICATES)))
}

/// The form of an ACM certificate's ARN.
fn is_arn(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", _, "acm", _, _, resource] => {
            resource.strip_prefix("certificate/").is_some_and(|id| !id.is_empty())
        }
        _ => false,
    }
}
