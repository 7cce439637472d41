//! What both formats say about a request in the same way.

use crate::event::path::decode;
use crate::json::Json;
use crate::request::{ClientCert, Context};

/// The first label of the host: the API's id on its own endpoint.
pub(super) fn domain_prefix<'r>(context: &Context<'r>) -> &'r str {
    context.domain_name.split('.').next().unwrap_or_default()
}

/// Writes `name`: an object of texts, decoded if they are percent-encoded. Sorted, as recorded.
pub(super) fn write_map(
    json: &mut Json<'_>,
    name: &'static str,
    map: &[(&str, &str)],
    is_encoded: bool,
) {
    let mut members: Vec<_> = map.iter().collect();
    members.sort_by_key(|member| member.0);
    json.key(name);
    json.open(b'{');
    for (key, value) in members {
        json.any_key(key.as_bytes());
        if is_encoded {
            json.string(&decode(value.as_bytes()));
        } else {
            json.string(value.as_bytes());
        }
    }
    json.close(b'}');
}

/// Writes a list of texts.
pub(super) fn write_list(json: &mut Json<'_>, list: &[&str]) {
    json.open(b'[');
    for text in list {
        json.string(text.as_bytes());
    }
    json.close(b']');
}

/// Writes `name`: a text, or null where there is none.
pub(super) fn write_or_null(json: &mut Json<'_>, name: &'static str, value: Option<&str>) {
    match value {
        Some(text) => json.member(name, text),
        None => json.member_value(name, b"null"),
    }
}

/// Writes `name`: a list of texts, or null where there is none.
pub(super) fn write_list_or_null(json: &mut Json<'_>, name: &'static str, list: Option<&[&str]>) {
    json.key(name);
    match list {
        Some(list) => write_list(json, list),
        None => json.value(b"null"),
    }
}

/// Writes `clientCert`.
pub(super) fn write_client_cert(json: &mut Json<'_>, certificate: &ClientCert<'_>) {
    json.key("clientCert");
    json.open(b'{');
    json.member("clientCertPem", certificate.pem);
    json.member("subjectDN", certificate.subject_dn);
    json.member("issuerDN", certificate.issuer_dn);
    json.member("serialNumber", certificate.serial_number);
    json.key("validity");
    json.open(b'{');
    json.member("notBefore", certificate.not_before);
    json.member("notAfter", certificate.not_after);
    json.close(b'}');
    json.close(b'}');
}
