use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use super::{CredentialScope, hex};

/// The hexadecimal signature of `string_to_sign` by `secret` within `scope` ("Create a signed AWS
/// API request", step 4: the key is derived by date, region, service and `aws4_request` in turn).
pub(super) fn sign(secret: &str, scope: &CredentialScope<'_>, string_to_sign: &str) -> String {
    let secret = Zeroizing::new([b"AWS4", secret.as_bytes()].concat());
    let by_day = tag(&secret, scope.day);
    let by_region = tag(by_day.as_ref(), scope.region);
    let by_service = tag(by_region.as_ref(), scope.service);
    let signing_key = tag(by_service.as_ref(), "aws4_request");
    hex(tag(signing_key.as_ref(), string_to_sign).as_ref())
}

fn tag(key: &[u8], text: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes())
}
