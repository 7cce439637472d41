use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ringgate_model::Entropy;
use ringgate_table::CertificateImage;
use ringgate_tls::ChallengeCertificate;
use serde::{Deserialize, Serialize};

use crate::acm;
use crate::shelf::{decode, encode, entries};
use crate::{Error, Options, Store, keys};

/// What an authority looks at to see whether a name is ours.
pub enum Challenge {
    /// HTTP-01 (RFC 8555 section 8.3): `answer` is given to who asks for `token`.
    Http {
        /// What the authority calls it.
        token: String,
        /// The key authorization.
        answer: String,
    },
    /// TLS-ALPN-01 (RFC 8737): a certificate is shown in a handshake for `name`.
    TlsAlpn {
        /// The name that is proved.
        name: String,
        /// The certificate, with its key.
        certificate: ChallengeCertificate,
    },
}

/// A certificate as it is stored.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    chain: String,
    sealed_key: String,
}

impl Challenge {
    /// Where it is stored, and how: a private key is sealed.
    pub(super) fn entry(
        &self,
        options: &Options,
        entropy: &mut dyn Entropy,
    ) -> Result<(String, Option<Vec<u8>>), Error> {
        match self {
            Self::Http { token, answer } => {
                let key = format!("{}{token}", keys::ACME_CHALLENGES);
                Ok((key, Some(answer.as_bytes().to_vec())))
            }
            Self::TlsAlpn { name, certificate } => {
                let key = format!("{}{name}", keys::ACME_TLS_CHALLENGES);
                let ChallengeCertificate { chain_pem, key_pem } = certificate;
                let sealed = acm::sealed(options, entropy, &key, key_pem.as_bytes());
                let sealed_key = sealed.map_err(|why| Error::internal(why.message))?;
                let kept = Kept { chain: chain_pem.clone(), sealed_key };
                Ok((key, Some(encode(&kept)?)))
            }
        }
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http { .. } => "Http",
            Self::TlsAlpn { .. } => "TlsAlpn",
        })
    }
}

/// Challenges by HTTP (tokens, answers) and by TLS (names, what is shown).
type Challenges = (Vec<(String, String)>, Vec<(String, CertificateImage)>);

/// The challenges that wait to be looked at.
pub(crate) fn challenges(store: &dyn Store) -> Result<Challenges, Error> {
    let behind = |key: &str, prefix| key.strip_prefix(prefix).unwrap_or_default().to_owned();
    let by_http = entries(store, keys::ACME_CHALLENGES)?.into_iter().map(|(key, answer)| {
        (behind(&key, keys::ACME_CHALLENGES), String::from_utf8_lossy(&answer).into_owned())
    });
    let mut by_tls = Vec::new();
    for (key, bytes) in entries(store, keys::ACME_TLS_CHALLENGES)? {
        let Kept { chain, sealed_key } = decode(&key, &bytes)?;
        let sealed_key = BASE64_STANDARD.decode(&sealed_key).unwrap_or_default();
        let image = CertificateImage::new(&key, &chain, &sealed_key);
        by_tls.push((behind(&key, keys::ACME_TLS_CHALLENGES), image));
    }
    Ok((by_http.collect(), by_tls))
}
