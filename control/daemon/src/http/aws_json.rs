//! AWS's JSON protocol, versions 1.0 and 1.1: every operation is a POST to `/`, its name stands in
//! `X-Amz-Target`, its parameters are one JSON document (Smithy, "AWS JSON 1.1 protocol"). What
//! services that speak it have in common, whichever they are.

use hyper::http::request::Parts;
use serde_json::{Value, json};

use super::respond::{Fault, Reply, document};
use crate::limits::OPERATION_BYTES_MAX;

/// The field that names the operation: `CertificateManager.ListCertificates`.
pub(super) const TARGET: &str = "x-amz-target";

/// What stands before the operation: the service, in its own words.
pub(super) fn prefix(parts: &Parts) -> &str {
    target(parts).map_or("", |(prefix, _)| prefix)
}

/// The operation; empty for what cannot be the name of one.
pub(super) fn operation(parts: &Parts) -> &str {
    let name = target(parts).map_or("", |(_, operation)| operation);
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_name && name.len() <= OPERATION_BYTES_MAX { name } else { "" }
}

fn target(parts: &Parts) -> Option<(&str, &str)> {
    parts.headers.get(TARGET)?.to_str().ok()?.rsplit_once('.')
}

/// The answer of an operation, in the version that the request came in.
pub(super) fn answer(parts: &Parts, output: &Value) -> Reply {
    document(200, content_type(parts), output.to_string())
}

/// The answer to a request that failed: the error's name is in the body, where clients of this
/// protocol look for it, and its status is 400 but for what is no fault of theirs.
pub(super) fn refusal(parts: &Parts, fault: &Fault) -> Reply {
    let status = if fault.status >= 500 { fault.status } else { 400 };
    let body = json!({ "__type": fault.code, "message": fault.message });
    document(status, content_type(parts), body.to_string())
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
        assert_eq!((prefix(&one), operation(&one)), ("CertificateManager", "ListCertificates"));
        let dotted = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";
        assert_eq!(operation(&parts(dotted)), "LookupEvents");
        for none in ["ListCertificates", "a.b c", "a.", &format!("a.{}", "b".repeat(129))] {
            assert_eq!(operation(&parts(none)), "", "{none}");
        }
        assert_eq!(prefix(&Request::get("/").body(()).unwrap().into_parts().0), "");
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
