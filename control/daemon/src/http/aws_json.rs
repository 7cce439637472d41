//! AWS's JSON protocol, versions 1.0 and 1.1: every operation is a POST to `/`, its name stands in
//! `X-Amz-Target`, its parameters are one JSON document (Smithy, "AWS JSON 1.1 protocol"). What
//! services that speak it have in common, whichever they are.

use hyper::http::request::Parts;
use serde_json::{Value, json};

use super::respond::{Fault, Reply, document};

const TARGET: &str = "x-amz-target";

/// The target's prefix and the operation of a request in this protocol: `CertificateManager` and
/// `ListCertificates`. `None` for a request that is not.
pub(super) fn target(parts: &Parts) -> Option<(&str, &str)> {
    parts.headers.get(TARGET)?.to_str().ok()?.rsplit_once('.')
}

// CloudTrail's operations call it; ACM reads its own, and wipes them.
#[allow(dead_code)]
/// The parameters; an empty body has none.
///
/// # Errors
/// `SerializationException` for what is not one JSON object.
pub(super) fn parameters(body: &[u8]) -> Result<Value, Fault> {
    if body.is_empty() {
        return Ok(json!({}));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(Value::Object(members)),
        Ok(_) => Err(Fault::new(400, "SerializationException", "The body must be a JSON object.")),
        Err(error) => Err(Fault::new(400, "SerializationException", format!("The body: {error}"))),
    }
}

/// The answer of an operation, in the version that the request came in.
pub(super) fn answer(parts: &Parts, output: &Value) -> Reply {
    document(200, content_type(parts), output.to_string())
}

/// The answer to a request that failed: the error's name is in the body, where clients of this
/// protocol look for it, and its status is 400 but for what is no fault of theirs.
pub(super) fn refusal(parts: &Parts, fault: &Fault) -> Reply {
    let status = if fault.status() >= 500 { fault.status() } else { 400 };
    let body = json!({ "__type": fault.code(), "message": fault.message() });
    document(status, content_type(parts), body.to_string())
}

#[allow(dead_code)]
/// The operation is none of the service's, or none that is answered here.
pub(super) fn unknown_operation(service: &str, operation: &str) -> Fault {
    let message = format!("ringgate does not support {service}'s {operation}.");
    Fault::new(400, "UnknownOperationException", message)
}

fn content_type(parts: &Parts) -> &'static str {
    let is_1_0 = |value: &[u8]| value.starts_with(b"application/x-amz-json-1.0");
    match parts.headers.get(hyper::header::CONTENT_TYPE) {
        Some(value) if is_1_0(value.as_bytes()) => "application/x-amz-json-1.0",
        _ => "application/x-amz-json-1.1",
    }
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn parts(target: &str) -> Parts {
        Request::post("/").header(TARGET, target).body(()).unwrap().into_parts().0
    }

    #[test]
    fn a_target_is_a_prefix_and_an_operation() {
        let one = parts("CertificateManager.ListCertificates");
        assert_eq!(target(&one), Some(("CertificateManager", "ListCertificates")));
        let dotted = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";
        assert_eq!(target(&parts(dotted)).unwrap().1, "LookupEvents");
        assert_eq!(target(&parts("ListCertificates")), None);
        assert_eq!(target(&Request::get("/").body(()).unwrap().into_parts().0), None);
    }

    #[test]
    fn parameters_are_an_object() {
        assert_eq!(parameters(b"").unwrap(), json!({}));
        assert_eq!(parameters(b"{\"a\":1}").unwrap(), json!({ "a": 1 }));
        for bad in ["[]", "1", "{", "{}{}"] {
            let fault = parameters(bad.as_bytes()).unwrap_err();
            assert_eq!(fault.code(), "SerializationException", "{bad}");
        }
    }

    #[test]
    fn a_refusal_names_its_error_in_the_body() {
        let fault = Fault::new(403, "UnrecognizedClientException", "no such key");
        let reply = refusal(&parts("a.b"), &fault);
        assert_eq!(reply.status(), 400);
        assert_eq!(reply.headers()["content-type"], "application/x-amz-json-1.1");
        assert_eq!(refusal(&parts("a.b"), &Fault::internal("x")).status(), 500);
    }
}
