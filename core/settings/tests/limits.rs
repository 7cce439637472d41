//! Limits as settings: by flag, by variable, by the table of the file; and the guide's table.
#![allow(clippy::unwrap_used)] // allowed in tests, not in their helpers

use std::ffi::OsString;
use std::path::Path;

use ringgate_model::Limits;
use ringgate_settings::{Common, forward, load};

#[derive(Debug, clap::Parser)]
struct Flags {
    #[command(flatten)]
    common: Common,
}

/// The limits by this text of a file and these arguments, and what is passed on.
fn limits(file: &str, arguments: &[&str]) -> Result<(Limits, Vec<OsString>), String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("limits.toml");
    std::fs::write(&path, file).unwrap();
    let config = format!("--config={}", path.display());
    let arguments = ["x", &config].into_iter().chain(arguments.iter().copied());
    match load::<Flags>(arguments.map(OsString::from)) {
        Ok(loaded) => Ok((loaded.value.common.limits.limits, forward::<Common>(&loaded.matches))),
        Err(ringgate_settings::LoadError::Usage(error)) => Err(error.to_string()),
        Err(ringgate_settings::LoadError::File(error)) => Err(error.to_string()),
    }
}

#[test]
fn one_by_one_by_file_and_flag_and_passed_on() {
    assert_eq!(limits("", &[]).unwrap().0, Limits::default());
    let file = "[limits]\nroutes-per-api = 1_000\nstages-per-api = 20\n";
    let (read, passed_on) = limits(file, &["--limit-stages-per-api", "30"]).unwrap();
    let expected = Limits { routes_per_api: 1000, stages_per_api: 30, ..Limits::default() };
    assert_eq!(read, expected);
    for argument in ["--limit-routes-per-api=1000", "--limit-stages-per-api=30"] {
        assert!(passed_on.contains(&argument.into()), "{passed_on:?}");
    }
    let whole: String = Limits::ALL
        .iter()
        .map(|limit| format!("{} = {}\n", limit.name, limit.range.end()))
        .collect();
    let (mut read, _) = limits(&format!("[limits]\n{whole}"), &[]).unwrap();
    for limit in Limits::ALL {
        assert_eq!(read.slot(limit.name).copied(), Some(*limit.range.end()), "{}", limit.name);
    }
}

#[test]
fn a_refusal_names_the_limit_and_what_was_expected() {
    for (file, arguments, expected) in [
        (
            "[limits]\nroutes-per-apis = 5\n",
            &[][..],
            ":2:1: there is no limit named 'routes-per-apis' in [limits]: expected one of \
             routes-per-api, integrations-per-api, ",
        ),
        ("[limits]\nroutes_per_apis = 5\n", &[], "hint: did you mean 'routes-per-api'?"),
        (
            "[limits]\nstages-per-api = 0\n",
            &[],
            ":2:18: '0' is no value for 'limit-stages-per-api': 0 is not in 1..=1000",
        ),
        ("[limits]\nstages-per-api = true\n", &[], "cannot be true or false"),
        ("[limit]\nstages-per-api = 1\n", &[], "there is no setting named 'limit'"),
        ("", &["--limit-request-head-bytes=24577"], "24577 is not in 1024..=24576"),
        ("", &["--limit-fun=1"], "unexpected argument '--limit-fun'"),
    ] {
        let refused = limits(file, arguments).unwrap_err();
        assert!(refused.contains(expected), "{refused}");
    }
}

/// The guide's table says of each what is so.
#[test]
fn the_guide_has_every_limit() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/docs/limits.md");
    let page = std::fs::read_to_string(page).unwrap();
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| `") && line.contains(", "))
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    assert_eq!(rows.len(), Limits::ALL.len());
    for (row, limit) in rows.iter().zip(Limits::ALL) {
        let range = format!("{}, {}", limit.range.start(), limit.range.end());
        let expected = [format!("`{}`", limit.name), limit.default.to_string(), range];
        assert_eq!([row[1], row[3], row[4]], expected.each_ref().map(String::as_str));
    }
}
