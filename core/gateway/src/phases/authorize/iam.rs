//! A signature by AWS Signature Version 4, and the policies of who made it (AWS, "Control access to
//! HTTP APIs with IAM authorization").

use std::borrow::Cow;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use ringgate_auth::policy::limits::SESSION_POLICY_BYTES_MAX;
use ringgate_auth::policy::{
    ApiArn, Authorization, AwsCaller, Caller, Decision, Evaluation, INVOKE, Policy, Request, Rules,
    combine, evaluate_all,
};
use ringgate_auth::session::{Session, SessionPrincipal};
use ringgate_auth::sigv4::{Claim, RequestParts, body_sha256};
use ringgate_http1::Framing;
use ringgate_model::Timestamp;
use ringgate_table::{IamImage, IdentityImage, Located, Table};

use super::context::Circumstances;
use crate::connection::Peer;
use crate::phases::map::{self, AtHand, WANTED_BYTES, body_at_hand};
use crate::principal::{IamPrincipal, Principal};
use crate::rescue::{Fault, Kind};

const SERVICES: [&str; 1] = ["execute-api"];
/// What AWS logs of a request without a signature that can be read.
const NO_FORMAT: &str = "The request for the IAM Authorizer doesn't match the format that API \
                         Gateway expects.";

/// What is known once the signature is right.
struct Signer<'t> {
    principal: IamPrincipal,
    /// None: the account itself.
    identity: Option<&'t IdentityImage>,
    role_arn: Option<String>,
    issued_at_s: Option<u64>,
    /// Session policies: they must allow as well.
    bounds: Option<Vec<Cow<'t, Policy>>>,
}

/// What a key stands for.
struct Found<'t> {
    secret: Cow<'t, str>,
    signer: Signer<'t>,
}

/// Verifies the request's signature and asks the signer's policies. `None`: more of its body has to
/// come first.
///
/// # Errors
/// 403 for whoever is not let in; 413 for a body that is too long to be hashed.
pub(super) fn verify(
    table: &Table,
    located: &Located<'_>,
    request: &map::Request<'_, '_, '_>,
    (peer, input): (&Peer, &[u8]),
) -> Result<Option<Principal>, Fault> {
    let head = request.head;
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let fields: Vec<(&str, &[u8])> = head.fields.iter().map(|it| (it.name, it.value)).collect();
    let parts = RequestParts {
        method: head.method,
        path: head.target.path,
        query: head.target.query,
        headers: &fields,
    };
    let claim = Claim::read_either(parts, &SERVICES, now_s).map_err(|_| denied(NO_FORMAT))?;
    let found = find(table, &claim, now_s)?;
    let sent = input.get(head.len..).unwrap_or_default();
    let Some(body) = body(head.body, sent)? else { return Ok(None) };
    claim
        .verify(&found.secret, &body_sha256(&body))
        .map_err(|_| denied("the signature is another than the secret's"))?;
    ask(&found.signer, located, request, peer, now_s)?;
    Ok(Some(Principal::Iam(Rc::new(found.signer.principal))))
}

/// Asks the policies of who signed whether it may.
fn ask(
    signer: &Signer<'_>,
    located: &Located<'_>,
    request: &map::Request<'_, '_, '_>,
    peer: &Peer,
    now_s: u64,
) -> Result<(), Fault> {
    let (head, scope, principal) = (request.head, located.api.scope(), &signer.principal);
    let api = ApiArn {
        partition: "aws",
        region: &scope.region,
        account: &scope.account,
        api_id: located.api.api_id(),
    };
    let mut resource = String::new();
    api.write_method(located.stage.name(), head.method, request.matched.0, &mut resource);
    let role_arn = signer.role_arn.as_deref();
    let circumstances = Circumstances {
        now: Timestamp(now_s),
        peer,
        head,
        principal,
        identity: signer.identity,
        role_arn,
        issued_at: signer.issued_at_s.map(Timestamp),
    };
    let asked = Request {
        caller: Caller::Aws(AwsCaller {
            account: &principal.account,
            arn: &principal.arn,
            role_arn,
            unique_id: Some(&principal.user_id),
            canonical_user: None,
        }),
        action: INVOKE,
        resource: &resource,
        context: &circumstances,
    };
    let same_account = *principal.account == *scope.account;
    let identity = evaluate(signer, &asked);
    let verdict = combine(Authorization::Iam { identity, same_account }, None);
    if verdict.is_allowed() { Ok(()) } else { Err(denied(verdict.message(&asked, false))) }
}

fn denied(reason: impl Into<Cow<'static, str>>) -> Fault {
    Fault::new(Kind::Denied, reason)
}

