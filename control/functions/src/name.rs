//! How a request names a function: by name, ARN or partial ARN, each with or without a qualifier
//! (`FunctionName` of the Invoke API).

use ringgate_model::Scope;

use crate::ApiError;
use crate::limits::{ALIAS_CHARS_MAX, FUNCTION_ID_CHARS_MAX, FUNCTION_NAME_CHARS_MAX};

/// The version that is being worked on.
pub(crate) const LATEST: &str = "$LATEST";

/// A function, and perhaps a version or an alias of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FunctionId {
    /// The name alone.
    pub(crate) name: String,
    /// `$LATEST`, a number or the name of an alias.
    pub(crate) qualifier: Option<String>,
}

impl FunctionId {
    /// Reads `my-function`, `my-function:v1`, `123456789012:function:my-function`, or an ARN, each
    /// with or without a qualifier. `query` is the qualifier that is given beside it.
    ///
    /// # Errors
    /// What is none of these, is of another region or account, or has two unlike qualifiers.
    pub(crate) fn parse(text: &str, query: Option<&str>, scope: &Scope) -> Result<Self, ApiError> {
        let refused = || malformed(text);
        if text.len() > FUNCTION_ID_CHARS_MAX {
            return Err(refused());
        }
        let parts: Vec<&str> = text.split(':').collect();
        let (place, rest): (Option<(Option<&str>, &str)>, &[&str]) = match parts.as_slice() {
            ["arn", partition, "lambda", region, account, "function", rest @ ..]
                if partition.starts_with("aws") =>
            {
                (Some((Some(*region), *account)), rest)
            }
            [account, "function", rest @ ..] => (Some((None, *account)), rest),
            ["function", rest @ ..] => (None, rest),
            rest => (None, rest),
        };
        let (name, own) = match rest {
            [name] => (*name, None),
            [name, qualifier] => (*name, Some(*qualifier)),
            _ => return Err(refused()),
        };
        if !is_name(name) {
            return Err(refused());
        }
        if let Some((region, account)) = place {
            let here = region.is_none_or(|region| region == scope.region);
            if !here || account != scope.account {
                return Err(ApiError::not_found(format!("Function not found: {text}")));
            }
        }
        let query = query.filter(|query| !query.is_empty());
        let qualifier = match (own, query) {
            (Some(own), Some(query)) if own != query => {
                return Err(ApiError::invalid(
                    "The derived qualifier from the function name does not match the specified \
                     qualifier.",
                ));
            }
            (own, query) => own.or(query),
        };
        if let Some(wrong) = qualifier.filter(|text| !is_qualifier(text)) {
            return Err(malformed_as("qualifier", wrong, "$LATEST, a number or an alias"));
        }
        Ok(Self { name: name.to_owned(), qualifier: qualifier.map(str::to_owned) })
    }

    /// The ARN, with the qualifier where there is one.
    pub(crate) fn arn(&self, scope: &Scope) -> String {
        match &self.qualifier {
            Some(qualifier) => format!("{}:{qualifier}", arn(scope, &self.name)),
            None => arn(scope, &self.name),
        }
    }

    /// AWS's answer where there is no such function.
    pub(crate) fn not_found(&self, scope: &Scope) -> ApiError {
        ApiError::not_found(format!("Function not found: {}", self.arn(scope)))
    }
}

/// The ARN of a function without a qualifier.
pub(crate) fn arn(scope: &Scope, name: &str) -> String {
    format!("arn:aws:lambda:{}:{}:function:{name}", scope.region, scope.account)
}

/// True for what a function may be named.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=FUNCTION_NAME_CHARS_MAX).contains(&text.len()) && text.bytes().all(is_word)
}

/// True for what an alias may be named: no number.
pub(crate) fn is_alias(text: &str) -> bool {
    (1..=ALIAS_CHARS_MAX).contains(&text.len())
        && text.bytes().all(is_word)
        && !text.bytes().all(|b| b.is_ascii_digit())
}

fn is_qualifier(text: &str) -> bool {
    text == LATEST || is_alias(text) || is_version(text)
}

fn is_version(text: &str) -> bool {
    !text.is_empty() && text.len() <= 19 && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'-' || b == b'_'
}

fn malformed(text: &str) -> ApiError {
    malformed_as(
        "functionName",
        text,
        "a name of up to 64 letters, digits, hyphens and underscores, or an ARN",
    )
}

/// AWS's sentence for a value that breaks the model, with what was expected.
pub(crate) fn malformed_as(member: &str, value: &str, expected: &str) -> ApiError {
    let shown: String = value.chars().take(FUNCTION_ID_CHARS_MAX).collect();
    ApiError::validation(format!(
        "1 validation error detected: Value '{shown}' at '{member}' failed to satisfy constraint: \
         expected {expected}"
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scope() -> Scope {
        Scope::new("us-east-1", "000000000000")
    }

    fn parse(text: &str, query: Option<&str>) -> Result<(String, Option<String>), u16> {
        FunctionId::parse(text, query, &scope())
            .map(|id| (id.name, id.qualifier))
            .map_err(|error| error.status)
    }

    #[test]
    fn every_form_names_the_same_function() {
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:f_1";
        for text in ["f_1", "000000000000:function:f_1", "function:f_1", arn] {
            assert_eq!(parse(text, None), Ok(("f_1".into(), None)), "{text}");
            for qualifier in ["$LATEST", "7", "live"] {
                let known = Ok(("f_1".into(), Some(qualifier.to_owned())));
                assert_eq!(parse(&format!("{text}:{qualifier}"), None), known);
                assert_eq!(parse(text, Some(qualifier)), known);
                assert_eq!(parse(&format!("{text}:{qualifier}"), Some(qualifier)), known);
            }
        }
        assert_eq!(parse("f:1", Some("2")), Err(400));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = "x".repeat(65);
        for text in ["", "a b", "a/b", "../a", "a:b:c", &long, "arn:aws:s3:::b", "f:$OTHER", "é"] {
            assert_eq!(parse(text, None), Err(400), "{text}");
        }
        for elsewhere in
            ["arn:aws:lambda:eu-west-1:000000000000:function:f", "111111111111:function:f"]
        {
            assert_eq!(parse(elsewhere, None), Err(404), "{elsewhere}");
        }
    }

    proptest! {
        #[test]
        fn an_arn_is_read_back(name in "[a-zA-Z0-9_-]{1,64}", alias in "[a-z][a-z0-9]{0,9}") {
            let id = FunctionId { name, qualifier: Some(alias) };
            prop_assert_eq!(FunctionId::parse(&id.arn(&scope()), None, &scope()), Ok(id));
        }

        #[test]
        fn nothing_makes_it_panic_or_let_a_path_through(text in ".{0,80}") {
            if let Ok(id) = FunctionId::parse(&text, None, &scope()) {
                prop_assert!(is_name(&id.name));
            }
        }
    }
}
