//! A signature by AWS Signature Version 4, and the policies of who made it (AWS, "Control access to
//! HTTP APIs with IAM authorization").

use std::borrow::Cow;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use ringgate_auth::policy::{Authorization, AwsCaller, Caller, INVOKE, Request, combine};
use ringgate_auth::sigv4::{Claim, Refusal, RequestParts, body_sha256};
use ringgate_http1::{Framing, RequestHead};

use super::Arrival;
use super::circumstances::Circumstances;
use super::signer::{Signed, Signer, find};
use crate::connection::Peer;
use crate::phases::map::{self, AtHand, Wanted, body_within};
use crate::principal::IamPrincipal;
use crate::rescue::{Fault, Kind};

const SERVICES: [&str; 1] = ["execute-api"];
/// As long as secrets are. No key has it.
const NOBODYS_SECRET: &str = "----------------------------------------";
/// What AWS logs of a request without a signature that can be read.
const NO_FORMAT: &str = "The request for the IAM Authorizer doesn't match the format that API \
                         Gateway expects.";

/// Verifies the request's signature and asks the signer's policies. `None`: more of its body has to
/// come first.
///
/// # Errors
/// 403 for whoever is not let in; 413 for a body that is too long to be hashed.
pub(super) fn verify(
    arrival: &Arrival<'_>,
    request: &map::Request<'_, '_, '_>,
) -> Result<Option<Rc<IamPrincipal>>, Fault> {
    let head = request.head;
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let fields = fields(head);
    let claim = claim(head, &fields, now_s).map_err(|_| denied(NO_FORMAT))?;
    // Whether there is such a key is not told by how long the answer takes, or by when it comes.
    let found = find(arrival.table, &claim, now_s);
    let secret = found.as_ref().map_or(NOBODYS_SECRET, |found| &found.secret);
    let sent = arrival.input.get(head.len..).unwrap_or_default();
    let bytes_max = arrival.core.settings.limits.held_body_bytes;
    let Some(body) = body(head.body, sent, bytes_max)? else { return Ok(None) };
    let verified = claim.verify(secret, &body_sha256(&body));
    let found =
        found.ok_or_else(|| denied("the access key is not known, or its session is over"))?;
    verified.map_err(|_| denied("the signature is another than the secret's"))?;
    ask(&found.signer, request, arrival.peer, now_s)?;
    Ok(Some(Rc::new(found.signer.principal)))
}

/// The fields of a request as [`claim`] wants them.
pub(super) fn fields<'b>(head: &RequestHead<'_, 'b>) -> Vec<(&'b str, &'b [u8])> {
    head.fields.iter().map(|field| (field.name, field.value)).collect()
}

/// Who a request says it is from, and by which signature: to be verified.
///
/// # Errors
/// As [`Claim::read_either`].
pub(super) fn claim<'r>(
    head: &RequestHead<'_, 'r>,
    fields: &'r [(&'r str, &'r [u8])],
    now_s: u64,
) -> Result<Claim<'r>, Refusal> {
    let (path, query) = (head.target.path, head.target.query);
    let parts = RequestParts { method: head.method, path, query, headers: fields };
    Claim::read_either(parts, &SERVICES, now_s)
}

/// Asks the policies of who signed whether it may.
fn ask(
    signer: &Signer<'_>,
    request: &map::Request<'_, '_, '_>,
    peer: &Peer,
    now_s: u64,
) -> Result<(), Fault> {
    let (head, principal) = (request.head, &signer.principal);
    let located = request.located.ok_or_else(|| denied("no stage has this request"))?;
    let (api, mut resource) = (located.api.arn(), String::new());
    api.write_method(located.stage.name(), head.method, request.matched.0, &mut resource);
    let context = Signed { request: Circumstances::of(head, peer, now_s), signer };
    let asked = Request {
        caller: Caller::Aws(AwsCaller {
            account: &principal.account,
            arn: &principal.arn,
            role_arn: signer.role_arn.as_deref(),
            unique_id: Some(&principal.user_id),
            canonical_user: None,
        }),
        action: INVOKE,
        resource: &resource,
        context: &context,
    };
    let same_account = *principal.account == *api.account;
    let identity = signer.evaluate(&asked);
    let verdict = combine(Authorization::Iam { identity, same_account }, None);
    if verdict.is_allowed() { Ok(()) } else { Err(denied(verdict.message(&asked, false))) }
}

fn denied(reason: impl Into<Cow<'static, str>>) -> Fault {
    Fault::new(Kind::Denied, reason)
}

/// How much of a request's body has to come.
pub(super) fn wanted(arrival: &Arrival<'_>) -> Wanted {
    Wanted::whole(arrival.core.settings.limits.held_body_bytes)
}

/// The content that is signed, of at most `bytes_max`. `None`: it has not all come.
fn body(framing: Framing, bytes: &[u8], bytes_max: usize) -> Result<Option<Cow<'_, [u8]>>, Fault> {
    let too_long = || {
        let reason = format!("the body of a signed request has at most {bytes_max} bytes");
        Err(Fault::new(Kind::Refused(413), reason))
    };
    // None of it need come to know that.
    if matches!(framing, Framing::Length(length) if length > bytes_max as u64) {
        return too_long();
    }
    match body_within(framing, bytes, false, Wanted::whole(bytes_max)) {
        AtHand::More => Ok(None),
        AtHand::Broken(reason) => Err(Fault::new(Kind::BadBody, reason)),
        AtHand::Enough(body) if body.len() > bytes_max => too_long(),
        AtHand::Enough(body) => Ok(Some(body)),
    }
}
