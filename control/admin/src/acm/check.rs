//! What must be true of a certificate that is imported (ACM user guide, "Prerequisites for
//! importing certificates").

use ringgate_tls::limits::CHAIN_CERTIFICATES_MAX;
use ringgate_tls::{Certificate, CertificateFault, X509, pem_of_certificates};

use super::Refusal;
use super::describe::key_algorithm;

/// A certificate that may be kept.
pub(crate) struct Checked {
    /// PEM.
    pub(crate) certificate: String,
    /// PEM; empty where none was given.
    pub(crate) chain: String,
    /// What the certificate says.
    pub(crate) read: X509,
}

/// Checks that there is one certificate, that the key is its own, that it is valid now, and that
/// the chain leads on from it, each certifying the one before.
pub(super) fn check(
    certificate: &[u8],
    key: &[u8],
    chain: Option<&[u8]>,
    now_s: u64,
) -> Result<Checked, Refusal> {
    let own = read(certificate, "certificate")?;
    let [read_own] = own.as_slice() else {
        // AWS's words (knowledge center, "acm-import-troubleshooting").
        return Err(Refusal::invalid(
            "The certificate field contains more than one certificate. You can specify only one \
             certificate in this field.",
        ));
    };
    check_key(certificate, key)?;
    if key_algorithm(read_own.key).is_none() {
        return Err(Refusal::invalid(
            "The key algorithm of the certificate is not supported; expected RSA of 2048, 3072 or \
             4096 bits, or ECDSA on prime256v1, secp384r1 or secp521r1.",
        ));
    }
    check_time(read_own, "certificate", now_s)?;
    let chain_text = match chain {
        None if read_own.is_self_issued() && read_own.is_signed_by(read_own) => String::new(),
        // AWS's words (as getmoto/moto quotes them).
        None => {
            return Err(Refusal::invalid(
                "Provided certificate is not a valid self signed. Please provide either a valid \
                 self-signed certificate or certificate chain.",
            ));
        }
        Some(chain) => {
            check_chain(read_own, &read(chain, "certificate chain")?, now_s)?;
            text(chain, "certificate chain")?
        }
    };
    let certificate = text(certificate, "certificate")?;
    Ok(Checked { certificate, chain: chain_text, read: read_own.clone() })
}

/// The same for what an authority has issued: its certificate first, then its chain, in one text.
pub(crate) fn check_issued(chain: &[u8], key: &[u8], now_s: u64) -> Result<Checked, Refusal> {
    let text = text(chain, "certificate")?;
    let end = "-----END CERTIFICATE-----\n";
    let own = text.find(end).map_or(text.len(), |at| at.saturating_add(end.len()));
    let (own, rest) = text.split_at_checked(own).unwrap_or((&text, ""));
    let rest = Some(rest.as_bytes()).filter(|rest| !rest.is_empty());
    check(own.as_bytes(), key, rest, now_s)
}

fn read(pem: &[u8], what: &str) -> Result<Vec<X509>, Refusal> {
    match X509::all_from_pem(pem, CHAIN_CERTIFICATES_MAX) {
        Ok(all) if !all.is_empty() => Ok(all),
        _ => Err(unreadable(what)),
    }
}

fn text(pem: &[u8], what: &str) -> Result<String, Refusal> {
    pem_of_certificates(pem).map_err(|_| unreadable(what))
}

/// AWS's words (knowledge center, "acm-import-troubleshooting").
fn unreadable(what: &str) -> Refusal {
    Refusal::invalid(format!("Unable to parse {what}. Please ensure the {what} is in PEM format."))
}

fn check_key(certificate: &[u8], key: &[u8]) -> Result<(), Refusal> {
    let Err(fault) = Certificate::from_pem(certificate, key) else { return Ok(()) };
    Err(Refusal::invalid(match fault {
        CertificateFault::KeyMismatch => {
            "The private key does not match the public key of the certificate.".to_owned()
        }
        CertificateFault::NoKey | CertificateFault::KeyPem(_) => {
            "The private key is not PEM-encoded, or is encrypted; expected an unencrypted key in \
             PEM format."
                .to_owned()
        }
        CertificateFault::Key(_) => "The private key is not supported.".to_owned(),
        fault => format!("The certificate is not valid: {fault}."),
    }))
}

/// AWS's words (as getmoto/moto quotes them).
fn check_time(read: &X509, what: &str, now_s: u64) -> Result<(), Refusal> {
    if now_s < read.validity.not_before_s {
        let message = format!("The {what} is not in effect yet, is not valid.");
        return Err(Refusal::invalid(message));
    }
    if now_s > read.validity.not_after_s {
        return Err(Refusal::invalid(format!("The {what} has expired, is not valid.")));
    }
    Ok(())
}

fn check_chain(own: &X509, chain: &[X509], now_s: u64) -> Result<(), Refusal> {
    let mut below = own;
    for (index, issuer) in chain.iter().enumerate() {
        if !below.is_signed_by(issuer) {
            // AWS's words (knowledge center, "acm-import-troubleshooting").
            return Err(Refusal::invalid(format!(
                "Unable to validate certificate chain. The certificate chain must start with the \
                 immediate signing certificate, followed by any intermediaries in order. The index \
                 within the chain of the invalid certificate is: {index}"
            )));
        }
        check_time(issuer, "certificate chain", now_s)?;
        below = issuer;
    }
    Ok(())
}
