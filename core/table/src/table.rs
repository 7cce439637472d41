use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::mem::size_of;
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::{HashSet, HashTable};
use memchr::memchr;
use thiserror::Error;

use crate::domains::Domains;
use crate::image::DEFAULT_STAGE;
use crate::{ApiImage, Delta, DomainImage, HasField, IamImage, IssuerImage, Part, PartKey, Root};
use crate::{RoleSessionImage, Snapshot, StageImage, hosts};

/// Everything the data plane serves, at one generation of the store.
///
/// Tables share the images that did not change between them.
#[derive(Clone, Debug)]
pub struct Table {
    store_id: [u8; 16],
    generation: u64,
    root: Root,
    apis: HashTable<Arc<ApiImage>>,
    domains: Domains,
    /// By their URLs.
    issuers: BTreeMap<Box<str>, Arc<IssuerImage>>,
    /// By account.
    iam: BTreeMap<Box<str>, Arc<IamImage>>,
    /// By API, and by the ARN of the role.
    sessions: BTreeMap<Box<str>, BTreeMap<Box<str>, Arc<RoleSessionImage>>>,
    /// The API that the root names, if it is there.
    default_api: Option<Arc<ApiImage>>,
}

/// Why a snapshot or delta makes no table. The old table stays.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{path}: {reason}")]
pub struct BuildError {
    /// `base`, `storeId`, `apis/a1b2c3d4e5` or `domains/api.example.com`.
    pub path: String,
    /// The rule it breaks.
    pub reason: String,
}

/// Where a request goes.
#[derive(Clone, Copy, Debug)]
pub struct Located<'t> {
    /// The API.
    pub api: &'t Arc<ApiImage>,
    /// The stage.
    pub stage: &'t StageImage,
    /// `path[path_start..]` is the path within the stage; "" means "/".
    pub path_start: usize,
    /// Of a custom domain name: the mapping key, or the base path of the routing rule, that
    /// matched (`$context.customDomain.basePathMatched`); empty: one that matches every path.
    pub base_path: Option<&'t str>,
}

/// Why a request goes nowhere (spec section 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Miss {
    /// No API serves this host, or none of its mappings this path: 403 `{"message":"Forbidden"}`.
    Forbidden,
    /// The API has no such stage or its endpoint is disabled: 404 `{"message":"Not Found"}`.
    NotFound,
    /// The host is a custom domain name with mutual TLS, and it was not said that the client is
    /// let in.
    MutualTls,
    /// `/ping` or `/sping` of a custom domain name, which AWS keeps for health checks: 200.
    HealthCheck,
}

impl Table {
    /// No APIs, generation 0 of no store.
    pub fn empty() -> Self {
        Self {
            store_id: [0; 16],
            generation: 0,
            root: Root::default(),
            apis: HashTable::new(),
            domains: Domains::default(),
            issuers: BTreeMap::new(),
            iam: BTreeMap::new(),
            sessions: BTreeMap::new(),
            default_api: None,
        }
    }

    /// The table of a snapshot.
    ///
    /// # Errors
    /// When two of its APIs have the same id, or two of its custom domain names are the same.
    pub fn from_snapshot(snapshot: Snapshot) -> Result<Self, BuildError> {
        let mut table = Self {
            store_id: snapshot.store_id,
            generation: snapshot.generation,
            root: snapshot.root,
            apis: HashTable::with_capacity(snapshot.apis.len()),
            domains: Domains::default(),
            issuers: BTreeMap::new(),
            iam: BTreeMap::new(),
            sessions: BTreeMap::new(),
            default_api: None,
        };
        for api in snapshot.apis {
            if table.api(api.api_id()).is_some() {
                return Err(twice(api.api_id()));
            }
            table.put(api);
        }
        snapshot.parts.into_iter().try_for_each(|part| table.put_part(part))?;
        table.find_default();
        Ok(table)
    }

