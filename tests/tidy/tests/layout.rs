//! Where things stand, and what must stand beside them.

#![allow(clippy::expect_used, reason = "tests end by panicking")]

use std::collections::BTreeSet;

use ringgate_tidy::{Workspace, root, tracked};

const TOP_LEVEL: [&str; 12] = [
    "ARCHITECTURE.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "bench",
    "control",
    "core",
    "deploy",
    "protocols",
    "tests",
];

#[test]
fn the_top_level_is_fixed() {
    let there: BTreeSet<String> = tracked()
        .expect("files")
        .iter()
        .filter_map(|path| path.split('/').next())
        .filter(|name| !name.starts_with('.') && !TOP_LEVEL.contains(name))
        .map(str::to_owned)
        .collect();
    assert_eq!(there, BTreeSet::new(), "settings of tools may be dotfiles");
}

#[test]
fn every_protocol_names_its_states() {
    for package in Workspace::load().expect("cargo metadata").packages {
        if package.folder.starts_with("protocols/") {
            let page = root().join(&package.folder).join("LIFECYCLE.md");
            let text = std::fs::read_to_string(&page).unwrap_or_default();
            assert!(text.len() > 200, "{} has no LIFECYCLE.md", package.folder);
        }
    }
}

/// No empty shells: a crate is made when its work comes.
#[test]
fn every_crate_holds_something() {
    for package in Workspace::load().expect("cargo metadata").packages {
        let folder = format!("{}/", package.folder);
        let bytes: u64 = tracked()
            .expect("files")
            .iter()
            .filter(|path| path.starts_with(&folder) && path.ends_with(".rs"))
            .filter_map(|path| root().join(path).metadata().ok())
            .map(|metadata| metadata.len())
            .sum();
        assert!(bytes > 1000, "{} is an empty shell", package.folder);
    }
}

#[test]
fn the_lock_files_name_no_host() {
    let lock = root().join("tests/e2e/js/package-lock.json");
    let text = std::fs::read_to_string(lock).expect("the lock file");
    assert!(!text.contains("\"resolved\""), "npm install --omit-lockfile-registry-resolved");
}
