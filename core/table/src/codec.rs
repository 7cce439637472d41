use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use xxhash_rust::xxh3::xxh3_64;

use crate::{ApiImage, CertificateImage, Part, PartKey};

/// What stands beside the APIs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    /// The API that serves every Host naming none.
    pub default_api: Option<String>,
    /// What proves to an authority who a name is (RFC 8555 section 8.3): tokens, and what is
    /// answered to who asks for one.
    pub challenges: Vec<(String, String)>,
    /// The same in a handshake of TLS (RFC 8737): names, and what is shown to who looks whether one
    /// is proved.
    pub tls_challenges: Vec<(String, CertificateImage)>,
}

impl Root {
    /// The answer to who asks for the token that a path of `/.well-known/acme-challenge/` names.
    pub fn challenge(&self, path: &str) -> Option<&str> {
        if self.challenges.is_empty() {
            return None;
        }
        let token = path.strip_prefix("/.well-known/acme-challenge/")?;
        let mut challenges = self.challenges.iter();
        challenges.find(|(own, _)| own == token).map(|(_, answer)| answer.as_str())
    }
}

/// A whole table.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The store it was made from.
    pub store_id: [u8; 16],
    /// The store's revision.
    pub generation: u64,
    /// What stands beside the APIs.
    pub root: Root,
    /// Every API.
    pub apis: Vec<Arc<ApiImage>>,
    /// Everything else: custom domain names, issuers.
    pub parts: Vec<Part>,
}

/// What changed since another generation of the same store.
#[derive(Clone, Debug)]
pub struct Delta {
    /// The store it was made from.
    pub store_id: [u8; 16],
    /// The generation it applies to.
    pub base: u64,
    /// The generation it makes.
    pub generation: u64,
    /// The new root, where it changed.
    pub root: Option<Root>,
    /// APIs made or changed.
    pub changed: Vec<Arc<ApiImage>>,
    /// Ids of APIs that are gone.
    pub removed: Vec<String>,
    /// What else was made or changed, and (`None`) what of it is gone.
    pub parts: Vec<(PartKey, Option<Part>)>,
}

/// What the control process sends.
#[derive(Clone, Debug)]
pub enum Update {
    /// A whole table.
    Snapshot(Snapshot),
    /// A change to the last one.
    Delta(Delta),
}

/// Why bytes are no update.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// Fewer bytes than a header, or not as many as it says.
    #[error("the table update has {found} bytes where {wanted} were expected")]
    Length {
        /// Bytes that its header promises, or the header's own.
        wanted: u64,
        /// Bytes there are.
        found: u64,
    },
    /// Not an update at all.
    #[error("not a ringgate table update")]
    Magic,
    /// Made by a ringgate that speaks another version of the format.
    #[error("table format {0}, this ringgate reads {FORMAT_VERSION}")]
    Version(u32),
    /// Damaged on the way.
    #[error("the table update's checksum is wrong")]
    Checksum,
    /// Not the encoding of an update.
    #[error("malformed table update: {0}")]
    Malformed(String),
    /// An image that would lead a lookup astray.
    #[error("{path}: {reason}")]
    Image {
        /// `apis/a1b2c3d4e5/stages/prod/nodes/3`, `domains/api.example.com`
        path: String,
        /// The rule it breaks.
        reason: &'static str,
    },
}

/// Version of the format; a table of another one is refused, and control sends a snapshot instead.
pub(crate) const FORMAT_VERSION: u32 = 5;
const MAGIC: &[u8; 8] = b"RGTABLE\n";
/// Magic, version (u32), payload length (u64) and XXH3 of the payload (u64), all little-endian.
const HEADER_BYTES: usize = 8 + 4 + 8 + 8;

/// An image's own bytes, so that its hash can be taken of them.
#[derive(Debug)]
struct Blob<'a>(Cow<'a, [u8]>);

impl Serialize for Blob<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Blob<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&'de [u8]>::deserialize(deserializer).map(|bytes| Self(bytes.into()))
    }
}

#[derive(Serialize, Deserialize)]
enum Payload<'a> {
    Snapshot {
        store_id: [u8; 16],
        generation: u64,
        root: Root,
        #[serde(borrow)]
        apis: Vec<Blob<'a>>,
        parts: Cow<'a, [Part]>,
    },
    Delta {
        store_id: [u8; 16],
        base: u64,
        generation: u64,
        root: Option<Root>,
        #[serde(borrow)]
        changed: Vec<Blob<'a>>,
        removed: Vec<String>,
        parts: Cow<'a, [(PartKey, Option<Part>)]>,
    },
}