    /// This table with a delta applied.
    ///
    /// # Errors
    /// When the delta was made from another store or for another generation, or names an API or a
    /// custom domain name twice.
    pub fn apply(&self, delta: Delta) -> Result<Self, BuildError> {
        let refuse = |path: &str, reason| BuildError { path: path.to_owned(), reason };
        if delta.store_id != self.store_id {
            return Err(refuse("storeId", "the delta is from another store".to_owned()));
        }
        if delta.base != self.generation {
            let reason = format!("made for {}, this table is {}", delta.base, self.generation);
            return Err(refuse("base", reason));
        }
        if delta.generation <= delta.base {
            let reason = format!("{} does not come after {}", delta.generation, delta.base);
            return Err(refuse("generation", reason));
        }
        let mut table = self.clone();
        table.generation = delta.generation;
        let mut seen = HashSet::with_hasher(FixedState::default());
        for api_id in delta.removed.iter().map(String::as_str) {
            if !seen.insert(api_id) {
                return Err(twice(api_id));
            }
            table.remove(api_id);
        }
        for api in &delta.changed {
            if !seen.insert(api.api_id()) {
                return Err(twice(api.api_id()));
            }
            table.remove(api.api_id());
            table.put(Arc::clone(api));
        }
        for (key, _) in &delta.parts {
            table.remove_part(key);
        }
        let parts = delta.parts.into_iter().filter_map(|(_, part)| part);
        parts.into_iter().try_for_each(|part| table.put_part(part))?;
        if let Some(root) = delta.root {
            table.root = root;
        }
        table.find_default();
        Ok(table)
    }

    /// The snapshot that makes this table, everything in ascending order.
    pub fn snapshot(&self) -> Snapshot {
        let mut apis: Vec<_> = self.apis().cloned().collect();
        apis.sort_unstable_by(|a, b| a.api_id.cmp(&b.api_id));
        let mut domains: Vec<_> = self.domains().cloned().collect();
        domains.sort_unstable_by(|a, b| a.name().cmp(b.name()));
        let issuers = self.issuers.values().cloned().map(Part::Issuer);
        let iam = self.iam.values().cloned().map(Part::Iam);
        let sessions = self.sessions().cloned().map(Part::Session);
        let domains = domains.into_iter().map(Part::Domain);
        Snapshot {
            store_id: self.store_id,
            generation: self.generation,
            root: self.root.clone(),
            apis,
            parts: domains.chain(issuers).chain(iam).chain(sessions).collect(),
        }
    }

    /// The store's revision it shows.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The store it was made from.
    pub fn store_id(&self) -> [u8; 16] {
        self.store_id
    }

    /// What stands beside the APIs.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// The API that serves every Host naming none, if the table has it.
    pub fn default_api_id(&self) -> Option<&str> {
        self.default_api.as_ref().map(|api| api.api_id())
    }

    /// Every API, in no particular order.
    pub fn apis(&self) -> impl Iterator<Item = &Arc<ApiImage>> {
        self.apis.iter()
    }

    /// Every custom domain name, in no particular order.
    pub fn domains(&self) -> impl Iterator<Item = &Arc<DomainImage>> {
        self.domains.iter()
    }

    /// Who may call routes with `AWS_IAM`, account by account.
    pub fn iam(&self) -> impl Iterator<Item = &Arc<IamImage>> {
        self.iam.values()
    }

    /// The same of one account.
    pub fn iam_of(&self, account: &str) -> Option<&Arc<IamImage>> {
        self.iam.get(account)
    }

    /// The sessions of every role that APIs name.
    pub fn sessions(&self) -> impl Iterator<Item = &Arc<RoleSessionImage>> {
        self.sessions.values().flat_map(BTreeMap::values)
    }

    /// The session of a role that the calls of an API are signed with.
    pub fn session(&self, api_id: &str, role_arn: &str) -> Option<&Arc<RoleSessionImage>> {
        self.sessions.get(api_id)?.get(role_arn)
    }

    /// The issuer of this URL, to the letter.
    pub fn issuer(&self, issuer: &str) -> Option<&Arc<IssuerImage>> {
        self.issuers.get(issuer)
    }

