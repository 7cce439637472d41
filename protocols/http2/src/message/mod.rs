//! HTTP messages between the two versions: from `h2`'s types to HTTP/1.1 bytes, which the strict
//! HTTP/1.1 parser then reads like any other, and from HTTP/1.1's parts to `h2`'s types.

mod connect;
mod fields;
mod refused;
mod request;
mod response;
mod trailers;
mod unsendable;
mod upstream;

pub use connect::{connect_request, connect_response_head};
pub use refused::Refused;
pub use request::{Framing, RequestHead, request_head};
pub use response::{response, tunnel_response};
pub use trailers::{REFUSED_TRAILERS, trailer_lines, trailers};
pub use unsendable::Unsendable;
pub use upstream::{client_request, response_head};
