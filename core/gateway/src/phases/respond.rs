//! Step 12: the answer's head, passed through or our own.

use ringgate_http1::{Framing, ResponseHead, field, write};
use ringgate_table::cors::CorsFields;
use ringgate_websocket::{Extensions, HandshakeFault};

use super::map::ResponseEdits;
use crate::connection::Exchange;
use crate::worker::Core;

/// The status that asks for another protocol.
const UPGRADE_REQUIRED: u16 = 426;

/// An answer of our own.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Local<'m> {
    /// To a CORS preflight: 204, and nothing but fields.
    Preflight,
    /// To a health check: 200. What AWS says in its body is not known.
    Healthy,
    /// To an authority that asks for what proves a name (RFC 8555 section 8.3): 200.
    Proof(&'m str),
    /// An error with this status, and this `message` in JSON.
    Error {
        status: u16,
        message: &'m str,
        /// The `www-authenticate` of it.
        challenge: Option<&'m str>,
    },
}

impl Local<'_> {
    /// Its status.
    pub(crate) fn status(self) -> u16 {
        match self {
            Self::Preflight => 204,
            Self::Healthy | Self::Proof(_) => 200,
            Self::Error { status, .. } => status,
        }
    }

    /// Its content's type and its content, if it has any.
    fn content(self) -> Option<(&'static str, String)> {
        match self {
            Self::Preflight => None,
            Self::Healthy => Some(("text/plain", "healthy".to_owned())),
            Self::Proof(text) => Some(("application/octet-stream", text.to_owned())),
            Self::Error { message, .. } => {
                Some(("application/json", format!("{{\"message\":\"{message}\"}}")))
            }
        }
    }
}

/// How a response body leaves, compared with how it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// In the framing it came in.
    AsIs,
    /// Chunked before, plain now: for HTTP/1.0 clients.
    Plain,
    /// Ended by the connection before, chunked now: the client's connection goes on.
    Chunked,
}

/// What the rest of an exchange has to know of a response whose head is gone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    /// Its status, as the client gets it.
    pub status: u16,
    /// As the integration gave it.
    pub integration_status: u16,
    /// How the upstream ends its body.
    pub body: Framing,
    /// How the body goes on to the client.
    pub coding: Coding,
    /// The client was told that the connection ends.
    pub closes: bool,
    /// The upstream connection may be used again.
    pub upstream_keep_alive: bool,
    /// What follows is a WebSocket, with these extensions.
    pub switch: Option<Extensions>,
}

/// Writes the head of a passed-through response: the integration's fields in their order and case,
/// less what belongs to its connection, then ours.
pub(crate) fn passed(
    core: &Core,
    out: &mut Vec<u8>,
    head: &ResponseHead<'_, '_>,
    exchange: &Exchange,
    edits: Option<&ResponseEdits<'_>>,
) -> Answer {
    let status = edits.map_or(head.status, |edits| edits.status);
    let (coding, framing) = framing_for_client(head, exchange, status);
    // A client that asked with HEAD gets no body, also where the integration was asked for one; nor
    // does one that is told of a status without content.
    let bodiless = exchange.is_head || matches!(status, 204 | 304);
    let unwanted = bodiless && head.body != Framing::None;
    let closes = framing == Framing::UntilClose || exchange.closes(core);
    write::status_line(out, status);
    for field in head.end_to_end() {
        let replaced = exchange.cors.is_some() && is_cors(field.name)
            || edits.is_some_and(|edits| edits.drops(field.name));
        if !replaced && !field.name.eq_ignore_ascii_case("apigw-requestid") {
            write::field(out, field.name, field.value);
        }
    }
    if let Some(edits) = edits {
        out.extend_from_slice(&edits.lines);
    }
    if status == UPGRADE_REQUIRED {
        write_upgrade(out, head);
    }
    let undated = field(head.fields, "date").is_none();
    if undated && !edits.is_some_and(|edits| edits.drops("date")) {
        core.write_date(out);
    }
    write::framing(out, framing);
    finish(out, exchange, closes);
    Answer {
        status,
        integration_status: head.status,
        body: if unwanted { Framing::None } else { head.body },
        coding,
        closes,
        upstream_keep_alive: head.keep_alive && !unwanted,
        switch: None,
    }
}

/// Writes the head of a 101 that was asked for: a WebSocket follows.
pub(crate) fn switched(
    out: &mut Vec<u8>,
    head: &ResponseHead<'_, '_>,
    exchange: &Exchange,
    extensions: Extensions,
) -> Answer {
    write::status_line(out, head.status);
    // Alone in its field: there are clients that compare the whole of it.
    write::field(out, "connection", b"Upgrade");
    write::field(out, "upgrade", b"websocket");
    for field in head.end_to_end() {
        write::field(out, field.name, field.value);
    }
    finish(out, exchange, false);
    Answer {
        status: head.status,
        integration_status: head.status,
        body: Framing::None,
        coding: Coding::AsIs,
        closes: true,
        upstream_keep_alive: false,
        switch: Some(extensions),
    }
}

