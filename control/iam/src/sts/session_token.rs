use ringgate_auth::session::{Session, SessionPrincipal};
use serde_json::{Value, json};

use crate::limits::{
    ROOT_SESSION_S_MAX, SESSION_S_MIN, TOKEN_SESSION_S_DEFAULT, TOKEN_SESSION_S_MAX,
};
use crate::params::Params;
use crate::work::Work;
use crate::{Code, Error, PrincipalKind, ids};

/// `GetSessionToken`: the caller's own rights, for a while. It needs no permission.
pub(crate) fn get(work: &mut Work<'_>, params: &Params) -> Result<Value, Error> {
    if work.caller.session.is_some() {
        let message = "Cannot call GetSessionToken with session credentials";
        return Err(Error::new(Code::AccessDenied, message));
    }
    let seconds = params.number("DurationSeconds", SESSION_S_MIN, TOKEN_SESSION_S_MAX)?;
    let seconds = seconds.unwrap_or(TOKEN_SESSION_S_DEFAULT);
    let (principal, seconds) = match work.caller.kind {
        // Of the account itself at most an hour, whatever was asked for (the same page).
        PrincipalKind::Root => (SessionPrincipal::Root, seconds.min(ROOT_SESSION_S_MAX)),
        _ => {
            let (arn, unique_id) = (work.caller.arn.clone(), work.caller.unique_id.clone());
            (SessionPrincipal::User { arn, unique_id }, seconds)
        }
    };
    let session = Session {
        secret_access_key: ids::secret(work.entropy),
        account: work.account().to_owned(),
        principal,
        policy: None,
        policy_arns: Vec::new(),
        issued_at_s: work.now.0,
        expires_at_s: work.now.0.saturating_add(seconds),
    };
    Ok(json!({ "Credentials": super::credentials(work, &session)? }))
}
