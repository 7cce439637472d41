use serde_json::{Value, json};

use crate::Error;
use crate::params::Params;
use crate::work::Work;

/// `GetCallerIdentity`: allowed to everybody, whatever policies say (its page in the reference).
pub(crate) fn get(work: &mut Work<'_>, _: &Params) -> Result<Value, Error> {
    let caller = work.caller;
    Ok(json!({ "Arn": caller.arn, "UserId": caller.unique_id, "Account": caller.account }))
}
