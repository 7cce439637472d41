//! What a request asks for, as policies name it ("Actions, resources, and condition keys for AWS
//! Lambda", service authorization reference).

use ringgate_model::{Scope, percent};
use serde_json::Value;

use super::Operation;
use crate::name::{FunctionId, arn};

/// Action and resource of a request. What speaks of no function, or of none that is one here, is
/// asked for as `*`.
pub(crate) fn target(
    operation: &Operation,
    query: Option<&str>,
    body: &[u8],
    scope: &Scope,
) -> (String, String) {
    let action = match operation.name {
        "Invoke" | "InvokeWithResponseStream" => "InvokeFunction",
        name => name,
    };
    let qualifier = query.into_iter().flat_map(|query| query.split('&'));
    let qualifier = qualifier.filter_map(|pair| pair.strip_prefix("Qualifier=")).next();
    let qualifier = qualifier.and_then(percent::decoded);
    let named = operation.parts.first().filter(|_| operation.names_function());
    let named = named.and_then(|text| FunctionId::parse(text, qualifier.as_deref(), scope).ok());
    let resource = match (named, operation.name) {
        (Some(id), _) => id.arn(scope),
        (None, "CreateFunction") => {
            let body: Value = serde_json::from_slice(body).unwrap_or_default();
            let text = body.get("FunctionName").and_then(Value::as_str).unwrap_or_default();
            let id = FunctionId::parse(text, None, scope);
            id.map_or_else(|_| "*".to_owned(), |id| arn(scope, &id.name))
        }
        (None, "TagResource" | "UntagResource" | "ListTags") => {
            operation.parts.first().cloned().unwrap_or_default()
        }
        _ => "*".to_owned(),
    };
    (format!("lambda:{action}"), resource)
}

#[cfg(test)]
mod tests {
    use hyper::Method;

    use super::*;

    #[test]
    fn a_request_is_named_as_policies_name_it() {
        let scope = Scope::new("us-east-1", "000000000000");
        let of = |method, path: &str, query, body: &str| {
            let operation = Operation::find(&method, path).unwrap();
            let (action, resource) = target(&operation, query, body.as_bytes(), &scope);
            format!("{action} {}", resource.replace("arn:aws:lambda:us-east-1:000000000000:", ""))
        };
        let invoke = "/2015-03-31/functions/f/invocations";
        assert_eq!(of(Method::POST, invoke, None, "{}"), "lambda:InvokeFunction function:f");
        let qualified = of(Method::POST, invoke, Some("a=b&Qualifier=live"), "");
        assert_eq!(qualified, "lambda:InvokeFunction function:f:live");
        let list = of(Method::GET, "/2015-03-31/functions/", None, "");
        assert_eq!(list, "lambda:ListFunctions *");
        let create = of(Method::POST, "/2015-03-31/functions", None, r#"{"FunctionName":"new"}"#);
        assert_eq!(create, "lambda:CreateFunction function:new");
    }
}
