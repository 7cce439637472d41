//! The content: text, or base64.

use crate::base64;
use crate::choices;
use crate::json::Json;

/// How a body goes into an event.
#[derive(Clone, Copy)]
pub(super) struct Body<'r> {
    bytes: &'r [u8],
    is_base64: bool,
}

impl<'r> Body<'r> {
    pub(super) fn new(bytes: &'r [u8], content_type: Option<&[u8]>) -> Self {
        let is_text = bytes.is_empty()
            || content_type.is_some_and(choices::is_text) && std::str::from_utf8(bytes).is_ok();
        let is_base64 = !is_text;
        Self { bytes, is_base64 }
    }

    pub(super) fn is_empty(self) -> bool {
        self.bytes.is_empty()
    }

    /// Writes the value of `body`.
    pub(super) fn write(self, json: &mut Json<'_>) {
        json.open_string();
        if self.is_base64 {
            base64::encode(self.bytes, |block| json.plain(block));
        } else {
            json.text(self.bytes);
        }
        json.close_string();
    }

    /// Writes `isBase64Encoded`.
    pub(super) fn write_encoding(self, json: &mut Json<'_>) {
        json.member_value("isBase64Encoded", if self.is_base64 { b"true" } else { b"false" });
    }
}