/// The content that is signed. `None`: it has not all come.
fn body(framing: Framing, bytes: &[u8]) -> Result<Option<Cow<'_, [u8]>>, Fault> {
    match body_at_hand(framing, bytes, false) {
        AtHand::More => Ok(None),
        AtHand::Broken(reason) => Err(Fault::new(Kind::BadBody, reason)),
        AtHand::Enough(body) if body.len() >= WANTED_BYTES => {
            let reason = format!("the body of a signed request has at most {WANTED_BYTES} bytes");
            Err(Fault::new(Kind::Refused(413), reason))
        }
        AtHand::Enough(body) => Ok(Some(body)),
    }
}

/// What the own policies of who signed say, within those of its session.
fn evaluate(signer: &Signer<'_>, asked: &Request<'_>) -> Evaluation {
    let own = match signer.identity {
        None => Evaluation { decision: Decision::Allow, ..Evaluation::SILENT },
        Some(identity) => evaluate_all(&identity.policies, asked),
    };
    match &signer.bounds {
        Some(bounds) if own.is_allowed() => evaluate_all(bounds.iter().map(|it| &**it), asked),
        _ => own,
    }
}

/// What the access key stands for, in whatever account.
fn find<'t>(table: &'t Table, claim: &Claim<'_>, now_s: u64) -> Result<Found<'t>, Fault> {
    let unknown = || denied("the access key is not known, or its session is over");
    let id = claim.access_key_id();
    let of_account = |iam: &'t IamImage| iam.keys.get(id).map(|key| (iam, key));
    if let Some((iam, key)) = table.iam().find_map(|iam| of_account(iam)) {
        let identity = key.identity.and_then(|at| iam.identities.get(usize::try_from(at).ok()?));
        let signer = signer(iam, identity, id);
        return Ok(Found { secret: Cow::Borrowed(&key.secret), signer });
    }
    let token = claim.session_token().ok_or_else(unknown)?;
    let sealing_key = table.iam().find_map(|iam| iam.sealing_key()).ok_or_else(unknown)?;
    let session = sealing_key.open(token, id, now_s).map_err(|_| unknown())?;
    let iam = table.iam_of(&session.account).ok_or_else(unknown)?;
    let signer = of_session(iam, &session, id).ok_or_else(unknown)?;
    Ok(Found { secret: Cow::Owned(session.secret_access_key.clone()), signer })
}

/// A user, or the account itself.
fn signer<'t>(iam: &IamImage, identity: Option<&'t IdentityImage>, id: &str) -> Signer<'t> {
    let account = iam.account.clone();
    let (arn, user_id) = match identity {
        Some(identity) => (identity.arn.clone(), identity.unique_id.clone()),
        None => (format!("arn:aws:iam::{account}:root").into(), account.clone()),
    };
    let principal = IamPrincipal { access_key: id.into(), account, arn, user_id };
    Signer { principal, identity, role_arn: None, issued_at_s: None, bounds: None }
}

/// A session, if what it is of is still there.
fn of_session<'t>(iam: &'t IamImage, session: &Session, id: &str) -> Option<Signer<'t>> {
    let found = |arn: &str, unique_id: &str| {
        iam.identity(arn).filter(|identity| *identity.unique_id == *unique_id)
    };
    let mut signer = match &session.principal {
        SessionPrincipal::Root => signer(iam, None, id),
        SessionPrincipal::User { arn, unique_id } => signer(iam, Some(found(arn, unique_id)?), id),
        SessionPrincipal::Role { arn, unique_id, session_name } => {
            let mut signer = signer(iam, Some(found(arn, unique_id)?), id);
            let (account, name) = (&iam.account, arn.rsplit('/').next()?);
            let of_session = format!("arn:aws:sts::{account}:assumed-role/{name}/{session_name}");
            signer.principal.arn = of_session.into();
            signer.principal.user_id = format!("{unique_id}:{session_name}").into();
            signer.role_arn = Some(arn.clone());
            signer
        }
    };
    signer.issued_at_s = Some(session.issued_at_s);
    if session.is_bounded() {
        let rules = Rules::identity_based(SESSION_POLICY_BYTES_MAX);
        let own = session.policy.iter().map(|text| Policy::read(text, &rules).map(Cow::Owned).ok());
        let managed = session
            .policy_arns
            .iter()
            .map(|arn| Some(Cow::Borrowed(iam.managed.get(arn.as_str())?)));
        signer.bounds = Some(own.chain(managed).collect::<Option<_>>()?);
    }
    Some(signer)
}
