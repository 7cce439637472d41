//! One request, in order. A file per step, named as in ARCHITECTURE.md:
//! accept → tls → head → route → authorize → throttle → shape → integrate → respond → record.
//!
//! The step `tls` is `link/tls.rs`, the step `head` is `ringgate_http1::parse_request`; `upgrade`
//! is what shape and integrate ask about WebSockets, `call` what shape does for functions
//! (`event`, `told`) and other AWS services (`service`), `map` what shape and respond do for
//! parameter mappings. The other steps between route and shape (shield, validate, cache) come with
//! the features that need them; a step that a route does not use costs nothing.

pub(crate) mod accept;
pub(crate) mod authorize;
pub(crate) mod call;
mod credentials;
mod event;
pub(crate) mod integrate;
pub(crate) mod map;
pub(crate) mod record;
pub(crate) mod respond;
pub(crate) mod route;
mod service;
pub(crate) mod shape;
pub(crate) mod throttle;
mod told;
pub(crate) mod upgrade;
