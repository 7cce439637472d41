use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use crate::{DomainImage, hosts};

/// The custom domain names of a table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Domains {
    by_name: HashTable<Arc<DomainImage>>,
}

impl Domains {
    pub(crate) fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<DomainImage>> {
        self.by_name.iter()
    }

    /// The one that serves a `Host`, its case, its port and a last dot aside: the exact name, else
    /// the wildcard for its first label. As in a certificate, `*` is one label and never none.
    #[inline(never)]
    pub(crate) fn of_host(&self, host: &str) -> Option<&Arc<DomainImage>> {
        let mut folded = hosts::folded(host)?;
        self.get(folded.as_bytes()).or_else(|| self.get(folded.wildcard()?))
    }

    /// False when there is one of that name already.
    pub(crate) fn put(&mut self, domain: Arc<DomainImage>) -> bool {
        let name = domain.name().as_bytes();
        if self.get(name).is_some() {
            return false;
        }
        self.by_name.insert_unique(hash(name), domain, |it| hash(it.name().as_bytes()));
        true
    }

    pub(crate) fn remove(&mut self, name: &str) {
        if let Ok(entry) =
            self.by_name.find_entry(hash(name.as_bytes()), |domain| domain.name() == name)
        {
            entry.remove();
        }
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        let image = |domain: &Arc<DomainImage>| size_of::<DomainImage>() + domain.heap_bytes();
        self.by_name.allocation_size() + self.iter().map(image).sum::<usize>()
    }

    fn get(&self, name: &[u8]) -> Option<&Arc<DomainImage>> {
        self.by_name.find(hash(name), |domain| domain.name().as_bytes() == name)
    }
}

fn hash(name: &[u8]) -> u64 {
    FixedState::default().hash_one(name)
}
