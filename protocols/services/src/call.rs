use serde_json::{Map, Value, json};

use crate::parameter::Kind;
use crate::{Action, CallFault, Service, value};

/// A request to a service, to be signed and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The service.
    pub service: Service,
    /// What stands in front of the host's name at AWS itself; empty for most.
    pub host_prefix: &'static str,
    /// The region that the call asks for; else it is that of the API.
    pub region: Option<String>,
    /// The method.
    pub method: &'static str,
    /// The path, percent-encoded.
    pub path: String,
    /// The query, percent-encoded; none: no question mark either.
    pub query: Option<String>,
    /// The fields of its protocol.
    pub fields: Vec<(&'static str, &'static str)>,
    /// The content.
    pub body: Vec<u8>,
}

/// `application/x-amz-json-1.0`, which EventBridge and Kinesis call 1.1; they differ in answers.
const JSON_1_0: &str = "application/x-amz-json-1.0";
const JSON_1_1: &str = "application/x-amz-json-1.1";

impl Action {
    /// The call for these values of its parameters; an empty value is none.
    ///
    /// # Errors
    /// [`CallFault`]: a value is missing, or is no such value.
    pub fn call(self, values: &[(&str, &[u8])]) -> Result<Call, CallFault> {
        let (mut members, mut region) = (Map::new(), None);
        for parameter in self.parameters() {
            let given = values.iter().find(|(name, _)| *name == parameter.name);
            match given.map(|(_, bytes)| *bytes).filter(|bytes| !bytes.is_empty()) {
                None if parameter.is_required => return Err(CallFault::Missing(parameter.name)),
                None => {}
                Some(bytes) if parameter.kind == Kind::Region => {
                    region = Some(region_of(bytes).ok_or(NO_REGION)?);
                }
                Some(bytes) => {
                    members.insert(parameter.member.to_owned(), value::of(parameter, bytes)?);
                }
            }
        }
        Ok(Call { region, ..self.with(members) })
    }

    fn with(self, members: Map<String, Value>) -> Call {
        let post = |service, content_type, target, body: Value| Call {
            service,
            host_prefix: "",
            region: None,
            method: "POST",
            path: "/".to_owned(),
            query: None,
            fields: vec![("Content-Type", content_type), ("X-Amz-Target", target)],
            body: body.to_string().into_bytes(),
        };
        let sqs = |target| move |body| post(Service::Sqs, JSON_1_0, target, body);
        let states = |target| move |body| post(Service::StepFunctions, JSON_1_0, target, body);
        match self {
            Self::PutEvents => {
                let body = json!({ "Entries": [members] });
                post(Service::EventBridge, JSON_1_1, "AWSEvents.PutEvents", body)
            }
            Self::SendMessage => sqs("AmazonSQS.SendMessage")(members.into()),
            Self::ReceiveMessage => sqs("AmazonSQS.ReceiveMessage")(members.into()),
            Self::DeleteMessage => sqs("AmazonSQS.DeleteMessage")(members.into()),
            Self::PurgeQueue => sqs("AmazonSQS.PurgeQueue")(members.into()),
            Self::GetConfiguration => get_configuration(&members),
            Self::PutRecord => {
                post(Service::Kinesis, JSON_1_1, "Kinesis_20131202.PutRecord", members.into())
            }
            Self::StartExecution => states("AWSStepFunctions.StartExecution")(members.into()),
            // The one operation on a host of its own ("StartSyncExecution", API reference).
            Self::StartSyncExecution => Call {
                host_prefix: "sync-",
                ..states("AWSStepFunctions.StartSyncExecution")(members.into())
            },
            Self::StopExecution => states("AWSStepFunctions.StopExecution")(members.into()),
        }
    }
}

/// "GetConfiguration", AppConfig API reference.
fn get_configuration(members: &Map<String, Value>) -> Call {
    let of = |name: &str| members.get(name).and_then(Value::as_str).map(encoded);
    let part = |name: &str| of(name).unwrap_or_default();
    let mut query = format!("client_id={}", part("ClientId"));
    if let Some(version) = of("ClientConfigurationVersion") {
        query.push_str("&client_configuration_version=");
        query.push_str(&version);
    }
    Call {
        service: Service::AppConfig,
        host_prefix: "",
        region: None,
        method: "GET",
        path: format!(
            "/applications/{}/environments/{}/configurations/{}",
            part("Application"),
            part("Environment"),
            part("Configuration"),
        ),
        query: Some(query),
        fields: Vec::new(),
        body: Vec::new(),
    }
}

const NO_REGION: CallFault = CallFault::Wrong("Region", "a region like us-east-1");

/// A region becomes a part of a host's name.
fn region_of(bytes: &[u8]) -> Option<String> {
    let legal = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
    let region = std::str::from_utf8(bytes).ok().filter(|_| bytes.iter().all(legal))?;
    (region.len() <= 64).then(|| region.to_owned())
}

/// Everything but unreserved characters as `%XX` (RFC 3986 section 2.3). A dot segment does not
/// survive on the way, so its dots are encoded too.
fn encoded(text: &str) -> String {
    let is_dots = matches!(text, "." | "..");
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-_~".contains(&byte);
        if plain || (byte == b'.' && !is_dots) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