/// How the body goes on, and what the client is told about its end.
fn framing_for_client(
    head: &ResponseHead<'_, '_>,
    exchange: &Exchange,
    status: u16,
) -> (Coding, Framing) {
    if status != head.status && matches!(status, 204 | 304) {
        return (Coding::AsIs, Framing::None);
    }
    if exchange.is_head {
        // The length is that of the GET this HEAD stands for (RFC 9110 section 9.3.2).
        return (Coding::AsIs, head.content_length.map_or(Framing::None, Framing::Length));
    }
    match (head.body, exchange.http10) {
        (Framing::Chunked, true) => (Coding::Plain, Framing::UntilClose),
        (Framing::UntilClose, false) => (Coding::Chunked, Framing::Chunked),
        (Framing::None, _) if matches!(status, 204 | 304) => {
            (Coding::AsIs, head.content_length.map_or(Framing::None, Framing::Length))
        }
        // The integration was asked with HEAD, the client was not: there is no body to wait for.
        (Framing::None, _) => (Coding::AsIs, Framing::Length(0)),
        (framing, _) => (Coding::AsIs, framing),
    }
}

/// Writes a 100 of our own.
pub(crate) fn carry_on(out: &mut Vec<u8>) {
    write::status_line(out, 100);
    write::end(out);
}

/// Writes the head of an interim (1xx) response.
pub(crate) fn interim(out: &mut Vec<u8>, head: &ResponseHead<'_, '_>) {
    write::status_line(out, head.status);
    for field in head.end_to_end() {
        write::field(out, field.name, field.value);
    }
    write::end(out);
}

/// Writes a whole answer of our own, in the order of AWS's (spec section 2.13): the bytes of its
/// content.
pub(crate) fn local(
    core: &Core,
    out: &mut Vec<u8>,
    exchange: &Exchange,
    answer: Local<'_>,
    closes: bool,
) -> usize {
    let (status, body) = (answer.status(), answer.content());
    write::status_line(out, status);
    core.write_date(out);
    if let Some((content_type, body)) = &body {
        write::field(out, "content-type", content_type.as_bytes());
        write::field_decimal(out, "content-length", body.len() as u64);
    }
    if let Local::Error { challenge: Some(challenge), .. } = answer {
        write::field(out, "www-authenticate", challenge.as_bytes());
    }
    if status == UPGRADE_REQUIRED {
        for (name, value) in HandshakeFault::Version.fields() {
            write::field(out, name, value.as_bytes());
        }
    }
    finish(out, exchange, closes);
    let content = body.filter(|_| !exchange.is_head).map(|(_, body)| body).unwrap_or_default();
    out.extend_from_slice(content.as_bytes());
    content.len()
}

/// Writes the head of a function's answer in the order of AWS's (spec section 2.13), for content of
/// the answer's own length: none for a status that has no content.
pub(crate) fn whole(
    core: &Core,
    out: &mut Vec<u8>,
    exchange: &Exchange,
    answer: &ringgate_lambda::Answer,
    closes: bool,
) {
    write::status_line(out, answer.status);
    let is = |name: &str, other: &str| name.eq_ignore_ascii_case(other);
    if !answer.fields.iter().any(|(name, _)| is(name, "date")) {
        core.write_date(out);
    }
    let types = |(name, _): &&(String, String)| is(name, "content-type");
    for (name, value) in answer.fields.iter().filter(types) {
        write::field(out, name, value.as_bytes());
    }
    if !matches!(answer.status, 204 | 304) {
        write::field_decimal(out, "Content-Length", answer.body.len() as u64);
    }
    for (name, value) in answer.fields.iter().filter(|field| !types(field)) {
        let replaced = exchange.cors.is_some() && is_cors(name);
        if !replaced && !is(name, "apigw-requestid") {
            write::field(out, name, value.as_bytes());
        }
    }
    finish(out, exchange, closes);
}

/// The protocol that a 426 must name (RFC 9110 section 15.5.22), though it is its connection's.
fn write_upgrade(out: &mut Vec<u8>, head: &ResponseHead<'_, '_>) {
    if let Some(protocols) = field(head.fields, "upgrade") {
        write::field(out, "connection", b"upgrade");
        write::field(out, "upgrade", protocols);
    }
}

/// The fields of ours that end every head.
fn finish(out: &mut Vec<u8>, exchange: &Exchange, closes: bool) {
    if closes {
        write::close(out);
    } else if exchange.http10 {
        write::field(out, "connection", b"keep-alive");
    }
    out.extend_from_slice(exchange.cors.as_deref().unwrap_or_default());
    if let Some(explanation) = &exchange.explanation {
        write::field(out, "x-ringgate-explain", explanation);
    }
    write::field(out, "apigw-requestid", &exchange.request_id);
    write::end(out);
}

/// What `--explain` tells a client: the phase that answered, and why.
pub(crate) fn explanation(phase: &str, why: &str) -> Box<[u8]> {
    let legal = |c: char| if c.is_ascii_graphic() || c == ' ' { c } else { '?' };
    let text: String = format!("{phase}: {why}").chars().map(legal).collect();
    text.into_bytes().into()
}

/// The lines of a CORS answer.
pub(crate) fn cors_lines(fields: Option<CorsFields<'_>>) -> Vec<u8> {
    let mut lines = Vec::new();
    if let Some(fields) = fields {
        fields.each(|name, value| write::field(&mut lines, name, value.as_bytes()));
    }
    lines
}

/// What the gateway answers itself once an API has a CORS configuration.
fn is_cors(name: &str) -> bool {
    const PREFIX: &str = "access-control-";
    name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}
