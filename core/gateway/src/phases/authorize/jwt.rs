//! A token that a JWT authorizer takes (AWS, "Control access to HTTP APIs with JWT authorizers").

use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use ringgate_auth::jwt::{Claims, Refusal, Verifier, bearer};
use ringgate_mapping::Place;
use ringgate_table::JwtAuthorizer;

use super::map;
use crate::principal::Principal;
use crate::rescue::{Fault, Kind};
use crate::stages::Stage;
use crate::worker::Core;

/// Verifies the request's token, and that it has one of the route's scopes, if it has any.
///
/// # Errors
/// 401 for a token that is none, 403 for one without the scopes; with the challenge that AWS
/// gives. Nothing is waited for: what an issuer's newest keys would say, the next request hears.
pub(super) fn verify(
    core: &Core,
    stage: &Stage,
    authorizer: &JwtAuthorizer<'_>,
    scopes: &[Box<str>],
    request: &map::Request<'_, '_, '_>,
) -> Result<Principal, Fault> {
    let verifier = stage.verifier(authorizer.at).ok_or_else(|| {
        Fault::new(Kind::AuthorizerMisconfigured, "the authorizer's issuer is missing")
    })?;
    let verified = || {
        let mut value = Vec::new();
        ringgate_mapping::write(request, authorizer.source(), Place::Field, &mut value).map_err(
            |_| Refusal::Malformed("the token holds control characters, or is too long"),
        )?;
        let claims = claims(core, verifier, bearer(Some(&value))?)?;
        claims.check_scopes(scopes).map(|()| claims)
    };
    verified().map(Principal::Jwt).map_err(|refusal| Fault {
        challenge: Some(refusal.www_authenticate(scopes).into()),
        ..Fault::new(Kind::Token(refusal), refusal.to_string())
    })
}

/// The token's claims: remembered, or verified now.
fn claims(core: &Core, verifier: &Verifier, token: &str) -> Result<Rc<Claims>, Refusal> {
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let authority = verifier.authority();
    if let Some(claims) = core.tokens.borrow_mut().get(authority, token, now_s) {
        return Ok(claims.clone());
    }
    let claims = Rc::new(verifier.verify(token, now_s).inspect_err(|refusal| {
        if let Refusal::UnknownKey { issuer } = refusal
            && let Some(issuer) = verifier.issuer(*issuer)
        {
            core.issuers.unknown_key(issuer, now_s);
        }
    })?);
    core.tokens.borrow_mut().insert(authority, token, claims.clone(), now_s);
    Ok(claims)
}
