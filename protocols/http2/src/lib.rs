//! HTTP/2 without a socket: what stands around `h2`, which does the protocol.
//!
//! ```text
//!           bytes              bytes
//! socket ─────────▶ Guard ───▶ Pipe ───▶ PipeIo ▶ h2::server ──▶ requests ▶ request_head
//!        ◀───────── Guard ◀─── Pipe ◀─── PipeIo ◀ h2::server ◀── response ◀ HTTP/1.1's parts
//!          outbound
//! ```
//!
//! The caller pumps: what it reads goes through [`Guard::inbound`] into [`Pipe::push`], what
//! [`Pipe::take_output`] gives goes through [`Guard::outbound`] to the socket. `h2` is polled as
//! ever; everything is on one thread. A request becomes a head of HTTP/1.1, which is then parsed,
//! routed and forwarded like any other; a response takes the way back. `LIFECYCLE.md` names the
//! states, and says which rule is `h2`'s and which the guard's.
//!
//! The other way round, [`client_builder`] makes the client's side of a connection to an origin,
//! with an [`OriginGuard`] before it; [`client_request`] and [`response_head`] are its messages,
//! [`connect_request`] and [`connect_response_head`] those that open a WebSocket.
//!
//! ```
//! use std::task::{Context, Poll, Waker};
//! use ringgate_http2::{Guard, Output, PREFACE, Pipe, server_builder};
//!
//! let (pipe, io) = Pipe::new();
//! let mut guard = Guard::new();
//! let mut handshake = Box::pin(server_builder(10_240).handshake::<_, bytes::Bytes>(io));
//! let mut cx = Context::from_waker(Waker::noop());
//! # use std::future::Future;
//! assert!(handshake.as_mut().poll(&mut cx).is_pending());
//!
//! let mut out = Vec::new();
//! assert_eq!(pipe.poll_output(&mut cx), Poll::Ready(Output::Bytes));
//! pipe.take_output(&mut out);
//! guard.outbound(&out, 0).unwrap(); // our SETTINGS, to be sent
//!
//! guard.inbound(PREFACE, 0).unwrap();
//! assert_eq!(pipe.push(PREFACE), PREFACE.len());
//! assert!(handshake.as_mut().poll(&mut cx).is_ready());
//!
//! let ping = [0, 0, 8, 6, 0, 0, 0, 0, 0]; // before SETTINGS
//! let fault = guard.inbound(&ping, 0).unwrap_err();
//! guard.goaway(fault.code, &mut out);
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod builder;
mod frame;
mod guard;
mod hpack;
pub mod limits;
mod message;
mod pipe;

pub use builder::{client_builder, server_builder};
pub use guard::{Fault, Guard, OriginGuard, PREFACE};
pub use message::{
    Framing, REFUSED_TRAILERS, Refused, RequestHead, Unsendable, client_request, connect_request,
    connect_response_head, request_head, response, response_head, trailer_lines, trailers,
    tunnel_response,
};
pub use pipe::{Output, Pipe, PipeIo};
