//! Who may depend on whom: three floors, every arrow points down.

#![allow(clippy::expect_used, reason = "tests end by panicking")]

use std::collections::BTreeSet;

use ringgate_tidy::{Dependency, Package, Workspace, rust_files};

/// Crates of `core` that are pure: nouns and decisions, no I/O.
const PURE: [&str; 8] = [
    "core/model",
    "core/table",
    "core/auth",
    "core/traffic",
    "core/waf",
    "core/mapping",
    "core/observe",
    "core/settings",
];
/// What the control floor may use of the ground.
const GROUND_FOR_CONTROL: [&str; 5] = [
    "protocols/ipc",
    "protocols/lambda",
    "protocols/services",
    "protocols/tls",
    "protocols/websocket",
];

/// The one crate of the worker floors that may name tokio: h2 wants its I/O traits.
const TOKIO_TRAITS: &str = "protocols/http2";

fn workspace() -> Workspace {
    Workspace::load().expect("cargo metadata")
}

/// One of ours that `from` may not use, if it is one.
fn forbidden(from: &str, to: &Dependency) -> bool {
    let Some(used) = to.folder.as_deref() else { return false };
    let allowed = match from.split_once('/') {
        Some(("protocols", _)) => false,
        Some(("core", "model" | "runtime")) => false,
        Some(("core", "gateway")) => {
            used != from && (used.starts_with("core/") || used.starts_with("protocols/"))
        }
        Some(("core", _)) => PURE.contains(&used),
        Some(("control", _)) => {
            PURE.contains(&used)
                || GROUND_FOR_CONTROL.contains(&used)
                || (used.starts_with("control/") && used != "control/cli")
        }
        // Tests and benches may look at anything.
        _ => true,
    };
    !allowed
}

#[test]
fn every_arrow_points_down() {
    let workspace = workspace();
    let wrong: Vec<String> = workspace
        .packages
        .iter()
        .flat_map(|package| package.dependencies.iter().map(move |line| (package, line)))
        .filter(|(package, line)| forbidden(&package.folder, line))
        .map(|(package, line)| format!("{} uses {}", package.folder, line.name))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn nothing_depends_on_the_gateway_or_a_program() {
    for package in &workspace().packages {
        for line in &package.dependencies {
            let used = line.folder.as_deref().unwrap_or_default();
            let program = ["core/gateway", "control/daemon", "control/cli"].contains(&used);
            assert!(!program || package.folder.starts_with("tests/"), "{}", package.folder);
        }
    }
}

#[test]
fn only_the_runtime_names_monoio() {
    for package in &workspace().packages {
        let named = package.dependencies.iter().any(|line| line.name.starts_with("monoio"));
        assert_eq!(named, package.folder == "core/runtime", "{}", package.folder);
    }
    for file in rust_files().expect("files") {
        let code = ringgate_tidy::code_only(&file.text);
        let named = code.contains("monoio::");
        assert!(!named || file.path.starts_with("core/runtime/"), "{}", file.path);
    }
}

#[test]
fn the_worker_floors_hold_no_tokio_runtime_and_no_http_framework() {
    for package in workspace().packages.iter().filter(|package| on_worker_floor(package)) {
        for line in package.dependencies.iter().filter(|line| !line.dev) {
            let name = line.name.as_str();
            let foreign =
                name.starts_with("tokio") || ["axum", "hyper", "hyper-util"].contains(&name);
            let traits = name == "tokio" && package.folder == TOKIO_TRAITS;
            assert!(!foreign || traits, "{} uses {name}", package.folder);
            // Any feature would bring more than AsyncRead and AsyncWrite.
            assert!(
                !traits || line.features.is_empty(),
                "{} uses {name} with {:?}",
                package.folder,
                line.features
            );
        }
    }
    // Built together with the control floor, tokio has its runtime all the same.
    for file in rust_files().expect("files") {
        if file.path.starts_with(TOKIO_TRAITS) {
            let code = ringgate_tidy::code_only(&file.text);
            let others = code.matches("tokio::").count() - code.matches("tokio::io::").count();
            assert_eq!(others, 0, "{} uses more of tokio than its traits", file.path);
        }
    }
}

fn on_worker_floor(package: &Package) -> bool {
    package.folder.starts_with("core/") || package.folder.starts_with("protocols/")
}

/// The process that parses traffic links no HTTP framework, no database and no YAML; the one that
/// parses templates touches no traffic.
#[test]
fn each_process_links_only_its_own() {
    let workspace = workspace();
    let links = |folder: &str| workspace.linked_into(workspace.member(folder).expect("a member"));
    let data = links("core/gateway");
    let through = workspace.users_of("tokio", workspace.member("core/gateway").expect("a member"));
    let traits = BTreeSet::from(["h2", "tokio-util", "ringgate-http2"]);
    assert!(through.is_subset(&traits), "tokio comes into ringgated through {through:?}");
    for name in ["axum", "hyper", "redb", "saphyr", "saphyr-parser", "ringgate-import"] {
        assert!(!data.contains(name), "ringgated links {name}");
    }
    for folder in ["control/daemon", "control/cli"] {
        let control = links(folder);
        for name in ["monoio", "ringgate-runtime", "ringgate-http1", "ringgate-http2"] {
            assert!(!control.contains(name), "{folder} links {name}");
        }
    }
}
