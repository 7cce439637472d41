//! URLs that botocore presigned verify, and stop verifying when anything signed changes.
#![allow(missing_docs, clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use ringgate_auth::sigv4::{Claim, Refusal, RefusalKind, RequestParts, body_sha256};
use serde::Deserialize;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 2015-08-30T12:36:00Z
const NOW_S: u64 = 1_440_938_160;

#[derive(Clone, Debug, Deserialize)]
struct Case {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
    region: String,
    token: Option<String>,
    expires: u64,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("data/botocore_presigned.json")).expect("committed JSON")
}

impl Case {
    fn verify_at(&self, now_s: u64) -> Result<(), Refusal> {
        let headers: Vec<(&str, &[u8])> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let request = RequestParts {
            method: &self.method,
            path: &self.path,
            query: Some(&self.query),
            headers: &headers,
        };
        let claim = Claim::read_either(request, &["execute-api"], now_s)?;
        assert_eq!(claim.access_key_id(), "AKIDEXAMPLE");
        assert_eq!(claim.session_token(), self.token.as_deref());
        claim.verify(SECRET, &body_sha256(self.body.as_bytes()))?;
        assert_eq!(claim.scope().region, self.region);
        Ok(())
    }

    fn changed(&self, change: impl FnOnce(&mut Self)) -> Result<(), Refusal> {
        let mut changed = self.clone();
        change(&mut changed);
        changed.verify_at(NOW_S)
    }
}

#[test]
fn every_url_that_botocore_presigned_verifies_for_its_time() {
    let cases = cases();
    assert_eq!(cases.len(), 8);
    for case in cases {
        for now_s in [NOW_S - 300, NOW_S, NOW_S + case.expires] {
            case.verify_at(now_s).unwrap_or_else(|refusal| panic!("{case:?}: {refusal}"));
        }
        for (now_s, says) in
            [(NOW_S + case.expires + 1, "Signature expired"), (NOW_S - 301, "not yet current")]
        {
            let refusal = case.verify_at(now_s).unwrap_err();
            assert_eq!(refusal.kind, RefusalKind::InvalidSignature);
            assert!(refusal.message.contains(says), "{refusal}");
        }
    }
}

#[test]
fn what_is_changed_is_refused() {
    for case in cases() {
        assert!(case.changed(|case| case.method = "PUT".to_owned()).is_err());
        assert!(case.changed(|case| case.path.push('x')).is_err());
        assert!(case.changed(|case| case.query.push_str("&more=1")).is_err());
        assert!(case.changed(|case| case.body.push('x')).is_err());
        assert!(case.changed(|case| case.headers[0].1.push('x')).is_err());
        let expires = format!("X-Amz-Expires={}", case.expires);
        let later = case.query.replace(&expires, "X-Amz-Expires=604799");
        assert!(case.changed(|case| case.query = later).is_err());
        // The order of parameters is nobody's concern.
        let mut pairs: Vec<&str> = case.query.split('&').collect();
        pairs.reverse();
        let reversed = pairs.join("&");
        if !case.query.contains("a=1&a=0") {
            assert_eq!(case.changed(|case| case.query = reversed), Ok(()));
        }
    }
}

#[test]
fn what_cannot_be_read_is_refused_by_name() {
    let case = &cases()[1];
    let without = |name: &str| {
        let pairs = case.query.split('&').filter(|pair| !pair.starts_with(name));
        pairs.collect::<Vec<_>>().join("&")
    };
    for name in ["X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature"] {
        let query = without(name);
        let refusal = case.changed(|case| case.query = query).unwrap_err();
        assert_eq!(refusal.kind, RefusalKind::IncompleteSignature);
        assert!(refusal.message.contains(name), "{refusal}");
    }
    // Without a time of its own it is as good as a header's.
    let query = without("X-Amz-Expires");
    assert!(case.changed(|case| case.query = query).unwrap_err().message.contains("calculated"));
    for (from, to, says) in [
        ("X-Amz-Expires=900", "X-Amz-Expires=0", "from 1 to 604800"),
        ("X-Amz-Expires=900", "X-Amz-Expires=604801", "from 1 to 604800"),
        ("X-Amz-Expires=900", "X-Amz-Expires=-1", "from 1 to 604800"),
        ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512", "AWS4-HMAC-SHA512"),
        ("execute-api", "s3", "'execute-api', not 's3'"),
        ("SignedHeaders=host", "SignedHeaders=range", "range"),
        ("X-Amz-Date=", "X-Amz-Date=x", "ISO-8601"),
        ("X-Amz-Date=", "X-Amz-Date=20150830T123600Z&X-Amz-Date=", "twice"),
    ] {
        assert!(case.query.contains(from), "{from}: {}", case.query);
        let query = case.query.replacen(from, to, 1);
        let refusal = case.changed(|case| case.query = query).unwrap_err();
        assert!(refusal.message.contains(says), "{from} {to}: {refusal}");
    }
    let twice = ("Authorization".to_owned(), "AWS4-HMAC-SHA256 x".to_owned());
    let refusal = case.changed(|case| case.headers.push(twice)).unwrap_err();
    assert!(refusal.message.contains("another in the Authorization header"), "{refusal}");
    let unsigned = ("X-Amz-Extra".to_owned(), "1".to_owned());
    let refusal = case.changed(|case| case.headers.push(unsigned)).unwrap_err();
    assert!(refusal.message.contains("X-Amz-Extra"), "{refusal}");
}
