use super::fault::FrameFault;
use crate::limits::CONTROL_PAYLOAD_BYTES_MAX;

/// What a close frame said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Close {
    /// Its code, if it has one; none is reported as 1005 (RFC 6455 section 7.1.5).
    pub code: Option<u16>,
}

impl Close {
    /// Reads the payload of a close frame, masked or not; it is left as it is.
    pub(super) fn read(payload: &[u8], mask: Option<[u8; 4]>) -> Result<Self, FrameFault> {
        let mut plain = [0; CONTROL_PAYLOAD_BYTES_MAX];
        let mask = mask.unwrap_or_default().into_iter().cycle();
        for ((plain, byte), mask) in plain.iter_mut().zip(payload).zip(mask) {
            *plain = byte ^ mask;
        }
        match plain.get(..payload.len()).unwrap_or_default() {
            [] => Ok(Self { code: None }),
            [_] => Err(FrameFault::CloseLength),
            [high, low, reason @ ..] => {
                let code = u16::from_be_bytes([*high, *low]);
                if !is_close_code(code) {
                    return Err(FrameFault::CloseCode);
                }
                std::str::from_utf8(reason).map_err(|_| FrameFault::CloseReason)?;
                Ok(Self { code: Some(code) })
            }
        }
    }
}

/// Whether a close frame may hold this code: those of RFC 6455 section 7.4.1, 1012 to 1014 that
/// IANA added since, 3000 to 3999 of libraries, 4000 to 4999 of applications. 1004, 1005, 1006 and
/// 1015 never stand in a frame, and nobody knows the others.
pub const fn is_close_code(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}
