use std::fmt;
use std::rc::Rc;

use ringgate_auth::jwt::Claims;
use ringgate_observe::{Value, Values, Variable};

/// Who a request comes from, as its route's authorizer found out.
#[derive(Clone)]
pub(crate) enum Principal {
    /// Whoever holds a token with these claims.
    Jwt(Rc<Claims>),
}

/// What `$context` says of it.
impl Values for Principal {
    fn value(&self, variable: Variable, property: &str) -> Value<'_> {
        match (self, variable) {
            (Self::Jwt(claims), Variable::AuthorizerClaim) => claims.get(property).into(),
            _ => Value::Missing,
        }
    }
}

/// Claims are their owner's: they do not get into any log by themselves.
impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jwt(_) => "Jwt",
        })
    }
}
