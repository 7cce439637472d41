//! The load generator: open or closed loop, never a retry, every answer judged.

mod args;
mod connection;
mod engine;
mod http1;
mod http2;
mod protocol;
mod request;
mod response;
mod schedule;
mod tally;
mod tls;
mod transport;
mod websocket;

pub use args::{Args, Check, Output};
pub use engine::Engine;
pub use request::{RequestSource, SourceError};
pub use response::{Expected, ResponseReader, Verdict};
pub use tally::{Report, Tally};
pub use tls::Handshakes;
