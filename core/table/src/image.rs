use std::mem::size_of_val;

use ringgate_auth::policy::ApiArn;
use ringgate_model::Scope;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use crate::StageImage;
use crate::role_session::CALLER;
use crate::trie::NONE;

/// An API as the data plane sees it. Immutable; a change makes a new one.
#[derive(Debug, Serialize, Deserialize)]
pub struct ApiImage {
    pub(crate) api_id: Box<str>,
    pub(crate) scope: Scope,
    /// In ascending order of their names.
    pub(crate) stages: Box<[StageImage]>,
    /// The `$default` stage's index, or [`NONE`]: derived, so it is not sent.
    #[serde(skip)]
    pub(crate) default_stage: u32,
    /// Of the encoded image: derived, so it is not sent.
    #[serde(skip)]
    pub(crate) hash: u128,
}

/// The stage that serves every path whose first part names no stage.
pub(crate) const DEFAULT_STAGE: &str = "$default";

impl ApiImage {
    /// The API's id.
    pub fn api_id(&self) -> &str {
        &self.api_id
    }

    /// The region and account it belongs to.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// What it is called in ARNs of requests.
    pub fn arn(&self) -> ApiArn<'_> {
        ApiArn {
            partition: "aws",
            region: &self.scope.region,
            account: &self.scope.account,
            api_id: &self.api_id,
        }
    }

    /// Every stage, in ascending order of its name.
    pub fn stages(&self) -> &[StageImage] {
        &self.stages
    }

    /// The stage of this name.
    pub fn stage(&self, name: &str) -> Option<&StageImage> {
        // At most ten: a look at each beats a search.
        self.stages.iter().find(|stage| &*stage.name == name)
    }

    /// The issuers of tokens that the JWT authorizers of its stages name; some several times.
    pub fn issuers(&self) -> impl Iterator<Item = &str> {
        let all = self.stages.iter().flat_map(StageImage::jwt_issuers).flatten();
        all.map(|issuer| issuer.issuer.as_str())
    }

    /// The roles that its stages call functions and services with; some several times.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.stages.iter().flat_map(StageImage::roles).filter(|role| *role != CALLER)
    }

    /// XXH3 (128 bits) of everything in it: images with equal hashes serve alike.
    pub fn hash(&self) -> u128 {
        self.hash
    }

    /// Number of routes over all stages.
    pub fn route_count(&self) -> usize {
        self.stages.iter().map(StageImage::route_count).sum()
    }

    /// Heap memory it holds, in bytes.
    pub fn heap_bytes(&self) -> usize {
        self.api_id.len()
            + self.scope.region.capacity()
            + self.scope.account.capacity()
            + size_of_val(&*self.stages)
            + self.stages.iter().map(StageImage::heap_bytes).sum::<usize>()
    }

    /// The image's own bytes, of which the hash is made and which a table update carries.
    pub(crate) fn encode(&self) -> Vec<u8> {
        // Serialising plain data into memory cannot fail; nothing would be refused by `decode`.
        postcard::to_stdvec(self).unwrap_or_default()
    }

    /// Fills in what is derived from the rest; `encoded` are the image's own bytes.
    pub(crate) fn derive(&mut self, encoded: &[u8]) {
        for stage in &mut self.stages {
            stage.trie.derive();
        }
        let default = self.stages.iter().position(|stage| &*stage.name == DEFAULT_STAGE);
        self.default_stage = default.and_then(|at| u32::try_from(at).ok()).unwrap_or(NONE);
        self.hash = xxh3_128(encoded);
    }
}
