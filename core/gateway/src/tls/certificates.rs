use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use ringgate_settings::CertificateFiles;
use ringgate_tls::{Certificate, Certificates, self_signed};

/// The certificate of our own making, and its key, in the data directory.
const OWN_CHAIN: &str = "self-signed.pem";
const OWN_KEY: &str = "self-signed.key";
/// What it is for: hosts of APIs on this machine, and this machine.
const OWN_NAMES: [&str; 4] = ["*.execute-api.localhost", "localhost", "127.0.0.1", "::1"];

/// What listeners present: the certificates of the flags for their names, the first of them for
/// every other name. Without any, one that was made here.
///
/// # Errors
/// A sentence with the file and what is wrong with it.
pub(super) fn load(
    given: &[CertificateFiles],
    data_dir: &Path,
    now_s: u64,
) -> Result<Certificates, String> {
    let mut certificates = Certificates::new();
    for (index, files) in given.iter().enumerate() {
        let certificate = read(files)?;
        if !certificate.validity().contains(now_s) {
            let file = files.chain.display();
            say!("--certificate {file} is not valid now: clients will refuse it");
        }
        certificates.add(&certificate);
        if index == 0 {
            certificates.add_default(&certificate);
        }
    }
    if given.is_empty() {
        let own = own(data_dir, now_s)?;
        certificates.add(&own);
        certificates.add_default(&own);
    }
    Ok(certificates)
}

fn read(files: &CertificateFiles) -> Result<Certificate, String> {
    let read = |path: &Path| {
        std::fs::read(path).map_err(|error| format!("--certificate {}: {error}", path.display()))
    };
    Certificate::from_pem(&read(&files.chain)?, &read(&files.key)?)
        .map_err(|fault| format!("--certificate {}: {fault}", files.chain.display()))
}

/// The certificate of our own making; made anew where there is none that can be used.
fn own(data_dir: &Path, now_s: u64) -> Result<Certificate, String> {
    let (chain, key) = (data_dir.join(OWN_CHAIN), data_dir.join(OWN_KEY));
    let kept = std::fs::read(&chain).and_then(|pem| Ok((pem, std::fs::read(&key)?)));
    if let Ok((chain, key)) = kept
        && let Ok(certificate) = Certificate::from_pem(&chain, &key)
        && certificate.validity().contains(now_s)
    {
        return Ok(certificate);
    }
    let made = self_signed(&OWN_NAMES, now_s).map_err(|fault| format!("TLS: {fault}"))?;
    let kept = keep(&key, &made.key_pem).and_then(|()| keep(&chain, &made.chain_pem));
    kept.map_err(|error| format!("{}: {error} (--data-dir)", chain.display()))?;
    Certificate::from_pem(made.chain_pem.as_bytes(), made.key_pem.as_bytes())
        .map_err(|fault| format!("TLS: {fault}"))
}

fn keep(path: &Path, text: &str) -> io::Result<()> {
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    // Nobody waits for the disk: what a crash leaves half is made anew.
    file.write_all(text.as_bytes())
}
