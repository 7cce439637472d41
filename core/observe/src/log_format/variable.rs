/// Whether the gateway can say a value yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// A [`Record`](crate::Record) has it.
    Recorded,
    /// It comes with this part of the gateway, which is not there yet.
    With(&'static str),
    /// AWS takes the name and never has a value.
    Never,
}

use ringgate_model::closest;

use Known::{Never, Recorded, With};

/// Makes [`Variable`] from the one table of names, meanings and what is known of them.
macro_rules! variables {
    ($(#[doc = $meaning:literal] $variable:ident = $name:literal, $known:expr;)*) => {
        /// A `$context` variable that access logs of HTTP APIs may have (AWS: "Customize HTTP API
        /// access logs"). Two stand for many, whose names come after theirs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Variable {
            $(#[doc = $meaning] $variable,)*
        }

        impl Variable {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variable,)*];

            /// Its name after `$context.`; a `*` at the end stands for any.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variable => $name,)* }
            }

            /// What it means, for people.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variable => $meaning.trim_ascii(),)* }
            }

            /// Whether the gateway can say it yet.
            pub fn known(self) -> Known {
                match self { $(Self::$variable => $known,)* }
            }
        }
    };
}

const COGNITO: Known = With("identities of Cognito");

variables! {
    /// The account that owns the API.
    AccountId = "accountId", Recorded;
    /// The API's id.
    ApiId = "apiId", Recorded;
    /// A claim of the JWT.
    AuthorizerClaim = "authorizer.claims.*", Recorded;
    /// What the authorizer said went wrong.
    AuthorizerError = "authorizer.error", Recorded;
    /// Who a Lambda authorizer says the caller is.
    AuthorizerPrincipalId = "authorizer.principalId", Recorded;
    /// A member of the context that a Lambda authorizer gave.
    AuthorizerProperty = "authorizer.*", Recorded;
    /// x-amzn-requestId or x-amz-request-id of the answer of Lambda or another service.
    AwsEndpointRequestId = "awsEndpointRequestId", Recorded;
    /// x-amz-id-2 of such an answer.
    AwsEndpointRequestId2 = "awsEndpointRequestId2", Recorded;
    /// The path of the API mapping that took the request.
    CustomDomainBasePathMatched = "customDomain.basePathMatched", Recorded;
    /// Bytes of request and answer.
    DataProcessed = "dataProcessed", Recorded;
    /// The request's host.
    DomainName = "domainName", Recorded;
    /// The first label of the request's host.
    DomainPrefix = "domainPrefix", Recorded;
    /// What an answer that the gateway made says.
    ErrorMessage = "error.message", Recorded;
    /// The same, with quotes around it.
    ErrorMessageString = "error.messageString", Recorded;
    /// The type of an answer that the gateway made.
    ErrorResponseType = "error.responseType", Recorded;
    /// The same as requestId.
    ExtendedRequestId = "extendedRequestId", Recorded;
    /// The request's method.
    HttpMethod = "httpMethod", Recorded;
    /// The account of the caller.
    IdentityAccountId = "identity.accountId", Recorded;
    /// The principal that signed the request.
    IdentityCaller = "identity.caller", Recorded;
    /// The caller's certificate in PEM.
    ClientCertPem = "identity.clientCert.clientCertPem", Recorded;
    /// Who issued the caller's certificate.
    ClientCertIssuerDn = "identity.clientCert.issuerDN", Recorded;
    /// The serial number of the caller's certificate.
    ClientCertSerialNumber = "identity.clientCert.serialNumber", Recorded;
    /// Whom the caller's certificate names.
    ClientCertSubjectDn = "identity.clientCert.subjectDN", Recorded;
    /// Until when the caller's certificate is valid.
    ClientCertNotAfter = "identity.clientCert.validity.notAfter", Recorded;
    /// Since when the caller's certificate is valid.
    ClientCertNotBefore = "identity.clientCert.validity.notBefore", Recorded;
    /// Which Cognito providers the caller signed in with.
    CognitoAuthenticationProvider = "identity.cognitoAuthenticationProvider", COGNITO;
    /// Whether the caller is known to Cognito: authenticated or unauthenticated.
    CognitoAuthenticationType = "identity.cognitoAuthenticationType", COGNITO;
    /// The caller's id in Cognito.
    CognitoIdentityId = "identity.cognitoIdentityId", COGNITO;
    /// The caller's identity pool in Cognito.
    CognitoIdentityPoolId = "identity.cognitoIdentityPoolId", COGNITO;
    /// The organization of the caller's account.
    IdentityPrincipalOrgId = "identity.principalOrgId", With("organizations");
    /// The client's address.
    IdentitySourceIp = "identity.sourceIp", Recorded;
    /// The user that the request was authorized for.
    IdentityUser = "identity.user", Recorded;
    /// The User-Agent of the request.
    IdentityUserAgent = "identity.userAgent", Recorded;
    /// The ARN of that user.
    IdentityUserArn = "identity.userArn", Recorded;
    /// What the integration said went wrong.
    IntegrationError = "integration.error", Recorded;
    /// The status that the integration's service answered with: AWS Lambda's, not the function's.
    IntegrationIntegrationStatus = "integration.integrationStatus", Recorded;
    /// Milliseconds from the request to the integration to its answer.
    IntegrationDotLatency = "integration.latency", Recorded;
    /// The id that the integration's service gave the request.
    IntegrationRequestId = "integration.requestId", Recorded;
    /// The status that a Lambda function gave in its answer; for others the one that they gave.
    IntegrationDotStatus = "integration.status", Recorded;
    /// Why the integration failed.
    IntegrationErrorMessage = "integrationErrorMessage", Recorded;
    /// The same as integration.latency.
    IntegrationLatency = "integrationLatency", Recorded;
    /// The same as integration.integrationStatus.
    IntegrationStatus = "integrationStatus", Recorded;
    /// The request's path.
    Path = "path", Recorded;
    /// The request's protocol, as HTTP/1.1.
    Protocol = "protocol", Recorded;
    /// The id that the gateway gave the request.
    RequestId = "requestId", Recorded;
    /// When the request came, as 12/Mar/2020:19:03:58 +0000.
    RequestTime = "requestTime", Recorded;
    /// The same in milliseconds since the epoch.
    RequestTimeEpoch = "requestTimeEpoch", Recorded;
    /// The resource of a REST API.
    ResourcePath = "resourcePath", Never;
    /// Milliseconds from the request to the end of the answer.
    ResponseLatency = "responseLatency", Recorded;
    /// Bytes of the answer's content.
    ResponseLength = "responseLength", Recorded;
    /// The key of the route that took the request.
    RouteKey = "routeKey", Recorded;
    /// The stage's name.
    Stage = "stage", Recorded;
    /// The status of the answer.
    Status = "status", Recorded;
}

