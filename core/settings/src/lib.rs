//! Every setting of the three binaries in one place: flags, defaults, help texts, `ringgate.toml`.
//!
//! Precedence: flag, then environment (`RINGGATE_*`; `$STATE_DIRECTORY` and its like as
//! systemd sets them), then `ringgate.toml`, then the default. A binary flattens the structs it
//! needs into its own `clap::Parser` and calls [`parse`]:
//!
//! ```no_run
//! #[derive(clap::Parser)]
//! struct Flags {
//!     #[command(flatten)]
//!     common: ringgate_settings::Common,
//!     #[command(flatten)]
//!     data_plane: ringgate_settings::DataPlaneArgs,
//! }
//! let flags: Flags = ringgate_settings::parse();
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod client;
mod common;
mod control;
mod credentials;
mod data_plane;
mod endpoints;
mod file;
mod forward;
mod functions;
mod limit_args;
pub mod limits;
mod load;
mod secrets_key;
mod tls;
mod values;

pub use client::ClientArgs;
pub use common::Common;
pub use control::{AcmeChallenge, ControlArgs};
pub use credentials::AwsCredentials;
pub use data_plane::{Balance, DataPlaneArgs, Driver};
pub use endpoints::{ControlEndpointArgs, EndpointArgs};
pub use file::FileError;
pub use forward::forward;
pub use functions::{FunctionsArgs, FunctionsHostArgs, FunctionsRuntime};
pub use limit_args::LimitArgs;
pub use load::{LoadError, Loaded, load, parse};
pub use secrets_key::{SECRETS_CREDENTIAL, SECRETS_KEY_BYTES, SecretsKey};
pub use tls::{CertificateFiles, TlsArgs};
pub use values::Switch;

/// The settings file that is read from the working directory when `--config` names none.
pub const FILE_NAME: &str = "ringgate.toml";
/// The data directory when nothing names one.
pub const DATA_DIR_DEFAULT: &str = ".ringgate";
/// The first `--http` address when none is given.
pub const HTTP_DEFAULT: &str = "127.0.0.1:8080";
/// The `--https` address when none is given.
pub const HTTPS_DEFAULT: &str = "127.0.0.1:8443";
/// Where the host of functions listens when nothing else is said.
pub const FUNCTIONS_DEFAULT: &str = "127.0.0.1:9001";
