//! Small files, short functions, narrow lines, nothing left over.

#![allow(clippy::expect_used, reason = "tests end by panicking")]

use ringgate_tidy::{SourceFile, Workspace, functions, root, rust_files, text_files};

const FILE_BYTES_MAX: usize = 40 * 1024;
const MEDIAN_BYTES_MAX: usize = 6 * 1024;
const FUNCTION_LINES_MAX: usize = 69;
const LINE_CHARS_MAX: usize = 100;
/// The crates that may hold unsafe blocks, each argued for.
const UNSAFE_ALLOWED: [&str; 2] = ["core/runtime", "protocols/ipc"];

fn rust() -> Vec<SourceFile> {
    rust_files().expect("files")
}

fn none(wrong: Vec<String>, rule: &str) {
    assert!(wrong.is_empty(), "{rule}:\n{}", wrong.join("\n"));
}

#[test]
fn no_file_is_large_and_most_are_small() {
    let files = rust();
    let large = files.iter().filter(|file| file.text.len() > FILE_BYTES_MAX);
    none(large.map(|file| file.path.clone()).collect(), "over 40 KB: split the idea");
    let mut sizes: Vec<usize> = files.iter().map(|file| file.text.len()).collect();
    sizes.sort_unstable();
    let median = sizes.get(sizes.len() / 2).copied().unwrap_or(0);
    assert!(median < MEDIAN_BYTES_MAX, "the median file has {median} bytes");
}

#[test]
fn functions_are_short() {
    let long = rust().into_iter().flat_map(|file| {
        let found = functions(&file.text).into_iter();
        let path = file.path.clone();
        found
            .filter(|function| function.lines > FUNCTION_LINES_MAX)
            .map(move |f| format!("{path}:{}: {} has {} lines", f.line, f.name, f.lines))
            .collect::<Vec<_>>()
    });
    none(long.collect(), "functions have under 70 lines");
}

#[test]
fn lines_are_narrow() {
    let files = text_files().expect("files");
    let watched = files.iter().filter(|f| f.path.ends_with(".rs") || f.path.ends_with(".py"));
    let wide = watched.flat_map(|file| {
        let lines = file.text.lines().enumerate();
        lines
            .filter(|(_, line)| line.chars().count() > LINE_CHARS_MAX)
            .map(|(at, _)| format!("{}:{}", file.path, at + 1))
            .collect::<Vec<_>>()
    });
    none(wide.collect(), "lines have at most 100 columns");
}

#[test]
fn unsafe_code_is_forbidden_where_it_is_not_argued_for() {
    let mut wrong = Vec::new();
    for package in Workspace::load().expect("cargo metadata").packages {
        if UNSAFE_ALLOWED.contains(&package.folder.as_str()) {
            continue;
        }
        for path in &package.roots {
            let text = std::fs::read_to_string(root().join(path)).expect("a crate root");
            if !text.contains("#![forbid(unsafe_code)]") {
                wrong.push(path.clone());
            }
        }
    }
    none(wrong, "crate roots without #![forbid(unsafe_code)]");
}

#[test]
fn libraries_warn_of_missing_docs() {
    let mut wrong = Vec::new();
    for package in Workspace::load().expect("cargo metadata").packages {
        for path in package.roots.iter().filter(|path| path.ends_with("/lib.rs")) {
            let text = std::fs::read_to_string(root().join(path)).expect("a crate root");
            if !text.contains("#![warn(missing_docs)]") && !text.contains("#![deny(missing_docs)]")
            {
                wrong.push(path.clone());
            }
        }
    }
    none(wrong, "libraries without #![warn(missing_docs)]");
}

/// Words that say something is not done. Put together here so that this file holds none of them.
#[test]
fn nothing_is_left_over() {
    let marks = [
        concat!("todo", "!("),
        concat!("unimple", "mented!("),
        concat!("FIX", "ME"),
        concat!("X", "XX"),
        concat!("dbg", "!("),
    ];
    none(holding(&marks, |path| path.ends_with(".rs") || path.ends_with(".py")), "left over");
}

#[test]
fn no_path_of_one_machine_and_no_registry_is_named() {
    let marks = [
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("/wo", "rk/"),
        concat!("registry.", "npmjs"),
        concat!("pypi", ".org"),
        concat!("pythonhosted", ".org"),
        concat!("deb.", "debian.org"),
    ];
    none(holding(&marks, |path| path != "Cargo.lock"), "paths and hosts of one machine");
}

fn holding(marks: &[&str], watched: impl Fn(&str) -> bool) -> Vec<String> {
    let files = text_files().expect("files");
    let lines = files.iter().filter(|file| watched(&file.path)).flat_map(|file| {
        file.text
            .lines()
            .enumerate()
            .filter(|(_, line)| marks.iter().any(|mark| line.contains(mark)))
            .map(|(at, line)| format!("{}:{}: {}", file.path, at + 1, line.trim()))
            .collect::<Vec<_>>()
    });
    lines.collect()
}
