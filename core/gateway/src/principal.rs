use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use ringgate_auth::jwt::Claims;
use ringgate_observe::{Value, Values, Variable};

use crate::verdict::Verdict;

/// Who a request comes from, as its route's authorizer found out.
#[derive(Clone)]
pub(crate) enum Principal {
    /// Whoever holds a token with these claims.
    Jwt(Rc<Claims>),
    /// Whoever a function let in.
    Lambda(Arc<Verdict>),
    /// Who signed it, by a policy that allows it.
    Iam(Rc<IamPrincipal>),
}

/// A user, a session of a role, or an account itself.
#[derive(Debug)]
pub(crate) struct IamPrincipal {
    /// The id of the access key.
    pub access_key: Box<str>,
    /// Twelve digits.
    pub account: Box<str>,
    /// `arn:aws:iam::111122223333:user/ana`, or the session's of a role.
    pub arn: Box<str>,
    /// `AIDA…`, or `AROA…:session`.
    pub user_id: Box<str>,
}

/// What `$context` says of it.
impl Values for Principal {
    fn value(&self, variable: Variable, property: &str) -> Value<'_> {
        match (self, variable) {
            (Self::Jwt(claims), Variable::AuthorizerClaim) => claims.get(property).into(),
            (Self::Lambda(verdict), _) => verdict.value(variable, property),
            (Self::Iam(it), Variable::IdentityAccountId) => Some(&*it.account).into(),
            (Self::Iam(it), Variable::IdentityCaller | Variable::IdentityUser) => {
                Some(&*it.user_id).into()
            }
            (Self::Iam(it), Variable::IdentityUserArn) => Some(&*it.arn).into(),
            _ => Value::Missing,
        }
    }
}

/// Claims are their owner's: they do not get into any log by themselves.
impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jwt(_) => "Jwt",
            Self::Lambda(_) => "Lambda",
            Self::Iam(_) => "Iam",
        })
    }
}
