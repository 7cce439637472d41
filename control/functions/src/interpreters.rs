//! What runs the code of a `Runtime`: the official runtime interface clients, or the `bootstrap`
//! of a function.

use std::collections::BTreeMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ringgate_settings::FunctionsRuntime;
use tokio::process::Command;
use tokio::time::timeout;

use crate::limits::PROBE_WAIT_MS;

const NODE_CLIENT: &str = "aws-lambda-ric";
const PYTHON_CLIENT: &str = "awslambdaric";

/// What runs code of which runtime.
#[derive(Debug)]
pub(crate) struct Interpreters {
    settings: Vec<FunctionsRuntime>,
    /// Where clients are looked for: `<data-dir>/functions`.
    dir: PathBuf,
    /// The program that has a process die with its parent, where there is one.
    pub(crate) setpriv: Option<PathBuf>,
    /// Pythons that have the client, by runtime.
    found: Mutex<BTreeMap<String, PathBuf>>,
}

impl Interpreters {
    pub(crate) fn new(settings: &[FunctionsRuntime], dir: &Path) -> Self {
        Self {
            settings: settings.to_vec(),
            // Functions have another working directory.
            dir: std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned()),
            setpriv: on_path("setpriv"),
            found: Mutex::default(),
        }
    }

    /// True for a runtime that this host knows how to run.
    pub(crate) fn knows(&self, runtime: &str) -> bool {
        let by_itself = ["python3.", "nodejs", "provided"];
        self.setting(runtime).is_some() || by_itself.iter().any(|start| runtime.starts_with(start))
    }

    /// The command that runs a handler of the code in `place`.
    ///
    /// # Errors
    /// A sentence that says what is missing and how to install it.
    pub(crate) async fn command(
        &self,
        runtime: &str,
        handler: &str,
        place: &Path,
    ) -> Result<Vec<OsString>, String> {
        if !place.is_dir() {
            return Err(format!("the code is gone: there is no directory {}", place.display()));
        }
        if let Some(setting) = self.setting(runtime) {
            let words = setting.command.split_whitespace();
            return Ok(words.map(|word| word.replace("{handler}", handler).into()).collect());
        }
        if runtime.starts_with("python3.") {
            let python = self.python(runtime, place).await?;
            return Ok(vec![python.into(), "-m".into(), PYTHON_CLIENT.into(), handler.into()]);
        }
        if runtime.starts_with("nodejs") {
            return Ok(vec![self.node_client(place)?.into(), handler.into()]);
        }
        if runtime.starts_with("provided") {
            return bootstrap(place);
        }
        Err(format!("no program is known for {runtime}: give one with --functions-runtime"))
    }

    fn setting(&self, runtime: &str) -> Option<&FunctionsRuntime> {
        let fitting = self.settings.iter().filter(|one| runtime.starts_with(&one.runtime));
        fitting.max_by_key(|one| one.runtime.len())
    }

    /// The first Python that has the client: of the environment in the data directory, of the
    /// version that the runtime names, any.
    async fn python(&self, runtime: &str, place: &Path) -> Result<PathBuf, String> {
        let known = self.found.lock().unwrap_or_else(PoisonError::into_inner).get(runtime).cloned();
        if let Some(python) = known.filter(|python| python.exists()) {
            return Ok(python);
        }
        let own = self.dir.join("venv/bin/python3");
        let candidates =
            [Some(own).filter(|own| own.exists()), on_path(runtime), on_path("python3")];
        let candidates: Vec<PathBuf> = candidates.into_iter().flatten().collect();
        for python in &candidates {
            if has_client(python, place).await {
                let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
                found.insert(runtime.to_owned(), python.clone());
                return Ok(python.clone());
            }
        }
        let dir = self.dir.display();
        let asked: Vec<String> = candidates.iter().map(|one| one.display().to_string()).collect();
        let asked =
            if asked.is_empty() { "no python3 is there".to_owned() } else { asked.join(", ") };
        Err(format!(
            "{runtime} needs the runtime interface client of AWS for Python, which was not found \
             ({asked}). Install it: python3 -m venv {dir}/venv && {dir}/venv/bin/pip install \
             {PYTHON_CLIENT}; or name a command with --functions-runtime"
        ))
    }

    fn node_client(&self, place: &Path) -> Result<PathBuf, String> {
        let inside = |dir: &Path| dir.join("node_modules/.bin").join(NODE_CLIENT);
        let candidates = [Some(inside(place)), Some(inside(&self.dir)), on_path(NODE_CLIENT)];
        let mut candidates = candidates.into_iter().flatten();
        candidates.find(|path| is_program(path)).ok_or_else(|| {
            let dir = self.dir.display();
            format!(
                "Node.js functions need the runtime interface client of AWS, which was not found. \
                 Install it: npm install --prefix {dir} {NODE_CLIENT} (it is compiled: cmake, \
                 autoconf, automake, libtool and a C++ compiler are needed; version 3 where node \
                 is older than 22); or name a command with --functions-runtime"
            )
        })
    }
}

/// The executable that a function of `provided` brings.
fn bootstrap(place: &Path) -> Result<Vec<OsString>, String> {
    let path = place.join("bootstrap");
    if is_program(&path) {
        return Ok(vec![path.into()]);
    }
    let why = if path.exists() { "is not executable" } else { "is missing" };
    Err(format!("the executable file 'bootstrap' {why} in the code of the function"))
}

/// True where this Python finds the client, perhaps among the function's own code.
async fn has_client(python: &Path, place: &Path) -> bool {
    let probe = Command::new(python)
        .args(["-c", &format!("import {PYTHON_CLIENT}.bootstrap")])
        .env("PYTHONPATH", place)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .status();
    let answer = timeout(Duration::from_millis(PROBE_WAIT_MS), probe).await;
    matches!(answer, Ok(Ok(status)) if status.success())
}

/// A program by its name, where the shell would find it.
fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_else(|| OsStr::new("/usr/bin:/bin").to_owned());
    env::split_paths(&path).map(|dir| dir.join(name)).find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_setting_goes_first_and_the_longest_fits_best() {
        let setting = |runtime: &str, command: &str| FunctionsRuntime {
            runtime: runtime.to_owned(),
            command: command.to_owned(),
        };
        let settings = [setting("java", "jvm {handler}"), setting("java21", "jvm21 -x {handler}")];
        let dir = tempfile::tempdir().unwrap();
        let interpreters = Interpreters::new(&settings, dir.path());
        let command = |runtime| interpreters.command(runtime, "a.B::c", dir.path());
        assert_eq!(command("java21").await.unwrap(), ["jvm21", "-x", "a.B::c"]);
        assert_eq!(command("java17").await.unwrap(), ["jvm", "a.B::c"]);
        assert!(!interpreters.knows("dotnet8") && interpreters.knows("nodejs22.x"));
    }

    #[tokio::test]
    async fn what_is_missing_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let interpreters = Interpreters::new(&[], dir.path());
        let error = interpreters.command("provided.al2023", "h", dir.path()).await.unwrap_err();
        assert!(error.contains("'bootstrap' is missing"), "{error}");
        std::fs::write(dir.path().join("bootstrap"), "").unwrap();
        let error = interpreters.command("provided.al2023", "h", dir.path()).await.unwrap_err();
        assert!(error.contains("not executable"), "{error}");
    }
}
