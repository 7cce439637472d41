//! Values against a slow model that reads like the rules, and what no value may ever do.

#![allow(clippy::unwrap_used)] // helpers of tests too

use proptest::prelude::*;
use ringgate_mapping::{
    Body, Place, Refused, Scope, Source, Sources, has_dot_segment, parse, write,
};
use ringgate_observe::{Value, Values, Variable};
use serde_json::Value as Json;

/// A request that a test made up.
#[derive(Clone, Debug, Default)]
struct Request {
    fields: Vec<(String, Vec<u8>)>,
    query: String,
    path: String,
    parameter: String,
    body: Body<'static>,
}

impl Values for Request {
    fn value(&self, variable: Variable, property: &str) -> Value<'_> {
        match variable {
            Variable::Stage => Value::Text(b"prod"),
            Variable::Status => Value::Number(200),
            Variable::AuthorizerProperty if property == "a" => Value::Text(self.path.as_bytes()),
            _ => Value::Missing,
        }
    }
}

impl Sources for Request {
    fn header(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        let named = self.fields.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
        named.for_each(|(_, value)| each(value));
    }

    fn query(&self) -> &str {
        &self.query
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn path_parameter(&self, name: &str) -> Option<&str> {
        (name == "id").then_some(&self.parameter)
    }

    fn body(&self) -> Option<&Body<'_>> {
        Some(&self.body)
    }
}

fn written(request: &Request, value: &str, place: Place) -> Result<Vec<u8>, Refused> {
    let mut out = b"before".to_vec();
    let sources = parse(value, Scope::Request).unwrap();
    write(request, sources.into_iter(), place, &mut out)?;
    assert!(out.starts_with(b"before"));
    Ok(out.split_off(6))
}

fn with_body(bytes: impl Into<Vec<u8>>) -> Request {
    Request { body: Body::new(bytes.into().leak()), ..Request::default() }
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
        "\\PC{0,6}|[a\"\\\\{}\\[\\],: \n\u{1}é]{0,6}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        let members = prop::collection::btree_map("[ab]|[\"\\\\]a", inner.clone(), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Json::from),
            members.prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

#[derive(Clone, Debug)]
enum Step {
    Name(String),
    Index(i64),
    Any,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => "[ab]|[\"\\\\]a".prop_map(Step::Name),
        3 => (-4i64..4).prop_map(Step::Index),
        1 => Just(Step::Any),
    ];
    prop::collection::vec(step, 1..5)
}

/// What the steps lead to, found in a tree.
fn model(values: Vec<&Json>, step: &Step) -> Vec<Json> {
    let next = values.into_iter().flat_map(|value| match (step, value) {
        (Step::Name(name), Json::Object(map)) => map.get(name).cloned().into_iter().collect(),
        (Step::Index(index), Json::Array(list)) => {
            let at = if *index < 0 { index + list.len() as i64 } else { *index };
            let found = usize::try_from(at).ok().and_then(|at| list.get(at));
            found.cloned().into_iter().collect()
        }
        (Step::Any, Json::Object(map)) => map.values().cloned().collect(),
        (Step::Any, Json::Array(list)) => list.clone(),
        _ => Vec::new(),
    });
    next.collect()
}

fn as_text(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn json_paths_find_what_a_tree_finds(json in json(), steps in steps(), pretty: bool) {
        let path: String = steps.iter().map(|step| match step {
            Step::Name(name) => format!("['{name}']"),
            Step::Index(index) => format!("[{index}]"),
            Step::Any => "[*]".to_owned(),
        }).collect();
        let mut found = vec![json.clone()];
        for step in &steps {
            found = model(found.iter().collect(), step);
        }
        let expected = match steps.iter().any(|step| matches!(step, Step::Any)) {
            true => Json::from(found).to_string(),
            false => found.first().map(as_text).unwrap_or_default(),
        };
        let text = match pretty {
            true => serde_json::to_string_pretty(&json).unwrap(),
            false => json.to_string(),
        };
        let request = with_body(text);
        let value = written(&request, &format!("$request.body{path}"), Place::Text).unwrap();
        prop_assert_eq!(String::from_utf8(value).unwrap(), expected, "{}", path);
    }

    #[test]
    fn no_value_leaves_its_place(
        field in prop::collection::vec(any::<u8>(), 0..20),
        query in "(a|b|%61)=[ -~]{0,12}(&a=[ -~]{0,6})?",
        path in "/[a-z./%2e;\\\\]{0,12}",
        text in ".{0,10}",
    ) {
        let fields = vec![("x-A".to_owned(), field.clone()), ("X-a".to_owned(), b"2".to_vec())];
        let body = Body::new(text.clone().into_bytes().leak());
        let request = Request { fields, query, path: path.clone(), parameter: path.clone(), body };
        for value in [
            "$request.header.x-a",
            "a ${request.querystring.a}${request.path}",
            "$request.path.id",
            "/x/${request.body}",
            "${context.authorizer.a}/${context.stage}",
        ] {
            if let Ok(written) = written(&request, value, Place::Field) {
                prop_assert!(written.iter().all(|b| *b >= b' ' && *b != 0x7f || *b == b'\t'));
                prop_assert_eq!(written.trim_ascii().len(), written.len());
            }
            let in_query = written(&request, value, Place::Query).unwrap();
            let inert = |b: &u8| b.is_ascii_graphic() && !b"&=+;#\"<>".contains(b);
            prop_assert!(in_query.iter().all(inert));
            if let Ok(written) = written(&request, value, Place::Path) {
                let inert = |b: &u8| b.is_ascii_graphic() && !b"?#\"<>".contains(b);
                prop_assert!(written.iter().all(inert));
                prop_assert!(written.starts_with(b"/"));
                prop_assert!(!has_dot_segment(&written));
            }
        }
        let joined = [field.as_slice(), b",2"].concat();
        prop_assert_eq!(written(&request, "$request.header.X-A", Place::Text).unwrap(), joined);
    }

    #[test]
    fn any_text_is_an_expression_or_an_error(
        value in ".{0,30}|(\\$|\\{|\\}|request|\\.|body|\\[|a){0,12}",
    ) {
        let Ok(sources) = parse(&value, Scope::Request) else { return Ok(()) };
        let references = sources.iter().filter(|s| !matches!(s, Source::Static(_))).count();
        prop_assert!(references <= value.matches('$').count());
    }
}

