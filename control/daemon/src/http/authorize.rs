//! What a caller may do with API Gateway ("Actions, resources, and condition keys for Amazon API
//! Gateway Management V2", service authorization reference).

use std::fmt::Write;

use ringgate_iam::{Circumstances, Principal};

use super::respond::Fault;

/// Refuses what no policy of the caller allows, or what one denies.
pub(super) fn authorize(
    principal: &Principal,
    method: &str,
    arn: &str,
    circumstances: &Circumstances,
) -> Result<(), Fault> {
    let action = format!("apigateway:{method}");
    principal
        .authorize(&action, arn, circumstances, &[])
        .map_err(|error| Fault::new(403, "AccessDeniedException", error.message))
}

/// The control ARN of a path: `arn:aws:apigateway:us-east-1::/apis/a1b2c3/routes`.
///
/// However a client escapes a label, it has one form here, so that a Deny cannot be written around:
/// only what is unreserved, `$` and `*` stand for themselves.
pub(super) fn control_arn(region: &str, path: &str) -> String {
    let path = path.strip_prefix("/v2").filter(|rest| rest.starts_with('/')).unwrap_or(path);
    let mut arn = format!("arn:aws:apigateway:{region}::");
    // What follows is one label, whether its slashes are escaped or not: an ARN.
    let (labels, whole) = match path.strip_prefix("/tags/") {
        Some(tagged) => ("tags", Some(tagged)),
        None => (path.strip_prefix('/').unwrap_or(path), None),
    };
    for label in labels.split('/').chain(whole) {
        arn.push('/');
        push_label(&mut arn, label);
    }
    arn
}

fn push_label(arn: &mut String, label: &str) {
    let mut rest = label.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let octet = match (first, after) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        rest = if octet.is_some() { after.get(2..).unwrap_or_default() } else { after };
        let byte = octet.unwrap_or(*first);
        if byte.is_ascii_alphanumeric() || b"-._~$*".contains(&byte) {
            arn.push(char::from(byte));
        } else {
            // Writing into a string does not fail.
            let _ = write!(arn, "%{byte:02X}");
        }
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_arn_however_it_is_written() {
        for (path, resource) in [
            ("/v2/apis", "/apis"),
            ("/v2/apis/a1/routes/r1", "/apis/a1/routes/r1"),
            ("/v2/apis/%611/routes/r1", "/apis/a1/routes/r1"),
            ("/v2/apis/a1/stages/%24default", "/apis/a1/stages/$default"),
            ("/v2/apis/a1/stages/$default", "/apis/a1/stages/$default"),
            ("/v2/apis/a%2Fb", "/apis/a%2Fb"),
            ("/v2/apis/100%", "/apis/100%25"),
            ("/v2/domainnames/%2A.example.com", "/domainnames/*.example.com"),
            (
                "/v2/tags/arn:aws:apigateway:r::/apis/a",
                "/tags/arn%3Aaws%3Aapigateway%3Ar%3A%3A%2Fapis%2Fa",
            ),
            (
                "/v2/tags/arn%3aaws%3aapigateway%3ar%3a%3a%2fapis%2fa",
                "/tags/arn%3Aaws%3Aapigateway%3Ar%3A%3A%2Fapis%2Fa",
            ),
            ("/restapis/a/resources", "/restapis/a/resources"),
            ("/v2x/apis", "/v2x/apis"),
        ] {
            let arn = control_arn("us-east-1", path);
            assert_eq!(arn, format!("arn:aws:apigateway:us-east-1::{resource}"), "{path}");
        }
    }
}
