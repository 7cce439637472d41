use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ringgate_model::Entropy;
use ringgate_model::limits::CERTIFICATES_MAX;
use ringgate_tls::SealingKey;
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::record::{self, Record};
use super::tags::{self, Tag};
use super::{Done, Refusal, Session, check, parameters, presenting};
use crate::Options;

/// Longest members, in bytes (`PrivateKeyBlob`, `CertificateBodyBlob`, `CertificateChainBlob`).
const KEY_BYTES_MAX: usize = 8192;
const CERTIFICATE_BYTES_MAX: usize = 32768;
const CHAIN_BYTES_MAX: usize = 2_097_152;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    certificate_arn: Option<String>,
    certificate: Option<String>,
    private_key: Option<Zeroizing<String>>,
    certificate_chain: Option<String>,
    tags: Option<Vec<Tag>>,
}

/// `ImportCertificate`; with an ARN it renews that certificate, and whoever presents it presents
/// the new one.
pub(super) fn import(session: &mut Session<'_>, input: &[u8]) -> Result<Done, Refusal> {
    let input: Input = parameters(input)?;
    let certificate = blob("certificate", input.certificate.as_deref(), CERTIFICATE_BYTES_MAX)?;
    let key = input.private_key.as_ref().map(|key| key.as_str());
    let key = blob("privateKey", key, KEY_BYTES_MAX)?;
    let (certificate, key) = (required("certificate", certificate)?, required("privateKey", key)?);
    let chain = blob("certificateChain", input.certificate_chain.as_deref(), CHAIN_BYTES_MAX)?;
    let chain = chain.as_deref().map(Vec::as_slice);
    let checked = check::check(&certificate, &key, chain, session.now.0)?;
    match input.certificate_arn {
        Some(_) if input.tags.is_some() => {
            // "You cannot apply tags when reimporting a certificate" (ACM API reference).
            Err(Refusal::invalid("Tagging is not permitted on re-import."))
        }
        Some(arn) => renew(session, &arn, checked, &key),
        None => create(session, input.tags.unwrap_or_default(), checked, &key),
    }
}

fn create(
    session: &mut Session<'_>,
    tags: Vec<Tag>,
    checked: check::Checked,
    key: &[u8],
) -> Result<Done, Refusal> {
    if record::all(session)?.len() >= CERTIFICATES_MAX {
        // AWS's words (knowledge center, "acm-import-troubleshooting").
        let message = "You have reached the maximum number of certificates. Delete certificates \
                       that are not in use, or contact AWS Support to request an increase.";
        return Err(Refusal::new("LimitExceededException", message));
    }
    let tags = tags::merged(Default::default(), tags)?;
    let arn = record::arn_of(session.scope, &uuid(session.entropy));
    let now_s = session.now.0;
    let record = Record {
        certificate: checked.certificate,
        chain: checked.chain,
        sealed_key: seal(session, &arn, key)?,
        created_at_s: now_s,
        imported_at_s: now_s,
        tags,
        request: None,
    };
    let revision = record::create(session, &arn, &record)?;
    // A custom domain name may name an ARN that came later.
    let domains = presenting(session.store, session.scope, &arn)?;
    Ok(Done { output: json!({ "CertificateArn": arn }), domains, revision: Some(revision) })
}

fn renew(
    session: &mut Session<'_>,
    arn: &str,
    checked: check::Checked,
    key: &[u8],
) -> Result<Done, Refusal> {
    let found = record::find(session, arn)?;
    if found.record.request.is_some() {
        return Err(Refusal::invalid(format!(
            "The certificate {arn} was requested, not imported: it is renewed by itself."
        )));
    }
    if found.record.read()?.key != checked.read.key {
        // "The key type and size cannot be changed" (ACM user guide, "Reimport a certificate").
        return Err(Refusal::invalid(
            "The key algorithm and size of a certificate that is imported again must be those of \
             the certificate that is there.",
        ));
    }
    let record = Record {
        certificate: checked.certificate,
        chain: checked.chain,
        sealed_key: seal(session, arn, key)?,
        imported_at_s: session.now.0,
        ..found.record.clone()
    };
    let revision = found.replace(session, &record)?;
    let domains = presenting(session.store, session.scope, arn)?;
    Ok(Done { output: json!({ "CertificateArn": arn }), domains, revision: Some(revision) })
}

fn seal(session: &mut Session<'_>, arn: &str, key: &[u8]) -> Result<String, Refusal> {
    sealed(session.options, session.entropy, arn, key)
}

/// A secret, sealed for its ARN: it opens as no other's.
pub(crate) fn sealed(
    options: &Options,
    entropy: &mut dyn Entropy,
    arn: &str,
    key: &[u8],
) -> Result<String, Refusal> {
    let internal = |what: &str| Refusal::new("InternalFailure", what);
    let sealing = options.sealing.as_deref();
    let sealing = sealing.ok_or_else(|| internal("there is no key to seal private keys with"))?;
    let mut nonce = [0; SealingKey::NONCE_BYTES];
    for piece in nonce.chunks_mut(8) {
        let random = entropy.next_u64().to_ne_bytes();
        for (byte, random) in piece.iter_mut().zip(random) {
            *byte = random;
        }
    }
    let sealed = sealing.seal(arn, key, nonce).map_err(|fault| internal(&fault.to_string()))?;
    Ok(BASE64_STANDARD.encode(sealed))
}

fn blob(
    member: &str,
    text: Option<&str>,
    max: usize,
) -> Result<Option<Zeroizing<Vec<u8>>>, Refusal> {
    let Some(text) = text else { return Ok(None) };
    let bytes = BASE64_STANDARD
        .decode(text)
        .map_err(|_| Refusal::new("SerializationException", format!("{member} must be base64")))?;
    let bytes = Zeroizing::new(bytes);
    if bytes.is_empty() {
        return Err(Refusal::constraint(member, "have length greater than or equal to 1"));
    }
    if bytes.len() > max {
        return Err(Refusal::constraint(
            member,
            &format!("have length less than or equal to {max}"),
        ));
    }
    Ok(Some(bytes))
}

fn required<T>(member: &str, value: Option<T>) -> Result<T, Refusal> {
    value.ok_or_else(|| Refusal::constraint(member, "not be null"))
}

/// A random UUID (RFC 9562 section 5.4).
pub(super) fn uuid(entropy: &mut dyn Entropy) -> String {
    let bits = u128::from(entropy.next_u64()) << 64 | u128::from(entropy.next_u64());
    let bits = bits & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let mut text = String::with_capacity(36);
    for (at, digit) in format!("{bits:032x}").chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        // Writing to a String cannot fail.
        let _ = write!(text, "{digit}");
    }
    text
}