#[test]
fn a_body_is_looked_into_as_far_as_aws_looks() {
    let limit = ringgate_mapping::limits::BODY_BYTES_MAX;
    let of = |bytes: usize| format!(r#"{{"a":1,"b":"{}"}}"#, "x".repeat(bytes - 14));
    let a = "$request.body.a";
    assert_eq!(of(limit).len(), limit);
    assert_eq!(written(&with_body(of(limit)), a, Place::Field), Ok(b"1".to_vec()));
    assert_eq!(written(&with_body(of(limit + 1)), a, Place::Field), Ok(Vec::new()));
    let whole = written(&with_body(of(limit + 1)), "$request.body", Place::Text).unwrap();
    assert_eq!(whole.len(), limit + 1);
}

#[test]
fn hostile_bodies_have_no_values() {
    for body in [
        &b"{\"a\":1"[..],
        b"{\"a\":1} x",
        b"{\"a\":\"\xff\"}",
        b"{'a':1}",
        b"{\"a\":01}",
        b"{\"a\":1,}",
        b"{\"a\":\"\n\"}",
        b"\xef\xbb\xbf{\"a\":1}",
        b"",
        b"null",
        b"[[[[[[[[[[[[[[[[[[[[",
    ] {
        let request = with_body(body);
        assert_eq!(written(&request, "$request.body.a", Place::Field), Ok(Vec::new()), "{body:?}");
    }
    let deep = format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000));
    assert_eq!(written(&with_body(deep), "$request.body[0][1]", Place::Field), Ok(Vec::new()));
    let sent = with_body(r#"{"a":"x\r\nevil: 1","b":"x\u0000"}"#);
    for path in [".a", ".b"] {
        let value = format!("$request.body{path}");
        assert_eq!(written(&sent, &value, Place::Field), Err(Refused::Control));
    }
    let smuggled = with_body(r#"{"a":"1&admin=1#","p":"../../etc"}"#);
    let in_query = written(&smuggled, "$request.body.a", Place::Query);
    assert_eq!(in_query, Ok(b"1%26admin%3D1%23".to_vec()));
    assert_eq!(written(&smuggled, "/a/${request.body.p}", Place::Path), Err(Refused::DotSegment));
}

#[test]
fn what_is_missing_is_empty_and_what_is_static_is_trusted() {
    let request = Request { path: "/a%2Fb c".replace(' ', "%20"), ..Request::default() };
    let field = |value: &str| String::from_utf8(written(&request, value, Place::Field).unwrap());
    assert_eq!(
        field("[${request.header.x}${context.routeKey}${stageVariables.no}]").unwrap(),
        "[]"
    );
    assert_eq!(field("$request.path").unwrap(), "/a/b c");
    assert_eq!(field("${context.stage}-${context.status}").unwrap(), "prod-200");
    let path = |value: &str| String::from_utf8(written(&request, value, Place::Path).unwrap());
    assert_eq!(path("$request.path").unwrap(), "/a%2Fb%20c");
    assert_eq!(path("x${request.path}").unwrap(), "/x/a%2Fb%20c");
    assert_eq!(path("/a/../b%20?").unwrap(), "/a/../b%20%3F");
    assert_eq!(path("").unwrap(), "/");
}
