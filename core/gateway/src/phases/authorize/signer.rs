//! Who an access key stands for, as the table has it.

use std::borrow::Cow;

use ringgate_auth::policy::limits::SESSION_POLICY_BYTES_MAX;
use ringgate_auth::policy::{
    Context, Decision, Evaluation, Found as Held, Policy, Request, Rules, Value, evaluate_all,
};
use ringgate_auth::session::{Session, SessionPrincipal};
use ringgate_auth::sigv4::Claim;
use ringgate_model::Timestamp;
use ringgate_table::{IamImage, IdentityImage, Table};

use super::circumstances::Circumstances;
use crate::principal::IamPrincipal;

/// What is known once the signature is right.
pub(super) struct Signer<'t> {
    pub(super) principal: IamPrincipal,
    /// None: the account itself.
    identity: Option<&'t IdentityImage>,
    pub(super) role_arn: Option<String>,
    issued_at_s: Option<u64>,
    /// Session policies: they must allow as well.
    bounds: Option<Vec<Cow<'t, Policy>>>,
}

/// A user or a role, and its ARN.
type Named<'t> = (&'t str, &'t IdentityImage);

/// What a key stands for.
pub(super) struct Found<'t> {
    pub(super) secret: Cow<'t, str>,
    pub(super) signer: Signer<'t>,
}

impl Signer<'_> {
    /// What its own policies say, within those of its session.
    pub(super) fn evaluate(&self, asked: &Request<'_>) -> Evaluation {
        let own = match self.identity {
            None => Evaluation { decision: Decision::Allow, ..Evaluation::SILENT },
            Some(identity) => evaluate_all(&identity.policies, asked),
        };
        match &self.bounds {
            Some(bounds) if own.is_allowed() => evaluate_all(bounds.iter().map(|it| &**it), asked),
            _ => own,
        }
    }
}

/// What conditions look at: the request, and who signed it.
pub(super) struct Signed<'r> {
    pub(super) request: Circumstances<'r>,
    pub(super) signer: &'r Signer<'r>,
}

impl Context for Signed<'_> {
    fn get(&self, key: &str) -> Held<'_> {
        let Signer { principal, identity, role_arn, issued_at_s, .. } = self.signer;
        let (arn, role_arn) = (&*principal.arn, role_arn.as_deref());
        let value = match key {
            "aws:principalaccount" => Some(Value::Text(&principal.account)),
            "aws:principalarn" => Some(Value::Text(role_arn.unwrap_or(arn))),
            "aws:principaltype" => Some(Value::Text(match (identity, role_arn) {
                (None, _) => "Account",
                (_, Some(_)) => "AssumedRole",
                (_, None) => "User",
            })),
            "aws:userid" => Some(Value::Text(&principal.user_id)),
            "aws:username" => {
                let name = arn.rsplit('/').next().filter(|_| identity.is_some());
                name.filter(|_| role_arn.is_none()).map(Value::Text)
            }
            "aws:multifactorauthpresent" => issued_at_s.map(|_| Value::Bool(false)),
            "aws:tokenissuetime" => issued_at_s.map(|at| Value::Time(Timestamp(at))),
            key => {
                let tags = key.strip_prefix("aws:principaltag/").zip(identity.as_ref());
                let tag = tags.and_then(|(key, identity)| identity.tags.get(key));
                match tag {
                    Some(tag) => Some(Value::Text(tag)),
                    None => return self.request.get(key),
                }
            }
        };
        value.map_or(Held::Absent, Held::One)
    }
}

/// What the access key stands for, in whatever account.
pub(super) fn find<'t>(table: &'t Table, claim: &Claim<'_>, now_s: u64) -> Option<Found<'t>> {
    let id = claim.access_key_id();
    let of_account = |iam: &'t IamImage| iam.keys.get(id).map(|key| (iam, key));
    if let Some((iam, key)) = table.iam().find_map(|iam| of_account(iam)) {
        let identity = match &key.identity {
            // Never the account itself instead.
            Some(arn) => Some(iam.identity(arn)?),
            None => None,
        };
        let signer = signer(iam, identity, id);
        return Some(Found { secret: Cow::Borrowed(&key.secret), signer });
    }
    let token = claim.session_token()?;
    let sealing_key = table.iam().find_map(|iam| iam.sealing_key())?;
    let session = sealing_key.open(token, id, now_s).ok()?;
    let iam = table.iam_of(&session.account)?;
    let signer = of_session(iam, &session, id)?;
    Some(Found { secret: Cow::Owned(session.secret_access_key.clone()), signer })
}

/// A user, or the account itself.
fn signer<'t>(iam: &IamImage, identity: Option<Named<'t>>, id: &str) -> Signer<'t> {
    let account = iam.account.clone();
    let (arn, user_id) = match identity {
        Some((arn, identity)) => (arn.into(), identity.unique_id.clone()),
        None => (format!("arn:aws:iam::{account}:root").into(), account.clone()),
    };
    let principal = IamPrincipal { access_key: id.into(), account, arn, user_id };
    let identity = identity.map(|(_, identity)| identity);
    Signer { principal, identity, role_arn: None, issued_at_s: None, bounds: None }
}

/// A session, if what it is of is still there.
fn of_session<'t>(iam: &'t IamImage, session: &Session, id: &str) -> Option<Signer<'t>> {
    let found = |arn: &str, unique_id: &str| {
        iam.identity(arn).filter(|(_, identity)| *identity.unique_id == *unique_id)
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
