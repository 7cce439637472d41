//! Names of header fields.

/// Fields that end at the next hop (RFC 9110 section 7.6.1, and the older ones it names), with
/// `Expect`, which the gateway has answered by the time there is an event.
const HOP_BY_HOP: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "expect",
];

/// Does a field end at the gateway? `nominated` are the values of the message's `Connection`
/// fields, which may name more of them.
pub(crate) fn is_hop_by_hop<'n>(name: &str, mut nominated: impl Iterator<Item = &'n [u8]>) -> bool {
    HOP_BY_HOP.iter().any(|ends| name.eq_ignore_ascii_case(ends))
        || nominated.any(|value| {
            let mut options = value.split(|byte| *byte == b',');
            options.any(|option| option.trim_ascii().eq_ignore_ascii_case(name.as_bytes()))
        })
}

/// `x-pet` to `X-Pet`, as HTTP APIs write the names of response fields.
pub(crate) fn canonical(name: &str) -> String {
    let mut is_first = true;
    let letters = name.chars().map(|letter| {
        let cased =
            if is_first { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() };
        is_first = letter == '-';
        cased
    });
    letters.collect()
}

/// A token (RFC 9110 section 5.6.2), which the name of a field has to be.
pub(crate) fn is_token(name: &str) -> bool {
    let is_tchar = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_tchar)
}

/// A value that ends no line and begins no other one (RFC 9110 section 5.5).
pub(crate) fn is_field_value(value: &str) -> bool {
    value.bytes().all(|byte| byte == b'\t' || (byte >= 0x20 && byte != 0x7f))
}
