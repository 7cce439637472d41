//! The request line and the request target, rule by rule.
#![allow(clippy::panic, clippy::unwrap_used)]

mod support;

use ringgate_http1::limits::{LEADING_CRLF_MAX, METHOD_BYTES_MAX};
use ringgate_http1::{Refusal, TargetForm, Version};
use support::{REQUEST_HEAD_BYTES_MAX, line, request, whole};

fn path_and_query(target: &str) -> Option<(String, Option<String>)> {
    let head = format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
    let look = |head: &ringgate_http1::RequestHead<'_, '_>| {
        (head.target.path.to_owned(), head.target.query.map(str::to_owned))
    };
    request(head, look).unwrap_or_default()
}

fn split(path: &str, query: Option<&str>) -> Option<(String, Option<String>)> {
    Some((path.to_owned(), query.map(str::to_owned)))
}

// RFC 9112 section 3: request-line = method SP request-target SP HTTP-version
#[test]
fn exactly_one_space_between_the_parts() {
    assert_eq!(line("GET / HTTP/1.1"), None);
    for odd in [
        "GET  / HTTP/1.1",
        "GET /  HTTP/1.1",
        "GET\t/ HTTP/1.1",
        "GET /\tHTTP/1.1",
        "GET / HTTP/1.1 ",
        " GET / HTTP/1.1",
        "GET/ HTTP/1.1",
        "GET /a b HTTP/1.1",
        "GET / HTTP/1.1 x",
        "GET  HTTP/1.1",
        "GET",
        "GET ",
    ] {
        assert!(line(odd).is_some(), "{odd}");
    }
}

// RFC 9112 section 2.3: HTTP-version = "HTTP/" DIGIT "." DIGIT, in capitals
#[test]
fn malformed_version_refused() {
    for odd in [
        "GET / http/1.1",
        "GET / HTTP/1",
        "GET / HTTP/11",
        "GET / HTTP/1.10",
        "GET / HTTP/01.1",
        "GET / HTTP /1.1",
        "GET / HTTP/1,1",
        "GET / HTTPS/1.1",
        "GET / HTTP/+1.1",
        "GET / HTTP/x.1",
        "GET / ICY/1.1",
    ] {
        let refusal = line(odd);
        assert_eq!(refusal.map(Refusal::status), Some(400), "{odd}");
    }
}

// RFC 9112 section 3: HTTP/0.9's simple request has no version, and is no HTTP/1.x
#[test]
fn missing_version_refused() {
    assert_eq!(line("GET /"), Some(Refusal::RequestLine));
    assert_eq!(request("GET /\r\n", |_| ()), Err(Refusal::RequestLine));
}

// RFC 9110 section 15.6.6: another major version is answered with 505
#[test]
fn other_major_version_is_505() {
    for odd in ["GET / HTTP/2.0", "GET / HTTP/0.9", "GET / HTTP/3.0", "PRI * HTTP/2.0"] {
        assert_eq!(line(odd), Some(Refusal::VersionUnsupported), "{odd}");
    }
    assert_eq!(Refusal::VersionUnsupported.status(), 505);
}

// RFC 9110 section 2.5: a higher minor version is taken for the highest one conformed to
#[test]
fn higher_minor_version_is_1_1() {
    for minor in 2..=9 {
        let head = format!("GET /x HTTP/1.{minor}\r\nHost: a\r\nAccept: */*\r\n\r\n");
        let seen = request(&head, |h| (h.version, h.fields.len(), h.keep_alive, h.len));
        assert_eq!(seen, Ok(Some((Version::Http11, 2, true, head.len()))));
    }
    assert_eq!(whole(b"GET / HTTP/1.2\r\n\r\n"), Some(Refusal::HostMissing));
    assert_eq!(whole(b"GET / HTTP/1.2\r\nHost : a\r\n\r\n"), Some(Refusal::FieldName));
    assert_eq!(whole(b"GET /# HTTP/1.2\r\nHost: a\r\n\r\n"), Some(Refusal::TargetByte));
}

// RFC 9110 section 9.1: method = token, case-sensitive, and any token will do
#[test]
fn any_token_is_a_method() {
    for method in ["PROPFIND", "get", "M-SEARCH", "X", "a!#$%&'*+-.^_`|~9"] {
        assert_eq!(line(format!("{method} / HTTP/1.1")), None, "{method}");
    }
    for odd in ["GE(T", "GE:T", "GET\u{e9}", "G\"T", "GET,", "{GET}", "@"] {
        assert!(line(format!("{odd} / HTTP/1.1")).is_some(), "{odd}");
    }
}

