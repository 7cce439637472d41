use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use ringgate_table::{ApiImage, Delta, Part, PartKey, Root, Snapshot};

use crate::limits::CHANGES_REMEMBERED_MAX;

/// What every data plane should have: every image, and what changed lately.
///
/// A generation is the store's revision that brought the last difference; changes that no table
/// shows (a description, tags) make none.
#[derive(Debug)]
pub struct Catalog {
    store_id: [u8; 16],
    generation: u64,
    root: Root,
    root_changed_at: u64,
    images: BTreeMap<String, Arc<ApiImage>>,
    parts: BTreeMap<PartKey, Part>,
    // Ascending; together they tell every difference after `remembered_since`.
    changes: VecDeque<Change>,
    remembered_since: u64,
}

#[derive(Debug)]
struct Change {
    generation: u64,
    api_ids: Vec<String>,
    parts: Vec<PartKey>,
}

/// What one committed transaction did to the tables.
#[derive(Debug, Default)]
pub struct Difference {
    /// The store's revision.
    pub revision: u64,
    /// The root after it; `None`: unknown, it stays.
    pub root: Option<Root>,
    /// Images of the APIs that may have changed.
    pub changed: Vec<Arc<ApiImage>>,
    /// APIs that are gone.
    pub removed: Vec<String>,
    /// What else may have changed, and (`None`) what of it is gone.
    pub parts: Vec<(PartKey, Option<Part>)>,
}

impl Catalog {
    /// The catalog of what a store holds.
    pub fn new(held: Snapshot) -> Self {
        let Snapshot { store_id, generation, root, apis, parts } = held;
        let images = apis.into_iter().map(|image| (image.api_id().to_owned(), image)).collect();
        let parts = parts.into_iter().map(|part| (part.key(), part)).collect();
        Self {
            store_id,
            generation,
            root,
            root_changed_at: generation,
            images,
            parts,
            changes: VecDeque::new(),
            remembered_since: generation,
        }
    }

    /// The newest generation.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// How many APIs there are.
    pub fn api_count(&self) -> usize {
        self.images.len()
    }

    /// Takes a difference in; false when it makes none (then there is no new generation).
    pub fn advance(&mut self, difference: Difference) -> bool {
        let Difference { revision, root, changed, removed, parts } = difference;
        let mut api_ids = Vec::new();
        for image in changed {
            let api_id = image.api_id().to_owned();
            let same = self.images.get(&api_id).is_some_and(|old| old.hash() == image.hash());
            if !same {
                self.images.insert(api_id.clone(), image);
                api_ids.push(api_id);
            }
        }
        api_ids.extend(removed.into_iter().filter(|id| self.images.remove(id).is_some()));
        let parts = self.advance_parts(parts);
        let new_root = root.filter(|root| *root != self.root);
        if api_ids.is_empty() && parts.is_empty() && new_root.is_none() {
            return false;
        }
        if let Some(root) = new_root {
            self.root = root;
            self.root_changed_at = revision;
        }
        self.generation = revision;
        self.changes.push_back(Change { generation: revision, api_ids, parts });
        while self.changes.len() > CHANGES_REMEMBERED_MAX {
            if let Some(forgotten) = self.changes.pop_front() {
                self.remembered_since = forgotten.generation;
            }
        }
        true
    }

    /// Gives the keys of those that are another now, or gone.
    fn advance_parts(&mut self, parts: Vec<(PartKey, Option<Part>)>) -> Vec<PartKey> {
        let mut news = Vec::new();
        for (key, part) in parts {
            if self.parts.get(&key) != part.as_ref() {
                match part {
                    Some(part) => self.parts.insert(key.clone(), part),
                    None => self.parts.remove(&key),
                };
                news.push(key);
            }
        }
        news
    }

    /// Everything.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            store_id: self.store_id,
            generation: self.generation,
            root: self.root.clone(),
            apis: self.images.values().cloned().collect(),
            parts: self.parts.values().cloned().collect(),
        }
    }

    /// What leads from generation `base` to the newest; `None` when that is no longer remembered.
    pub fn since(&self, base: u64) -> Option<Delta> {
        if base < self.remembered_since || base > self.generation {
            return None;
        }
        let later = || self.changes.iter().rev().take_while(|change| change.generation > base);
        let api_ids: BTreeSet<&String> = later().flat_map(|change| &change.api_ids).collect();
        let keys: BTreeSet<&PartKey> = later().flat_map(|change| &change.parts).collect();
        let part = |key: &PartKey| (key.clone(), self.parts.get(key).cloned());
        let (mut changed, mut removed) = (Vec::new(), Vec::new());
        for api_id in api_ids {
            match self.images.get(api_id) {
                Some(image) => changed.push(Arc::clone(image)),
                None => removed.push(api_id.clone()),
            }
        }
        Some(Delta {
            store_id: self.store_id,
            base,
            generation: self.generation,
            root: (self.root_changed_at > base).then(|| self.root.clone()),
            changed,
            removed,
            parts: keys.into_iter().map(part).collect(),
        })
    }
}
