//! Functions on disk: one JSON file each, replaced by rename once it is safe there.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ringgate_model::Scope;

use crate::ApiError;
use crate::function::Function;

const ENDING: &str = ".json";

/// Every function, in memory and on disk.
#[derive(Debug)]
pub(crate) struct Store {
    dir: PathBuf,
    functions: Mutex<BTreeMap<(Scope, String), Arc<Function>>>,
    /// One change at a time, over its write.
    changing: tokio::sync::Mutex<()>,
}

impl Store {
    /// Reads what is there.
    ///
    /// # Errors
    /// A sentence: the directory cannot be made, or a file in it is no function.
    pub(crate) fn open(dir: PathBuf) -> Result<Self, String> {
        fs::create_dir_all(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
        let mut functions = BTreeMap::new();
        let entries = fs::read_dir(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
        for entry in entries {
            let path = entry.map_err(|error| format!("{}: {error}", dir.display()))?.path();
            if !path.to_string_lossy().ends_with(ENDING) {
                // What a killed process was about to rename was not acknowledged.
                let _ = fs::remove_file(&path);
                continue;
            }
            let function = read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let key = (function.scope.clone(), function.name.clone());
            functions.insert(key, Arc::new(function));
        }
        Ok(Self { dir, functions: Mutex::new(functions), changing: tokio::sync::Mutex::default() })
    }

    /// A function by name.
    pub(crate) fn get(&self, scope: &Scope, name: &str) -> Option<Arc<Function>> {
        self.lock().get(&(scope.clone(), name.to_owned())).cloned()
    }

    /// The functions of a region and account, by name.
    pub(crate) fn list(&self, scope: &Scope) -> Vec<Arc<Function>> {
        let functions = self.lock();
        functions.iter().filter(|((of, _), _)| of == scope).map(|(_, f)| Arc::clone(f)).collect()
    }

    /// Every function.
    pub(crate) fn all(&self) -> Vec<Arc<Function>> {
        self.lock().values().cloned().collect()
    }

    /// Makes, changes or removes a function: `change` gets what is there and gives what shall be,
    /// with an answer. Returns once that is on disk.
    ///
    /// # Errors
    /// Those of `change`, and of the disk; nothing is changed then.
    pub(crate) async fn change<T>(
        &self,
        scope: &Scope,
        name: &str,
        change: impl FnOnce(Option<Function>) -> Result<(Option<Function>, T), ApiError>,
    ) -> Result<T, ApiError> {
        let _alone = self.changing.lock().await;
        let before = self.get(scope, name);
        let (after, answer) = change(before.as_deref().cloned())?;
        if after.as_ref() == before.as_deref() {
            return Ok(answer);
        }
        let path = self.path(scope, name);
        let text = after.as_ref().map(serde_json::to_vec_pretty).transpose();
        let text = text.map_err(|error| ApiError::internal(error.to_string()))?;
        let written = tokio::task::spawn_blocking(move || match text {
            Some(text) => write(&path, &text),
            None => remove(&path),
        });
        let written = written.await.map_err(|error| ApiError::internal(error.to_string()))?;
        written.map_err(|error| ApiError::internal(format!("the disk: {error}")))?;
        let key = (scope.clone(), name.to_owned());
        match after {
            Some(function) => self.lock().insert(key, Arc::new(function)),
            None => self.lock().remove(&key),
        };
        Ok(answer)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<(Scope, String), Arc<Function>>> {
        self.functions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Regions, accounts and names hold no dot and no slash.
    fn path(&self, Scope { region, account }: &Scope, name: &str) -> PathBuf {
        self.dir.join(format!("{account}.{region}.{name}{ENDING}"))
    }
}

fn read(path: &Path) -> Result<Function, String> {
    let text = fs::read(path).map_err(|error| error.to_string())?;
    serde_json::from_slice(&text).map_err(|error| error.to_string())
}

/// Puts a file in place of another, or of none, as one step that survives a crash.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let mut file = File::create(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_parent(path)
}

/// Removes a file so that it stays gone after a crash.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(()) => sync_parent(path),
    }
}

fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::function::{Code, Version};

    pub(crate) fn function(name: &str) -> Function {
        let code = Code::Directory { path: "/nowhere".to_owned() };
        let latest = Version {
            runtime: "provided.al2023".to_owned(),
            handler: "h".to_owned(),
            role: "arn:aws:iam::000000000000:role/r".to_owned(),
            description: String::new(),
            timeout_s: 3,
            memory_mb: 128,
            ephemeral_mb: 512,
            architectures: vec!["x86_64".to_owned()],
            environment: None,
            log_group: None,
            code,
            modified_ms: 1,
            revision_id: "r1".to_owned(),
        };
        Function::new(Scope::new("us-east-1", "000000000000"), name, latest)
    }

    #[tokio::test]
    async fn what_was_changed_is_there_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path().to_owned()).unwrap();
        let made = function("f");
        let scope = made.scope.clone();
        store.change(&scope, "f", |_| Ok((Some(made.clone()), ()))).await.unwrap();
        let refused: Result<(), _> =
            store.change(&scope, "f", |_| Err(ApiError::conflict("no"))).await;
        assert_eq!(refused.unwrap_err().status, 409);
        fs::write(dir.path().join("torn.json.new"), "{").unwrap();

        let store = Store::open(dir.path().to_owned()).unwrap();
        assert_eq!(store.get(&scope, "f").as_deref(), Some(&made));
        assert!(store.list(&Scope::new("eu-west-1", "000000000000")).is_empty());
        store.change(&scope, "f", |_| Ok((None, ()))).await.unwrap();
        assert!(Store::open(dir.path().to_owned()).unwrap().all().is_empty());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_file_that_is_no_function_is_named() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.json"), "{}").unwrap();
        assert!(Store::open(dir.path().to_owned()).unwrap_err().contains("a.json"));
    }
}
