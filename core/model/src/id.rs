/// Randomness, handed in so that everything that makes ids stays pure and repeatable in tests.
pub trait Entropy {
    /// The next 64 random bits.
    fn next_u64(&mut self) -> u64;
}

impl<F: FnMut() -> u64> Entropy for F {
    fn next_u64(&mut self) -> u64 {
        self()
    }
}

const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// An id in AWS's manner: `chars` lower-case alphanumerics, the first a letter (spec section 1.9:
/// 10 for an API, 7 for V2 routes and integrations, 6 for deployments).
pub fn new_id(entropy: &mut dyn Entropy, chars: usize) -> String {
    (0..chars)
        .map(|at| {
            // 26 letters come first in the alphabet: a DNS label may not be all digits.
            let choices = if at == 0 { 26 } else { ALPHABET.len() as u64 };
            let pick = entropy.next_u64() % choices;
            char::from(ALPHABET.get(pick as usize).copied().unwrap_or(b'a'))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_lower_case_alphanumerics_and_begin_with_a_letter() {
        let mut state = 7u64;
        let mut entropy = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state >> 11
        };
        for _ in 0..200 {
            let id = new_id(&mut entropy, 10);
            assert_eq!(id.len(), 10);
            assert!(id.starts_with(|c: char| c.is_ascii_lowercase()), "{id}");
            assert!(id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{id}");
        }
    }
}
