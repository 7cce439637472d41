//! Ids, secrets and ARNs as AWS has them ("IAM identifiers", IAM user guide).

use ringgate_model::Entropy;

const UPPER: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ANY: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const UNIQUE_CHARS: usize = 17;
const SECRET_CHARS: usize = 40;
const KEY_CHARS: usize = 16;

/// `AIDA`, `AROA` or `ANPA` and 17 characters of base 32.
pub(crate) fn unique_id(prefix: &str, entropy: &mut dyn Entropy) -> String {
    pick(prefix, UPPER, UNIQUE_CHARS, entropy)
}

/// `AKIA` or `ASIA` and 16 characters of base 32.
pub(crate) fn access_key_id(prefix: &str, entropy: &mut dyn Entropy) -> String {
    pick(prefix, UPPER, KEY_CHARS, entropy)
}

/// 40 characters with 240 random bits.
pub(crate) fn secret(entropy: &mut dyn Entropy) -> String {
    pick("", ANY, SECRET_CHARS, entropy)
}

/// `N` random bytes.
pub(crate) fn bytes<const N: usize>(entropy: &mut dyn Entropy) -> [u8; N] {
    let mut out = [0; N];
    for chunk in out.chunks_mut(8) {
        let random = entropy.next_u64().to_le_bytes();
        chunk.iter_mut().zip(random).for_each(|(to, from)| *to = from);
    }
    out
}

fn pick(prefix: &str, alphabet: &[u8], chars: usize, entropy: &mut dyn Entropy) -> String {
    // The sizes of both alphabets divide 2^64: no character is likelier than another.
    let size = alphabet.len().max(1) as u64;
    let chosen = (0..chars).map(|_| {
        let at = usize::try_from(entropy.next_u64() % size).unwrap_or(0);
        char::from(alphabet.get(at).copied().unwrap_or(b'A'))
    });
    prefix.chars().chain(chosen).collect()
}

/// `arn:aws:iam::111122223333:user/path/name`; the path begins and ends with a slash.
pub(crate) fn arn(account: &str, kind: &str, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:{kind}{path}{name}")
}

/// The account itself.
pub(crate) fn root_arn(account: &str) -> String {
    format!("arn:aws:iam::{account}:root")
}

/// The session of a role; the role's path is not in it.
pub(crate) fn assumed_role_arn(account: &str, role: &str, session: &str) -> String {
    format!("arn:aws:sts::{account}:assumed-role/{role}/{session}")
}

/// Account and name of `arn:aws:iam::111122223333:role/path/name`.
pub(crate) fn parse_arn<'a>(arn: &'a str, kind: &str) -> Option<(&'a str, &'a str)> {
    let rest = arn.strip_prefix("arn:aws:iam::")?;
    let (account, resource) = rest.split_once(':')?;
    let (_, name) = resource.strip_prefix(kind)?.rsplit_once('/')?;
    let is_account = account == "aws" || account.len() == 12;
    (is_account && !name.is_empty()).then_some((account, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_length_and_alphabet_of_aws() {
        let mut state = 3u64;
        let mut entropy = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state >> 7
        };
        let id = unique_id("AIDA", &mut entropy);
        assert!(id.len() == 21 && id.starts_with("AIDA"), "{id}");
        assert_eq!(access_key_id("AKIA", &mut entropy).len(), 20);
        assert_eq!(secret(&mut entropy).len(), 40);
        assert_ne!(bytes::<32>(&mut entropy), bytes::<32>(&mut entropy));
    }

    #[test]
    fn an_arn_is_taken_apart() {
        let arn = arn("111122223333", "role", "/a/b/", "reader");
        assert_eq!(arn, "arn:aws:iam::111122223333:role/a/b/reader");
        assert_eq!(parse_arn(&arn, "role"), Some(("111122223333", "reader")));
        for other in ["", "arn:aws:iam::1:role/x", "arn:aws:iam::111122223333:role/", "role/x"] {
            assert_eq!(parse_arn(other, "role"), None, "{other}");
        }
        assert_eq!(parse_arn(&arn, "user"), None);
    }
}
