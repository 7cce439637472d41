//! Distinguished names as text (RFC 4514).

use std::fmt::Write;

use x509_parser::asn1_rs::{Any, BmpString, Tag};
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

/// The name, its last and most particular part first; parts that are one set are joined by `+`.
pub(crate) fn text(name: &X509Name<'_>) -> String {
    let sets: Vec<_> = name.iter_rdn().collect();
    let mut out = String::new();
    for set in sets.into_iter().rev() {
        for (at, attribute) in set.iter().enumerate() {
            match (at, out.is_empty()) {
                (_, true) => {}
                (0, _) => out.push(','),
                _ => out.push('+'),
            }
            write_attribute(&mut out, attribute);
        }
    }
    out
}

/// The first common name.
pub(crate) fn common_name(name: &X509Name<'_>) -> Option<String> {
    name.iter_common_name().next().and_then(|attribute| string(attribute.attr_value()))
}

/// The first organization.
pub(crate) fn organization(name: &X509Name<'_>) -> Option<String> {
    name.iter_organization().next().and_then(|attribute| string(attribute.attr_value()))
}

fn write_attribute(out: &mut String, attribute: &AttributeTypeAndValue<'_>) {
    let oid = attribute.attr_type().to_id_string();
    // Writing to a String cannot fail.
    let _ = match short(&oid) {
        Some(short) => write!(out, "{short}="),
        None => write!(out, "{oid}="),
    };
    match string(attribute.attr_value()) {
        Some(value) => write_escaped(out, &value),
        None => {
            out.push('#');
            for byte in attribute.attr_value().data {
                let _ = write!(out, "{byte:02x}");
            }
        }
    }
}

/// RFC 4514 section 3, and the names OpenSSL has for two more.
fn short(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "2.5.4.3" => "CN",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "emailAddress",
        _ => return None,
    })
}

fn string(value: &Any<'_>) -> Option<String> {
    match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String | Tag::T61String => {
            std::str::from_utf8(value.data).ok().map(str::to_owned)
        }
        Tag::BmpString => BmpString::try_from(value.clone()).ok().map(|text| text.string()),
        _ => None,
    }
}

/// RFC 4514 section 2.4.
fn write_escaped(out: &mut String, value: &str) {
    let last = value.chars().count().saturating_sub(1);
    for (at, c) in value.chars().enumerate() {
        let special = matches!(c, '"' | '+' | ',' | ';' | '<' | '>' | '\\')
            || (at == 0 && matches!(c, ' ' | '#'))
            || (at == last && c == ' ');
        if c.is_ascii_control() {
            // As hexadecimal: no line of a log is broken by a name.
            let _ = write!(out, "\\{:02x}", c as u32);
            continue;
        }
        if special {
            out.push('\\');
        }
        out.push(c);
    }
}
