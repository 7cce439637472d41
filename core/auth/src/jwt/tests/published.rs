//! Published signatures: Wycheproof's for JSON Web Signature and Key (a choice, some rebuilt by
//! rule, as the file says), and RFC 7515's examples.

use serde::Deserialize;
use serde_json::{Value, json};

use super::support::jwks;
use crate::jwt::compact::Compact;
use crate::jwt::keys::{Keys, Verdict};
use crate::jwt::{Algorithms, IssuerKeys};

const WYCHEPROOF: &str = include_str!("../../../tests/data/wycheproof_jws.json");
const RFC_7515: &str = include_str!("../../../tests/data/rfc7515.json");
/// "Valid" for Wycheproof, though their keys name another algorithm than the token, or one that
/// does not exist (`ES521`). Here what a key says of itself counts.
const OTHER_ALG: [u32; 2] = [346, 347];

#[derive(Deserialize)]
struct File {
    #[serde(rename = "testGroups")]
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    comment: String,
    public: Value,
    tests: Vec<Test>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    tc_id: u32,
    comment: String,
    jws: String,
    result: String,
}

fn is_valid(jws: &str, key: &Value) -> bool {
    let keys = Keys::prepare(&IssuerKeys::Known(jwks(&json!({ "keys": [key] }))));
    let verdict = Compact::read(jws).and_then(|compact| compact.verify(&keys, Algorithms::ALL));
    verdict == Ok(Verdict::Valid)
}

fn run(file: &str) -> (usize, usize) {
    let file: File = serde_json::from_str(file).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for Group { comment: group, mut public, tests } in file.groups {
        for Test { tc_id, comment, jws, result } in tests {
            if OTHER_ALG.contains(&tc_id) && group == "rfc7520" {
                assert!(!is_valid(&jws, &public), "{tc_id}");
                public.as_object_mut().unwrap().remove("alg");
            }
            let expected = result == "valid";
            assert_eq!(is_valid(&jws, &public), expected, "{group} {tc_id} {comment}");
            *(if expected { &mut valid } else { &mut invalid }) += 1;
        }
    }
    (valid, invalid)
}

#[test]
fn wycheproof() {
    assert_eq!(run(WYCHEPROOF), (12, 62));
}

#[test]
fn rfc_7515() {
    assert_eq!(run(RFC_7515), (3, 2));
}
