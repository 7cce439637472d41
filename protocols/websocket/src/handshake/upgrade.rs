use super::syntax::elements;

/// The protocols that the Upgrade fields among these list, in the client's order of preference and
/// spelling (RFC 9110 section 7.8). They are asked for only where Connection says so as well.
pub fn upgrade_protocols<'f>(
    fields: impl IntoIterator<Item = (&'f str, &'f [u8])>,
) -> impl Iterator<Item = &'f [u8]> {
    let upgrades = fields.into_iter().filter(|field| field.0.eq_ignore_ascii_case("upgrade"));
    upgrades.flat_map(|field| elements(field.1))
}

/// Whether an element of Upgrade names WebSocket (RFC 6455 section 4.2.1: in any case, without a
/// version).
pub fn is_websocket(protocol: &[u8]) -> bool {
    protocol.eq_ignore_ascii_case(b"websocket")
}
