//! Query parameters.

use std::borrow::Cow;

use crate::event::path::decode;
use crate::json::Json;

/// Decoded parameters, those of one name side by side in the client's order.
pub(super) struct Query<'r> {
    parameters: Vec<(Component<'r>, Component<'r>)>,
}

/// A decoded name or value.
pub(super) type Component<'r> = Cow<'r, [u8]>;

impl<'r> Query<'r> {
    pub(super) fn parse(query: &'r str) -> Self {
        let mut parameters: Vec<_> = query
            .as_bytes()
            .split(|byte| *byte == b'&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let mut parts = pair.splitn(2, |byte| *byte == b'=');
                let mut part = || component(parts.next().unwrap_or_default());
                (part(), part())
            })
            .collect();
        parameters.sort_by(|one, other| one.0.cmp(&other.0));
        Self { parameters }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parameters.is_empty()
    }

    /// Writes an object with what `value` makes of the values of each name.
    pub(super) fn write(
        &self,
        json: &mut Json<'_>,
        value: impl Fn(&mut Json<'_>, &[(Component<'r>, Component<'r>)]),
    ) {
        json.open(b'{');
        for same in self.parameters.chunk_by(|one, other| one.0 == other.0) {
            let Some((name, _)) = same.first() else { continue };
            json.any_key(name);
            value(json, same);
        }
        json.close(b'}');
    }
}

/// Format 2.0: the values of one name joined.
pub(super) fn joined<N>(json: &mut Json<'_>, same: &[(N, Component<'_>)]) {
    json.open_string();
    for (at, (_, value)) in same.iter().enumerate() {
        if at > 0 {
            json.text(b",");
        }
        json.text(value);
    }
    json.close_string();
}

/// Format 1.0: the last one.
pub(super) fn last<N>(json: &mut Json<'_>, same: &[(N, Component<'_>)]) {
    json.string(same.last().map(|(_, value)| &**value).unwrap_or_default());
}

/// Format 1.0: a list.
pub(super) fn list<N>(json: &mut Json<'_>, same: &[(N, Component<'_>)]) {
    json.open(b'[');
    for (_, value) in same {
        json.string(value);
    }
    json.close(b']');
}

/// A plus is a space, then escapes are decoded.
fn component(text: &[u8]) -> Component<'_> {
    if !text.contains(&b'+') {
        return decode(text);
    }
    let spaced: Vec<u8> =
        text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    Cow::Owned(decode(&spaced).into_owned())
}