// RFC 9112 section 3: a method longer than any implemented is answered with 501
#[test]
fn too_long_method_is_501() {
    assert_eq!(line(format!("{} / HTTP/1.1", "M".repeat(METHOD_BYTES_MAX))), None);
    let refusal = line(format!("{} / HTTP/1.1", "M".repeat(METHOD_BYTES_MAX + 1)));
    assert_eq!(refusal, Some(Refusal::MethodTooLong));
    assert_eq!(Refusal::MethodTooLong.status(), 501);
}

// RFC 9110 section 9.3.6: CONNECT asks for a tunnel
#[test]
fn connect_refused() {
    assert_eq!(line("CONNECT a:443 HTTP/1.1"), Some(Refusal::ConnectMethod));
    assert_eq!(line("CONNECT / HTTP/1.1"), Some(Refusal::ConnectMethod));
}

// RFC 9112 section 2.2: empty lines before a request line are skipped; we bound how many
#[test]
fn leading_crlf_skipped_and_counted() {
    let head = "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_eq!(request(head, |h| (h.method.to_owned(), h.len)), Ok(Some(("GET".into(), 31))));
    assert_eq!(request("\r", |_| ()), Ok(None));
    assert_eq!(request("\r\n", |_| ()), Ok(None));
    assert_eq!(request("\r\n\r", |_| ()), Ok(None));
    let most = format!("{}{}", "\r\n".repeat(LEADING_CRLF_MAX), &head[4..]);
    assert_eq!(whole(most.as_bytes()), None);
    let more = format!("\r\n{most}");
    assert_eq!(whole(more.as_bytes()), Some(Refusal::LeadingLines));
    assert_eq!(request("\n", |_| ()), Err(Refusal::LeadingLines));
    assert_eq!(request("\r\n\nGET", |_| ()), Err(Refusal::LeadingLines));
    assert_eq!(request("\r\r\n", |_| ()), Err(Refusal::LeadingLines));
}

// RFC 9112 section 3: what can never become a request is refused at once
#[test]
fn a_hopeless_start_is_refused_at_its_first_byte() {
    assert_eq!(request("\u{16}\u{3}\u{1}", |_| ()), Err(Refusal::RequestLine));
    assert_eq!(request(" ", |_| ()), Err(Refusal::RequestLine));
    assert_eq!(request("GET / HTTP/9.9\r\n", |_| ()), Err(Refusal::VersionUnsupported));
    assert_eq!(request("", |_| ()), Ok(None));
}

// RFC 9112 section 3.2.1: origin-form = absolute-path [ "?" query ]
#[test]
fn origin_form_split_at_the_first_question_mark() {
    assert_eq!(path_and_query("/"), split("/", None));
    assert_eq!(path_and_query("/a/b?c=d?e"), split("/a/b", Some("c=d?e")));
    assert_eq!(path_and_query("/?"), split("/", Some("")));
    assert_eq!(path_and_query("//a//"), split("//a//", None));
    assert_eq!(path_and_query("/a%2Fb/%00"), split("/a%2Fb/%00", None));
    assert_eq!(path_and_query("/-._~!$&'()*+,;=:@9Z"), split("/-._~!$&'()*+,;=:@9Z", None));
    assert_eq!(path_and_query("/http://a/"), split("/http://a/", None));
}

// WHATWG URL: browsers and axios leave these raw; refusing them would refuse browsers
#[test]
fn what_browsers_leave_raw_is_accepted() {
    assert_eq!(path_and_query("/a|b[0]^?x[]={1}|^`"), split("/a|b[0]^", Some("x[]={1}|^`")));
    assert_eq!(path_and_query("/a?q=100%"), split("/a", Some("q=100%")));
}

// RFC 3986 section 3.3: no such byte in a path or query
#[test]
fn illegal_target_bytes_refused() {
    for byte in ["\\", "\"", "<", ">", "\u{7f}", "\u{1}", "\0", "é", "{", "}", "`"] {
        assert!(line(format!("GET /a{byte}b HTTP/1.1")).is_some(), "{byte}");
    }
    for byte in ["\\", "\"", "<", ">", "\u{7f}", "\u{1}", "\0", "é"] {
        assert!(line(format!("GET /a?b{byte} HTTP/1.1")).is_some(), "{byte}");
    }
    assert!(line(b"GET /\xff HTTP/1.1").is_some());
}

// RFC 9112 section 3.2: a fragment is never sent
#[test]
fn fragment_refused() {
    assert_eq!(line("GET /a#b HTTP/1.1"), Some(Refusal::TargetByte));
    assert_eq!(line("GET /a?b#c HTTP/1.1"), Some(Refusal::TargetByte));
    assert_eq!(line("GET http://a/#b HTTP/1.1"), Some(Refusal::TargetByte));
}

