use std::collections::{BTreeMap, BTreeSet};

use ringgate_model::{Deployment, Stage};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::Entries;
use crate::{Error, Store, keys};

/// Entries read from the store at a time.
const RANGE_ENTRIES: usize = 1024;

/// A kind of resource inside an API.
pub(crate) trait Resource: Clone + Default + Serialize + DeserializeOwned {
    /// The folder of the store it lies in.
    const FOLDER: &'static str;

    /// What tells it from its siblings.
    fn id(&self) -> &str;

    /// The answer when there is none with `id`.
    fn missing(id: &str) -> Error;
}

impl Resource for Stage {
    const FOLDER: &'static str = "stages";

    fn id(&self) -> &str {
        &self.stage_name
    }

    fn missing(_: &str) -> Error {
        Error::not_found("Invalid stage identifier specified")
    }
}

impl Resource for Deployment {
    const FOLDER: &'static str = "deployments";

    fn id(&self) -> &str {
        &self.deployment_id
    }

    fn missing(id: &str) -> Error {
        Error::not_found(format!("Invalid deployment identifier specified {id}"))
    }
}

/// Every resource of one kind of one API, and which of them were changed.
#[derive(Clone, Debug)]
pub(crate) struct Shelf<T> {
    items: BTreeMap<String, T>,
    touched: BTreeSet<String>,
    /// How many there were when they were read.
    read: usize,
}

impl<T: Resource> Shelf<T> {
    pub(crate) fn empty() -> Self {
        Self { items: BTreeMap::new(), touched: BTreeSet::new(), read: 0 }
    }

    pub(crate) fn load(store: &dyn Store, api_id: &str) -> Result<Self, Error> {
        let mut shelf = Self::empty();
        let prefix = keys::folder(api_id, T::FOLDER);
        for (key, bytes) in entries(store, &prefix)? {
            let place = key.strip_prefix(&prefix).unwrap_or_default();
            shelf.items.insert(place.to_owned(), decode(&key, &bytes)?);
        }
        shelf.read = shelf.items.len();
        Ok(shelf)
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// True when there are more than `max` now, and more than there were.
    pub(crate) fn outgrows(&self, max: usize) -> bool {
        self.items.len() > max.max(self.read)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.values()
    }

    /// The items beside what is or will be at `place`: below the same parent, but for itself.
    pub(crate) fn siblings(&self, place: &str) -> impl Iterator<Item = &T> {
        let others = self.items.iter().filter(move |(other, _)| *other != place);
        others.filter(move |(other, _)| parent_of(other) == parent_of(place)).map(|(_, item)| item)
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.items.get(id)
    }

    pub(crate) fn find(&self, place: &str) -> Result<&T, Error> {
        self.get(place).ok_or_else(|| T::missing(id_of(place)))
    }

    /// Puts an item that is known by its id alone.
    pub(crate) fn put(&mut self, item: T) {
        self.put_at(item.id().to_owned(), item);
    }

    /// Puts an item at its place: `{id}`, or `{parent}/{id}`.
    pub(crate) fn put_at(&mut self, place: String, item: T) {
        self.touched.insert(place.clone());
        self.items.insert(place, item);
    }

    pub(crate) fn remove(&mut self, place: &str) -> Result<T, Error> {
        let item = self.items.remove(place).ok_or_else(|| T::missing(id_of(place)))?;
        self.touched.insert(place.to_owned());
        Ok(item)
    }

    /// Removes what lies below parents that are gone.
    pub(crate) fn prune(&mut self, lives: impl Fn(&str) -> bool) {
        let doomed = self.items.keys().filter(|place| !lives(parent_of(place)));
        for place in doomed.cloned().collect::<Vec<_>>() {
            self.items.remove(&place);
            self.touched.insert(place);
        }
    }

    /// The items below each parent that has any.
    pub(crate) fn by_parent(&self) -> BTreeMap<String, Vec<T>> {
        let mut families: BTreeMap<String, Vec<T>> = BTreeMap::new();
        for (place, item) in &self.items {
            families.entry(parent_of(place).to_owned()).or_default().push(item.clone());
        }
        families
    }

    pub(crate) fn is_touched(&self) -> bool {
        !self.touched.is_empty()
    }

    /// What the store must be told.
    pub(crate) fn writes(&self, api_id: &str) -> Result<Entries, Error> {
        let folder = keys::folder(api_id, T::FOLDER);
        let write = |id: &String| {
            let value = self.items.get(id).map(encode).transpose()?;
            Ok((format!("{folder}{id}"), value))
        };
        self.touched.iter().map(write).collect()
    }
}

/// The parent's id at the beginning of a place; empty where there is none.
fn parent_of(place: &str) -> &str {
    place.split_once('/').map_or("", |(parent, _)| parent)
}

/// The id at the end of a place.
fn id_of(place: &str) -> &str {
    place.rsplit('/').next().unwrap_or_default()
}

/// The value under `key`, read as a `T`.
pub(crate) fn value<T: DeserializeOwned>(store: &dyn Store, key: &str) -> Result<Option<T>, Error> {
    store.get(key)?.map(|bytes| decode(key, &bytes)).transpose()
}

/// One resource of an API, by its place, if it exists.
pub(crate) fn resource<T: Resource>(
    store: &dyn Store,
    api_id: &str,
    place: &str,
) -> Result<Option<T>, Error> {
    value(store, &format!("{}{place}", keys::folder(api_id, T::FOLDER)))
}

/// Every entry under `prefix`.
pub(crate) fn entries(store: &dyn Store, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    loop {
        let after = all.last().map(|(key, _)| key.clone());
        let some = store.range(prefix, after.as_deref(), RANGE_ENTRIES)?;
        let done = some.len() < RANGE_ENTRIES;
        all.extend(some);
        if done {
            return Ok(all);
        }
    }
}

pub(crate) fn decode<T: DeserializeOwned>(key: &str, bytes: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes)
        .map_err(|error| Error::internal(format!("the store's '{key}' cannot be read: {error}")))
}

pub(crate) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(value)
        .map_err(|error| Error::internal(format!("a value cannot be stored: {error}")))
}
