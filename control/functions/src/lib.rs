//! A host of Lambda functions without AWS and without containers: `ringgate functions`.
//!
//! It keeps functions, starts their handlers as processes with the official runtime interface
//! clients, speaks the Runtime API to each, and answers the API of Lambda, requests of which are
//! signed. A function that crashes, hangs or eats memory harms nobody but whoever invoked it. It
//! runs with the rights of this process: it is no sandbox.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod api;
mod base64;
mod clock;
mod code;
mod entropy;
mod environment;
mod error;
mod function;
mod host;
mod http;
mod interpreters;
mod invoke;
mod keys;
pub mod limits;
mod logs;
mod name;
mod pool;
mod run;
mod shared;
mod store;

pub use error::ApiError;
pub use keys::{Key, Keys};
pub use run::{SOCKET_NAME, Settings, run};

use host::Host;

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
