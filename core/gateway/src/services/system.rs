use std::fs::{self, File};
use std::io::Read;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ringgate_dns::limits::FILE_BYTES_MAX;
use ringgate_dns::{Hosts, ResolvConf};

use crate::limits::FILES_LOOK_MS;

/// What this system says about names: resolv.conf and hosts, read anew when they change.
#[derive(Debug)]
pub(super) struct System {
    /// Asked instead of those of resolv.conf; none: those.
    servers: Vec<SocketAddr>,
    conf: Watched,
    hosts: Watched,
    look_ms: u64,
    /// How to look names up.
    pub(super) resolv_conf: Arc<ResolvConf>,
    /// What is known without looking.
    pub(super) known: Hosts,
}

/// A file, and what it looked like when it was read.
#[derive(Debug)]
struct Watched {
    path: PathBuf,
    stamp: Option<Stamp>,
}

/// Tells one state of a file from another: inode, length, and modification time.
type Stamp = (u64, u64, i64, i64);

impl Watched {
    fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), stamp: None }
    }

    /// The text, if the file is not what it was; one that is gone has none.
    fn changed(&mut self) -> Option<String> {
        let stamp = fs::metadata(&self.path)
            .ok()
            .map(|file| (file.ino(), file.len(), file.mtime(), file.mtime_nsec()));
        if stamp == self.stamp {
            return None;
        }
        self.stamp = stamp;
        let mut bytes = Vec::new();
        if let Ok(file) = File::open(&self.path) {
            // What could be read counts: names that are looked up wrongly would be worse than none.
            let _ = file.take(FILE_BYTES_MAX).read_to_end(&mut bytes);
        }
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl System {
    pub(super) fn new(servers: Vec<SocketAddr>) -> Self {
        Self::of(servers, Path::new("/etc/resolv.conf"), Path::new("/etc/hosts"))
    }

    fn of(servers: Vec<SocketAddr>, conf: &Path, hosts: &Path) -> Self {
        let mut system = Self {
            servers,
            conf: Watched::new(conf),
            hosts: Watched::new(hosts),
            look_ms: 0,
            resolv_conf: Arc::default(),
            known: Hosts::default(),
        };
        system.take_conf("");
        system.look(0);
        system
    }

    /// Looks whether the files have changed, now and then. True when names have to be looked up
    /// otherwise from now on.
    pub(super) fn look(&mut self, now_ms: u64) -> bool {
        if now_ms < self.look_ms {
            return false;
        }
        self.look_ms = now_ms.saturating_add(FILES_LOOK_MS);
        if let Some(text) = self.hosts.changed() {
            self.known = Hosts::parse(&text);
        }
        let changed = self.conf.changed();
        changed.is_some_and(|text| self.take_conf(&text))
    }

    fn take_conf(&mut self, text: &str) -> bool {
        let mut conf = ResolvConf::parse(text);
        if !self.servers.is_empty() {
            conf.servers.clone_from(&self.servers);
        }
        let differs = *self.resolv_conf != conf;
        self.resolv_conf = Arc::new(conf);
        differs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_of_both_files_are_seen_and_servers_of_ours_stay() {
        let dir = tempfile::tempdir().unwrap();
        let (conf, hosts) = (dir.path().join("resolv.conf"), dir.path().join("hosts"));
        let ours: SocketAddr = "127.0.0.9:5353".parse().unwrap();
        let mut theirs = System::of(Vec::new(), &conf, &hosts);
        let mut own = System::of(vec![ours], &conf, &hosts);
        assert_eq!(own.resolv_conf.servers, [ours]);
        assert!(theirs.known.find("pets.test").is_none());

        fs::write(&conf, "nameserver 192.0.2.1\nsearch x").unwrap();
        fs::write(&hosts, "192.0.2.7 pets.test").unwrap();
        assert!(!theirs.look(FILES_LOOK_MS - 1), "it was only just looked");
        assert!(theirs.look(FILES_LOOK_MS) && own.look(FILES_LOOK_MS));
        assert_eq!(theirs.resolv_conf.servers, ["192.0.2.1:53".parse().unwrap()]);
        assert_eq!(own.resolv_conf.servers, [ours]);
        assert_eq!(own.resolv_conf.search, ["x"]);
        assert!(theirs.known.find("pets.test").is_some());
        assert!(!theirs.look(FILES_LOOK_MS * 2), "nothing has changed");

        fs::remove_file(&hosts).unwrap();
        fs::remove_file(&conf).unwrap();
        assert!(theirs.look(FILES_LOOK_MS * 3));
        assert!(theirs.known.find("pets.test").is_none());
        assert_eq!(*theirs.resolv_conf, ResolvConf::default());
    }
}
