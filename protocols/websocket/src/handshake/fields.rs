use super::syntax::{elements, trim_ows};

pub(super) const PROTOCOL: &str = "sec-websocket-protocol";
pub(super) const EXTENSIONS: &str = "sec-websocket-extensions";

/// The fields of a head, name and value, in order. A handshake is looked at once a connection, so
/// every question goes through them anew.
pub(super) struct Fields<'f>(Vec<(&'f str, &'f [u8])>);

impl<'f> Fields<'f> {
    pub(super) fn new(fields: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> Self {
        Self(fields.into_iter().collect())
    }

    /// The values of all fields called `name` (any case), without surrounding white space.
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = &'f [u8]> {
        self.0.iter().filter(move |field| field.0.eq_ignore_ascii_case(name)).map(|f| trim_ows(f.1))
    }

    /// The value of the only field called `name`: none when there is none, and when there are more.
    pub(super) fn only(&self, name: &str) -> Option<&'f [u8]> {
        let mut values = self.named(name);
        values.next().filter(|_| values.next().is_none())
    }

    /// The elements of all fields called `name`, which hold lists of tokens.
    pub(super) fn listed(&self, name: &str) -> impl Iterator<Item = &'f [u8]> {
        self.named(name).flat_map(elements)
    }

    /// Whether there is a field called `name`.
    pub(super) fn has(&self, name: &str) -> bool {
        self.named(name).next().is_some()
    }

    /// Whether the connection option `upgrade` is set (RFC 9110 section 7.8).
    pub(super) fn connection_upgrade(&self) -> bool {
        self.listed("connection").any(|option| option.eq_ignore_ascii_case(b"upgrade"))
    }
}
