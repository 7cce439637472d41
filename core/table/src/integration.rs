use std::fmt;

use ringgate_model::{Origin, RouteMethod, Scheme};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::arena::Span;
use crate::lambda::FunctionImage;
use crate::service::ServiceImage;
use crate::{
    Captures, LambdaFunction, LinkImage, RouteRef, ServiceIntegration, StageImage, TargetError,
    target,
};

/// What a route calls.
#[derive(Clone, Copy, Debug)]
pub enum Integration<'t> {
    /// An HTTP backend, passed through.
    Http(HttpIntegration<'t>),
    /// A Lambda function.
    Lambda {
        /// Which one.
        function: LambdaFunction<'t>,
        /// The longest wait for its whole answer, in milliseconds.
        timeout_ms: u32,
    },
    /// An action of another AWS service.
    Service(ServiceIntegration<'t>),
    /// One that cannot work in this stage, and why. The answer is a 500.
    Broken {
        /// For the log.
        reason: &'t str,
    },
    /// It, or its route, asks for what the data plane cannot do yet. The answer is a 501.
    NotYet {
        /// For the client too: it is plain ASCII without quotes.
        reason: &'t str,
    },
    /// The route has no target. The answer is a 500.
    None,
}

/// Where an upstream connection goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginImage {
    /// How it is spoken to.
    pub scheme: Scheme,
    /// The host in lower case, without brackets for IPv6; of a VPC link, the name that certificates
    /// must be for.
    pub host: String,
    /// The port; of a VPC link 0.
    pub port: u16,
    /// The value of the `Host` field; of a VPC link nothing, the client's own is kept.
    pub authority: String,
    /// XXH3 (64 bits) of `scheme`, `host`, `port` and the link's name: the same for the same origin
    /// in every table, so that connection pools can be found by it.
    pub hash: u64,
    /// The targets, where it is behind a VPC link.
    pub link: Option<Box<LinkImage>>,
}

impl OriginImage {
    /// The image of an origin.
    pub fn new(origin: &Origin) -> Self {
        Self {
            scheme: origin.scheme,
            host: origin.host.clone(),
            port: origin.port,
            authority: origin.authority(),
            hash: Self::hash_of(origin.scheme, &origin.host, origin.port, None),
            link: None,
        }
    }

    /// Heap memory it holds, in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        let link = self.link.as_ref().map_or(0, |link| size_of_val(&**link) + link.heap_bytes());
        self.host.len() + self.authority.len() + link
    }

    pub(crate) fn hash_of(scheme: Scheme, host: &str, port: u16, link: Option<&str>) -> u64 {
        let mut hasher = Xxh3::new();
        hasher.update(&[scheme as u8]);
        hasher.update(&port.to_le_bytes());
        hasher.update(host.as_bytes());
        if let Some(name) = link {
            hasher.update(b"\0");
            hasher.update(name.as_bytes());
        }
        hasher.digest()
    }
}

/// One integration of a stage.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct IntegrationImage {
    pub(crate) id: Span,
    /// Its parameter mapping; [`NONE`](crate::trie::NONE) for none.
    pub(crate) mapping: u32,
    pub(crate) calls: WhatItCalls,
}

/// What an integration calls.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum WhatItCalls {
    /// Nothing, for this reason.
    Broken(Span),
    /// An HTTP backend.
    Http(Target),
    /// A Lambda function.
    Lambda { function: FunctionImage, timeout_ms: u32 },
    /// An action of another AWS service.
    Service(ServiceImage),
    /// Nothing yet: what is asked for is not built, as this text says.
    NotYet(Span),
}

/// The upstream request of an HTTP integration.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) origin: u32,
    pub(crate) timeout_ms: u32,
    /// The target's pieces; the first is a literal that begins with `/`.
    pub(crate) pieces_start: u32,
    pub(crate) pieces_len: u16,
    /// A [`RouteMethod`] as a number; ANY passes the client's on.
    pub(crate) method: u8,
    /// True: the request's own path is the target, behind the pieces if there are any.
    pub(crate) appends_path: bool,
}

/// A piece of a target.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Piece {
    /// As it stands.
    Literal(Span),
    /// The path variable of this name.
    Param(Span),
}

/// An HTTP integration of a stage.
#[derive(Clone, Copy)]
pub struct HttpIntegration<'t> {
    pub(crate) stage: &'t StageImage,
    pub(crate) id: Span,
    pub(crate) target: &'t Target,
    pub(crate) origin: &'t OriginImage,
}

impl<'t> HttpIntegration<'t> {
    /// The integration's id.
    pub fn id(&self) -> &'t str {
        self.id.of(self.stage.text())
    }

    /// Where to connect to.
    pub fn origin(&self) -> &'t OriginImage {
        self.origin
    }

    /// The method of the upstream request; none: the client's own.
    pub fn method(&self) -> Option<&'static str> {
        let any = RouteMethod::Any as u8;
        let mut methods = RouteMethod::ALL.into_iter();
        let own = methods.find(|m| *m as u8 == self.target.method && *m as u8 != any)?;
        Some(own.as_str())
    }

    /// The longest wait for the whole response, in milliseconds.
    pub fn timeout_ms(&self) -> u32 {
        self.target.timeout_ms
    }

    /// Appends the upstream request's target in origin form (RFC 9112 section 3.2.1) to `out`:
    /// the URI's path with the captured parts of `path` filled in as they came, then the client's
    /// query. A variable that `route` does not capture is filled with nothing. In the URI's query
    /// the characters that could begin another parameter are percent-encoded.
    ///
    /// # Errors
    /// [`TargetError::DotSegment`] when a captured value makes a `.` or `..` segment, by which a
    /// client would leave the path that the URI names; `out` is then as it was.
    pub fn write_target(
        &self,
        out: &mut Vec<u8>,
        route: RouteRef<'_>,
        path: &str,
        captures: &Captures,
        query: Option<&str>,
    ) -> Result<(), TargetError> {
        let before = out.len();
        let start = self.target.pieces_start as usize;
        let range = start..start + usize::from(self.target.pieces_len);
        let pieces = self.stage.pieces.get(range).unwrap_or_default();
        let text = self.stage.text();
        let written = match pieces {
            [] => {
                target::write_path(out, path);
                Ok(())
            }
            _ if self.target.appends_path => target::write_below(out, pieces, text, path),
            _ => {
                let value = |name: &str| route.param(name, path, captures);
                target::write_pieces(out, pieces, text, value)
            }
        };
        match written {
            Ok(()) => target::write_query(out, before, query),
            Err(_) => out.truncate(before),
        }
        written
    }
}

impl fmt::Debug for HttpIntegration<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpIntegration")
            .field("id", &self.id())
            .field("origin", &self.origin.authority)
            .finish_non_exhaustive()
    }
}
