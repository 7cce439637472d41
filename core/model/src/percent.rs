//! Percent-encoding (RFC 3986 section 2.1).

use std::fmt::Write;

/// Everything but the unreserved characters (section 2.3) as `%XX`.
pub fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// What was encoded; `None` for a bad escape, and for what is no UTF-8.
pub fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// The same of a name or value in a form, where a plus sign is a space
/// (application/x-www-form-urlencoded).
pub fn form_decoded(text: &str) -> Option<String> {
    decoded(&text.replace('+', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_is_decoded() {
        let text = "a-._~ /+%é";
        assert_eq!(encoded(text), "a-._~%20%2F%2B%25%C3%A9");
        assert_eq!(decoded(&encoded(text)).as_deref(), Some(text));
        assert_eq!((decoded("a+b"), form_decoded("a+b")), (Some("a+b".into()), Some("a b".into())));
        for bad in ["%", "%4", "%g0", "%ff", "%é"] {
            assert_eq!(decoded(bad), None, "{bad}");
        }
    }
}
