use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};

/// A worker's randomness for ids that need only be unlike each other (xorshift64*): never for
/// secrets.
#[derive(Debug)]
pub(crate) struct Random(Cell<u64>);

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Characters of a request id; like AWS's, the last is `=` (spec section 1.9).
pub(crate) const REQUEST_ID_CHARS: usize = 16;

impl Random {
    /// Seeded by the standard library's hash keys, which come from the kernel.
    pub(crate) fn seeded() -> Self {
        Self(Cell::new(RandomState::new().hash_one(0u8) | 1))
    }

    /// The next number.
    pub(crate) fn next(&self) -> u64 {
        let mut x = self.0.get();
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        self.0.set(x);
        x.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Bytes of a new `Sec-WebSocket-Key`, which need not be secret: masks protect from what it
    /// would (RFC 6455 section 10.3).
    pub(crate) fn websocket_key(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        for half in bytes.chunks_mut(8) {
            half.copy_from_slice(self.next().to_ne_bytes().get(..half.len()).unwrap_or_default());
        }
        bytes
    }

    /// A mask for a frame of our own to an origin.
    pub(crate) fn mask(&self) -> [u8; 4] {
        let [a, b, c, d, ..] = self.next().to_ne_bytes();
        [a, b, c, d]
    }

    /// A new `apigw-requestid`.
    pub(crate) fn request_id(&self) -> [u8; REQUEST_ID_CHARS] {
        let mut id = [b'='; REQUEST_ID_CHARS];
        // Ten characters of six bits from one number, the rest from another.
        for half in id.split_at_mut(REQUEST_ID_CHARS - 1).0.chunks_mut(10) {
            let mut bits = self.next();
            for char in half {
                *char = ALPHABET.get((bits & 63) as usize).copied().unwrap_or(b'A');
                bits >>= 6;
            }
        }
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_look_like_aws_and_differ() {
        let random = Random::seeded();
        let (a, b) = (random.request_id(), random.request_id());
        assert_ne!(a, b);
        assert_eq!(a[15], b'=');
        assert!(a[..15].iter().all(|c| ALPHABET.contains(c)));
    }
}
