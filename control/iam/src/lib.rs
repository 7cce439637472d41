//! IAM and STS: users, access keys, roles, policies and sessions, by the AWS query protocol.
//!
//! Pure and synchronous over a [`Store`](ringgate_admin::Store): time and randomness are arguments.
//! [`Invocation::read`] says which operation a request names, [`Iam::call`] carries it out for a
//! [`Principal`], and [`Iam::credential`] finds the principal that an access key stands for. All
//! state belongs to an account, none to a region.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod access_key;
mod attached;
mod aws_managed;
mod call;
mod circumstances;
mod credential;
mod entity;
mod error;
mod iam;
mod ids;
mod image;
mod inline;
mod keys;
pub mod limits;
mod names;
mod operation;
mod page;
mod params;
mod policy;
mod policy_version;
mod principal;
mod role;
mod shelf;
mod sts;
mod tags;
mod user;
mod work;
mod xml;

pub use call::{Answer, Call};
pub use circumstances::{Circumstances, RequestContext};
pub use credential::{Credential, CredentialError};
pub use error::{Code, Error};
pub use iam::Iam;
pub use operation::{Effect, Invocation, Service};
pub use principal::{Principal, PrincipalKind, SessionTimes};
pub use sts::for_service::{ServiceAssumption, Unassumed};
pub use xml::refusal;
