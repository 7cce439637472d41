use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::{Common, ControlEndpointArgs, Switch, values};

/// What only the control process takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Control")]
pub struct ControlArgs {
    /// Address of the AWS management APIs: point `aws --endpoint-url` at it
    #[arg(
        long,
        value_name = "ADDR:PORT",
        env = "RINGGATE_MANAGEMENT",
        hide_env_values = true,
        default_value = "127.0.0.1:4566"
    )]
    pub management: SocketAddr,

    /// The URL that APIs report as their endpoint; {api} and {region} are filled in [default:
    /// http://{api}.execute-api.localhost:PORT with the port of the first --http]
    #[arg(
        long,
        value_name = "URL",
        env = "RINGGATE_PUBLIC_ENDPOINT",
        hide_env_values = true,
        value_parser = values::public_endpoint
    )]
    pub public_endpoint: Option<String>,

    /// The URL of a host of Lambda functions, as `ringgate functions` is one: calls of Lambda's API
    /// on the management port are passed on to it [default: none; the one of `ringgate up
    /// --functions`]
    #[arg(
        long,
        value_name = "URL",
        env = "RINGGATE_FUNCTIONS_ENDPOINT",
        hide_env_values = true,
        value_parser = values::functions_endpoint
    )]
    pub functions_endpoint: Option<SocketAddr>,

    /// How often the keys of the issuers that JWT authorizers name are fetched anew, in seconds. A
    /// token by a key that is not known has them fetched at once, at most once a minute
    #[arg(long, value_name = "SECONDS", env = "RINGGATE_ISSUER_REFRESH_S", hide_env_values = true,
          default_value_t = 900, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub issuer_refresh_s: u32,

    /// File with the certificates (PEM) that those of issuers must lead to [default: the system's]
    #[arg(long, value_name = "FILE", env = "RINGGATE_ISSUER_CA", hide_env_values = true)]
    pub issuer_ca: Option<PathBuf>,

    /// Takes issuers at http:// anywhere; without it only those on this machine's loopback
    #[arg(long, value_name = "on|off", env = "RINGGATE_ALLOW_HTTP_ISSUERS", hide_env_values = true,
          default_value = "off", num_args = 0..=1, require_equals = true,
          default_missing_value = "on", hide_possible_values = true)]
    pub allow_http_issuers: Switch,

    /// Where truststores lie, and roles are assumed.
    #[command(flatten)]
    pub endpoints: ControlEndpointArgs,

    /// Directory of an authority that issues certificates by ACME (RFC 8555): what ACM's
    /// RequestCertificate asks for is obtained there, proved and renewed. Whoever gives it agrees
    /// to that authority's terms of service [default: none]
    #[arg(long, value_name = "URL", env = "RINGGATE_ACME_DIRECTORY", hide_env_values = true,
          value_parser = values::endpoint)]
    pub acme_directory: Option<String>,

    /// How names are proved to that authority
    #[arg(long, value_name = "KIND", env = "RINGGATE_ACME_CHALLENGE", hide_env_values = true,
          value_enum, default_value_t = AcmeChallenge::Http01)]
    pub acme_challenge: AcmeChallenge,

    /// Where that authority may write to, such as mailto:admin@example.com [default: none]
    #[arg(long, value_name = "URI", env = "RINGGATE_ACME_CONTACT", hide_env_values = true)]
    pub acme_contact: Option<String>,

    /// Root certificates, in PEM, that the certificate of the ACME directory must lead to
    /// [default: those this system trusts]
    #[arg(long, value_name = "FILE", env = "RINGGATE_ACME_CA", hide_env_values = true)]
    pub acme_ca: Option<PathBuf>,
}

/// `--acme-challenge`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AcmeChallenge {
    /// The authority asks port 80 of the name (RFC 8555 section 8.3)
    #[value(name = "http-01")]
    Http01,
    /// It shakes hands with port 443 of the name (RFC 8737)
    #[value(name = "tls-alpn-01")]
    TlsAlpn01,
}

impl AcmeChallenge {
    /// As authorities call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http01 => "http-01",
            Self::TlsAlpn01 => "tls-alpn-01",
        }
    }
}

impl ControlArgs {
    /// The endpoint template, with `{api}` and perhaps `{region}` in it.
    pub fn public_endpoint(&self, common: &Common) -> String {
        self.public_endpoint.clone().unwrap_or_else(|| {
            let port = common.http.first().map_or(8080, SocketAddr::port);
            match port {
                80 => "http://{api}.execute-api.localhost".to_owned(),
                port => format!("http://{{api}}.execute-api.localhost:{port}"),
            }
        })
    }
}
