//! What functions are told of a request.

use ringgate_http1::RequestHead;
use ringgate_lambda::{Authorizer, ClientCert, Context, Iam, Request};
use ringgate_model::{LogTime, Timestamp};
use ringgate_observe::ClientCertificate;
use ringgate_table::{Authorization, Captures, Located, RouteRef};

use super::event::split_host;
use crate::connection::Peer;
use crate::principal::Principal;
use crate::random::REQUEST_ID_CHARS;

/// What is known of it.
pub(super) struct Facts<'f> {
    pub(super) head: &'f RequestHead<'f, 'f>,
    pub(super) peer: &'f Peer,
    pub(super) located: &'f Located<'f>,
    pub(super) route: &'f RouteRef<'f>,
    /// The path within the stage, and where the path variables stand in it.
    pub(super) matched: (&'f str, &'f Captures),
    pub(super) request_id: &'f [u8; REQUEST_ID_CHARS],
    pub(super) principal: Option<&'f Principal>,
    /// Mutual TLS let the client in.
    pub(super) admitted: bool,
    /// When it came, in milliseconds since the epoch.
    pub(super) time_ms: u64,
}

/// The same, gathered: events borrow from it.
pub(super) struct Told<'f> {
    facts: Facts<'f>,
    path_parameters: Vec<(&'f str, &'f str)>,
    stage_variables: Vec<(&'f str, &'f str)>,
    scopes: Vec<&'f str>,
    claims: Vec<(&'f str, &'f str)>,
    time: String,
}

impl<'f> Told<'f> {
    pub(super) fn of(facts: Facts<'f>) -> Self {
        let Facts { located, route, matched: (path, captures), principal, time_ms, .. } = facts;
        let names = route.param_names().enumerate();
        let scopes = match route.authorization() {
            Authorization::Jwt { scopes, .. } => scopes.iter().map(|scope| &**scope).collect(),
            _ => Vec::new(),
        };
        let claims = match principal {
            Some(Principal::Jwt(claims)) => claims.iter().collect(),
            _ => Vec::new(),
        };
        Self {
            path_parameters: names
                .filter_map(|(at, name)| Some((name, captures.get(at, path)?)))
                .collect(),
            stage_variables: located.stage.variables().collect(),
            scopes,
            claims,
            time: LogTime(Timestamp(time_ms / 1000)).to_string(),
            facts,
        }
    }

    /// The request with these fields, this path and query, and this content.
    pub(super) fn request<'r>(
        &'r self,
        fields: &'r [(&'r str, &'r [u8])],
        (path, query): (&'r str, &'r str),
        body: &'r [u8],
    ) -> Request<'r> {
        let Facts { head, peer, .. } = &self.facts;
        Request {
            method: head.method,
            path,
            query,
            fields,
            body,
            protocol: if peer.http2 { "HTTP/2.0" } else { "HTTP/1.1" },
            source_ip: peer.ip,
            port: split_host(head.host.unwrap_or_default(), peer.scheme).1,
            is_tls: peer.scheme == "https",
        }
    }

    /// All the rest.
    pub(super) fn context<'r>(&'r self, trace_id: &'r str) -> Context<'r> {
        let Facts { head, peer, located, route, request_id, time_ms, .. } = &self.facts;
        let client = peer.client.as_ref().filter(|_| self.facts.admitted);
        Context {
            account_id: &located.api.scope().account,
            api_id: located.api.api_id(),
            domain_name: split_host(head.host.unwrap_or_default(), peer.scheme).0,
            stage: located.stage.name(),
            mapping_key: located.mapping_key(),
            route_key: route.key(),
            path_parameters: &self.path_parameters,
            stage_variables: &self.stage_variables,
            request_id: std::str::from_utf8(*request_id).unwrap_or_default(),
            trace_id: Some(trace_id),
            time: &self.time,
            time_ms: *time_ms,
            authorizer: self.authorizer(),
            client_cert: client.map(|client| shown(client.certificate())),
        }
    }

    fn authorizer(&self) -> Option<Authorizer<'_>> {
        Some(match self.facts.principal? {
            Principal::Jwt(_) => Authorizer::Jwt {
                claims: &self.claims,
                scopes: Some(&*self.scopes).filter(|scopes| !scopes.is_empty()),
            },
            Principal::Lambda(verdict) => Authorizer::Lambda {
                principal_id: verdict.principal_id(),
                context: verdict.context(),
            },
            Principal::Iam(it) => Authorizer::Iam(Iam {
                access_key: &it.access_key,
                account_id: &it.account,
                caller_id: &it.user_id,
                user_arn: &it.arn,
                user_id: &it.user_id,
                ..Iam::default()
            }),
        })
    }
}

fn shown(certificate: &ClientCertificate) -> ClientCert<'_> {
    ClientCert {
        pem: &certificate.pem,
        subject_dn: &certificate.subject_dn,
        issuer_dn: &certificate.issuer_dn,
        serial_number: &certificate.serial_number,
        not_before: &certificate.not_before,
        not_after: &certificate.not_after,
    }
}
