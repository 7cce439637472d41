use std::fs::{File, OpenOptions};
use std::ops::Bound;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use redb::{
    Database, DatabaseError, Durability, ReadableDatabase, ReadableTable, TableDefinition,
    TableError, WriteTransaction,
};
use ringgate_admin::{Store, StoreError, Transaction};

use tokio::sync::watch;

use crate::entropy;
use crate::limits::STORE_CACHE_BYTES_MAX;

/// The newest layout of keys and values that this program writes and reads.
///
/// 2 has what 1 has and more: authorizers, models, responses, custom domain names, VPC links, and
/// members of routes and stages that a program of format 1 would serve without. So a store of
/// format 1 is opened as it is, and is of format 2 from then on: the older program refuses it.
pub const FORMAT: u64 = 2;

const ENTRIES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("entries");
const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
const META_FORMAT: &str = "format";
const META_REVISION: &str = "revision";
const META_STORE_ID: &str = "store-id";

/// The [`Store`] of one machine: a redb file, each commit synced to the disk before it returns.
#[derive(Debug)]
pub struct RedbStore {
    database: Database,
    store_id: [u8; 16],
    // A copy of META_REVISION, raised only after the commit that wrote it is on the disk.
    revision: AtomicU64,
    // The first error after which nothing works any more.
    broken: watch::Sender<Option<String>>,
}

/// Why a store cannot be opened. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process holds the file.
    #[error(
        "{} is in use: another ringgate-control runs on this data directory. Stop it, or give \
         another --data-dir", .0.display()
    )]
    InUse(PathBuf),
    /// A later version wrote the file.
    #[error(
        "{} has format {found}, this ringgate-control knows up to {FORMAT}: it was written by a \
         newer version. Run that one, or give another --data-dir", path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u64,
    },
    /// Not a store, damaged, or not to be read or written.
    #[error("{} cannot be opened: {reason}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// The reason as the system or redb gave it.
        reason: String,
    },
}

impl RedbStore {
    /// Opens the store at `path`, making it (mode 0600) when it is not there.
    ///
    /// # Errors
    /// [`OpenError`]: in use, written by a newer version, or unusable.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let unusable = |reason: String| OpenError::Unusable { path: path.to_owned(), reason };
        create_private(path).map_err(|error| unusable(error.to_string()))?;
        let database = Database::builder()
            .set_cache_size(STORE_CACHE_BYTES_MAX)
            .create(path)
            .map_err(|error| match error {
                DatabaseError::DatabaseAlreadyOpen => OpenError::InUse(path.to_owned()),
                error => unusable(error.to_string()),
            })?;
        let meta = read_meta(&database).map_err(|error| unusable(error.to_string()))?;
        let (store_id, revision) = match meta {
            Some(Meta { format, .. }) if format > FORMAT => {
                return Err(OpenError::Newer { path: path.to_owned(), found: format });
            }
            Some(Meta { format, store_id, revision }) => {
                if format < FORMAT {
                    raise_format(&database).map_err(|error| unusable(error.to_string()))?;
                }
                (store_id, revision)
            }
            None => {
                let store_id = entropy::bytes();
                initialise(&database, store_id).map_err(|error| unusable(error.to_string()))?;
                (store_id, 0)
            }
        };
        let (revision, broken) = (AtomicU64::new(revision), watch::Sender::default());
        Ok(Self { database, store_id, revision, broken })
    }

    /// The random id that the store got when it was made.
    pub fn store_id(&self) -> [u8; 16] {
        self.store_id
    }

    /// Waits until the disk failed (no space, an I/O error), and says how. From then on redb
    /// refuses everything, whatever the disk does: the process has to end and to open the store
    /// anew.
    pub async fn broken(&self) -> String {
        let mut broken = self.broken.subscribe();
        // The sender lives as long as `self`.
        let reason = broken.wait_for(Option::is_some).await.map(|reason| reason.clone());
        reason.ok().flatten().unwrap_or_default()
    }

    /// What callers are told of an error; one that nothing works after is noted, once.
    fn failed(&self, error: impl Into<redb::Error>) -> StoreError {
        let error = error.into();
        let reason = error.to_string();
        if is_final(&error) {
            self.broken.send_if_modified(|broken| {
                let first = broken.is_none();
                if first {
                    tracing::error!(%reason, "the store failed: no space, or a bad disk?");
                    *broken = Some(reason.clone());
                }
                first
            });
        }
        StoreError::Unavailable(reason)
    }
}

