//! The protocols that AWS clients speak here: how a request shows which one, and how each says no.

use hyper::header::CONTENT_TYPE;
use hyper::http::request::Parts;
use ringgate_iam::Service;

use super::respond::{Fault, Reply};
use super::{acm, aws_json};

/// A protocol of AWS's service models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    /// apigatewayv2: paths and JSON.
    RestJson,
    /// iam, sts: forms and XML.
    Query,
    /// cloudtrail: the operation in a field, and JSON.
    CloudTrail,
    /// acm: likewise.
    Acm,
}

impl Wire {
    /// The protocol of a request.
    pub(super) fn of(parts: &Parts) -> Self {
        let content_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_form =
            content_type.is_some_and(|text| text.starts_with("application/x-www-form-urlencoded"));
        let names_action = parts
            .uri
            .query()
            .is_some_and(|query| query.split('&').any(|pair| pair.starts_with("Action=")));
        match parts.uri.path() {
            "/" if parts.headers.contains_key(aws_json::TARGET) => {
                if aws_json::prefix(parts) == acm::PREFIX { Self::Acm } else { Self::CloudTrail }
            }
            "/" if is_form || names_action => Self::Query,
            _ => Self::RestJson,
        }
    }

    /// The service names that a credential scope may have.
    pub(super) fn services(self) -> &'static [&'static str] {
        match self {
            Self::RestJson => &["apigateway"],
            Self::Query => &["iam", "sts"],
            Self::CloudTrail => &["cloudtrail"],
            Self::Acm => &["acm"],
        }
    }

    /// A request that is not carried out.
    pub(super) fn refuse(self, parts: &Parts, fault: &Fault, request_id: &str) -> Reply {
        match self {
            Self::RestJson => fault.rest_json(),
            Self::CloudTrail | Self::Acm => aws_json::refusal(parts, fault),
            Self::Query => {
                fault.query(query_code(fault.code), Service::Iam.namespace(), request_id)
            }
        }
    }
}

/// What the query protocol calls it ("Common errors", IAM and STS API references).
fn query_code(code: &str) -> &str {
    match code {
        "UnrecognizedClientException" => "InvalidClientTokenId",
        "InvalidSignatureException" => "SignatureDoesNotMatch",
        "TooManyRequestsException" => "Throttling",
        "BadRequestException" => "ValidationError",
        other => other.strip_suffix("Exception").unwrap_or(other),
    }
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn of(path: &str, content_type: &str) -> Wire {
        let request = Request::builder().uri(path).header(CONTENT_TYPE, content_type).body(());
        Wire::of(&request.unwrap().into_parts().0)
    }

    #[test]
    fn a_request_shows_its_protocol() {
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        assert_eq!(of("/", form), Wire::Query);
        assert_eq!(of("/?Action=GetUser&Version=2010-05-08", ""), Wire::Query);
        for path in ["/v2/apis", "/v2/apis?Action=x", "/"] {
            assert_eq!(of(path, "application/json"), Wire::RestJson, "{path}");
        }
        assert_eq!(of("/v2/apis", form), Wire::RestJson);
    }

    #[test]
    fn the_query_protocol_has_its_own_codes() {
        assert_eq!(query_code("ExpiredTokenException"), "ExpiredToken");
        assert_eq!(query_code("InvalidSignatureException"), "SignatureDoesNotMatch");
        assert_eq!(query_code("InternalFailure"), "InternalFailure");
    }
}
