//! Truststores of custom domain names with mutual TLS: what is fetched, checked and kept.

use ringgate_model::{DomainName, MutualTlsAuthentication, Scope};
use ringgate_tls::Truststore;
use serde::{Deserialize, Serialize};

use crate::owned;
use crate::session::Session;
use crate::shelf::{encode, value};
use crate::store::Entries;
use crate::{Call, Error, Store, keys, operation};

/// A truststore as it is kept: what it is the text of, so that no text speaks for another.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    uri: Option<String>,
    version: Option<String>,
    text: String,
}

/// What of a request says which truststore it wants; all else is for the operation to judge.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanting {
    mutual_tls_authentication: Option<Wanted>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    truststore_uri: Option<String>,
    truststore_version: Option<String>,
}

/// The URI and version of the truststore that a call asks for.
pub(crate) fn wanted(store: &dyn Store, call: &Call<'_>) -> Option<(String, Option<String>)> {
    let named = operation::named(call.method, call.path)?;
    if !matches!(named.name, "CreateDomainName" | "UpdateDomainName") {
        return None;
    }
    let asked = serde_json::from_slice::<Wanting>(call.body).ok()?.mutual_tls_authentication?;
    // A new one has no name in its path.
    let before = named.labels.first().and_then(|(_, name)| of(store, call.scope, name));
    let before = before.unwrap_or_default();
    let uri = asked.truststore_uri.or(before.truststore_uri).filter(|uri| !uri.is_empty())?;
    let version = asked.truststore_version.or(before.truststore_version);
    Some((uri, version.filter(|version| !version.is_empty())))
}

fn of(store: &dyn Store, scope: &Scope, name: &str) -> Option<MutualTlsAuthentication> {
    let key = format!("{}{name}", owned::top::<DomainName>(scope).folder);
    value::<DomainName>(store, &key).ok()??.mutual_tls_authentication
}

/// Where the truststore of a domain name is kept.
pub(crate) fn key(scope: &Scope, name: &str) -> String {
    format!("{}{name}", keys::owned(scope, keys::TRUSTSTORES))
}

/// The text that is kept for what a domain name asks for; empty where there is none, and nobody is
/// let in.
pub(crate) fn text(store: &dyn Store, scope: &Scope, domain: &DomainName) -> Result<String, Error> {
    let Some(asked) = &domain.mutual_tls_authentication else { return Ok(String::new()) };
    let kept = value::<Kept>(store, &key(scope, &domain.domain_name))?;
    let is_it = |kept: &Kept| {
        (&kept.uri, &kept.version) == (&asked.truststore_uri, &asked.truststore_version)
    };
    Ok(kept.filter(is_it).map(|kept| kept.text).unwrap_or_default())
}

/// Checks what was fetched for a domain name, and notes in it what is wrong with some of that.
///
/// # Errors
/// BadRequestException: it was not fetched, or is no truststore.
pub(crate) fn settle(session: &Session<'_>, domain: &mut DomainName) -> Result<(), Error> {
    let Some(tls) = &mut domain.mutual_tls_authentication else { return Ok(()) };
    let uri = tls.truststore_uri.as_deref().unwrap_or_default();
    let fault = |why: &dyn std::fmt::Display| {
        Error::bad_request(format!("Invalid truststore {uri}: {why}"))
    };
    // None: the call is about something else.
    let Some(fetched) = session.truststore else { return Ok(()) };
    let text = fetched.as_deref().map_err(|why| fault(why))?;
    if std::str::from_utf8(text).is_err() {
        return Err(fault(&"it is no text"));
    }
    tls.truststore_warnings =
        Truststore::warnings(text, session.now.0).map_err(|why| fault(&why))?;
    Ok(())
}

/// What is written beside a domain name: the text that was fetched for it, or nothing where it asks
/// for none.
///
/// # Errors
/// It cannot be written as JSON.
pub(crate) fn beside(session: &Session<'_>, domain: &DomainName) -> Result<Entries, Error> {
    let key = key(session.scope, &domain.domain_name);
    let Some(tls) = &domain.mutual_tls_authentication else { return Ok(vec![(key, None)]) };
    let Some(Ok(text)) = session.truststore else { return Ok(Vec::new()) };
    let kept = Kept {
        uri: tls.truststore_uri.clone(),
        version: tls.truststore_version.clone(),
        text: String::from_utf8_lossy(text).into_owned(),
    };
    Ok(vec![(key, Some(encode(&kept)?))])
}
