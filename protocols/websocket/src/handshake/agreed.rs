use super::asked::Asked;
use super::extension;
use super::fault::HandshakeFault;
use super::fields::{EXTENSIONS, Fields, PROTOCOL};
use super::syntax::token;
use super::upgrade::is_websocket;

/// What client and origin agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// The subprotocol, one of those asked for.
    pub protocol: Option<Box<str>>,
    /// What the extensions allow in frames.
    pub extensions: Extensions,
}

/// What the agreed extensions allow in frames. Others than permessage-deflate may be agreed on, but
/// give no right to reserved bits or opcodes: their use ends the connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extensions {
    /// permessage-deflate: RSV1 marks a compressed message (RFC 7692 section 6).
    pub permessage_deflate: bool,
}

impl Asked {
    /// Checks the origin's answer (RFC 6455 section 4.1). Any other status than 101 is an ordinary
    /// response and not for here: it goes to the client as it is.
    ///
    /// # Errors
    /// What is wrong with it; the client is answered 502.
    pub fn check_response<'f>(
        &self,
        status: u16,
        fields: impl IntoIterator<Item = (&'f str, &'f [u8])>,
    ) -> Result<Agreed, HandshakeFault> {
        if status != 101 {
            return Err(HandshakeFault::ResponseStatus);
        }
        let fields = Fields::new(fields);
        if !fields.only("upgrade").is_some_and(is_websocket) {
            return Err(HandshakeFault::ResponseUpgrade);
        }
        if !fields.connection_upgrade() {
            return Err(HandshakeFault::ResponseConnection);
        }
        if fields.only("sec-websocket-accept") != Some(&self.accept()) {
            return Err(HandshakeFault::Accept);
        }
        let protocol = self.chosen_protocol(&fields)?;
        let extensions = self.chosen_extensions(&fields)?;
        Ok(Agreed { protocol: protocol.map(Box::from), extensions })
    }

    /// One protocol of those offered, or none at all.
    fn chosen_protocol<'f>(&self, fields: &Fields<'f>) -> Result<Option<&'f str>, HandshakeFault> {
        if !fields.has(PROTOCOL) {
            return Ok(None);
        }
        let chosen = fields.only(PROTOCOL).and_then(token);
        let chosen = chosen.filter(|chosen| self.protocols.contains(chosen));
        chosen.map(Some).ok_or(HandshakeFault::ResponseProtocol)
    }

    /// Extensions of those offered, each one once, in one field (RFC 6455 section 11.3.2).
    fn chosen_extensions(&self, fields: &Fields<'_>) -> Result<Extensions, HandshakeFault> {
        if !fields.has(EXTENSIONS) {
            return Ok(Extensions::default());
        }
        let chosen = fields.only(EXTENSIONS).and_then(extension::names);
        let chosen = chosen.ok_or(HandshakeFault::ResponseExtensionList)?;
        let mut left: Vec<&str> = self.extensions.iter().collect();
        for name in &chosen {
            let at = left.iter().position(|offered| offered == name);
            left.swap_remove(at.ok_or(HandshakeFault::ResponseExtension)?);
        }
        Ok(Extensions { permessage_deflate: chosen.contains(&"permessage-deflate") })
    }
}