// RFC 3986 section 2.1: pct-encoded = "%" HEXDIG HEXDIG
#[test]
fn broken_percent_encoding_in_a_path_refused() {
    for target in ["/%", "/%4", "/%zz", "/%4g", "/a%?b", "/%%41"] {
        assert_eq!(line(format!("GET {target} HTTP/1.1")), Some(Refusal::TargetByte), "{target}");
    }
}

// RFC 9112 section 3.2: a target that begins with neither a slash nor a scheme
#[test]
fn other_target_forms_refused() {
    for target in ["a", "a/b", "?a", "a:80", "example.com", "://a/", "ftp://a/", "http:/a", "**"] {
        assert_eq!(line(format!("GET {target} HTTP/1.1")), Some(Refusal::Target), "{target}");
    }
    assert_eq!(line("GET \\a HTTP/1.1"), Some(Refusal::Target));
}

// RFC 9112 section 3.2.2: a server accepts absolute-form, and its authority beats Host
#[test]
fn absolute_form_accepted_and_its_authority_wins() {
    let seen = |target: &str| {
        let head = format!("GET {target} HTTP/1.1\r\nHost: other\r\n\r\n");
        request(head, |h| {
            (
                h.target.form,
                h.host.unwrap_or_default().to_owned(),
                h.target.path.to_owned(),
                h.target.query.map(str::to_owned),
            )
        })
    };
    let want = |host: &str, path: &str, query: Option<&str>| {
        Ok(Some((TargetForm::Absolute, host.into(), path.into(), query.map(str::to_owned))))
    };
    assert_eq!(seen("http://a:8080/b?c"), want("a:8080", "/b", Some("c")));
    assert_eq!(seen("HTTPS://[::1]/"), want("[::1]", "/", None));
    assert_eq!(seen("http://a"), want("a", "/", None));
    assert_eq!(seen("http://a?b"), want("a", "/", Some("b")));
}

// RFC 9112 section 3.2.2: Host must be there beside an absolute-form target all the same
#[test]
fn absolute_form_needs_a_legal_host_too() {
    let head = |host| format!("GET http://a/ HTTP/1.1\r\n{host}\r\n");
    assert_eq!(whole(head("").as_bytes()), Some(Refusal::HostMissing));
    assert_eq!(whole(head("Host: a b\r\n").as_bytes()), Some(Refusal::HostInvalid));
    assert_eq!(whole(head("Host: a\r\nHost: a\r\n").as_bytes()), Some(Refusal::HostRepeated));
}

// RFC 9110 section 4.2.4: userinfo in an http URI is treated as an error
#[test]
fn userinfo_refused() {
    for target in ["http://u@a/", "http://u:p@a/", "http://a%40b@c/"] {
        assert_eq!(line(format!("GET {target} HTTP/1.1")), Some(Refusal::Target), "{target}");
    }
}

// RFC 9110 section 4.2.1: an empty host is invalid; so is anything that is no authority
#[test]
fn absolute_form_with_a_bad_authority_refused() {
    for target in [
        "http:///a",
        "http://:80/",
        "http://a\\b/",
        "http://a:b/",
        "http://[::1/",
        "http://a:65536",
    ] {
        assert_eq!(line(format!("GET {target} HTTP/1.1")), Some(Refusal::Target), "{target}");
    }
}

// RFC 9112 section 3.2.4: asterisk-form is for OPTIONS only
#[test]
fn asterisk_only_for_options() {
    let form = |head: &str| request(head, |h| (h.target.form, h.target.path.to_owned()));
    let asterisk = Ok(Some((TargetForm::Asterisk, "*".to_owned())));
    assert_eq!(form("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), asterisk);
    assert_eq!(form("OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n"), asterisk);
    assert_eq!(line("GET * HTTP/1.1"), Some(Refusal::Target));
    assert_eq!(line("options * HTTP/1.1"), Some(Refusal::Target));
    assert_eq!(line("OPTIONS *a HTTP/1.1"), Some(Refusal::Target));
    assert_eq!(line("OPTIONS *?a HTTP/1.1"), Some(Refusal::Target));
}

// RFC 9112 section 3: a target longer than the server wishes to parse is answered with 414
#[test]
fn too_long_target_is_414() {
    let target = "a".repeat(REQUEST_HEAD_BYTES_MAX);
    assert_eq!(request(format!("GET /{target}"), |_| ()), Err(Refusal::TargetTooLong));
    assert_eq!(Refusal::TargetTooLong.status(), 414);
    // RFC 9112 section 3 recommends support for 8,000 octets at least.
    assert_eq!(line(format!("GET /{} HTTP/1.1", "a".repeat(8_000))), None);
}