impl Store for RedbStore {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let transaction = self.database.begin_read().map_err(|error| self.failed(error))?;
        let entries = transaction.open_table(ENTRIES).map_err(|error| self.failed(error))?;
        let value = entries.get(key).map_err(|error| self.failed(error))?;
        Ok(value.map(|value| value.value().to_vec()))
    }

    fn range(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let start = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let transaction = self.database.begin_read().map_err(|error| self.failed(error))?;
        let entries = transaction.open_table(ENTRIES).map_err(|error| self.failed(error))?;
        let mut found = Vec::new();
        for entry in
            entries.range::<&str>((start, Bound::Unbounded)).map_err(|error| self.failed(error))?
        {
            let (key, value) = entry.map_err(|error| self.failed(error))?;
            if found.len() == limit || !key.value().starts_with(prefix) {
                break;
            }
            found.push((key.value().to_owned(), value.value().to_vec()));
        }
        Ok(found)
    }

    fn revision(&self) -> u64 {
        self.revision.load(Ordering::Acquire)
    }

    fn commit(&self, transaction: Transaction) -> Result<u64, StoreError> {
        // redb has one write transaction at a time: what is read here holds until the commit.
        let write = begin(&self.database).map_err(|error| self.failed(error))?;
        let revision = {
            let mut entries = write.open_table(ENTRIES).map_err(|error| self.failed(error))?;
            for (key, wanted) in transaction.checks {
                let found = entries.get(key.as_str()).map_err(|error| self.failed(error))?;
                if found.as_ref().map(redb::AccessGuard::value) != wanted.as_deref() {
                    return Err(StoreError::Conflict { key });
                }
            }
            for (key, value) in transaction.writes {
                match value {
                    Some(value) => entries.insert(key.as_str(), value.as_slice()),
                    None => entries.remove(key.as_str()),
                }
                .map_err(|error| self.failed(error))?;
            }
            let mut meta = write.open_table(META).map_err(|error| self.failed(error))?;
            let revision =
                read_u64(&meta, META_REVISION).map_err(|error| self.failed(error))?.unwrap_or(0)
                    + 1;
            meta.insert(META_REVISION, revision.to_be_bytes().as_slice())
                .map_err(|error| self.failed(error))?;
            revision
        };
        write.commit().map_err(|error| self.failed(error))?;
        self.revision.fetch_max(revision, Ordering::AcqRel);
        Ok(revision)
    }
}

struct Meta {
    format: u64,
    revision: u64,
    store_id: [u8; 16],
}

/// None: a new file.
fn read_meta(database: &Database) -> Result<Option<Meta>, redb::Error> {
    let transaction = database.begin_read()?;
    let meta = match transaction.open_table(META) {
        Ok(meta) => meta,
        Err(TableError::TableDoesNotExist(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let store_id = meta.get(META_STORE_ID)?.and_then(|value| value.value().try_into().ok());
    Ok(Some(Meta {
        format: read_u64(&meta, META_FORMAT)?.unwrap_or(u64::MAX),
        revision: read_u64(&meta, META_REVISION)?.unwrap_or(0),
        store_id: store_id.unwrap_or_default(),
    }))
}

fn initialise(database: &Database, store_id: [u8; 16]) -> Result<(), redb::Error> {
    let write = begin(database)?;
    {
        write.open_table(ENTRIES)?;
        let mut meta = write.open_table(META)?;
        meta.insert(META_FORMAT, FORMAT.to_be_bytes().as_slice())?;
        meta.insert(META_REVISION, 0u64.to_be_bytes().as_slice())?;
        meta.insert(META_STORE_ID, store_id.as_slice())?;
    }
    Ok(write.commit()?)
}

/// Says that older programs must not open the store any more.
fn raise_format(database: &Database) -> Result<(), redb::Error> {
    let write = begin(database)?;
    write.open_table(META)?.insert(META_FORMAT, FORMAT.to_be_bytes().as_slice())?;
    Ok(write.commit()?)
}

fn begin(database: &Database) -> Result<WriteTransaction, redb::Error> {
    let mut write = database.begin_write()?;
    write.set_durability(Durability::Immediate)?;
    Ok(write)
}

fn read_u64(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
    key: &str,
) -> Result<Option<u64>, redb::StorageError> {
    let value = table.get(key)?;
    Ok(value.and_then(|value| value.value().try_into().ok().map(u64::from_be_bytes)))
}

/// The file with mode 0600 (it holds secret keys), its name durable in its directory.
fn create_private(path: &Path) -> std::io::Result<()> {
    let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match created {
        Ok(_) => {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// True for errors after which redb works no more, or nothing it says can be trusted: only opening
/// the file anew, which repairs it, helps.
fn is_final(error: &redb::Error) -> bool {
    use redb::Error::{
        Corrupted, DatabaseClosed, Io, LockPoisoned, PreviousIo, TransactionPoisoned,
    };
    matches!(
        error,
        Corrupted(_) | DatabaseClosed | Io(_) | LockPoisoned(_) | PreviousIo | TransactionPoisoned
    )
}
