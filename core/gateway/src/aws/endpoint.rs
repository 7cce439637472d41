use std::borrow::Cow;
use std::net::IpAddr;

use ringgate_auth::sigv4::Credentials;
use ringgate_model::{Origin, Scheme};
use ringgate_services::Service as Subtyped;
use ringgate_settings::{AwsCredentials, EndpointArgs};
use ringgate_table::OriginImage;

use super::Service;
use crate::rescue::{Fault, Kind};

/// What the settings say about AWS services.
#[derive(Clone, Debug)]
pub(crate) struct Aws {
    /// Those that have an endpoint of their own.
    set: Vec<(Service, Endpoint)>,
    /// Or what is wrong with them.
    credentials: Result<Option<AwsCredentials>, String>,
    local: AwsCredentials,
}

/// Where a service is reached.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    /// Where to connect to.
    pub origin: OriginImage,
    /// Stands in front of every path; empty, or with a slash at its beginning and none at its end.
    pub path: String,
    /// It is on this machine.
    is_local: bool,
}

impl Aws {
    /// From the flags and the environment.
    pub(crate) fn new(args: &EndpointArgs) -> Self {
        let services = [
            (Service::Lambda, &args.lambda_endpoint),
            (Service::Subtyped(Subtyped::EventBridge), &args.events_endpoint),
            (Service::Subtyped(Subtyped::Sqs), &args.sqs_endpoint),
            (Service::Subtyped(Subtyped::Kinesis), &args.kinesis_endpoint),
            (Service::Subtyped(Subtyped::StepFunctions), &args.states_endpoint),
            (Service::Subtyped(Subtyped::AppConfig), &args.appconfig_endpoint),
        ];
        let set = services.into_iter().filter_map(|(service, own)| {
            let url = own.as_ref().or(args.endpoint_url.as_ref())?;
            // The flag's own parser has seen it.
            let (origin, path) = Origin::split(url).ok()?;
            Some((service, Endpoint::new(&origin, path)))
        });
        Self {
            set: set.collect(),
            credentials: AwsCredentials::from_env(),
            local: AwsCredentials::for_local(),
        }
    }

    /// Where `service` is: as set, else AWS's own in this region ("AWS service endpoints"), where
    /// `prefix` stands in front of its name.
    pub(crate) fn endpoint(
        &self,
        service: Service,
        prefix: &str,
        region: &str,
    ) -> Cow<'_, Endpoint> {
        if let Some((_, endpoint)) = self.set.iter().find(|(other, _)| *other == service) {
            return Cow::Borrowed(endpoint);
        }
        let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
        let host = format!("{prefix}{}.{region}.amazonaws.com{suffix}", service.name());
        let origin = Origin { scheme: Scheme::Https, host, port: Scheme::Https.default_port() };
        Cow::Owned(Endpoint::new(&origin, ""))
    }

    /// What calls to `endpoint` are signed with.
    ///
    /// # Errors
    /// [`Kind::Misconfigured`], with what is to be set.
    pub(crate) fn credentials(&self, endpoint: &Endpoint) -> Result<Credentials<'_>, Fault> {
        let refuse = |reason: &str| {
            let origin = &endpoint.origin.authority;
            let reason = format!("a call to {origin} cannot be signed: {reason}");
            Fault::new(Kind::Misconfigured, reason)
        };
        let credentials = match &self.credentials {
            Ok(Some(credentials)) => credentials,
            // A stand-in for AWS, which takes any.
            Ok(None) if endpoint.is_local => &self.local,
            Ok(None) => {
                let reason = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set";
                return Err(refuse(reason));
            }
            Err(reason) => return Err(refuse(reason)),
        };
        Ok(Credentials {
            access_key_id: &credentials.access_key_id,
            secret_access_key: &credentials.secret_access_key,
            session_token: credentials.session_token.as_ref().map(|token| token.as_str()),
        })
    }
}

impl Endpoint {
    fn new(origin: &Origin, path: &str) -> Self {
        let host = origin.host.as_str();
        let is_local = host == "localhost"
            || host.ends_with(".localhost")
            || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        Self { origin: OriginImage::new(origin), path: path.to_owned(), is_local }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aws(url: Option<&str>, credentials: Result<Option<AwsCredentials>, String>) -> Aws {
        let lambda_endpoint = url.map(str::to_owned);
        let args = EndpointArgs { lambda_endpoint, ..EndpointArgs::default() };
        Aws { credentials, ..Aws::new(&args) }
    }

    #[test]
    fn a_service_is_where_it_is_set_else_at_aws() {
        let place = |url, region| {
            let aws = aws(url, Ok(None));
            let endpoint = aws.endpoint(Service::Lambda, "", region).into_owned();
            format!("{:?} {}{}", endpoint.origin.scheme, endpoint.origin.authority, endpoint.path)
        };
        assert_eq!(place(None, "eu-west-1"), "Https lambda.eu-west-1.amazonaws.com");
        assert_eq!(place(None, "cn-north-1"), "Https lambda.cn-north-1.amazonaws.com.cn");
        assert_eq!(place(Some("http://127.0.0.1:9/x"), "eu-west-1"), "Http 127.0.0.1:9/x");
        let all = EndpointArgs { endpoint_url: Some("http://h".into()), ..EndpointArgs::default() };
        let all = Aws::new(&all);
        assert_eq!(all.endpoint(Service::Lambda, "", "r").origin.authority, "h");
        let states = Service::Subtyped(Subtyped::StepFunctions);
        assert_eq!(all.endpoint(states, "sync-", "r").origin.authority, "h");
        let none = aws(None, Ok(None));
        let host = none.endpoint(states, "sync-", "r").origin.host.clone();
        assert_eq!(host, "sync-states.r.amazonaws.com");
    }

    #[test]
    fn only_a_stand_in_on_this_machine_is_called_without_credentials() {
        let signs = |url, credentials| {
            let aws = aws(url, credentials);
            let endpoint = aws.endpoint(Service::Lambda, "", "eu-west-1");
            aws.credentials(&endpoint).map(|found| found.access_key_id.to_owned())
        };
        for url in ["http://127.0.0.1:9", "http://[::1]", "http://localhost", "https://x.localhost"]
        {
            assert_eq!(signs(Some(url), Ok(None)), Ok("test".to_owned()), "{url}");
        }
        let refused = signs(None, Ok(None)).unwrap_err();
        assert_eq!(refused.kind, Kind::Misconfigured);
        assert_eq!(
            refused.reason,
            "a call to lambda.eu-west-1.amazonaws.com cannot be signed: AWS_ACCESS_KEY_ID and \
             AWS_SECRET_ACCESS_KEY are not set"
        );
        let half = || Err("AWS_SECRET_ACCESS_KEY is not set".to_owned());
        assert!(signs(Some("http://127.0.0.1"), half()).is_err(), "a mistake, not a choice");
        let own = AwsCredentials { access_key_id: "AKID".into(), ..AwsCredentials::for_local() };
        assert_eq!(signs(Some("http://127.0.0.1"), Ok(Some(own))), Ok("AKID".to_owned()));
    }
}
