//! What a request asks for, as policies name it ("Actions, resources, and condition keys for AWS
//! Lambda", service authorization reference).

use ringgate_model::Scope;

use super::members::Members;
use super::{Operation, query};
use crate::ApiError;
use crate::limits::FUNCTION_NAME_MEMBER_CHARS_MAX;
use crate::name::{FunctionId, arn};

/// Action and resource of a request, whose function is read as the operation reads it: else
/// policies could be written around. What speaks of no function is asked for as `*`.
///
/// # Errors
/// What the operation would say of a function that is none.
pub(crate) fn target(
    operation: &Operation,
    query: &str,
    body: &[u8],
    scope: &Scope,
) -> Result<(String, String), ApiError> {
    let action = match operation.name {
        "Invoke" | "InvokeWithResponseStream" => "InvokeFunction",
        name => name,
    };
    let resource = if operation.names_function() {
        let text = operation.parts.first().map_or("", String::as_str);
        let qualifier = query::value(query, "Qualifier")?;
        FunctionId::parse(text, qualifier.as_deref(), scope)?.arn(scope)
    } else if operation.name == "CreateFunction" {
        let mut members = Members::parse(operation.name, body)?;
        let text = members.required("FunctionName", FUNCTION_NAME_MEMBER_CHARS_MAX)?;
        arn(scope, &FunctionId::parse(&text, None, scope)?.name)
    } else {
        "*".to_owned()
    };
    Ok((format!("lambda:{action}"), resource))
}

#[cfg(test)]
mod tests {
    use hyper::Method;

    use super::*;

    const OWN: &str = "arn:aws:lambda:us-east-1:000000000000:";

    fn asked(method: &Method, path: &str, query: &str, body: &str) -> Result<String, u16> {
        let scope = Scope::new("us-east-1", "000000000000");
        let operation = Operation::find(method, path).unwrap();
        target(&operation, query, body.as_bytes(), &scope)
            .map(|(action, resource)| format!("{action} {}", resource.replace(OWN, "")))
            .map_err(|error| error.status)
    }

    #[test]
    fn a_request_is_named_as_policies_name_it() {
        let of = |method, path, query, body| asked(&method, path, query, body).unwrap();
        let invoke = "/2015-03-31/functions/f/invocations";
        assert_eq!(of(Method::POST, invoke, "", "{}"), "lambda:InvokeFunction function:f");
        let qualified = of(Method::POST, invoke, "a=b&Qualifier=live", "");
        assert_eq!(qualified, "lambda:InvokeFunction function:f:live");
        let list = of(Method::GET, "/2015-03-31/functions/", "", "");
        assert_eq!(list, "lambda:ListFunctions *");
        let create = of(Method::POST, "/2015-03-31/functions", "", r#"{"FunctionName":"new"}"#);
        assert_eq!(create, "lambda:CreateFunction function:new");
    }

    #[test]
    fn a_function_has_one_arn_however_it_is_written() {
        let invoke = |query| asked(&Method::POST, "/2015-03-31/functions/f/invocations", query, "");
        let prod = Ok("lambda:InvokeFunction function:f:prod".to_owned());
        for query in ["%51ualifier=prod&Qualifier=dev", "Qualifier=pro%64", "Qualifier=prod&a"] {
            assert_eq!(invoke(query), prod, "{query}");
        }
        for (method, action) in [
            (Method::POST, "TagResource"),
            (Method::DELETE, "UntagResource"),
            (Method::GET, "ListTags"),
        ] {
            for text in ["f", "function:f", "000000000000:function:f", &format!("{OWN}function:f")]
            {
                let path = format!("/2017-03-31/tags/{}", text.replace(':', "%3A"));
                let function = Ok(format!("lambda:{action} function:f"));
                assert_eq!(asked(&method, &path, "", ""), function, "{text}");
            }
        }
    }

    #[test]
    fn what_names_no_function_is_refused_and_not_asked_for_as_everything() {
        let path = "/2015-03-31/functions/f/invocations";
        for query in ["Qualifier=!", "Qualifier=%", "%51ualifier=!&Qualifier=prod"] {
            assert_eq!(asked(&Method::POST, path, query, ""), Err(400), "{query}");
        }
        let path = "/2015-03-31/functions/f%20/invocations";
        assert_eq!(asked(&Method::POST, path, "", ""), Err(400));
        assert_eq!(asked(&Method::POST, "/2017-03-31/tags/f!", "", ""), Err(400));
        let create = "/2015-03-31/functions";
        for body in ["", "{}", "[", r#"{"FunctionName":"a b"}"#] {
            assert_eq!(asked(&Method::POST, create, "", body), Err(400), "{body}");
        }
    }
}
