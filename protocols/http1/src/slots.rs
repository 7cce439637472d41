use std::fmt;
use std::mem::MaybeUninit;

use httparse::Header;

use crate::limits::{REQUEST_FIELDS_MAX, RESPONSE_FIELDS_MAX};

/// Room for the field lines of one head, on the caller's stack. Making one costs nothing: the
/// slots stay uninitialised until a field is parsed into them.
pub struct Slots<'b, const N: usize> {
    pub(crate) uninit: [MaybeUninit<Header<'b>>; N],
    /// Fields of a head whose start line httparse does not know (HTTP/1.2 to 1.9).
    pub(crate) spill: Vec<Header<'b>>,
}

/// Slots for [`crate::parse_request`].
pub type RequestSlots<'b> = Slots<'b, REQUEST_FIELDS_MAX>;
/// Slots for [`crate::parse_response`].
pub type ResponseSlots<'b> = Slots<'b, RESPONSE_FIELDS_MAX>;

impl<const N: usize> Slots<'_, N> {
    /// Empty slots.
    #[inline]
    pub fn new() -> Self {
        Self { uninit: [const { MaybeUninit::uninit() }; N], spill: Vec::new() }
    }
}

impl<const N: usize> Default for Slots<'_, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> fmt::Debug for Slots<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slots<{N}>")
    }
}
