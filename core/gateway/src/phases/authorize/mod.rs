//! Step 6: who asks, and whether that may.

mod context;
mod iam;
mod jwt;

use ringgate_table::{Authorization, Located, Table};

use super::map;
use crate::connection::Peer;
use crate::principal::Principal;
use crate::rescue::{Fault, Kind};
use crate::stages::Stage;
use crate::worker::Core;

/// What is known of who asks.
pub(crate) enum Admitted {
    /// Nothing: the route lets everybody in.
    Anybody,
    /// This one.
    As(Principal),
    /// Not enough yet: more of the request's body has to come, which is signed.
    Later,
}

/// Where a request stands, and what of it has come.
pub(crate) struct Asked<'r> {
    pub(crate) table: &'r Table,
    pub(crate) located: &'r Located<'r>,
    pub(crate) peer: &'r Peer,
    /// The connection's input: the head and what followed it.
    pub(crate) input: &'r [u8],
}

/// Finds out who asks.
///
/// # Errors
/// Whoever asks gets no further.
pub(crate) fn authorize(
    core: &Core,
    stage: &Stage,
    request: &map::Request<'_, '_, '_>,
    asked: &Asked<'_>,
) -> Result<Admitted, Fault> {
    match request.route.authorization() {
        Authorization::Open => Ok(Admitted::Anybody),
        Authorization::Jwt { authorizer, scopes } => {
            jwt::verify(core, stage, &authorizer, scopes, request).map(Admitted::As)
        }
        Authorization::Iam => {
            let sent = (asked.peer, asked.input);
            let verified = iam::verify(asked.table, asked.located, request, sent)?;
            Ok(verified.map_or(Admitted::Later, Admitted::As))
        }
        // What calls functions is on the list of what is not built: none such comes here.
        Authorization::Lambda(_) => Err(closed("Lambda authorizers are not supported yet")),
        Authorization::Closed { reason } => Err(closed(reason)),
    }
}

fn closed(reason: &str) -> Fault {
    Fault::new(Kind::AuthorizerMisconfigured, reason.to_owned())
}