/// The bytes of an update: a header with a checksum, then postcard.
pub fn encode(update: &Update) -> Vec<u8> {
    let payload = match update {
        Update::Snapshot(snapshot) => Payload::Snapshot {
            store_id: snapshot.store_id,
            generation: snapshot.generation,
            root: snapshot.root.clone(),
            apis: blobs(&snapshot.apis),
            parts: Cow::Borrowed(&snapshot.parts),
        },
        Update::Delta(delta) => Payload::Delta {
            store_id: delta.store_id,
            base: delta.base,
            generation: delta.generation,
            root: delta.root.clone(),
            changed: blobs(&delta.changed),
            removed: delta.removed.clone(),
            parts: Cow::Borrowed(&delta.parts),
        },
    };
    // Serialising plain data into memory cannot fail; an empty payload would be refused.
    let mut out = postcard::to_extend(&payload, vec![0; HEADER_BYTES]).unwrap_or_default();
    let body = out.get(HEADER_BYTES..).unwrap_or_default();
    let (length, checksum) = (body.len() as u64, xxh3_64(body));
    let mut header = Vec::with_capacity(HEADER_BYTES);
    header.extend_from_slice(MAGIC);
    header.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    header.extend_from_slice(&length.to_le_bytes());
    header.extend_from_slice(&checksum.to_le_bytes());
    if let Some(place) = out.get_mut(..HEADER_BYTES) {
        place.copy_from_slice(&header);
    }
    out
}

fn blobs(apis: &[Arc<ApiImage>]) -> Vec<Blob<'static>> {
    apis.iter().map(|api| Blob(api.encode().into())).collect()
}

/// Reads an update and checks every index and span in it, so that no lookup can go astray.
///
/// # Errors
/// [`DecodeError`]; where an image is at fault it names the place.
pub fn decode(bytes: &[u8]) -> Result<Update, DecodeError> {
    let (payload, rest) = postcard::take_from_bytes::<Payload<'_>>(checked_payload(bytes)?)
        .map_err(|error| DecodeError::Malformed(error.to_string()))?;
    if !rest.is_empty() {
        return Err(DecodeError::Malformed("bytes behind the end".to_owned()));
    }
    Ok(match payload {
        Payload::Snapshot { store_id, generation, root, apis, parts } => {
            parts.iter().try_for_each(checked)?;
            let (apis, parts) = (images(&apis)?, parts.into_owned());
            Update::Snapshot(Snapshot { store_id, generation, root, apis, parts })
        }
        Payload::Delta { store_id, base, generation, root, changed, removed, parts } => {
            parts.iter().filter_map(|(_, part)| part.as_ref()).try_for_each(checked)?;
            let (changed, parts) = (images(&changed)?, parts.into_owned());
            Update::Delta(Delta { store_id, base, generation, root, changed, removed, parts })
        }
    })
}

fn checked(part: &Part) -> Result<(), DecodeError> {
    let image = |reason| DecodeError::Image { path: part.key().to_string(), reason };
    part.verify().map_err(image)
}

/// The payload behind the header.
fn checked_payload(bytes: &[u8]) -> Result<&[u8], DecodeError> {
    let short = DecodeError::Length { wanted: HEADER_BYTES as u64, found: bytes.len() as u64 };
    let (magic, rest) = bytes.split_first_chunk::<8>().ok_or_else(|| short.clone())?;
    if magic != MAGIC {
        return Err(DecodeError::Magic);
    }
    let (version, rest) = rest.split_first_chunk::<4>().ok_or_else(|| short.clone())?;
    let version = u32::from_le_bytes(*version);
    if version != FORMAT_VERSION {
        return Err(DecodeError::Version(version));
    }
    let (length, rest) = rest.split_first_chunk::<8>().ok_or_else(|| short.clone())?;
    let (checksum, payload) = rest.split_first_chunk::<8>().ok_or(short)?;
    let (wanted, found) = (u64::from_le_bytes(*length), payload.len() as u64);
    if wanted != found {
        return Err(DecodeError::Length { wanted, found });
    }
    if xxh3_64(payload) != u64::from_le_bytes(*checksum) {
        return Err(DecodeError::Checksum);
    }
    Ok(payload)
}

fn images(blobs: &[Blob<'_>]) -> Result<Vec<Arc<ApiImage>>, DecodeError> {
    blobs.iter().map(|blob| image(&blob.0).map(Arc::new)).collect()
}

fn image(bytes: &[u8]) -> Result<ApiImage, DecodeError> {
    let (mut image, rest) = postcard::take_from_bytes::<ApiImage>(bytes)
        .map_err(|error| DecodeError::Malformed(error.to_string()))?;
    if !rest.is_empty() {
        return Err(DecodeError::Malformed("bytes behind the end of an image".to_owned()));
    }
    image.derive(bytes);
    image.verify().map_err(|fault| DecodeError::Image {
        path: format!("apis/{}{}", image.api_id, fault.path),
        reason: fault.reason,
    })?;
    Ok(image)
}
