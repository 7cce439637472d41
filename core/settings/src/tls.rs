use std::path::PathBuf;

use clap::Args;

use crate::values;

/// What TLS listeners are given.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "TLS")]
pub struct TlsArgs {
    /// A certificate chain in PEM and its private key, in the same file or behind a comma. Served
    /// for the names it holds; read again on SIGHUP. May be given more than once [default: one
    /// made here, signed by itself, for *.execute-api.localhost]
    #[arg(long = "certificate", value_name = "CERT.pem[,KEY.pem]", env = "RINGGATE_CERTIFICATE",
          hide_env_values = true, value_parser = certificate)]
    pub certificates: Vec<CertificateFiles>,

    /// The oldest protocol and the ciphers that TLS clients may come with, under the name AWS
    /// gives such a set
    #[arg(long, value_name = "NAME", env = "RINGGATE_SECURITY_POLICY", hide_env_values = true,
          default_value = "TLS_1_2", value_parser = values::security_policy)]
    pub security_policy: String,

    /// Root certificates, in PEM, that the certificates of `https://` and `h2://` backends must
    /// lead to
    /// [default: those this system trusts]
    #[arg(long, value_name = "FILE", env = "RINGGATE_UPSTREAM_CA", hide_env_values = true)]
    pub upstream_ca: Option<PathBuf>,
}

/// `--certificate`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The certificate, and behind it those that lead to its issuer.
    pub chain: PathBuf,
    /// The private key; the same file where none is named.
    pub key: PathBuf,
}

fn certificate(text: &str) -> Result<CertificateFiles, String> {
    let (chain, key) = text.split_once(',').unwrap_or((text, text));
    if chain.is_empty() || key.is_empty() || key.contains(',') {
        return Err("expected CERT.pem or CERT.pem,KEY.pem".to_owned());
    }
    Ok(CertificateFiles { chain: chain.into(), key: key.into() })
}
