//! Private integrations: through a VPC link to the hosts that stand in its tags.

use ringgate_model::{Integration, Scheme, Scope, Stage, UriPiece, VpcLink};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::image::DEFAULT_STAGE;
use crate::integration::OriginImage;
use crate::variables::filled;

/// The hosts behind a VPC link, for the integrations of one listener or service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkImage {
    /// `us-east-1/000000000000/abc123/50dc6c495c0c9188`: region, account, link, and the last part
    /// of the ARN. The same in every table, whatever its hosts: pools are found by it.
    pub name: String,
    /// Host (IPv6 without brackets) and port of each target.
    pub targets: Vec<(String, u16)>,
    /// XXH3 (64 bits) of the targets: another one where they changed.
    pub hash: u64,
}

impl LinkImage {
    fn new(name: String, targets: Vec<(String, u16)>) -> Self {
        let hash = Self::hash_of(&targets);
        Self { name, targets, hash }
    }

    /// Heap memory it holds, in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        let hosts = self.targets.iter().map(|target| size_of_val(target) + target.0.len());
        self.name.len() + hosts.sum::<usize>()
    }

    pub(crate) fn hash_of(targets: &[(String, u16)]) -> u64 {
        let mut hasher = Xxh3::new();
        for (host, port) in targets {
            hasher.update(&port.to_le_bytes());
            hasher.update(&(host.len() as u64).to_le_bytes());
            hasher.update(host.as_bytes());
        }
        hasher.digest()
    }
}

/// The VPC links that an API may go through.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Links<'a> {
    pub(crate) scope: &'a Scope,
    pub(crate) all: &'a [VpcLink],
}

/// Where a private integration goes in this stage, and what stands before the path within it: the
/// stage's name goes to the backend, as on AWS (spec section 2.5).
///
/// # Errors
/// Why it leads nowhere.
pub(crate) fn resolve(
    integration: &Integration,
    stage: &Stage,
    links: Links<'_>,
) -> Result<(OriginImage, Vec<UriPiece>), String> {
    let id = integration.connection_id.as_deref().ok_or("the integration names no VPC link")?;
    let id = filled(id, &stage.stage_variables)?;
    let uri = integration.integration_uri.as_deref().ok_or("the integration has no URI")?;
    let uri = filled(uri, &stage.stage_variables)?;
    let link = links.all.iter().find(|link| link.vpc_link_id == id);
    let link = link.ok_or_else(|| format!("the VPC link '{id}' does not exist"))?;
    let targets = link.targets(&uri).map_err(|error| error.to_string())?;
    if targets.is_empty() {
        return Err(format!("no tag of the VPC link '{id}' names targets of '{uri}'"));
    }
    let (scheme, host) = match &integration.tls_config {
        None => (Scheme::Http, String::new()),
        Some(tls) => {
            let name = tls.server_name_to_verify.as_ref();
            let name = name.ok_or("its tlsConfig has no serverNameToVerify")?;
            (Scheme::Https, name.to_ascii_lowercase())
        }
    };
    let name = format!("{}/{id}/{}", links.scope, VpcLink::last_part(&uri));
    let targets = targets.into_iter().map(|it| (it.host.to_ascii_lowercase(), it.port)).collect();
    let origin = OriginImage {
        scheme,
        hash: OriginImage::hash_of(scheme, &host, 0, Some(&name)),
        host,
        port: 0,
        authority: String::new(),
        link: Some(Box::new(LinkImage::new(name, targets))),
    };
    let in_path = stage.stage_name != DEFAULT_STAGE;
    let pieces = in_path.then(|| UriPiece::Literal(format!("/{}", stage.stage_name)));
    Ok((origin, pieces.into_iter().collect()))
}
