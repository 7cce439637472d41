//! Tests that look inside, with tokens signed here and elsewhere.

mod bearer;
mod cache;
mod claims;
mod jwks;
mod properties;
mod published;
mod refusals;
mod support;
