//! Which route takes a request: AWS's rules by example (spec section 2.3, "HTTP").
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

mod common;

use common::image;
use ringgate_table::Captures;

/// The key of the route that takes a request, and what its variables hold.
fn found(keys: &[&str], method: &str, path: &str) -> Option<(String, Vec<String>)> {
    let image = image("abc", keys);
    let mut captures = Captures::new();
    let route = image.stage("$default").unwrap().find(method, path, &mut captures)?;
    let values = (0..captures.len()).map(|at| captures.get(at, path).unwrap().to_owned());
    assert_eq!(route.param_names().count(), captures.len());
    Some((route.key().to_owned(), values.collect()))
}

fn key(keys: &[&str], method: &str, path: &str) -> Option<String> {
    found(keys, method, path).map(|(key, _)| key)
}

#[test]
fn the_example_of_the_aws_guide() {
    let keys = [
        "GET /pets/dog/1",
        "GET /pets/dog/{id}",
        "GET /pets/{proxy+}",
        "ANY /{proxy+}",
        "$default",
    ];
    assert_eq!(key(&keys, "GET", "/pets/dog/1").as_deref(), Some("GET /pets/dog/1"));
    assert_eq!(key(&keys, "GET", "/pets/dog/2").as_deref(), Some("GET /pets/dog/{id}"));
    assert_eq!(key(&keys, "GET", "/pets/cat/1").as_deref(), Some("GET /pets/{proxy+}"));
    assert_eq!(key(&keys, "POST", "/test/5").as_deref(), Some("ANY /{proxy+}"));
    assert_eq!(key(&keys, "POST", "/").as_deref(), Some("$default"));
}

#[test]
fn the_most_specific_route_that_has_the_method() {
    let keys = ["POST /users/me", "GET /users/{id}", "ANY /{proxy+}"];
    assert_eq!(key(&keys, "POST", "/users/me").as_deref(), Some("POST /users/me"));
    assert_eq!(key(&keys, "GET", "/users/me").as_deref(), Some("GET /users/{id}"));
    assert_eq!(key(&keys, "PUT", "/users/me").as_deref(), Some("ANY /{proxy+}"));
    assert_eq!(key(&["POST /users/me"], "GET", "/users/me"), None);
}

#[test]
fn an_exact_verb_beats_any_and_any_takes_unknown_verbs() {
    let keys = ["ANY /a", "GET /a"];
    assert_eq!(key(&keys, "GET", "/a").as_deref(), Some("GET /a"));
    for verb in ["HEAD", "PROPFIND", "ANY", "get"] {
        assert_eq!(key(&keys, verb, "/a").as_deref(), Some("ANY /a"), "{verb}");
    }
    assert_eq!(key(&["GET /a"], "HEAD", "/a"), None);
    assert_eq!(key(&["GET /a"], "ANY", "/a"), None);
    // A literal beats a variable even where only the variable has the exact verb.
    let keys = ["ANY /a/b", "GET /a/{x}"];
    assert_eq!(key(&keys, "GET", "/a/b").as_deref(), Some("ANY /a/b"));
}

#[test]
fn greedy_variables() {
    let keys = ["GET /a/{proxy+}", "GET /a/{x}/c/{rest+}", "GET /{top}/b/c/d"];
    let values = |path| found(&keys, "GET", path);
    let of = |key: &str, values: &[&str]| {
        Some((key.to_owned(), values.iter().map(|v| (*v).to_owned()).collect()))
    };
    assert_eq!(values("/a/x"), of("GET /a/{proxy+}", &["x"]));
    assert_eq!(values("/a/x//y/"), of("GET /a/{proxy+}", &["x//y/"]));
    assert_eq!(values("/a/b/c/e"), of("GET /a/{x}/c/{rest+}", &["b", "e"]));
    // A full match goes before any greedy one.
    assert_eq!(values("/a/b/c/d"), of("GET /{top}/b/c/d", &["a"]));
    // Nothing is not something.
    for path in ["/a", "/a/", "/", ""] {
        assert_eq!(values(path), None, "{path}");
    }
    assert_eq!(key(&["GET /{proxy+}"], "GET", "/a/").as_deref(), Some("GET /{proxy+}"));
    assert_eq!(key(&["GET /{proxy+}"], "GET", "//").as_deref(), Some("GET /{proxy+}"));
}

#[test]
fn a_slash_at_the_end_counts() {
    let keys = ["GET /pets", "GET /pets/{id}", "GET /"];
    assert_eq!(key(&keys, "GET", "/pets").as_deref(), Some("GET /pets"));
    for path in ["/pets/", "/pets/1/", "//pets", "//"] {
        assert_eq!(key(&keys, "GET", path), None, "{path}");
    }
    assert_eq!(key(&keys, "GET", "/").as_deref(), Some("GET /"));
    assert_eq!(key(&keys, "GET", "").as_deref(), Some("GET /"));
}

#[test]
fn encoded_octets_are_decoded_for_literals_only() {
    let keys = ["GET /pets/{id}", "GET /a.b"];
    let (key, values) = found(&keys, "GET", "/p%65t%73/%31%2f").unwrap();
    assert_eq!((key.as_str(), values), ("GET /pets/{id}", vec!["%31%2f".to_owned()]));
    assert!(found(&keys, "GET", "/a%2Eb").is_some());
    for path in ["/p%ets/1", "/pets%2f1", "/pets%", "/pets%6", "/%70ets%00/1"] {
        assert_eq!(found(&keys, "GET", path), None, "{path}");
    }
    let long = format!("/{}", "%61".repeat(4000));
    assert_eq!(found(&keys, "GET", &long), None);
}

#[test]
fn siblings_that_begin_alike() {
    let names = ["resource-0001", "resource-0001-x", "resource-0002", "resource-", "resource"];
    let keys: Vec<_> = names.iter().map(|name| format!("GET /{name}")).collect();
    let keys: Vec<_> = keys.iter().map(String::as_str).collect();
    for name in names {
        assert_eq!(key(&keys, "GET", &format!("/{name}")), Some(format!("GET /{name}")));
    }
    for name in ["resource-0003", "resourc", "Xesource-0001", "resource-0001-", "resource\0"] {
        assert_eq!(key(&keys, "GET", &format!("/{name}")), None, "{name}");
    }
}

#[test]
fn the_deepest_route() {
    let path = "/a".repeat(64);
    let literal = format!("GET {path}");
    assert_eq!(key(&[&literal], "GET", &path), Some(literal.clone()));
    let variables: String = (0..64).map(|at| format!("/{{v{at}}}")).collect();
    let variables = format!("GET {variables}");
    let (key, values) = found(&[&variables], "GET", &path).unwrap();
    assert_eq!((key, values.len()), (variables.clone(), 64));
    assert_eq!(found(&[&literal, &variables], "GET", &format!("{path}/a")), None);
    let far = "/a".repeat(20_000);
    assert_eq!(found(&[&literal, &variables], "GET", &far), None);
}
