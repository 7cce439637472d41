/// Names that no mapping touches (AWS, "Reserved headers").
const NAMES: &[&str] = &[
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-location",
    "forwarded",
    "keep-alive",
    "origin",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailers",
    "transfer-encoding",
    "upgrade",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "via",
    // Not on AWS's list, but of one connection like those above (RFC 9110 sections 6.6.2, 7.6.1
    // and 10.1.1): mapped, they would promise what nobody keeps.
    "expect",
    "proxy-connection",
    "trailer",
];

const BEGINNINGS: &[&str] = &["access-control-", "apigw-", "x-amz-", "x-amzn-"];

/// Whether a header field of this name is out of reach of every mapping; case does not matter.
pub fn is_reserved(name: &str) -> bool {
    let begins = |beginning: &&str| {
        name.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(beginning))
    };
    NAMES.iter().any(|reserved| name.eq_ignore_ascii_case(reserved))
        || BEGINNINGS.iter().any(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_beginnings_in_any_case() {
        for name in ["Authorization", "VIA", "x-amz-date", "X-Amzn-Trace-Id", "apigw-x", "Trailer"]
        {
            assert!(is_reserved(name), "{name}");
        }
        for name in ["x-amazon", "host", "x-forwarded-port", "vial", "", "x-amz", "é-amz-"] {
            assert!(!is_reserved(name), "{name}");
        }
    }
}
