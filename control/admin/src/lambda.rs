//! Lambda functions as APIs name them (spec section 2.5).

/// What an invocation's URI looks like, for error messages.
pub(crate) const FORM: &str = "Authorizer URI should be a valid API Gateway ARN that represents a \
                               Lambda function invocation.";

/// `arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{function}/invocations`. A stage
/// variable may stand for any part of the function.
pub(crate) fn is_invocation(uri: &str) -> bool {
    let parts: Vec<&str> = uri.splitn(6, ':').collect();
    let ["arn", partition, "apigateway", region, "lambda", path] = parts.as_slice() else {
        return false;
    };
    let function = path.strip_prefix("path/2015-03-31/functions/");
    let function = function.and_then(|function| function.strip_suffix("/invocations"));
    partition.starts_with("aws")
        && !region.is_empty()
        && function.is_some_and(|function| is_function(function) || is_variable(function))
}

/// `arn:aws:lambda:{region}:{account}:function:{name}[:{alias}]`.
pub(crate) fn is_function(arn: &str) -> bool {
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", partition, "lambda", region, account, "function", name, alias @ ..] =
        parts.as_slice()
    else {
        return false;
    };
    partition.starts_with("aws")
        && ![region, account, name].iter().any(|part| part.is_empty())
        && alias.len() <= 1
}

fn is_variable(text: &str) -> bool {
    text.starts_with("${stageVariables.") && text.ends_with('}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_and_their_invocations() {
        const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:pets";
        let invocation = |function: &str| {
            format!(
                "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/\
                 invocations"
            )
        };
        let by_variable = "arn:aws:lambda:us-east-1:000000000000:function:${stageVariables.f}";
        for function in [FUNCTION, &format!("{FUNCTION}:live"), by_variable] {
            assert!(is_function(function) && is_invocation(&invocation(function)), "{function}");
        }
        assert!(is_invocation(&invocation("${stageVariables.arn}")));
        for bad in [
            "",
            "pets",
            "arn:aws:s3:::b",
            &format!("{FUNCTION}:a:b"),
            "arn:aws:lambda:::function:x",
        ] {
            assert!(!is_function(bad) && !is_invocation(&invocation(bad)), "{bad}");
        }
        assert!(!is_invocation(FUNCTION) && !is_function(&invocation(FUNCTION)));
    }
}
