//! A child sees exposed descriptors and no others.
#![allow(clippy::unwrap_used)] // clippy.toml allows it in test functions, not in their helpers

use std::net::TcpListener;
use std::os::fd::{AsFd, AsRawFd};
use std::process::Command;

use ringgate_ipc::passing;

fn open_in_a_child(raw: i32) -> bool {
    Command::new("test").arg("-e").arg(format!("/proc/self/fd/{raw}")).status().unwrap().success()
}

#[test]
fn a_child_inherits_what_was_exposed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let raw = listener.as_raw_fd();
    assert!(!open_in_a_child(raw));
    passing::expose(&[listener.as_fd()]).unwrap();
    assert!(open_in_a_child(raw));
    passing::conceal(&[listener.as_fd()]).unwrap();
    assert!(!open_in_a_child(raw));
}
