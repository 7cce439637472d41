//! HTTP/1.1 without a socket: bytes in, heads and body pieces out.
//!
//! RFC 9112, strictly: what the grammar does not allow is refused, never repaired, so that no two
//! programs on a request's way can read it differently; what the grammar allows is accepted.
//! Nothing here allocates on the common path, waits, or keeps a clock. `LIFECYCLE.md` names the
//! states of a connection, a body and the chunked coding.
//!
//! ```
//! use ringgate_http1::{Framing, Parsed, RequestSlots, parse_request};
//!
//! let mut slots = RequestSlots::new();
//! let bytes = b"GET /pets?limit=3 HTTP/1.1\r\nHost: example.com\r\n\r\n";
//! let Ok(Parsed::Complete(head)) = parse_request(bytes, 10_240, &mut slots) else { panic!() };
//! assert_eq!((head.method, head.target.path), ("GET", "/pets"));
//! assert_eq!((head.host, head.body), (Some("example.com"), Framing::None));
//! assert_eq!(head.len, bytes.len());
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod authority;
mod body;
pub mod chunked;
mod end_to_end;
mod fault;
mod fields;
mod framing;
pub mod limits;
mod parsed;
mod refusal;
mod request;
mod request_line;
mod response;
mod scan;
mod slots;
mod survey;
mod syntax;
mod target;
pub mod write;

pub use body::{Body, Truncated};
pub use end_to_end::EndToEnd;
pub use fault::ResponseFault;
pub use fields::{elements, field, fields_named};
pub use framing::Framing;
pub use httparse::Header;
pub use parsed::{Parsed, Version};
pub use refusal::Refusal;
pub use request::{RequestHead, parse_request};
pub use response::{ResponseHead, parse_response};
pub use slots::{RequestSlots, ResponseSlots, Slots};
pub use target::{Target, TargetForm};
