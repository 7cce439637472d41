//! Randomness from the system.

use ringgate_model::Entropy;
use rustix::io::Errno;
use rustix::rand::GetRandomFlags;

/// The system's generator, as the pure crates want it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn next_u64(&mut self) -> u64 {
        u64::from_ne_bytes(bytes())
    }
}

/// `N` random bytes, straight from getrandom(2).
///
/// Not from aws-lc: its generator gathers jitter for 70 ms before the first byte (measured), which
/// is most of the time that a start may take.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    let mut filled = 0;
    while let Some(rest) = out.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match rustix::rand::getrandom(rest, GetRandomFlags::empty()) {
            Ok(count) => filled += count,
            Err(Errno::INTR) => {}
            // Only where the kernel has no such call: no guessable id or key may come of it.
            Err(_) => std::process::abort(),
        }
    }
    out
}

/// A random UUID (RFC 9562 section 5.4), as `x-amzn-RequestId` carries it.
pub fn uuid() -> String {
    use std::fmt::Write;

    let mut bytes: [u8; 16] = bytes();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut out = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_uuid_says_that_it_is_random() {
        let uuid = super::uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&uuid.as_bytes()[19]), "{uuid}");
        assert_ne!(uuid, super::uuid());
    }
}
