//! The opening handshake (RFC 6455 section 4), over fields that somebody else has parsed.

mod agreed;
mod asked;
mod extension;
mod fault;
mod fields;
mod key;
mod names;
mod syntax;
mod upgrade;

pub use agreed::{Agreed, Extensions};
pub use asked::Asked;
pub use fault::HandshakeFault;
pub use upgrade::{is_websocket, upgrade_protocols};
