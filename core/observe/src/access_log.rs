use std::fmt::Debug;
use std::io::Write;
use std::rc::Rc;

use crate::Values;

/// One request, as the access log tells it. Every text is as it came; absent ones are `None`.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// `apigw-requestid` of the answer.
    pub request_id: String,
    /// When the request came, in milliseconds since the epoch.
    pub request_time_epoch_ms: u64,
    /// The client's address.
    pub ip: String,
    /// The request's method.
    pub http_method: String,
    /// The request's path, raw, without its query.
    pub path: String,
    /// `HTTP/1.1` or `HTTP/1.0`.
    pub protocol: &'static str,
    /// The request's `User-Agent`.
    pub user_agent: Option<String>,
    /// The request's host, without a port.
    pub domain_name: Option<String>,
    /// The key of the API mapping that took it.
    pub base_path_matched: Option<String>,
    /// The account of the API that took it.
    pub account_id: Option<String>,
    /// The API that took it.
    pub api_id: Option<String>,
    /// The stage.
    pub stage: Option<String>,
    /// The route.
    pub route_key: Option<String>,
    /// The status of the answer.
    pub status: u16,
    /// Body bytes sent to the client.
    pub response_length: u64,
    /// From the whole head to the end of the answer, microseconds.
    pub response_latency_us: u64,
    /// Content bytes of the request and of the answer.
    pub data_processed: u64,
    /// From the upstream request to its response head, microseconds.
    pub integration_latency_us: Option<u64>,
    /// The status that the integration answered with.
    pub integration_status: Option<u16>,
    /// The id that Lambda or another service gave the call.
    pub integration_request_id: Option<String>,
    /// The second one that some services give.
    pub integration_request_id_2: Option<String>,
    /// The status that a function gave in its answer.
    pub function_status: Option<u16>,
    /// Who the route's authorizer says the caller is.
    pub caller: Option<Rc<dyn Caller>>,
    /// What the authorizer said went wrong.
    pub authorizer_error: Option<String>,
    /// What an answer that the gateway made says.
    pub error_message: Option<String>,
    /// The type of such an answer, as AWS names it: `THROTTLED`.
    pub error_type: Option<&'static str>,
    /// Why it failed, for people.
    pub reason: Option<String>,
    /// The integration is to blame.
    pub integration_failed: bool,
}

/// What an authorizer knows of a caller: the variables `authorizer.…` and `identity.…` that only it
/// can say.
pub trait Caller: Values + Debug {}

impl<C: Values + Debug> Caller for C {}

impl Record {
    /// Appends the record as one line of JSON, with the names that AWS's `$context` has.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"requestId\":");
        text(out, &self.request_id);
        number(out, "requestTimeEpoch", self.request_time_epoch_ms);
        member(out, "ip", Some(&self.ip));
        member(out, "httpMethod", Some(&self.http_method));
        member(out, "path", Some(&self.path));
        member(out, "protocol", Some(self.protocol));
        member(out, "domainName", self.domain_name.as_deref());
        member(out, "apiId", self.api_id.as_deref());
        member(out, "stage", self.stage.as_deref());
        member(out, "routeKey", self.route_key.as_deref());
        number(out, "status", u64::from(self.status));
        number(out, "responseLength", self.response_length);
        number(out, "responseLatencyUs", self.response_latency_us);
        if let Some(latency_us) = self.integration_latency_us {
            number(out, "integrationLatencyUs", latency_us);
        }
        member(out, "errorMessage", self.reason.as_deref());
        out.extend_from_slice(b"}\n");
    }
}

fn name(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

fn member(out: &mut Vec<u8>, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        name(out, key);
        text(out, value);
    }
}

fn number(out: &mut Vec<u8>, key: &str, value: u64) {
    name(out, key);
    // Writing to a vector cannot fail.
    let _ = write!(out, "{value}");
}

fn text(out: &mut Vec<u8>, value: &str) {
    let _ = serde_json::to_writer(out, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_line_of_json_whatever_is_in_it() {
        let record = Record {
            request_id: "abc=".into(),
            path: "/\"quoted\"\n\u{1}".into(),
            protocol: "HTTP/1.1",
            api_id: Some("a1".into()),
            status: 200,
            ..Record::default()
        };
        let mut out = Vec::new();
        record.write_json(&mut out);
        assert_eq!(out.iter().filter(|&&b| b == b'\n').count(), 1);
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(value["path"], "/\"quoted\"\n\u{1}");
        assert_eq!(value["apiId"], "a1");
        assert_eq!(value["status"], 200);
        assert!(value.get("stage").is_none());
    }
}
