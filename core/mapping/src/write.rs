use std::io::Write;

use ringgate_model::LogTime;
use ringgate_observe::{Value, Variable};

use crate::encode::{Encoder, Origin, Place, Refused};
use crate::{Source, Sources, has_dot_segment, json, query};

/// Appends the value of an expression to `out`, as it may stand in its place. A source that has
/// nothing adds nothing.
///
/// # Errors
/// [`Refused`]; `out` then ends in a part of the value and is to be cut.
pub fn write<'s>(
    sources: &impl Sources,
    expression: impl Iterator<Item = Source<&'s str>>,
    place: Place,
    out: &mut Vec<u8>,
) -> Result<(), Refused> {
    let start = out.len();
    if place == Place::Path {
        out.push(b'/');
    }
    let mut encoder = Encoder::new(out, place);
    let mut is_static = true;
    for source in expression {
        is_static &= matches!(source, Source::Static(_));
        one(sources, source, place, &mut encoder);
        if encoder.refused.is_some() {
            break;
        }
    }
    encoder.end()?;
    if place == Place::Path {
        // A path begins with one slash, whoever wrote it.
        if out.get(start.saturating_add(1)) == Some(&b'/') {
            out.remove(start);
        }
        if !is_static && has_dot_segment(out.get(start..).unwrap_or_default()) {
            return Err(Refused::DotSegment);
        }
    }
    Ok(())
}

fn one(sources: &impl Sources, source: Source<&str>, place: Place, out: &mut Encoder<'_>) {
    let mut plain = |bytes: &[u8]| out.push(bytes, Origin::Plain);
    match source {
        Source::Static(text) => out.push(text.as_bytes(), Origin::Encoded),
        Source::Header(name) => {
            let mut join = joined(&mut plain);
            sources.header(name, &mut |value| join(value));
        }
        Source::Querystring(name) => {
            let mut join = joined(&mut plain);
            query::values(sources.query(), name, &mut |value| join(value));
        }
        Source::Path => uri_part(sources.path(), place, out),
        Source::PathParameter(name) => {
            uri_part(sources.path_parameter(name).unwrap_or_default(), place, out);
        }
        Source::Body => plain(sources.body().map(crate::Body::bytes).unwrap_or_default()),
        Source::BodyPath(path) => {
            if let Some(json) = sources.body().and_then(crate::Body::json) {
                json::write(json, path, &mut plain);
            }
        }
        Source::Context(name) => {
            if let Some((variable, property)) = Variable::named(name) {
                context(sources.value(variable, property), variable, place, out);
            }
        }
        Source::StageVariable(_) => {}
    }
}

/// Hands on several values with commas between them.
fn joined(out: &mut impl FnMut(&[u8])) -> impl FnMut(&[u8]) {
    let mut first = true;
    move |value| {
        if !std::mem::take(&mut first) {
            out(b",");
        }
        out(value);
    }
}

/// A part of the request's own path: in a path it stays as it came, anywhere else it is decoded,
/// as path parameters of HTTP APIs are.
fn uri_part(part: &str, place: Place, out: &mut Encoder<'_>) {
    if place == Place::Path || !part.contains('%') {
        return out.push(part.as_bytes(), Origin::Encoded);
    }
    for octet in query::octets(part.as_bytes(), false) {
        out.push(&[octet], Origin::Plain);
    }
}

fn context(value: Value<'_>, variable: Variable, place: Place, out: &mut Encoder<'_>) {
    match value {
        Value::Missing => {}
        // The log's path is the URI's too.
        Value::Text(text) if variable == Variable::Path && place == Place::Path => {
            out.push(text, Origin::Encoded);
        }
        Value::Text(text) => out.push(text, Origin::Plain),
        Value::Number(_) | Value::Time(_) => {
            let mut text = [0; 40];
            let mut rest = text.as_mut_slice();
            // Neither is ever longer.
            let written = match value {
                Value::Number(number) => write!(rest, "{number}"),
                Value::Time(time) => write!(rest, "{}", LogTime(time)),
                Value::Missing | Value::Text(_) => Ok(()),
            };
            let left = rest.len();
            let len = text.len().saturating_sub(left);
            if written.is_ok() {
                out.push(text.get(..len).unwrap_or_default(), Origin::Plain);
            }
        }
    }
}
