//! The resource policy of a function. Whoever signs with the host's key may invoke every function;
//! APIs are held to it where the settings say so (`invoke/permission.rs`).

use serde_json::{Value, json};

use super::Call;
use super::functions::check_revision;
use super::members::Members;
use crate::ApiError;
use crate::function::Function;
use crate::http::{Reply, json as reply, no_content};
use crate::limits::{POLICY_BYTES_MAX, STATEMENT_ID_CHARS_MAX, STATEMENT_MEMBER_CHARS_MAX};
use crate::name::{FunctionId, malformed_as};

pub(super) async fn add(call: Call<'_>) -> Result<Reply, ApiError> {
    let (id, function) = call.function()?;
    function.resolve(&id, 1.0)?;
    let mut members = call.members("AddPermission")?;
    let sid = members.required("StatementId", STATEMENT_ID_CHARS_MAX)?;
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    if sid.is_empty() || !sid.bytes().all(is_word) {
        return Err(malformed_as("statementId", &sid, "letters, digits, - and _"));
    }
    let revision = members.text("RevisionId", STATEMENT_MEMBER_CHARS_MAX)?;
    let statement = statement(&mut members, &sid, &id.arn(call.scope()))?;
    members.finish()?;
    let shown = statement.to_string();
    let answer = call.edit(&id, |function| {
        check_revision(revision.as_deref(), &revision_of(function, &id))?;
        let key = id.qualifier.clone().unwrap_or_default();
        let statements = function.policies.entry(key).or_default();
        if statements.iter().any(|there| there.get("Sid") == statement.get("Sid")) {
            return Err(ApiError::conflict(format!(
                "The statement id ({sid}) provided already exists. Please provide a new statement \
                 id, or remove the existing statement."
            )));
        }
        statements.push(statement);
        let bytes = policy(statements).to_string().len();
        if bytes > POLICY_BYTES_MAX {
            let why = format!("The final policy size ({bytes}) is bigger than the limit");
            return Err(ApiError::new(400, "PolicyLengthExceededException", why));
        }
        Ok(shown)
    });
    Ok(reply(201, &json!({ "Statement": answer.await? })))
}

/// The statement as AWS writes it.
fn statement(members: &mut Members, sid: &str, arn: &str) -> Result<Value, ApiError> {
    let action = members.required("Action", STATEMENT_MEMBER_CHARS_MAX)?;
    if action != "*" && !action.starts_with("lambda:") {
        return Err(malformed_as("action", &action, "an action like lambda:InvokeFunction"));
    }
    let principal = members.required("Principal", STATEMENT_MEMBER_CHARS_MAX)?;
    let is_account = principal.len() == 12 && principal.bytes().all(|b| b.is_ascii_digit());
    let principal = match principal.as_str() {
        "*" => json!("*"),
        _ if is_account => json!({ "AWS": format!("arn:aws:iam::{principal}:root") }),
        arn if arn.starts_with("arn:") => json!({ "AWS": arn }),
        service if service.contains('.') => json!({ "Service": service }),
        other => return Err(malformed_as("principal", other, "a service, an account or *")),
    };
    let mut statement = json!({
        "Sid": sid, "Effect": "Allow", "Principal": principal, "Action": action, "Resource": arn,
    });
    let mut equals = serde_json::Map::new();
    for (member, key) in [
        ("SourceAccount", "AWS:SourceAccount"),
        ("PrincipalOrgID", "aws:PrincipalOrgID"),
        ("EventSourceToken", "lambda:EventSourceToken"),
        ("FunctionUrlAuthType", "lambda:FunctionUrlAuthType"),
    ] {
        if let Some(value) = members.text(member, STATEMENT_MEMBER_CHARS_MAX)? {
            equals.insert(key.to_owned(), json!(value));
        }
    }
    let source = members.text("SourceArn", STATEMENT_MEMBER_CHARS_MAX)?;
    members.refuse(&["InvokedViaFunctionUrl"])?;
    if !equals.is_empty() {
        statement["Condition"]["StringEquals"] = Value::Object(equals);
    }
    if let Some(source) = source {
        statement["Condition"]["ArnLike"] = json!({ "AWS:SourceArn": source });
    }
    Ok(statement)
}

/// The document of these statements.
pub(crate) fn policy(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Id": "default", "Statement": statements })
}

/// The revision that a policy is shown with: that of what it stands on.
fn revision_of(function: &Function, id: &FunctionId) -> String {
    let qualifier = id.qualifier.as_deref().unwrap_or_default();
    let alias = function.aliases.get(qualifier).map(|alias| alias.revision_id.clone());
    let version = function.version(qualifier).map(|version| version.revision_id.clone());
    alias.or(version).unwrap_or_else(|| function.latest.revision_id.clone())
}

pub(super) fn get(call: &Call<'_>) -> Result<Reply, ApiError> {
    let (id, function) = call.function()?;
    let statements = function.policies.get(id.qualifier.as_deref().unwrap_or_default());
    let statements = statements.filter(|statements| !statements.is_empty());
    let statements = statements.ok_or_else(none)?;
    let revision = revision_of(&function, &id);
    let policy = policy(statements).to_string();
    Ok(reply(200, &json!({ "Policy": policy, "RevisionId": revision })))
}

pub(super) async fn remove(call: Call<'_>) -> Result<Reply, ApiError> {
    let (id, _) = call.function()?;
    let sid = call.part(1).to_owned();
    let revision = call.query("RevisionId")?;
    let done = call.edit(&id, |function| {
        check_revision(revision.as_deref(), &revision_of(function, &id))?;
        let key = id.qualifier.clone().unwrap_or_default();
        let statements = function.policies.get_mut(&key).ok_or_else(none)?;
        let count = statements.len();
        statements.retain(|there| there.get("Sid").and_then(Value::as_str) != Some(&sid));
        if statements.len() == count {
            let why = format!("Statement {sid} is not found in resource policy.");
            return Err(ApiError::not_found(why));
        }
        Ok(())
    });
    done.await?;
    Ok(no_content())
}

fn none() -> ApiError {
    ApiError::not_found("The resource you requested does not exist.")
}
