//! The two ends of a proxy bench, cheap enough that the proxy between them is what is measured.
//!
//! `ringgate-load` sends HTTP/1.1 or HTTP/2 requests, over TLS or not, or WebSocket messages, in
//! closed or open loop and judges every answer; `ringgate-origin` gives the answers. Each is one
//! thread over epoll. The scripts beside this crate (`run`, `swap`, `routes`, `workers`, `idle`)
//! start them with the proxies to compare.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod chunked;
pub mod client;
pub mod clock;
pub mod origin;
pub mod pattern;
pub mod poll;
pub mod websocket;
