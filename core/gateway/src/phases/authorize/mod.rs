//! Step 6: who asks, and whether that may.

mod caller;
mod circumstances;
mod iam;
mod jwt;
mod lambda;
mod signer;

use std::sync::Arc;

use ringgate_table::{Authorization, Table};

pub(super) use caller::{CallerKey, caller_key};
pub(crate) use circumstances::Circumstances;
pub(crate) use lambda::Ask;

use super::map::{self, Wanted};
use crate::connection::Peer;
use crate::principal::Principal;
use crate::random::REQUEST_ID_CHARS;
use crate::rescue::{Fault, Kind};
use crate::stages::Stage;
use crate::verdict::Verdict;
use crate::worker::Core;

/// What is known of a request beside what it says.
pub(crate) struct Arrival<'a> {
    pub core: &'a Core,
    pub stage: &'a Stage,
    pub peer: &'a Peer,
    pub request_id: &'a [u8; REQUEST_ID_CHARS],
    /// Mutual TLS let the client in.
    pub admitted: bool,
    /// What the request is decided by.
    pub table: &'a Table,
    /// Its head, and what of its content has come.
    pub input: &'a [u8],
}

/// What becomes of a request at the door.
pub(crate) enum Admitted {
    /// It gets in; who asks is known where the route wants to know.
    Yes(Option<Principal>),
    /// A function is to be asked first.
    Ask(Box<Ask>),
    /// Its content is to come first: it is signed.
    Later(Wanted),
}

/// Finds out who asks. `told` is what a function said when it was asked about this request; `out`
/// gets the head of the call, where one is to be made.
///
/// # Errors
/// Whoever asks gets no further.
pub(crate) fn authorize(
    arrival: &Arrival<'_>,
    request: &map::Request<'_, '_, '_>,
    told: Option<&Arc<Verdict>>,
    out: &mut Vec<u8>,
) -> Result<Admitted, Fault> {
    match request.route.authorization() {
        Authorization::Open => Ok(Admitted::Yes(None)),
        Authorization::Jwt { authorizer, scopes } => {
            let verified = jwt::verify(arrival.core, arrival.stage, &authorizer, scopes, request);
            verified.map(|principal| Admitted::Yes(Some(principal)))
        }
        Authorization::Iam => {
            let verified = iam::verify(arrival, request)?;
            let later = || Admitted::Later(iam::wanted(arrival));
            Ok(verified.map_or_else(later, |it| Admitted::Yes(Some(Principal::Iam(it)))))
        }
        Authorization::Lambda(authorizer) => {
            lambda::consent(arrival, &authorizer, request, told, out)
        }
        Authorization::Closed { reason } => {
            Err(Fault::new(Kind::AuthorizerMisconfigured, reason.to_owned()))
        }
    }
}
