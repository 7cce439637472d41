//! What a setting's text must look like, each refusal with what was expected.

use std::net::SocketAddr;

use clap::ValueEnum;
use ringgate_model::{Origin, Scheme};

/// What is on or off: `--flag`, `--flag=on` or `--flag=off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// It is done
    On,
    /// It is not
    Off,
}

impl Switch {
    /// True for [`Switch::On`].
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

/// An address, or `none`.
pub(crate) fn https(text: &str) -> Result<Option<SocketAddr>, String> {
    if text == "none" {
        return Ok(None);
    }
    let address = text.parse();
    address.map(Some).map_err(|_| "expected an address like 127.0.0.1:8443, or none".to_owned())
}

/// AWS names security policies with letters, digits and underscores.
pub(crate) fn security_policy(text: &str) -> Result<String, String> {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    if text.is_empty() || text.len() > 128 || !text.bytes().all(legal) {
        return Err("expected a name like TLS_1_2".to_owned());
    }
    Ok(text.to_owned())
}

pub(crate) fn region(text: &str) -> Result<String, String> {
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if text.is_empty() || text.len() > 64 || !text.bytes().all(legal) {
        return Err("expected a region like us-east-1".to_owned());
    }
    Ok(text.to_owned())
}

pub(crate) fn account_id(text: &str) -> Result<String, String> {
    if text.len() != 12 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err("expected twelve digits".to_owned());
    }
    Ok(text.to_owned())
}

pub(crate) fn target(text: &str) -> Result<String, String> {
    Origin::split(text).map_err(|_| "expected a URL like http://127.0.0.1:9000".to_owned())?;
    if text.contains(['{', '}', '#', '\\', '"']) || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("expected a URL without variables, like http://127.0.0.1:9000".to_owned());
    }
    Ok(text.to_owned())
}

/// The URL of a service, without a slash at its end.
pub(crate) fn endpoint(text: &str) -> Result<String, String> {
    let expected = || "expected a URL like http://127.0.0.1:9001".to_owned();
    let (origin, path) = Origin::split(text).map_err(|_| expected())?;
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"/-._~".contains(&b);
    if !matches!(origin.scheme, Scheme::Http | Scheme::Https) || !path.bytes().all(is_plain) {
        return Err(expected());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// Plain HTTP by address: the host is on this machine or in its network.
pub(crate) fn functions_endpoint(text: &str) -> Result<SocketAddr, String> {
    let address = text.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
    address
        .and_then(|address| address.parse().ok())
        .ok_or_else(|| "expected a URL with an address, like http://127.0.0.1:9001".to_owned())
}

pub(crate) fn public_endpoint(text: &str) -> Result<String, String> {
    const EXPECTED: &str = "expected a URL with {api} in it, like https://{api}.example.com";
    if !text.contains("{api}") {
        return Err(EXPECTED.to_owned());
    }
    let filled = text.replace("{api}", "a").replace("{region}", "r");
    if filled.contains(['{', '}']) {
        return Err("only {api} and {region} are filled in".to_owned());
    }
    match Origin::split(&filled) {
        // What is no scheme of the web is none that an API could be reached by.
        Ok((origin, _)) if matches!(origin.scheme, Scheme::Http | Scheme::Https) => {}
        _ => return Err(EXPECTED.to_owned()),
    }
    Ok(text.trim_end_matches('/').to_owned())
}

pub(crate) fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok().filter(|rate| rate.is_finite() && *rate >= 0.0);
    rate.ok_or_else(|| "expected requests per second, a number that is 0 or more".to_owned())
}

pub(crate) fn log_group(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((group, to)) if !group.is_empty() && !to.is_empty() => {
            Ok((group.to_owned(), to.to_owned()))
        }
        _ => Err("expected a log group and where it goes, like /prod=/var/log/prod.log".to_owned()),
    }
}
