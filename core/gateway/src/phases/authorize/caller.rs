//! The credentials of who signed a request, to sign a call in its name
//! (`arn:aws:iam::*:user/*`, "Integration", API Gateway V2 reference).

use std::borrow::Cow;

use ringgate_auth::sigv4::Credentials;
use ringgate_http1::RequestHead;
use ringgate_table::Table;
use zeroize::Zeroizing;

use super::iam::{claim, fields};
use super::signer::find;

/// An access key with what goes with it.
pub(crate) struct CallerKey<'t> {
    id: String,
    secret: Secret<'t>,
    token: Option<Zeroizing<String>>,
}

enum Secret<'t> {
    Kept(&'t str),
    Opened(Zeroizing<String>),
}

impl CallerKey<'_> {
    pub(crate) fn credentials(&self) -> Credentials<'_> {
        Credentials {
            access_key_id: &self.id,
            secret_access_key: match &self.secret {
                Secret::Kept(secret) => secret,
                Secret::Opened(secret) => secret,
            },
            session_token: self.token.as_ref().map(|token| token.as_str()),
        }
    }
}

/// The key that a request is signed with, whose signature was right at `came_s`; none where it is
/// gone since.
pub(crate) fn caller_key<'t>(
    table: &'t Table,
    head: &RequestHead<'_, '_>,
    came_s: u64,
) -> Option<CallerKey<'t>> {
    let fields = fields(head);
    let claim = claim(head, &fields, came_s).ok()?;
    let (secret, is_session) = match find(table, &claim, came_s)?.secret {
        Cow::Borrowed(secret) => (Secret::Kept(secret), false),
        Cow::Owned(secret) => (Secret::Opened(Zeroizing::new(secret)), true),
    };
    let token = claim.session_token().filter(|_| is_session);
    let token = token.map(|token| Zeroizing::new(token.to_owned()));
    Some(CallerKey { id: claim.access_key_id().to_owned(), secret, token })
}
