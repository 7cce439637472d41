//! Answers of authorizers: whether a request may pass, and what is known of its caller ("Lambda
//! authorizers for HTTP APIs").

use std::fmt;

use serde_json::{Map, Value};

use crate::answer::{AnswerFault, Invoked};
use crate::limits::CONSENT_BYTES_MAX;

/// What an authorizer says of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Consent {
    /// Whether it may pass.
    pub judgement: Judgement,
    /// Who the caller is; simple answers say nothing of it.
    pub principal_id: Option<String>,
    /// What integrations and logs are told, of any type.
    pub context: Map<String, Value>,
}

/// How an authorizer says whether a request may pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// `isAuthorized`
    Simple(bool),
    /// `policyDocument`, as JSON: it may let the caller do more than this request, or less.
    Policy(String),
}

/// Why an authorizer's answer is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsentFault {
    /// The function failed with the message `Unauthorized`: that is how it says that it does not
    /// know the caller. The client gets 401.
    Unauthorized,
    /// The invocation failed, or what came is no answer. The client gets 500.
    Failed(String),
}

impl Consent {
    /// Reads what an authorizer gave back: `isAuthorized` where `simple` answers are asked for,
    /// else `principalId` and `policyDocument`.
    ///
    /// # Errors
    /// [`ConsentFault`]
    pub fn read(simple: bool, invoked: &Invoked<'_>) -> Result<Self, ConsentFault> {
        let failed = |fault: AnswerFault| ConsentFault::Failed(fault.to_string());
        match invoked.status {
            200 => {}
            429 => return Err(failed(AnswerFault::Throttled)),
            status => return Err(failed(AnswerFault::Refused { status })),
        }
        if let Some(kind) = invoked.function_error {
            return Err(if is_unauthorized(invoked.payload) {
                ConsentFault::Unauthorized
            } else {
                failed(AnswerFault::function(kind, invoked.payload))
            });
        }
        if invoked.payload.len() > CONSENT_BYTES_MAX {
            return Err(wrong(format!("is longer than {CONSENT_BYTES_MAX} bytes")));
        }
        let answer: Value = serde_json::from_slice(invoked.payload)
            .map_err(|_| wrong("is not a JSON object".to_owned()))?;
        let Value::Object(mut answer) = answer else {
            return Err(wrong("is not a JSON object".to_owned()));
        };
        let context = match answer.remove("context") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(context)) => context,
            Some(_) => return Err(wrong("has a 'context' that is not an object".to_owned())),
        };
        if simple {
            let Some(Value::Bool(is_authorized)) = answer.get("isAuthorized") else {
                return Err(wrong("has no 'isAuthorized' that is true or false".to_owned()));
            };
            let judgement = Judgement::Simple(*is_authorized);
            return Ok(Self { judgement, principal_id: None, context });
        }
        let Some(Value::String(principal_id)) = answer.remove("principalId") else {
            return Err(wrong("has no 'principalId' that is a string".to_owned()));
        };
        let Some(document @ Value::Object(_)) = answer.get("policyDocument") else {
            return Err(wrong("has no 'policyDocument' that is an object".to_owned()));
        };
        let judgement = Judgement::Policy(document.to_string());
        Ok(Self { judgement, principal_id: Some(principal_id), context })
    }
}

fn wrong(what: String) -> ConsentFault {
    ConsentFault::Failed(format!("The authorizer's answer {what}."))
}

/// As runtimes write an error: `{"errorMessage":"Unauthorized",…}`.
fn is_unauthorized(payload: &[u8]) -> bool {
    let error: Option<Value> = serde_json::from_slice(payload).ok();
    error.is_some_and(|error| {
        error.get("errorMessage").and_then(Value::as_str) == Some("Unauthorized")
    })
}

impl fmt::Display for ConsentFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthorized => f.write_str("The authorizer does not know the caller."),
            Self::Failed(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for ConsentFault {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(simple: bool, payload: &Value) -> Result<Consent, ConsentFault> {
        let payload = payload.to_string().into_bytes();
        let invoked = Invoked { status: 200, function_error: None, payload: &payload };
        Consent::read(simple, &invoked)
    }

    #[test]
    fn answers_of_both_kinds() {
        let context = json!({"n": 1, "deep": {"a": [true]}});
        let simple = read(true, &json!({"isAuthorized": true, "context": context})).unwrap();
        assert_eq!(simple.judgement, Judgement::Simple(true));
        assert_eq!(Value::Object(simple.context), context);
        let no = read(true, &json!({"isAuthorized": false})).unwrap();
        assert_eq!((no.judgement, no.context.len()), (Judgement::Simple(false), 0));
        let document = json!({"Version": "2012-10-17", "Statement": []});
        let policy = json!({"principalId": "u", "policyDocument": document, "context": null});
        let policy = read(false, &policy).unwrap();
        assert_eq!(policy.principal_id.as_deref(), Some("u"));
        assert_eq!(policy.judgement, Judgement::Policy(document.to_string()));
    }

    #[test]
    fn wrong_answers() {
        for (simple, payload, words) in [
            (true, json!(null), "not a JSON object"),
            (true, json!([true]), "not a JSON object"),
            (true, json!({}), "'isAuthorized'"),
            (true, json!({"isAuthorized": "true"}), "'isAuthorized'"),
            (true, json!({"isAuthorized": true, "context": []}), "'context'"),
            (true, json!({"principalId": "u", "policyDocument": {}}), "'isAuthorized'"),
            (false, json!({"isAuthorized": true}), "'principalId'"),
            (false, json!({"principalId": 7, "policyDocument": {}}), "'principalId'"),
            (false, json!({"principalId": "u"}), "'policyDocument'"),
            (false, json!({"principalId": "u", "policyDocument": "{}"}), "'policyDocument'"),
            (true, json!({"isAuthorized": true, "context": {"x": "x".repeat(9000)}}), "longer"),
        ] {
            let fault = read(simple, &payload).unwrap_err().to_string();
            assert!(fault.contains(words), "{payload}: {fault}");
        }
    }

    #[test]
    fn invocations_that_failed() {
        let read = |status, function_error, payload: &[u8]| {
            Consent::read(true, &Invoked { status, function_error, payload }).unwrap_err()
        };
        let unknown = br#"{"errorMessage":"Unauthorized","errorType":"Error"}"#;
        assert_eq!(read(200, Some("Unhandled"), unknown), ConsentFault::Unauthorized);
        for (status, error, payload) in [
            (200, Some("Unhandled"), &b"{\"errorMessage\":\"unauthorized\"}"[..]),
            (200, Some("Unhandled"), b""),
            (429, None, b"{}"),
            (500, None, b"{}"),
            (200, None, b"{"),
        ] {
            assert!(matches!(read(status, error, payload), ConsentFault::Failed(_)), "{status}");
        }
    }
}
