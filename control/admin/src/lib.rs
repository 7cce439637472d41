//! The apigatewayv2 operations: what the management port and the control socket answer.
//!
//! Pure and synchronous over a [`Store`]: no socket, no clock, no randomness of its own. One call
//! comes in as raw HTTP parts ([`Call`]), one [`Answer`] goes out; what it changed is durable by
//! then, and was compiled before it was stored, so a stored state always has its tables.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod acm;
pub mod acme;
mod admin;
mod api;
mod api_mapping;
mod apply;
mod authorizer;
mod autodeploy;
mod call;
mod child;
mod cors;
mod deployment;
mod document;
mod domain_image;
mod domain_name;
mod error;
mod export;
mod faults;
mod fields;
mod import;
mod integration;
mod integration_check;
mod issuer;
mod json;
mod keys;
mod lambda;
mod mapping_expression;
mod memory;
mod operation;
mod owned;
mod paging;
mod passed_roles;
mod query;
mod quick;
mod reply;
mod responses;
mod role_session;
mod route;
mod routing_rule;
mod schema_model;
mod service_action;
mod session;
mod shelf;
mod stage;
mod store;
mod tags;
mod target;
mod template;
mod truststore;
mod vpc_link;
mod workspace;

pub use admin::{Admin, Applied, Options};
pub use call::{Answer, Call};
pub use error::{Code, Error};
pub use issuer::{IssuerFailure, IssuerRecord};
pub use memory::MemoryStore;
pub use operation::{Named, named};
pub use passed_roles::passed_roles;
pub use role_session::{KeptSession, NamedRole, SessionRecord, Sessions, is_role};
pub use store::{Entries, Store, StoreError, Transaction};