    /// The API of this id.
    pub fn api(&self, api_id: &str) -> Option<&Arc<ApiImage>> {
        self.api_named(api_id.as_bytes())
    }

    fn api_named(&self, api_id: &[u8]) -> Option<&Arc<ApiImage>> {
        self.apis.find(hash(api_id), |api| api.api_id.as_bytes() == api_id)
    }

    /// Number of APIs.
    pub fn api_count(&self) -> usize {
        self.apis.len()
    }

    /// Number of routes over all stages of all APIs.
    pub fn route_count(&self) -> usize {
        self.apis().map(|api| api.route_count()).sum()
    }

    /// Heap memory it holds, in bytes, images shared with other tables included.
    pub fn heap_bytes(&self) -> usize {
        let image = |api: &Arc<ApiImage>| size_of::<ApiImage>() + api.heap_bytes();
        self.apis.allocation_size()
            + self.apis().map(image).sum::<usize>()
            + self.domains.heap_bytes()
    }

    /// The API and stage for a request, by its Host and raw path (spec section 2.1).
    ///
    /// A Host `{api}.execute-api.*` names the API, and one that does not exist is forbidden. A
    /// custom domain name leads where its routing rules and API mappings say; `has_field` tells
    /// the rules about the request's header fields. Under any other Host the path forms
    /// `/_aws/execute-api/{api}/{stage}/…` and
    /// `/restapis/{api}/{stage}/_user_request_/…` name API and stage; everything else goes to the
    /// root's default API. But for custom domain names the stage is then the one that the path's
    /// first part names, else `$default`.
    ///
    /// `admits` is asked before anything else of a custom domain name with mutual TLS is looked at,
    /// whether its client is let in.
    ///
    /// # Errors
    /// [`Miss`] says which answer the client gets.
    pub fn locate_by(
        &self,
        host: Option<&str>,
        path: &str,
        has_field: HasField<'_>,
        admits: &dyn Fn(&DomainImage) -> bool,
    ) -> Result<Located<'_>, Miss> {
        if let Some(label) = host.and_then(hosts::api_of_host) {
            let api = self.api_named(label.as_bytes()).ok_or(Miss::Forbidden)?;
            return by_first_part(api, path).and_then(Located::enabled);
        }
        if !self.domains.is_empty()
            && let Some(domain) = host.and_then(|host| self.domains.of_host(host))
        {
            if domain.mutual_tls() && !admits(domain) {
                return Err(Miss::MutualTls);
            }
            return self.by_domain(domain, path, has_field);
        }
        if let Some(form) = hosts::path_form(path) {
            let api = self.api(form.api_id).ok_or(Miss::Forbidden)?;
            let stage = api.stage(form.stage).ok_or(Miss::NotFound)?;
            let path_start = form.path_start;
            return Located { api, stage, path_start, base_path: None }.enabled();
        }
        by_first_part(self.default_api.as_ref().ok_or(Miss::Forbidden)?, path)
    }

    /// The same for a request without any header field that rules might ask for, and without a
    /// certificate.
    ///
    /// # Errors
    /// As [`Table::locate_by`].
    pub fn locate(&self, host: Option<&str>, path: &str) -> Result<Located<'_>, Miss> {
        self.locate_by(host, path, &|_, _| false, &|_| false)
    }

    /// By the rules and mappings of a custom domain name. That an API's own endpoint is closed
    /// changes nothing here; where nothing matches AWS answers 403 (spec section 2.1).
    #[inline(never)]
    fn by_domain<'t>(
        &'t self,
        domain: &'t DomainImage,
        path: &str,
        has_field: HasField<'_>,
    ) -> Result<Located<'t>, Miss> {
        if matches!(path, "/ping" | "/sping") {
            return Err(Miss::HealthCheck);
        }
        let way = domain.way(path, has_field).ok_or(Miss::Forbidden)?;
        let api = self.api(&way.to.api_id).ok_or(Miss::Forbidden)?;
        let stage = api.stage(&way.to.stage).ok_or(Miss::NotFound)?;
        let (path_start, base_path) = (way.path_start, Some(way.base_path));
        Ok(Located { api, stage, path_start, base_path })
    }

    fn put(&mut self, api: Arc<ApiImage>) {
        let id_hash = hash(api.api_id.as_bytes());
        self.apis.insert_unique(id_hash, api, |api| hash(api.api_id.as_bytes()));
    }

    fn remove(&mut self, api_id: &str) {
        if let Ok(entry) =
            self.apis.find_entry(hash(api_id.as_bytes()), |api| &*api.api_id == api_id)
        {
            entry.remove();
        }
    }

    fn put_part(&mut self, part: Part) -> Result<(), BuildError> {
        let path = part.key().to_string();
        let is_new = match part {
            Part::Domain(domain) => self.domains.put(domain),
            Part::Issuer(issuer) => {
                issuer.prepared();
                self.issuers.insert(issuer.issuer().into(), issuer).is_none()
            }
            Part::Iam(iam) => self.iam.insert(iam.account.clone(), iam).is_none(),
            Part::Session(it) => {
                let of_api = self.sessions.entry(it.api_id().into()).or_default();
                of_api.insert(it.role_arn().into(), it).is_none()
            }
        };
        let reason = "it stands twice in the update".to_owned();
        if is_new { Ok(()) } else { Err(BuildError { path, reason }) }
    }

    fn remove_part(&mut self, key: &PartKey) {
        match key {
            PartKey::Domain(name) => self.domains.remove(name),
            PartKey::Issuer(issuer) => {
                self.issuers.remove(issuer.as_str());
            }
            PartKey::Iam(account) => {
                self.iam.remove(account.as_str());
            }
            PartKey::Session(api_id, role) => {
                let of_api = self.sessions.get_mut(api_id.as_str());
                if of_api.is_some_and(|it| it.remove(role.as_str()).is_some() && it.is_empty()) {
                    self.sessions.remove(api_id.as_str());
                }
            }
        }
    }

    fn find_default(&mut self) {
        let default = self.root.default_api.as_deref();
        self.default_api = default.and_then(|api_id| self.api(api_id).cloned());
    }
}

