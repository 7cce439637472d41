//! A disk that fails under a real process.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::io::Read;

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use support::Process;

const API: &[u8] = br#"{"name":"a","protocolType":"HTTP"}"#;

#[test]
fn a_failing_disk_ends_the_process_and_a_restart_recovers() {
    let dir = tempfile::tempdir().unwrap();
    let mut process = Process::start_with_file_limit_errors(&dir);
    let mut client = process.unix();
    assert_eq!(client.call("POST", "/v2/apis", "", API).status, 201);

    // From now on whatever is written into the store's file fails.
    let none = Rlimit { current: Some(0), maximum: None };
    prlimit(Some(Pid::from_child(&process.child)), Resource::Fsize, none).unwrap();
    let failed = client.call("POST", "/v2/apis", "", API);
    assert_eq!(failed.status, 500, "{failed:?}");
    let mut log = process.child.stderr.take().unwrap();
    let mut said = String::new();
    log.read_to_string(&mut said).unwrap();
    assert_eq!(process.exit().code(), Some(1), "{said}");
    assert!(said.contains("ERROR the store failed"), "{said}");
    assert!(said.contains("ringgate-control: the store failed: "), "{said}");

    let process = Process::start(&dir);
    let mut client = process.unix();
    let apis = client.call("GET", "/v2/apis", "", b"").json();
    assert_eq!(apis["items"].as_array().unwrap().len(), 1, "{apis}");
    assert_eq!(client.call("POST", "/v2/apis", "", API).status, 201);
}