impl Variable {
    /// The variable that a name after `$context.` stands for, and which one of it if it stands for
    /// many.
    pub fn named(name: &str) -> Option<(Self, &str)> {
        if let Some(&variable) = Self::ALL.iter().find(|v| v.family().is_none() && v.name() == name)
        {
            return Some((variable, ""));
        }
        let property = |family: Self| {
            let property = name.strip_prefix(family.family()?)?;
            let chars = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
            let whole = !property.is_empty() && property.chars().all(chars);
            whole.then_some((family, property))
        };
        property(Self::AuthorizerClaim).or_else(|| property(Self::AuthorizerProperty))
    }

    /// What the names begin with that it stands for.
    fn family(self) -> Option<&'static str> {
        self.name().strip_suffix('*')
    }

    /// The name that may be meant by one that there is not.
    pub fn nearest(name: &str) -> Option<&'static str> {
        let names = || Self::ALL.iter().map(|variable| variable.name());
        // Most often it is the last part alone that is remembered.
        let last = |name: &'static str| name.rsplit('.').next().unwrap_or_default();
        closest(name, names()).or_else(|| {
            let meant = closest(name, names().map(last))?;
            names().find(|name| last(name) == meant)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_finds_its_variable() {
        for &variable in Variable::ALL {
            let name = variable.name();
            let (found, property) = match variable.family() {
                Some(family) => (format!("{family}cognito-id.x"), "cognito-id.x"),
                None => (name.to_owned(), ""),
            };
            assert_eq!(Variable::named(&found), Some((variable, property)), "{name}");
            assert!(variable.meaning().ends_with('.'), "{name}");
        }
        for none in ["", "requestid", "requestId.x", "authorizer", "authorizer.", "authorizer.*"] {
            assert_eq!(Variable::named(none), None, "{none}");
        }
        // AWS: gives null.
        let claims = Some((Variable::AuthorizerProperty, "claims"));
        assert_eq!(Variable::named("authorizer.claims"), claims);
    }

    #[test]
    fn the_nearest_name_is_found_and_far_ones_are_not() {
        for (name, meant) in [
            ("requestid", Some("requestId")),
            ("sourceIp", Some("identity.sourceIp")),
            ("identity.userAgnet", Some("identity.userAgent")),
            ("responseLatncy", Some("responseLatency")),
            ("userAgent", Some("identity.userAgent")),
            ("xyz", None),
        ] {
            assert_eq!(Variable::nearest(name), meant, "{name}");
        }
    }
}
