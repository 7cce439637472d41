use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Variables that told this process what it was started with, and must not tell the next one. It
/// is another process than `WATCHDOG_PID` says, and yet the one that the watchdog is to hear from.
const OWN_VARIABLES: [&str; 5] =
    ["RINGGATE_LISTEN_FDS", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "WATCHDOG_PID"];

/// How this process was started: the file may hold another version by the time it is started anew.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
}

impl Program {
    /// This process's own, to be looked at when it starts: later the file may be another.
    pub(crate) fn own() -> Self {
        let mut arguments = env::args_os();
        let name = arguments.next().unwrap_or_default();
        // Through links and PATH as it was called, so that a link that is set to another version is
        // followed anew. What the kernel says is the end of every link.
        let called = called(&name, env::var_os("PATH").as_deref().unwrap_or_default());
        let path = called.filter(|path| is_running(path));
        let path = path.or_else(|| env::current_exe().ok()).unwrap_or_else(|| name.into());
        Self { path, arguments: arguments.collect() }
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The command that starts it as this process was started.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments);
        for variable in OWN_VARIABLES {
            command.env_remove(variable);
        }
        command
    }
}

/// The file that a shell means by this name.
fn called(name: &OsStr, path: &OsStr) -> Option<PathBuf> {
    if name.as_bytes().contains(&b'/') {
        return std::path::absolute(name).ok();
    }
    env::split_paths(path).map(|dir| dir.join(name)).find(|file| file.is_file())
}

/// True for the very file that this process runs.
fn is_running(path: &Path) -> bool {
    let identity = |path: &Path| fs::metadata(path).map(|file| (file.dev(), file.ino())).ok();
    identity(path).is_some() && identity(path) == identity(Path::new("/proc/self/exe"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_the_one_that_was_called() {
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join("linked");
        let own = env::current_exe().unwrap();
        std::os::unix::fs::symlink(&own, &link).unwrap();
        assert!(is_running(&link) && is_running(&own));
        assert!(!is_running(Path::new("/bin/sh")) && !is_running(&dir.path().join("none")));
        let path = env::join_paths([Path::new("/nowhere"), dir.path()]).unwrap();
        assert_eq!(called(OsStr::new("linked"), &path), Some(link.clone()));
        assert_eq!(called(OsStr::new("other"), &path), None);
        assert_eq!(called(link.as_os_str(), OsStr::new("")), Some(link));
        assert!(called(OsStr::new("./x"), OsStr::new("")).unwrap().is_absolute());
        assert_eq!(Program::own().path(), own);
    }
}
