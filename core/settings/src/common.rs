use std::fs::DirBuilder;
use std::io;
use std::net::SocketAddr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use clap::Args;
use ringgate_model::Scope;

use crate::limits::{HTTP_ADDRESSES_MAX, SOCKET_PATH_BYTES_MAX};
use crate::{EndpointArgs, LimitArgs, Switch, values};

/// What both daemons must agree on.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// Settings file. Its keys are these flags without the dashes: `workers = 2`. Flags and
    /// environment win over it [default: ringgate.toml in the working directory, if there]
    #[arg(long, value_name = "FILE", env = "RINGGATE_CONFIG", hide_env_values = true)]
    pub config: Option<PathBuf>,

    /// Directory of everything that is kept: the store, the last table, keys, and the sockets by
    /// which the processes find each other. Made with mode 0700 if missing. $STATE_DIRECTORY
    /// stands in for it under systemd
    #[arg(
        long,
        value_name = "DIR",
        env = "RINGGATE_DATA_DIR",
        hide_env_values = true,
        default_value = crate::DATA_DIR_DEFAULT
    )]
    pub data_dir: PathBuf,

    /// Directory of control.sock and table.sock. $RUNTIME_DIRECTORY stands in for it under systemd
    /// [default: the data directory]
    #[arg(long, value_name = "DIR", env = "RINGGATE_RUNTIME_DIR", hide_env_values = true)]
    pub runtime_dir: Option<PathBuf>,

    /// The key that private keys of certificates are encrypted with on disk: 32 bytes, or 64
    /// hexadecimal digits [default: systemd's credential ringgate-secrets-key, else secrets.key in
    /// the data directory, made at the first start]
    #[arg(long, value_name = "FILE", env = "RINGGATE_SECRETS_KEY", hide_env_values = true)]
    pub secrets_key: Option<PathBuf>,

    /// Address of plain HTTP traffic. May be given more than once, or as a list with commas
    #[arg(
        long,
        value_name = "ADDR:PORT",
        env = "RINGGATE_HTTP",
        hide_env_values = true,
        value_delimiter = ',',
        default_value = crate::HTTP_DEFAULT
    )]
    pub http: Vec<SocketAddr>,

    /// Address of TLS traffic. May be given more than once, or as a list with commas; `none` opens
    /// no such port
    #[arg(
        long,
        value_name = "ADDR:PORT|none",
        env = "RINGGATE_HTTPS",
        hide_env_values = true,
        value_delimiter = ',',
        default_value = crate::HTTPS_DEFAULT,
        value_parser = values::https
    )]
    pub https: Vec<Option<SocketAddr>>,

    /// One backend for everything: makes or updates an ordinary HTTP API whose `$default` route
    /// sends each request to this URL, path and query appended. It answers every Host that names
    /// no other API
    #[arg(
        long,
        value_name = "URL",
        env = "RINGGATE_TARGET",
        hide_env_values = true,
        value_parser = values::target
    )]
    pub target: Option<String>,

    /// Region of requests that name none: those on the control socket and from `--target`
    #[arg(
        long,
        value_name = "REGION",
        env = "RINGGATE_REGION",
        hide_env_values = true,
        default_value = "us-east-1",
        value_parser = values::region
    )]
    pub region: String,

    /// Account, twelve digits, of requests that name none
    #[arg(
        long,
        value_name = "DIGITS",
        env = "RINGGATE_ACCOUNT_ID",
        hide_env_values = true,
        default_value = "000000000000",
        value_parser = values::account_id
    )]
    pub account_id: String,

    /// Assumes the roles that integrations and authorizers name (credentialsArn,
    /// authorizerCredentialsArn), and signs their calls with sessions of them. `off`: no role is
    /// assumed, and such calls are signed with the process's own credentials, for stand-ins that
    /// know of no roles
    #[arg(long, value_name = "on|off", env = "RINGGATE_ASSUME_ROLES", hide_env_values = true,
          default_value = "on", num_args = 0..=1, require_equals = true,
          default_missing_value = "on", hide_possible_values = true)]
    pub assume_roles: Switch,

    /// Where AWS services are.
    #[command(flatten)]
    pub endpoints: EndpointArgs,

    /// What is allowed of what.
    #[command(flatten)]
    pub limits: LimitArgs,
}

impl Common {
    /// The region and account of requests that name none.
    pub fn scope(&self) -> Scope {
        Scope::new(&self.region, &self.account_id)
    }

    /// The addresses of TLS traffic, none where it is off.
    pub fn https_addresses(&self) -> Vec<SocketAddr> {
        self.https.iter().copied().flatten().collect()
    }

    /// Where the sockets are.
    pub fn runtime_dir(&self) -> &Path {
        self.runtime_dir.as_deref().unwrap_or(&self.data_dir)
    }

    /// HTTP over a Unix socket: the management APIs and the native one.
    pub fn control_socket(&self) -> PathBuf {
        self.runtime_dir().join("control.sock")
    }

    /// SOCK_SEQPACKET: tables from control to data planes.
    pub fn table_socket(&self) -> PathBuf {
        self.runtime_dir().join("table.sock")
    }

    /// The table a data plane starts from while control is out of reach.
    pub fn last_good_table(&self) -> PathBuf {
        self.data_dir.join("table.last-good")
    }

    /// The store of the control process.
    pub fn store(&self) -> PathBuf {
        self.data_dir.join("control.redb")
    }

    /// The directory of the control process's audit log.
    pub fn audit(&self) -> PathBuf {
        self.data_dir.join("audit")
    }

    /// Makes the data and runtime directories (0700) where they are missing, and checks that the
    /// socket paths fit into the kernel's address.
    ///
    /// # Errors
    /// A sentence for people: which setting, and what to do.
    pub fn prepare(&self) -> Result<(), String> {
        self.check_addresses()?;
        for dir in [&self.data_dir, self.runtime_dir()] {
            make_dir(dir).map_err(|error| {
                format!("cannot make the directory {}: {error} (--data-dir)", dir.display())
            })?;
        }
        let longest = self.control_socket();
        let bytes = longest.as_os_str().as_bytes().len();
        if bytes > SOCKET_PATH_BYTES_MAX {
            return Err(format!(
                "the socket path {} has {bytes} bytes, at most {SOCKET_PATH_BYTES_MAX} are \
                 possible: give a shorter --data-dir or a --runtime-dir",
                longest.display()
            ));
        }
        Ok(())
    }

    /// Not too many addresses, and none of them twice, whatever it is for.
    fn check_addresses(&self) -> Result<(), String> {
        let https = self.https_addresses();
        if !https.is_empty() && https.len() < self.https.len() {
            return Err("--https none cannot be given beside an address".to_owned());
        }
        for (flag, count) in [("--http", self.http.len()), ("--https", https.len())] {
            if count > HTTP_ADDRESSES_MAX {
                return Err(format!(
                    "at most {HTTP_ADDRESSES_MAX} addresses may be given by {flag}"
                ));
            }
        }
        let http = self.http.iter().map(|address| ("--http", *address));
        let mut seen: Vec<(&str, SocketAddr)> = Vec::new();
        for (flag, address) in http.chain(https.into_iter().map(|address| ("--https", address))) {
            match seen.iter().find(|(_, other)| *other == address && address.port() != 0) {
                Some((other, _)) if *other == flag => {
                    return Err(format!("{flag} {address} is given twice"));
                }
                Some((other, _)) => {
                    return Err(format!("{address} is given by {other} and by {flag}"));
                }
                None => seen.push((flag, address)),
            }
        }
        Ok(())
    }
}

fn make_dir(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}
