//! The operations of a kind of resource that belongs to a region and account, written once.

use std::collections::BTreeSet;

use ringgate_model::{DomainName, Limits, Scope, new_id};
use ringgate_table::PartKey;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fields::Fields;
use crate::keys;
use crate::operation::Request;
use crate::paging::page_in;
use crate::reply::{Outcome, Reply};
use crate::session::Session;
use crate::shelf::{decode, encode, entries};
use crate::store::Entries;
use crate::{Code, Error, Transaction};

const ID_CHARS: usize = 6;

/// A kind of resource that belongs to a scope: what tells it from the others.
pub(crate) trait Owned: Clone + Default + Serialize + DeserializeOwned {
    /// `VpcLink`: in the names of its shapes.
    const NOUN: &'static str;
    /// `vpcLinkId`: in the paths of its operations.
    const LABEL: &'static str;
    /// The folder of the store it lies in.
    const FOLDER: &'static str;
    /// It lies below a custom domain name, which the path names.
    const OF_DOMAIN: bool = false;
    /// Members that creation needs.
    const REQUIRED: &'static [&'static str];
    /// How many there may be beside each other, and what they are called when there are more.
    fn limit(limits: &Limits) -> (usize, &'static str);

    /// The answer when there is none with `id`.
    fn missing(id: &str) -> Error;

    /// What a new one is called, where its body says that.
    fn own_id(&self) -> Option<String> {
        None
    }

    /// Gives a new one its id, and what else it has from the moment it is made.
    fn make(&mut self, session: &mut Session<'_>, id: String, place: &Place);

    /// Reads what a body says, over what is there.
    fn read(&mut self, fields: &mut Fields, creating: bool) -> Result<(), Error>;

    /// The rules that concern several members or what it refers to. Gives what must still hold
    /// when the change is written.
    fn check(&self, session: &Session<'_>, place: &Place) -> Result<Entries, Error>;

    /// What a change of it does to the tables.
    fn outcome(&self, _session: &Session<'_>, place: &Place) -> Result<Outcome, Error> {
        let parts = vec![PartKey::Domain(place.domain_name.clone())];
        Ok(Outcome { parts, ..Outcome::default() })
    }

    /// Refuses to let it go while something needs it; gives the keys that go with it.
    fn removable(&self, _session: &Session<'_>, _place: &Place) -> Result<Vec<String>, Error> {
        Ok(Vec::new())
    }
}

/// Where a resource lies.
pub(crate) struct Place {
    /// With the slash at its end.
    pub(crate) folder: String,
    /// The custom domain name it belongs to; empty for a kind that has none.
    pub(crate) domain_name: String,
    /// None while it is new.
    pub(crate) id: Option<String>,
}

/// `Create…`
pub(crate) fn create<T: Owned>(
    session: &mut Session<'_>,
    request: &Request<'_>,
) -> Result<Reply, Error> {
    let place = place::<T>(session, request)?;
    let shape = format!("create{}Input", T::NOUN);
    let mut made = Fields::parse(&shape, request.body, |fields| {
        T::REQUIRED.iter().for_each(|name| fields.require(name));
        let mut made = T::default();
        made.read(fields, true)?;
        Ok(made)
    })?;
    let id = match made.own_id() {
        Some(id) => id,
        None => free_id(session, &place.folder)?,
    };
    made.make(session, id.clone(), &place);
    let mut checks = made.check(session, &place)?;
    let (max, noun) = T::limit(&session.options.limits);
    if entries(session.store, &place.folder)?.len() >= max {
        let words = format!("Maximum number of {noun} has been reached ({max}).");
        return Err(Error::new(Code::TooManyRequests, words));
    }
    let key = format!("{}{id}", place.folder);
    checks.push((key.clone(), None));
    let writes = vec![(key, Some(encode(&made)?))];
    let outcome = made.outcome(session, &place)?;
    let outcome = commit(session, Transaction { checks, writes }, outcome)?;
    Ok(Reply::of(&made)?.with(outcome))
}

/// `Get…`
pub(crate) fn get<T: Owned>(
    session: &mut Session<'_>,
    request: &Request<'_>,
) -> Result<Reply, Error> {
    let place = place::<T>(session, request)?;
    Reply::of(&find::<T>(session, &place.folder, request.label(T::LABEL))?.value)
}

/// `Get…s`
pub(crate) fn list<T: Owned>(
    session: &mut Session<'_>,
    request: &Request<'_>,
) -> Result<Reply, Error> {
    let place = place::<T>(session, request)?;
    Reply::of(&page_in::<T>(session, request, &place.folder)?)
}

/// `Update…`
pub(crate) fn update<T: Owned>(
    session: &mut Session<'_>,
    request: &Request<'_>,
) -> Result<Reply, Error> {
    let shape = format!("update{}Input", T::NOUN);
    change::<T>(session, request, |before| {
        Fields::parse(&shape, request.body, |fields| {
            let mut changed = before.clone();
            changed.read(fields, false)?;
            Ok(changed)
        })
    })
}

/// Puts another in the place of the one that the request names, and shows it.
pub(crate) fn change<T: Owned>(
    session: &mut Session<'_>,
    request: &Request<'_>,
    work: impl FnOnce(&T) -> Result<T, Error>,
) -> Result<Reply, Error> {
    let id = request.label(T::LABEL);
    let place = Place { id: Some(id.to_owned()), ..place::<T>(session, request)? };
    let found = find::<T>(session, &place.folder, id)?;
    let changed = work(&found.value)?;
    let outcome = replace(session, &place, found, &changed)?;
    Ok(Reply::of(&changed)?.with(outcome))
}

/// Writes `changed` over what was found, unless that is no longer what it was.
pub(crate) fn replace<T: Owned>(
    session: &Session<'_>,
    place: &Place,
    found: Found<T>,
    changed: &T,
) -> Result<Outcome, Error> {
    let mut checks = changed.check(session, place)?;
    let writes = vec![(found.key.clone(), Some(encode(changed)?))];
    checks.push((found.key, Some(found.bytes)));
    let outcome = changed.outcome(session, place)?;
    commit(session, Transaction { checks, writes }, outcome)
}

/// `Delete…`
pub(crate) fn delete<T: Owned>(
    session: &mut Session<'_>,
    request: &Request<'_>,
) -> Result<Reply, Error> {
    let id = request.label(T::LABEL);
    let place = Place { id: Some(id.to_owned()), ..place::<T>(session, request)? };
    let Found { value, key, bytes } = find::<T>(session, &place.folder, id)?;
    let mut doomed = value.removable(session, &place)?;
    doomed.push(key.clone());
    let checks = vec![(key, Some(bytes))];
    let writes = doomed.into_iter().map(|key| (key, None)).collect();
    let outcome = Outcome { not_yet: BTreeSet::new(), ..value.outcome(session, &place)? };
    Ok(Reply::done(commit(session, Transaction { checks, writes }, outcome)?))
}

/// A resource as it was read.
pub(crate) struct Found<T> {
    pub(crate) value: T,
    key: String,
    bytes: Vec<u8>,
}

/// The resource with this id.
pub(crate) fn find<T: Owned>(
    session: &Session<'_>,
    folder: &str,
    id: &str,
) -> Result<Found<T>, Error> {
    let key = format!("{folder}{id}");
    let bytes = session.store.get(&key)?.ok_or_else(|| T::missing(id))?;
    Ok(Found { value: decode(&key, &bytes)?, key, bytes })
}

/// The folder of a kind that lies below nothing.
pub(crate) fn top<T: Owned>(scope: &Scope) -> Place {
    let folder = keys::owned(scope, T::FOLDER);
    Place { folder, domain_name: String::new(), id: None }
}

/// The folder of a kind below a custom domain name.
pub(crate) fn below<T: Owned>(scope: &Scope, domain_name: &str) -> Place {
    let folder = format!("{}{domain_name}/", keys::owned(scope, T::FOLDER));
    Place { folder, domain_name: domain_name.to_owned(), id: None }
}

/// Where the request's resource lies; its custom domain name must be there.
pub(crate) fn place<T: Owned>(
    session: &Session<'_>,
    request: &Request<'_>,
) -> Result<Place, Error> {
    if !T::OF_DOMAIN {
        return Ok(top::<T>(session.scope));
    }
    // Private custom domain names have such an id, and only API Gateway V1 makes them.
    if request.query("domainNameId").is_some_and(|id| !id.is_empty()) {
        return Err(DomainName::missing(""));
    }
    let name = request.label("domainName");
    find::<DomainName>(session, &top::<DomainName>(session.scope).folder, name)?;
    Ok(below::<T>(session.scope, name))
}

fn free_id(session: &mut Session<'_>, folder: &str) -> Result<String, Error> {
    loop {
        let id = new_id(session.entropy, ID_CHARS);
        if session.store.get(&format!("{folder}{id}"))?.is_none() {
            return Ok(id);
        }
    }
}

fn commit(
    session: &Session<'_>,
    transaction: Transaction,
    outcome: Outcome,
) -> Result<Outcome, Error> {
    let revision = session.store.commit(transaction)?;
    Ok(Outcome { revision: Some(revision), ..outcome })
}
