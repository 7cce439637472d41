use ringgate_model::Timestamp;

use super::{Value, Values, Variable};
use crate::Record;

const US_PER_MS: u64 = 1_000;
const MS_PER_S: u64 = 1_000;

impl Values for Record {
    fn value(&self, variable: Variable, property: &str) -> Value<'_> {
        fn text(text: &str) -> Value<'_> {
            Some(text).into()
        }
        fn status(status: Option<u16>) -> Value<'static> {
            status.map_or(Value::Missing, |status| Value::Number(u64::from(status)))
        }
        match variable {
            Variable::ApiId => self.api_id.as_deref().into(),
            Variable::DomainName => self.domain_name.as_deref().into(),
            Variable::DomainPrefix => {
                self.domain_name.as_deref().and_then(|name| name.split('.').next()).into()
            }
            Variable::AccountId => self.account_id.as_deref().into(),
            Variable::CustomDomainBasePathMatched => self.base_path_matched.as_deref().into(),
            Variable::DataProcessed => Value::Number(self.data_processed),
            Variable::ErrorResponseType => self.error_type.into(),
            Variable::IdentityUserAgent => self.user_agent.as_deref().into(),
            Variable::IntegrationError | Variable::IntegrationErrorMessage => {
                self.reason.as_deref().filter(|_| self.integration_failed).into()
            }
            Variable::IntegrationDotStatus => {
                status(self.function_status.or(self.integration_status))
            }
            Variable::IntegrationStatus | Variable::IntegrationIntegrationStatus => {
                status(self.integration_status)
            }
            Variable::IntegrationRequestId | Variable::AwsEndpointRequestId => {
                self.integration_request_id.as_deref().into()
            }
            Variable::AwsEndpointRequestId2 => self.integration_request_id_2.as_deref().into(),
            Variable::ErrorMessage | Variable::ErrorMessageString => {
                self.error_message.as_deref().into()
            }
            Variable::HttpMethod => text(&self.http_method),
            Variable::IdentitySourceIp => text(&self.ip),
            Variable::IntegrationLatency | Variable::IntegrationDotLatency => self
                .integration_latency_us
                .map_or(Value::Missing, |latency_us| Value::Number(latency_us / US_PER_MS)),
            Variable::Path => text(&self.path),
            Variable::Protocol => text(self.protocol),
            Variable::RequestId | Variable::ExtendedRequestId => text(&self.request_id),
            Variable::RequestTime => Value::Time(Timestamp(self.request_time_epoch_ms / MS_PER_S)),
            Variable::RequestTimeEpoch => Value::Number(self.request_time_epoch_ms),
            Variable::ResponseLatency => Value::Number(self.response_latency_us / US_PER_MS),
            Variable::ResponseLength => Value::Number(self.response_length),
            Variable::RouteKey => self.route_key.as_deref().into(),
            Variable::Stage => self.stage.as_deref().into(),
            Variable::AuthorizerError => self.authorizer_error.as_deref().into(),
            Variable::Status => Value::Number(u64::from(self.status)),
            _ => match &self.caller {
                Some(caller) => caller.value(variable, property),
                None => Value::Missing,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::super::Known;
    use super::*;

    /// A caller of whom everything is known that any authorizer can say.
    #[derive(Debug)]
    struct Anybody;

    impl Values for Anybody {
        fn value(&self, variable: Variable, _property: &str) -> Value<'_> {
            match variable.known() {
                Known::Recorded => Value::Text(b"known"),
                _ => Value::Missing,
            }
        }
    }

    #[test]
    fn a_record_has_what_the_table_says() {
        let some = || Some("a.b".to_owned());
        let record = Record {
            request_id: "r".into(),
            request_time_epoch_ms: 1_709_208_000_123,
            ip: "127.0.0.1".into(),
            http_method: "GET".into(),
            path: "/".into(),
            protocol: "HTTP/1.1",
            user_agent: some(),
            domain_name: some(),
            base_path_matched: some(),
            account_id: some(),
            api_id: some(),
            stage: some(),
            route_key: some(),
            status: 200,
            response_length: 1,
            response_latency_us: 12_999,
            data_processed: 2,
            integration_latency_us: Some(11_000),
            integration_status: Some(200),
            integration_request_id: some(),
            integration_request_id_2: some(),
            function_status: Some(418),
            caller: Some(Rc::new(Anybody)),
            authorizer_error: some(),
            error_message: some(),
            error_type: Some("THROTTLED"),
            reason: some(),
            integration_failed: true,
        };
        for &variable in Variable::ALL {
            let has = record.value(variable, "x") != Value::Missing;
            assert_eq!(has, variable.known() == Known::Recorded, "{variable:?}");
        }
        assert_eq!(record.value(Variable::DomainPrefix, ""), Value::Text(b"a"));
        assert_eq!(record.value(Variable::ResponseLatency, ""), Value::Number(12));
        assert_eq!(record.value(Variable::IntegrationDotStatus, ""), Value::Number(418));
        assert_eq!(record.value(Variable::IntegrationStatus, ""), Value::Number(200));
    }
}