impl<'t> Located<'t> {
    /// What of the path a custom domain name's mapping or rule took, without a slash at either end:
    /// payload 1.0 of Lambda keeps it in its paths, 2.0 drops it (spec section 2.6).
    pub fn mapping_key(&self) -> &'t str {
        // A rule may leave the base path where it is.
        if self.path_start == 0 { "" } else { self.base_path.unwrap_or_default() }
    }

    /// Refuses the stage whose deployment closed the `execute-api` endpoint.
    fn enabled(self) -> Result<Self, Miss> {
        if self.stage.disable_execute_api_endpoint { Err(Miss::NotFound) } else { Ok(self) }
    }
}

/// The stage that the first part of the path names, else `$default`.
fn by_first_part<'t>(api: &'t Arc<ApiImage>, path: &str) -> Result<Located<'t>, Miss> {
    let rest = path.strip_prefix('/').unwrap_or(path);
    let len = memchr(b'/', rest.as_bytes()).unwrap_or(rest.len());
    let first = rest.get(..len).unwrap_or_default();
    if first != DEFAULT_STAGE
        && let Some(stage) = api.stage(first)
    {
        let path_start = path.len() - rest.len() + len;
        return Ok(Located { api, stage, path_start, base_path: None });
    }
    let stage = api.stages.get(api.default_stage as usize).ok_or(Miss::NotFound)?;
    Ok(Located { api, stage, path_start: 0, base_path: None })
}

fn hash(api_id: &[u8]) -> u64 {
    FixedState::default().hash_one(api_id)
}

fn twice(api_id: &str) -> BuildError {
    let reason = "the API stands twice in the update".to_owned();
    BuildError { path: format!("apis/{api_id}"), reason }
}
