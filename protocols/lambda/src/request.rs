//! What an event is made of: a request and what the gateway knows about it, all borrowed.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Map, Value};

/// The payload format version of an integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `1.0`: close to what REST APIs send.
    V1,
    /// `2.0`: the default of HTTP APIs.
    V2,
}

/// The request as the client sent it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// The method.
    pub method: &'r str,
    /// The path behind the stage and the mapping key, still percent-encoded; begins with `/`, or is
    /// empty where nothing follows them.
    pub path: &'r str,
    /// The query, undecoded and without its `?`; empty when there is none.
    pub query: &'r str,
    /// Header fields in their order. Hop-by-hop fields may be among them.
    pub fields: &'r [(&'r str, &'r [u8])],
    /// The content, without any transfer coding.
    pub body: &'r [u8],
    /// `HTTP/1.1`, or what else the client speaks.
    pub protocol: &'r str,
    /// Where the connection comes from.
    pub source_ip: IpAddr,
    /// The port the client reached.
    pub port: u16,
    /// Did it come under TLS?
    pub is_tls: bool,
}

impl Default for Request<'_> {
    fn default() -> Self {
        Self {
            method: "GET",
            path: "/",
            query: "",
            fields: &[],
            body: &[],
            protocol: "HTTP/1.1",
            source_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 443,
            is_tls: true,
        }
    }
}

/// What the gateway knows about the request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'r> {
    /// Whose API it is.
    pub account_id: &'r str,
    /// The API.
    pub api_id: &'r str,
    /// The host the client asked, without a port.
    pub domain_name: &'r str,
    /// The stage's name, or `$default`.
    pub stage: &'r str,
    /// The mapping key of the custom domain on which the request came; none, or empty, without one.
    pub mapping_key: &'r str,
    /// `GET /pets/{id}`, or `$default`.
    pub route_key: &'r str,
    /// What the route's variables matched, still percent-encoded.
    pub path_parameters: &'r [(&'r str, &'r str)],
    /// The stage's variables.
    pub stage_variables: &'r [(&'r str, &'r str)],
    /// The id that the client gets as `apigw-requestid`.
    pub request_id: &'r str,
    /// The value of `X-Amzn-Trace-Id`; if there is none the client's stays.
    pub trace_id: Option<&'r str>,
    /// When the request came, as the Common Log Format has it: `12/Mar/2020:19:03:58 +0000`.
    pub time: &'r str,
    /// The same in milliseconds since the Unix epoch.
    pub time_ms: u64,
    /// Who let it pass.
    pub authorizer: Option<Authorizer<'r>>,
    /// The client's certificate under mutual TLS.
    pub client_cert: Option<ClientCert<'r>>,
}

/// What the route's authorizer found.
#[derive(Clone, Copy, Debug)]
pub enum Authorizer<'r> {
    /// A JWT.
    Jwt {
        /// The token's claims by name, as texts: an event holds them so, whatever they are.
        claims: &'r [(&'r str, &'r str)],
        /// The scopes that the route asks for, if it does.
        scopes: Option<&'r [&'r str]>,
    },
    /// A Lambda authorizer.
    Lambda {
        /// The policy's principal; simple responses have none.
        principal_id: Option<&'r str>,
        /// The context it gave, of any type.
        context: &'r Map<String, Value>,
    },
    /// A signature.
    Iam(Iam<'r>),
}

/// Who signed a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Iam<'r> {
    /// The access key's id.
    pub access_key: &'r str,
    /// Its account.
    pub account_id: &'r str,
    /// The principal that made the call.
    pub caller_id: &'r str,
    /// Whose identity stands behind temporary credentials.
    pub cognito_identity: Option<CognitoIdentity<'r>>,
    /// The organization.
    pub principal_org_id: Option<&'r str>,
    /// The principal's ARN.
    pub user_arn: &'r str,
    /// The principal's id.
    pub user_id: &'r str,
}

/// An identity of a Cognito identity pool.
#[derive(Clone, Copy, Debug, Default)]
pub struct CognitoIdentity<'r> {
    /// Authentication methods.
    pub amr: &'r [&'r str],
    /// The identity.
    pub identity_id: &'r str,
    /// Its pool.
    pub identity_pool_id: &'r str,
}

/// A client certificate as events show it.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClientCert<'r> {
    /// The certificate.
    pub pem: &'r str,
    /// Its subject.
    pub subject_dn: &'r str,
    /// Its issuer.
    pub issuer_dn: &'r str,
    /// Its serial number.
    pub serial_number: &'r str,
    /// `May 28 12:30:02 2019 GMT`
    pub not_before: &'r str,
    /// `Aug  5 09:36:04 2021 GMT`
    pub not_after: &'r str,
}
