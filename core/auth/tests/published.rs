//! AWS's published Signature Version 4 test suite, as facts: request and expected signature.
#![allow(missing_docs, clippy::unwrap_used)]

use ringgate_auth::sigv4::{Claim, Credentials, RequestParts, body_sha256, signed_fields};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const NOW_S: u64 = 1_440_938_160;
const UNRESERVED: &str = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

struct Vector {
    name: &'static str,
    method: &'static str,
    path: String,
    query: Option<String>,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    signature: &'static str,
}

fn get(name: &'static str, path: &str, signature: &'static str) -> Vector {
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
        None => (path.to_owned(), None),
    };
    Vector { name, method: "GET", path, query, headers: &[], body: "", signature }
}

fn post(
    name: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    signature: &'static str,
) -> Vector {
    Vector { method: "POST", headers, body, ..get(name, "/", signature) }
}

const FORM: &str = "application/x-www-form-urlencoded";
const VANILLA: &str = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";

#[rustfmt::skip]
fn vectors() -> Vec<Vector> {
    vec![
        get("get-vanilla", "/", VANILLA),
        get("get-slash", "//", VANILLA),
        get("get-slash-dot-slash", "/./", VANILLA),
        get("get-relative", "/example/..", VANILLA),
        get("get-relative-relative", "/example1/example2/../..", VANILLA),
        get("get-slashes", "//example//",
            "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"),
        get("get-slash-pointless-dot", "/./example",
            "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"),
        get("get-space", "/example space/",
            "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"),
        get("get-utf8", "/\u{1234}",
            "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
        get("get-unreserved", &format!("/{UNRESERVED}"),
            "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
        get("get-vanilla-empty-query-key", "/?Param1=value1",
            "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"),
        get("get-vanilla-query-order-key-case", "/?Param2=value2&Param1=value1",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        get("get-vanilla-query-unreserved", &format!("/?{UNRESERVED}={UNRESERVED}"),
            "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"),
        get("get-vanilla-utf8-query", "/?\u{1234}=bar",
            "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
        Vector {
            headers: &[("My-Header1", "value2"), ("My-Header1", "value2"),
                ("My-Header1", "value1")],
            ..get("get-header-key-duplicate", "/",
                "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea")
        },
        Vector {
            headers: &[("My-Header1", "value4"), ("My-Header1", "value1"),
                ("My-Header1", "value3"), ("My-Header1", "value2")],
            ..get("get-header-value-order", "/",
                "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01")
        },
        Vector {
            headers: &[("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
            ..get("get-header-value-trim", "/",
                "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736")
        },
        post("post-vanilla", &[], "",
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        post("post-header-key-case", &[("My-Header1", "value1")], "",
            "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"),
        post("post-header-value-case", &[("My-Header1", "VALUE1")], "",
            "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"),
        Vector {
            query: Some("Param1=value1".to_owned()),
            ..post("post-vanilla-query", &[], "",
                "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11")
        },
        post("post-x-www-form-urlencoded", &[("Content-Type", FORM)], "Param1=value1",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
        post("post-x-www-form-urlencoded-parameters",
            &[("Content-Type", "application/x-www-form-urlencoded; charset=utf8")],
            "Param1=value1",
            "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe"),
    ]
}

#[test]
fn every_published_signature_verifies() {
    for vector in vectors() {
        let mut names: Vec<String> =
            vector.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        names.extend(["host".to_owned(), "x-amz-date".to_owned()]);
        names.sort();
        names.dedup();
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders={}, Signature={}",
            names.join(";"),
            vector.signature
        );
        let mut headers: Vec<(&str, &[u8])> = vec![
            ("Host", b"example.amazonaws.com"),
            ("X-Amz-Date", b"20150830T123600Z"),
            ("Authorization", authorization.as_bytes()),
        ];
        headers.extend(vector.headers.iter().map(|(name, value)| (*name, value.as_bytes())));
        let request = RequestParts {
            method: vector.method,
            path: &vector.path,
            query: vector.query.as_deref(),
            headers: &headers,
        };
        let claim = Claim::read(request, &["service"], NOW_S)
            .unwrap_or_else(|refusal| panic!("{}: {refusal}", vector.name));
        assert_eq!(claim.access_key_id(), "AKIDEXAMPLE");
        assert_eq!(claim.scope().region, "us-east-1");
        claim
            .verify(SECRET, &body_sha256(vector.body.as_bytes()))
            .unwrap_or_else(|refusal| panic!("{}: {refusal}", vector.name));
    }
}

#[test]
fn every_published_request_is_signed_so() {
    let credentials = Credentials {
        access_key_id: "AKIDEXAMPLE",
        secret_access_key: SECRET,
        session_token: None,
    };
    for vector in vectors() {
        let mut headers: Vec<(&str, &[u8])> = vec![("Host", b"example.amazonaws.com")];
        headers.extend(vector.headers.iter().map(|(name, value)| (*name, value.as_bytes())));
        let request = RequestParts {
            method: vector.method,
            path: &vector.path,
            query: vector.query.as_deref(),
            headers: &headers,
        };
        let body = body_sha256(vector.body.as_bytes());
        let fields = signed_fields(&request, &body, &credentials, ("us-east-1", "service"), NOW_S);
        assert_eq!(fields[0], ("X-Amz-Date", "20150830T123600Z".to_owned()));
        let (name, authorization) = fields.last().unwrap();
        let signature = format!(", Signature={}", vector.signature);
        assert_eq!(*name, "Authorization");
        assert!(authorization.ends_with(&signature), "{}: {authorization}", vector.name);
    }
}

#[test]
fn a_session_token_is_signed() {
    let credentials = Credentials {
        access_key_id: "AKIDEXAMPLE",
        secret_access_key: SECRET,
        session_token: Some("token"),
    };
    let host: [(&str, &[u8]); 1] = [("Host", b"lambda.eu-west-1.amazonaws.com")];
    let request = RequestParts {
        method: "POST",
        path: "/2015-03-31/functions/arn%3Aaws%3Alambda/invocations",
        query: None,
        headers: &host,
    };
    let body = body_sha256(b"{}");
    let fields = signed_fields(&request, &body, &credentials, ("eu-west-1", "lambda"), NOW_S);
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["X-Amz-Date", "X-Amz-Security-Token", "Authorization"]);
    assert!(fields[2].1.contains("SignedHeaders=host;x-amz-date;x-amz-security-token, "));
    let sent = fields.iter().map(|(name, value)| (*name, value.as_bytes()));
    let sent: Vec<(&str, &[u8])> = host.into_iter().chain(sent).collect();
    let request = RequestParts { headers: &sent, ..request };
    let claim = Claim::read(request, &["lambda"], NOW_S).unwrap();
    claim.verify(SECRET, &body).unwrap();
    assert!(claim.verify(SECRET, &body_sha256(b"[]")).is_err());
    assert!(!format!("{credentials:?}").contains(SECRET));
}
