//! WebSocket for a gateway that relays it: handshakes checked, frames walked over, no payload byte
//! touched. No socket, no clock, no randomness of its own.
//!
//! RFC 6455; RFC 8441 for clients on HTTP/2; of RFC 7692 only that permessage-deflate, once agreed,
//! allows the bit RSV1. The gateway is a server to its client and a client to its origin, and the
//! client's mask is as random as any, so frames go on as they came: header, mask and payload. What
//! the payload means is the two ends' matter; text is not checked to be UTF-8, which a compressed
//! or masked payload could not be without being taken apart.
//!
//! [`Asked`] and [`Agreed`] are the opening handshake, [`Relay`] one direction of the frames after
//! it, `*_frame` write the gateway's own. `LIFECYCLE.md` names the states.
//!
//! ```
//! use ringgate_websocket::{Asked, Direction, Limits, Relay};
//!
//! let asked = Asked::from_request(
//!     "GET",
//!     true,
//!     [
//!         ("connection", &b"Upgrade"[..]),
//!         ("upgrade", b"websocket"),
//!         ("sec-websocket-version", b"13"),
//!         ("sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),
//!     ],
//! )?;
//! let agreed = asked.check_response(
//!     101,
//!     [
//!         ("connection", &b"Upgrade"[..]),
//!         ("upgrade", b"websocket"),
//!         ("sec-websocket-accept", b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
//!     ],
//! )?;
//!
//! let mut relay = Relay::new(Direction::ServerToClient, agreed.extensions, Limits::default());
//! // A whole frame, and the first byte of another one, which has to wait for more.
//! let passed = relay.inspect(b"\x81\x05Hello\x81")?;
//! assert_eq!((passed.len, passed.messages), (7, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod frame;
mod handshake;
pub mod limits;

pub use frame::{
    Close, Direction, FrameFault, Passed, Relay, close_frame, is_close_code, ping_frame, pong_frame,
};
pub use handshake::{Agreed, Asked, Extensions, HandshakeFault, is_websocket, upgrade_protocols};
pub use limits::Limits;
