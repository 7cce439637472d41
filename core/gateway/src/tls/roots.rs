use std::path::{Path, PathBuf};

use ringgate_tls::Trust;

/// Where systems keep the roots they trust: Debian, Fedora, openSUSE, Alpine.
const SYSTEM_BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Reads the roots that certificates of origins must lead to: of `bundle`, else of the system.
///
/// # Errors
/// A sentence with the file and what is wrong with it.
pub(super) fn load(bundle: Option<&Path>) -> Result<Trust, String> {
    let path = match bundle {
        Some(path) => path.to_owned(),
        None => system_bundle().ok_or("no root certificates on this system: give --upstream-ca")?,
    };
    let pem = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Trust::from_pem(&pem).map_err(|fault| format!("{}: {fault}", path.display()))
}

fn system_bundle() -> Option<PathBuf> {
    SYSTEM_BUNDLES.into_iter().map(PathBuf::from).find(|path| path.exists())
}
