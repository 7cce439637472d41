//! Code on disk: zip files unpacked under their hash, and directories used in place.

mod directory;
mod unzip;

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use ringgate_auth::sigv4::body_sha256;

pub(crate) use directory::fingerprint;
use unzip::unzip;

use crate::function::Code;
use crate::{ApiError, entropy, hex};

/// What stands in the name of a directory that is not whole yet.
const UNFINISHED: &str = ".new-";

/// The directories of code. One stays as long as somebody runs what is in it.
#[derive(Debug)]
pub(crate) struct Shelf {
    dir: PathBuf,
    used: Mutex<HashMap<PathBuf, Weak<PathBuf>>>,
}

impl Shelf {
    /// Makes the directory where it is missing.
    ///
    /// # Errors
    /// A sentence for people.
    pub(crate) fn open(dir: PathBuf) -> Result<Self, String> {
        fs::create_dir_all(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
        Ok(Self { dir, used: Mutex::default() })
    }

    /// The directory of some code, held.
    pub(crate) fn place(&self, code: &Code) -> Arc<PathBuf> {
        let path = match code {
            Code::Zip { sha256, .. } => self.dir.join(sha256),
            Code::Directory { path } => PathBuf::from(path),
        };
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = used.get(&path).and_then(Weak::upgrade) {
            return held;
        }
        let held = Arc::new(path.clone());
        used.insert(path, Arc::downgrade(&held));
        held
    }

    /// Unpacks a zip file and makes it last. Gives the code with its directory, which is held so
    /// that nobody sweeps it away before it is referred to.
    ///
    /// # Errors
    /// [`ZipError`] in AWS's words, or the disk.
    pub(crate) fn put(&self, zip: &[u8]) -> Result<(Code, Arc<PathBuf>), ApiError> {
        let code = Code::Zip { sha256: hex(&body_sha256(zip)), bytes: zip.len() as u64 };
        let place = self.place(&code);
        if place.is_dir() {
            return Ok((code, place));
        }
        let disk = |error: std::io::Error| ApiError::internal(format!("the disk: {error}"));
        let new = self.dir.join(format!("{UNFINISHED}{}", entropy::uuid()));
        fs::create_dir(&new).map_err(disk)?;
        let unpacked = unzip(zip, &new).map_err(ApiError::from).and_then(|()| {
            // All of it is on the disk before its name is.
            rustix::fs::syncfs(File::open(&new).map_err(disk)?)
                .map_err(|error| disk(error.into()))?;
            match fs::rename(&new, place.as_path()) {
                // The same file was unpacked at the same time.
                Err(_) if place.is_dir() => fs::remove_dir_all(&new).map_err(disk),
                renamed => renamed.map_err(disk),
            }
        });
        if unpacked.is_err() {
            let _ = fs::remove_dir_all(&new);
        }
        unpacked?;
        File::open(&self.dir).and_then(|dir| dir.sync_all()).map_err(disk)?;
        Ok((code, place))
    }

    /// Removes what is neither referred to nor used, and what a killed process left half unpacked.
    /// `referred` gives the names that are referred to now; `starting` says that nobody unpacks at
    /// the moment.
    pub(crate) fn sweep(&self, referred: impl Fn() -> HashSet<String>, starting: bool) {
        let Ok(entries) = fs::read_dir(&self.dir) else { return };
        let before = referred();
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with(UNFINISHED) {
                if starting {
                    let _ = fs::remove_dir_all(entry.path());
                }
            } else if !before.contains(&name) {
                let aside = self.dir.join(format!("{UNFINISHED}{}", entropy::uuid()));
                if self.put_aside(&entry.path(), &aside, || referred().contains(&name)) {
                    let _ = fs::remove_dir_all(aside);
                }
            }
        }
    }

    /// Renames a directory that nobody uses or refers to. Both are looked at under the lock:
    /// whoever makes code last holds it until it is referred to.
    fn put_aside(&self, path: &Path, aside: &Path, is_referred: impl Fn() -> bool) -> bool {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|_, held| held.strong_count() > 0);
        !used.contains_key(path) && !is_referred() && fs::rename(path, aside).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_stays_while_it_is_referred_to_or_used() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(dir.path().to_owned()).unwrap();
        fs::create_dir(dir.path().join(".new-left")).unwrap();
        let code = Code::Zip { sha256: "ab".to_owned(), bytes: 1 };
        fs::create_dir(dir.path().join("ab")).unwrap();
        let place = shelf.place(&code);
        shelf.sweep(HashSet::new, false);
        drop(place);
        shelf.sweep(|| HashSet::from(["ab".to_owned()]), false);
        assert!(dir.path().join("ab").is_dir());
        shelf.sweep(HashSet::new, true);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
