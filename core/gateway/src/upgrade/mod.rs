//! A new binary takes over from this process without a connection lost: [`Offer`] is the old side,
//! [`Heir`] the new one. The words between them are `ringgate_ipc::upgrade`.

mod heir;
mod offer;
mod program;

pub(crate) use heir::{Heir, flags};
pub(crate) use offer::{Offer, Replaced};
pub(crate) use program::Program;
