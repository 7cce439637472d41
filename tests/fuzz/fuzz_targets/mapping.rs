//! Any bytes as a mapping's value, and as the body, query and field it looks into. No value leaves
//! its place; what a JSON path finds in a body is what a tree of it has there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringgate_mapping::{
    Body, Place, Scope, Source, Sources, check, edit_query, has_dot_segment, parse, write,
};
use ringgate_observe::{Value, Values, Variable};

struct Request<'b> {
    bytes: &'b [u8],
    text: &'b str,
    body: Body<'b>,
}

impl Values for Request<'_> {
    fn value(&self, _: Variable, property: &str) -> Value<'_> {
        if property.is_empty() { Value::Text(self.bytes) } else { Value::Number(u64::MAX) }
    }
}

impl Sources for Request<'_> {
    fn header(&self, _: &str, each: &mut dyn FnMut(&[u8])) {
        each(self.bytes);
        each(b"2");
    }

    fn query(&self) -> &str {
        self.text
    }

    fn path(&self) -> &str {
        self.text
    }

    fn path_parameter(&self, _: &str) -> Option<&str> {
        Some(self.text)
    }

    fn body(&self) -> Option<&Body<'_>> {
        Some(&self.body)
    }
}

fuzz_target!(|input: &[u8]| {
    let (value, bytes) = match input.iter().position(|byte| *byte == 0) {
        Some(at) => (&input[..at], &input[at + 1..]),
        None => (input, &input[..0]),
    };
    let Ok(value) = std::str::from_utf8(value) else { return };
    let _ = check(value, value, Scope::Response);
    let _ = parse(value, Scope::Response);
    let Ok(sources) = parse(value, Scope::Request) else { return };
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let request = Request { bytes, text, body: Body::new(bytes) };
    for place in [Place::Field, Place::Query, Place::Path, Place::Text] {
        let mut out = Vec::new();
        if write(&request, sources.iter().copied(), place, &mut out).is_ok() {
            judge(place, &out, sources.iter().all(|source| matches!(source, Source::Static(_))));
        }
    }
    if let [Source::BodyPath(path)] = sources[..] {
        compare(path, &request);
    }
    let mut edited = Vec::new();
    edit_query(text, |name| name != value, &mut edited);
    assert!(edited.len() <= text.len());
});

fn judge(place: Place, out: &[u8], is_static: bool) {
    let graphic = |not: &[u8]| out.iter().all(|b| b.is_ascii_graphic() && !not.contains(b));
    match place {
        Place::Field => assert!(out.iter().all(|b| *b == b'\t' || (*b >= b' ' && *b != 0x7f))),
        Place::Query => assert!(graphic(b"&=+;#\"<>")),
        Place::Path => {
            assert!(graphic(b"?#\"<>") && out.starts_with(b"/"));
            assert!(is_static || !has_dot_segment(out));
        }
        Place::Text => {}
    }
}

/// A path of names alone, looked for in a tree.
fn compare(path: &str, request: &Request<'_>) {
    let Ok(tree) = serde_json::from_slice::<serde_json::Value>(request.bytes) else { return };
    if path.contains(['[', '*', ']']) {
        return;
    }
    let found = path.split('.').skip(1).try_fold(&tree, |value, name| value.as_object()?.get(name));
    let wanted = match found {
        None | Some(serde_json::Value::Null) => String::new(),
        Some(serde_json::Value::String(text)) => text.clone(),
        // Numbers and the order of members keep their text here, and not in a tree.
        Some(_) => return,
    };
    let mut out = Vec::new();
    let value = [Source::BodyPath(path)];
    write(request, value.into_iter(), Place::Text, &mut out).expect("any text");
    assert_eq!(String::from_utf8_lossy(&out), wanted);
}
