use std::cell::OnceCell;

use serde::de::IgnoredAny;

use crate::limits::BODY_BYTES_MAX;

/// A body, and whether it is JSON, which is found out once however many paths look into it.
#[derive(Clone, Debug, Default)]
pub struct Body<'b> {
    bytes: &'b [u8],
    /// Bytes of it that are JSON, once that is known.
    json: OnceCell<Option<usize>>,
}

impl<'b> Body<'b> {
    /// A body that has come whole.
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, json: OnceCell::new() }
    }

    /// All of it.
    pub fn bytes(&self) -> &'b [u8] {
        self.bytes
    }

    /// The JSON text (RFC 8259) that a path looks into.
    ///
    /// AWS truncates the body at [`BODY_BYTES_MAX`] first. What is left of a longer one is no JSON,
    /// so there is nothing in it to find: half a document is never taken for a whole one. The same
    /// holds for text that only begins as JSON.
    pub(crate) fn json(&self) -> Option<&'b str> {
        let json = self.json.get_or_init(|| {
            let text = std::str::from_utf8(self.bytes.get(..BODY_BYTES_MAX).unwrap_or(self.bytes));
            let text = text.ok().filter(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
            text.map(str::len)
        });
        // Looked at before, so it is cheap to be sure.
        std::str::from_utf8(self.bytes.get(..(*json)?)?).ok()
    }
}
