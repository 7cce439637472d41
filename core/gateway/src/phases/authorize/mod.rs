//! Step 6: who asks, and whether that may.

mod jwt;

use ringgate_table::Authorization;

use super::map;
use crate::principal::Principal;
use crate::rescue::{Fault, Kind};
use crate::stages::Stage;
use crate::worker::Core;

/// Finds out who asks; none where the route lets everybody in.
///
/// # Errors
/// Whoever asks gets no further.
pub(crate) fn authorize(
    core: &Core,
    stage: &Stage,
    request: &map::Request<'_, '_, '_>,
) -> Result<Option<Principal>, Fault> {
    match request.route.authorization() {
        Authorization::Open => Ok(None),
        Authorization::Jwt { authorizer, scopes } => {
            jwt::verify(core, stage, &authorizer, scopes, request).map(Some)
        }
        // What calls functions is on the list of what is not built: none such comes here.
        Authorization::Lambda(_) => Err(closed("Lambda authorizers are not supported yet")),
        Authorization::Closed { reason } => Err(closed(reason)),
    }
}

fn closed(reason: &str) -> Fault {
    Fault::new(Kind::AuthorizerMisconfigured, reason.to_owned())
}
