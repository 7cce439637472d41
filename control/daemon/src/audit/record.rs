//! A record in CloudTrail's shape ("CloudTrail record contents", AWS CloudTrail user guide).

use ringgate_iam::{Principal, PrincipalKind};
use ringgate_model::Timestamp;
use serde_json::{Map, Value, json};

use super::limits::{CLIENT_TEXT_CHARS_MAX, ELEMENTS_BYTES_MAX};
use crate::entropy;

const VERSION: &str = "1.11";
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";
/// Members whose values never are in the log, in lower case.
const SECRETS: [&str; 7] = [
    "secretaccesskey",
    "sessiontoken",
    "password",
    "privatekey",
    "passphrase",
    "clientsecret",
    "authtoken",
];

/// Something that is recorded.
#[derive(Clone, Debug)]
pub(crate) struct Event(Map<String, Value>);

/// Who did it and from where; the same for every event of one call.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    identity: Value,
    account: String,
    region: String,
    source_ip: String,
    user_agent: Option<String>,
    request_id: String,
    now: Timestamp,
}

impl Caller {
    /// A caller by its principal; `source_ip` is empty for the control socket.
    pub(crate) fn new(
        principal: &Principal,
        region: &str,
        (source_ip, user_agent): (String, Option<&str>),
        request_id: &str,
        now: Timestamp,
    ) -> Self {
        Self {
            identity: identity(principal),
            account: principal.account.clone(),
            region: region.to_owned(),
            source_ip: if source_ip.is_empty() { "control.sock".to_owned() } else { source_ip },
            user_agent: user_agent.map(clipped),
            request_id: request_id.to_owned(),
            now,
        }
    }

    /// Whose events the call makes.
    pub(crate) fn account(&self) -> &str {
        &self.account
    }

    /// Of its credential scope.
    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// The same in another region: IAM has only one.
    pub(crate) fn in_region(mut self, region: &str) -> Self {
        self.region = region.to_owned();
        self
    }

    /// Somebody whose signature was refused: nothing that it says of itself is known to be true.
    pub(crate) fn unknown(
        access_key_id: Option<&str>,
        (account, region): (&str, &str),
        (source_ip, user_agent): (String, Option<&str>),
        request_id: &str,
        now: Timestamp,
    ) -> Self {
        let mut identity = json!({ "type": "Unknown", "principalId": "", "accountId": "" });
        if let Some(id) = access_key_id {
            identity["accessKeyId"] = clipped(id).into();
        }
        Self {
            identity,
            account: account.to_owned(),
            region: region.to_owned(),
            source_ip,
            user_agent: user_agent.map(clipped),
            request_id: request_id.to_owned(),
            now,
        }
    }
}

impl Event {
    /// What was asked for: `apigateway.amazonaws.com` and `CreateApi`.
    pub(crate) fn new(
        caller: &Caller,
        (source, name): (&str, &str),
        read_only: bool,
        parameters: Value,
    ) -> Self {
        let mut record = Map::new();
        let mut put = |name: &str, value: Value| _ = record.insert(name.to_owned(), value);
        put("eventVersion", VERSION.into());
        put("userIdentity", caller.identity.clone());
        put("eventTime", caller.now.to_string().into());
        put("eventSource", source.into());
        put("eventName", name.into());
        put("awsRegion", caller.region.as_str().into());
        put("sourceIPAddress", caller.source_ip.as_str().into());
        put("userAgent", caller.user_agent.as_deref().into());
        put("requestParameters", elements(parameters));
        put("responseElements", Value::Null);
        put("requestID", caller.request_id.as_str().into());
        put("eventID", entropy::uuid().into());
        put("readOnly", read_only.into());
        put("eventType", "AwsApiCall".into());
        put("managementEvent", true.into());
        put("recipientAccountId", caller.account.as_str().into());
        put("eventCategory", "Management".into());
        Self(record)
    }

    /// `CreateApi`
    pub(crate) fn name(&self) -> &str {
        self.0.get("eventName").and_then(Value::as_str).unwrap_or_default()
    }

    /// What was answered.
    pub(crate) fn answered(mut self, response: Value) -> Self {
        self.0.insert("responseElements".to_owned(), elements(response));
        self
    }

    /// Why it was refused.
    pub(crate) fn failed(mut self, code: &str, message: &str) -> Self {
        self.0.insert("errorCode".to_owned(), code.into());
        self.0.insert("errorMessage".to_owned(), message.into());
        self
    }

    /// What it was done to.
    pub(crate) fn about(mut self, kind: &str, arn: &str) -> Self {
        let account = self.0.get("recipientAccountId").cloned().unwrap_or_default();
        let resource = json!({ "accountId": account, "type": kind, "ARN": arn });
        self.0.insert("resources".to_owned(), json!([resource]));
        self
    }

    /// That so many refused signatures before it were not recorded.
    pub(super) fn note_unrecorded(&mut self, count: u32) {
        let noted = json!({ "refusalsNotRecorded": count });
        self.0.insert("additionalEventData".to_owned(), noted);
    }

