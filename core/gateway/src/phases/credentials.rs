//! What the call of a function or a service is signed with: a session of the role that is named
//! for it, the caller's own credentials, or else those of this process.

use ringgate_auth::sigv4::Credentials;
use ringgate_table::{CALLER, SessionCredentials, Table};

use super::authorize::{self, CallerKey};
use super::call::{Seen, now_ms};
use crate::principal::Principal;
use crate::rescue::{Fault, Kind};
use crate::worker::Core;

/// Credentials of a call, where they are not this process's own.
pub(super) enum Signing<'t> {
    /// This process's own.
    Own,
    /// Of a role.
    Role(&'t SessionCredentials),
    /// The caller's.
    Caller(CallerKey<'t>),
}

impl Signing<'_> {
    /// As they sign; none: this process's own do.
    pub(super) fn credentials(&self) -> Option<Credentials<'_>> {
        match self {
            Self::Own => None,
            Self::Role(it) => Some(Credentials {
                access_key_id: &it.access_key_id,
                secret_access_key: &it.secret_access_key,
                session_token: Some(&it.session_token),
            }),
            Self::Caller(it) => Some(it.credentials()),
        }
    }
}

/// What calls with this `credentialsArn` are signed with. A role is never stood in for.
///
/// # Errors
/// [`Kind::Invocation`]: there is no session of it.
pub(super) fn of_role<'t>(
    core: &Core,
    table: &'t Table,
    api_id: &str,
    role: Option<&str>,
) -> Result<Signing<'t>, Fault> {
    let Some(role) = role.filter(|_| core.settings.assumes_roles) else { return Ok(Signing::Own) };
    let failed = |reason: &str| {
        let reason = format!("Execution failed: cannot assume the role {role}: {reason}");
        Fault::new(Kind::Invocation(500), reason)
    };
    let session = table.session(api_id, role).ok_or_else(|| failed("it was not asked for yet"))?;
    session.credentials(now_ms() / 1000).map(Signing::Role).map_err(failed)
}

/// The same for an integration, which may want its caller's own.
///
/// # Errors
/// As [`of_role`]; where the caller has not signed the request too.
pub(super) fn of_integration<'s>(
    core: &Core,
    table: &'s Table,
    seen: &'s Seen<'_>,
    arn: Option<&str>,
) -> Result<Signing<'s>, Fault> {
    if arn != Some(CALLER) {
        return of_role(core, table, seen.located.api.api_id(), arn);
    }
    let failed = |reason: &str| {
        let reason = format!("Execution failed: no credentials of the caller: {reason}");
        Fault::new(Kind::Invocation(500), reason)
    };
    let Some(Principal::Iam(_)) = seen.exchange.principal else {
        return Err(failed("the route does not have AWS_IAM"));
    };
    // It was verified when it came.
    let key = authorize::caller_key(table, seen.head, seen.time_ms / 1000);
    key.map(Signing::Caller).ok_or_else(|| failed("the session is over"))
}
