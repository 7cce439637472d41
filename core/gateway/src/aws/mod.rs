//! AWS services as origins: where each is, what calls to it are signed with, and a signed head.

mod call;
mod endpoint;
mod service;

pub(crate) use call::Call;
pub(crate) use endpoint::{Aws, Endpoint};
pub(crate) use service::Service;
