//! Header fields: the client's that go on, and the gateway's own.

use std::borrow::Cow;

use crate::choices;
use crate::event::query::Component;
use crate::json::Json;
use crate::names::{canonical, is_hop_by_hop};
use crate::request::{Context, Format, Request};

/// Fields of an event, those of one name side by side in the client's order.
pub(super) struct Fields<'r> {
    fields: Vec<(&'r str, Component<'r>)>,
}

impl<'r> Fields<'r> {
    /// What goes on of the request's fields, with `Content-Length`, `X-Forwarded-*` and
    /// `X-Amzn-Trace-Id` of the gateway.
    pub(super) fn of(request: &Request<'r>, context: &Context<'r>) -> Self {
        let named = |name: &'static str| {
            let fields = request.fields.iter();
            fields.filter(move |field| field.0.eq_ignore_ascii_case(name)).map(|field| field.1)
        };
        let nominated: Vec<&[u8]> = named("connection").collect();
        let mut fields: Vec<(&str, Component<'_>)> = Vec::with_capacity(request.fields.len() + 5);
        for &(name, value) in request.fields {
            let is_ours = OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours))
                || (context.trace_id.is_some() && name.eq_ignore_ascii_case(TRACE_ID));
            if !is_ours && !is_hop_by_hop(name, nominated.iter().copied()) {
                fields.push((name, Cow::Borrowed(value)));
            }
        }
        let mut forwarded_for: Vec<u8> = Vec::new();
        for value in named("x-forwarded-for").filter(|value| !value.trim_ascii().is_empty()) {
            forwarded_for.extend_from_slice(value);
            forwarded_for.extend_from_slice(b", ");
        }
        forwarded_for.extend_from_slice(request.source_ip.to_string().as_bytes());
        let proto: &[u8] = if request.is_tls { b"https" } else { b"http" };
        let decimal = |number: usize| Cow::Owned(number.to_string().into_bytes());
        // Recorded also for requests without content, as 0.
        fields.push(("content-length", decimal(request.body.len())));
        fields.push(("x-forwarded-for", Cow::Owned(forwarded_for)));
        fields.push(("x-forwarded-port", decimal(usize::from(request.port))));
        fields.push(("x-forwarded-proto", Cow::Borrowed(proto)));
        if let Some(trace_id) = context.trace_id {
            fields.push((TRACE_ID, Cow::Borrowed(trace_id.as_bytes())));
        }
        let lower = |name: &'r str| name.bytes().map(|byte| byte.to_ascii_lowercase());
        fields.sort_by(|one, other| lower(one.0).cmp(lower(other.0)));
        Self { fields }
    }

    /// The first value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&[u8]> {
        let found = self.fields.iter().find(|field| field.0.eq_ignore_ascii_case(name));
        found.map(|field| &*field.1)
    }

    /// Writes an object with what `value` makes of the values of each name. Format 2.0 has no
    /// cookies among them, see [`Self::write_cookies`].
    pub(super) fn write(
        &self,
        json: &mut Json<'_>,
        format: Format,
        value: impl Fn(&mut Json<'_>, &[(&'r str, Component<'r>)]),
    ) {
        json.open(b'{');
        for same in self.fields.chunk_by(|one, other| one.0.eq_ignore_ascii_case(other.0)) {
            let Some((name, _)) = same.first() else { continue };
            let name = match format {
                Format::V2 if name.eq_ignore_ascii_case("cookie") => continue,
                Format::V2 => Cow::Owned(name.to_ascii_lowercase()),
                Format::V1 if choices::is_canonical_v1(name) => Cow::Owned(canonical(name)),
                Format::V1 => Cow::Borrowed(*name),
            };
            json.any_key(name.as_bytes());
            value(json, same);
        }
        json.close(b'}');
    }

    /// Writes `cookies` of format 2.0, if there are any: a text for each (RFC 6265 section 4.2.1).
    pub(super) fn write_cookies(&self, json: &mut Json<'_>) {
        let cookies = self.fields.iter().filter(|field| field.0.eq_ignore_ascii_case("cookie"));
        let mut is_open = false;
        for (_, value) in cookies {
            for cookie in value.split(|byte| *byte == b';').map(<[u8]>::trim_ascii) {
                if cookie.is_empty() {
                    continue;
                }
                if !is_open {
                    json.key("cookies");
                    json.open(b'[');
                    is_open = true;
                }
                json.string(cookie);
            }
        }
        if is_open {
            json.close(b']');
        }
    }
}

/// Fields that the gateway writes itself, whatever the client sent.
const OURS: [&str; 4] =
    ["content-length", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"];
const TRACE_ID: &str = "x-amzn-trace-id";