    pub(super) fn line(&self) -> String {
        // A map of values has a text.
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}

/// That the end of the log was torn.
pub(super) fn recovered(bytes: u64, account: &str, now: Timestamp) -> Event {
    let nobody = json!({ "type": "AWSService", "invokedBy": "ringgate-control" });
    let caller = Caller {
        identity: nobody,
        account: account.to_owned(),
        region: String::new(),
        source_ip: "ringgate-control".to_owned(),
        user_agent: None,
        request_id: entropy::uuid(),
        now,
    };
    let mut event = Event::new(&caller, ("ringgate", "RecoverAuditLog"), false, Value::Null);
    let torn = json!({ "tornBytes": bytes });
    event.0.insert("additionalEventData".to_owned(), torn);
    event
}

/// "CloudTrail userIdentity element".
fn identity(principal: &Principal) -> Value {
    let account = principal.account.as_str();
    let kind = match &principal.kind {
        PrincipalKind::Root => "Root",
        PrincipalKind::User { .. } => "IAMUser",
        PrincipalKind::Role { .. } => "AssumedRole",
    };
    let mut identity = json!({
        "type": kind,
        "principalId": principal.unique_id,
        "arn": principal.arn,
        "accountId": account,
        "accessKeyId": principal.access_key_id,
    });
    if let PrincipalKind::User { name } = &principal.kind {
        identity["userName"] = name.as_str().into();
    }
    if let Some(times) = principal.session {
        let attributes =
            json!({ "creationDate": times.issued_at.to_string(), "mfaAuthenticated": "false" });
        let mut context = json!({});
        if let PrincipalKind::Role { name, role_id, .. } = &principal.kind {
            context["sessionIssuer"] = json!({
                "type": "Role",
                "principalId": role_id,
                "arn": principal.identity_arn(),
                "accountId": account,
                "userName": name,
            });
        }
        context["attributes"] = attributes;
        identity["sessionContext"] = context;
    }
    identity
}

/// Parameters or response elements, without secrets and not too long.
fn elements(mut value: Value) -> Value {
    hide_secrets(&mut value);
    let bytes = if value.is_null() { 0 } else { value.to_string().len() };
    if bytes > ELEMENTS_BYTES_MAX { json!({ "omittedBytes": bytes }) } else { value }
}

fn hide_secrets(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if SECRETS.contains(&name.to_ascii_lowercase().as_str()) {
                    *value = HIDDEN.into();
                } else {
                    hide_secrets(value);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(hide_secrets),
        _ => {}
    }
}

fn clipped(text: &str) -> String {
    text.chars().take(CLIENT_TEXT_CHARS_MAX).collect()
}

/// Type and ARN of what a call of API Gateway was about: of a creation what was made.
pub(crate) fn control_resource(arn: &str, response: &Value) -> (&'static str, String) {
    /// The last label of a path, the member of the answer that has its id, CloudFormation's type.
    const KINDS: [(&str, &str, &str); 13] = [
        ("apis", "apiId", "AWS::ApiGatewayV2::Api"),
        ("routes", "routeId", "AWS::ApiGatewayV2::Route"),
        ("routeresponses", "routeResponseId", "AWS::ApiGatewayV2::RouteResponse"),
        ("integrations", "integrationId", "AWS::ApiGatewayV2::Integration"),
        ("integrationresponses", "integrationResponseId", "AWS::ApiGatewayV2::IntegrationResponse"),
        ("authorizers", "authorizerId", "AWS::ApiGatewayV2::Authorizer"),
        ("models", "modelId", "AWS::ApiGatewayV2::Model"),
        ("stages", "stageName", "AWS::ApiGatewayV2::Stage"),
        ("deployments", "deploymentId", "AWS::ApiGatewayV2::Deployment"),
        ("domainnames", "domainName", "AWS::ApiGatewayV2::DomainName"),
        ("apimappings", "apiMappingId", "AWS::ApiGatewayV2::ApiMapping"),
        ("routingrules", "routingRuleId", "AWS::ApiGatewayV2::RoutingRule"),
        ("vpclinks", "vpcLinkId", "AWS::ApiGatewayV2::VpcLink"),
    ];
    let kind = |label: &str| KINDS.iter().find(|kind| kind.0 == label);
    let mut labels = arn.rsplit('/');
    let (last, before) = (labels.next().unwrap_or_default(), labels.next().unwrap_or_default());
    if let Some((_, id, kind)) = kind(last) {
        let made = response.get(id).and_then(Value::as_str);
        return (kind, made.map_or_else(|| arn.to_owned(), |made| format!("{arn}/{made}")));
    }
    (kind(before).map_or("AWS::ApiGateway::Resource", |kind| kind.2), arn.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_wherever_they_stand() {
        let value = json!({"accessKey": {"accessKeyId": "AKIA", "SecretAccessKey": "s"},
                           "list": [{"sessionToken": "t"}], "privateKey": ["p"], "plain": 1});
        let shown = elements(value);
        assert_eq!(shown["accessKey"]["accessKeyId"], "AKIA");
        for secret in [
            &shown["accessKey"]["SecretAccessKey"],
            &shown["list"][0]["sessionToken"],
            &shown["privateKey"],
        ] {
            assert_eq!(secret, HIDDEN);
        }
        assert_eq!(shown["plain"], 1);
    }

    #[test]
    fn what_is_too_long_is_left_out() {
        let long = json!({ "body": "x".repeat(ELEMENTS_BYTES_MAX) });
        assert_eq!(elements(long), json!({ "omittedBytes": ELEMENTS_BYTES_MAX + 11 }));
    }

    #[test]
    fn a_creation_is_about_what_was_made() {
        let arn = "arn:aws:apigateway:r::/apis";
        let (kind, made) = control_resource(arn, &json!({ "apiId": "a1" }));
        assert_eq!(
            (kind, made.as_str()),
            ("AWS::ApiGatewayV2::Api", "arn:aws:apigateway:r::/apis/a1")
        );
        let (kind, same) = control_resource("arn:aws:apigateway:r::/apis/a1/routes/r1", &json!({}));
        assert_eq!(kind, "AWS::ApiGatewayV2::Route");
        assert!(same.ends_with("/r1"));
    }
}
