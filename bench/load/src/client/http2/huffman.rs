//! The Huffman code of HPACK (RFC 7541, section 5.2 and appendix B), decoded.

/// Bits of the code of each byte. The code is canonical: with the lengths it is all said.
const LENGTHS: [u8; 256] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
    28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5,
    5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6,
    6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22,
    23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22,
    21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20,
    22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19,
    21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22,
    22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
];
/// Bits of the longest code.
const LENGTH_MAX: usize = 30;

/// The code, by the lengths of its words.
#[derive(Debug)]
pub(super) struct Huffman {
    /// For each length: the first word, and where its byte stands in `bytes`.
    first: [(u32, usize); LENGTH_MAX + 1],
    /// How many words of each length there are.
    counts: [usize; LENGTH_MAX + 1],
    /// The bytes in the order of their words.
    bytes: Vec<u8>,
}

impl Huffman {
    pub(super) fn new() -> Self {
        let mut counts = [0; LENGTH_MAX + 1];
        let mut bytes = Vec::with_capacity(LENGTHS.len());
        let mut first = [(0, 0); LENGTH_MAX + 1];
        let mut next = 0;
        let all = first.iter_mut().zip(counts.iter_mut()).enumerate();
        for (length, (first, count)) in all {
            next <<= 1;
            *first = (next, bytes.len());
            let of_length = (0..=u8::MAX).zip(LENGTHS);
            bytes.extend(of_length.filter(|(_, l)| usize::from(*l) == length).map(|(b, _)| b));
            *count = bytes.len() - first.1;
            next += u32::try_from(*count).unwrap_or(0);
        }
        Self { first, counts, bytes }
    }

    /// Decodes `coded`; None if it is no code, or its padding is not the end mark's start.
    pub(super) fn decode(&self, coded: &[u8]) -> Option<Vec<u8>> {
        let mut decoded = Vec::with_capacity(coded.len() * 2);
        let (mut word, mut length) = (0_u32, 0);
        for bit in coded.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1)) {
            word = word << 1 | u32::from(bit);
            length += 1;
            let (first, start) = *self.first.get(length)?;
            let offset = usize::try_from(word.checked_sub(first)?).ok()?;
            if offset < *self.counts.get(length)? {
                decoded.push(*self.bytes.get(start + offset)?);
                (word, length) = (0, 0);
            }
        }
        let is_padding = length < 8 && word == (1 << length) - 1;
        is_padding.then_some(decoded)
    }
}

#[cfg(test)]
mod tests {
    use super::Huffman;

    fn bytes(hex: &str) -> Vec<u8> {
        let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
    }

    #[test]
    fn the_standards_examples() {
        // RFC 7541, appendix C.4 and C.6.
        for (coded, text) in [
            ("f1e3c2e5f23a6ba0ab90f4ff", "www.example.com"),
            ("a8eb10649cbf", "no-cache"),
            ("25a849e95bb8e8b4bf", "custom-value"),
            ("d07abe941054d444a8200595040b8166e082a62d1bff", "Mon, 21 Oct 2013 20:13:21 GMT"),
            ("9d29ad171863c78f0b97c8e9ae82ae43d3", "https://www.example.com"),
            (
                "94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed\
                 4ee5b1063d5007",
                "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
            ),
        ] {
            let decoded = Huffman::new().decode(&bytes(coded)).unwrap();
            assert_eq!(String::from_utf8(decoded).unwrap(), text);
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let huffman = Huffman::new();
        assert_eq!(huffman.decode(&[]), Some(vec![]));
        // Eight bits of padding, padding of zeros, and the end mark itself.
        for coded in ["ff", "f1e3c2e5f23a6ba0ab90f4ffff", "00", "fffffffc"] {
            assert_eq!(huffman.decode(&bytes(coded)), None, "{coded}");
        }
    }
}
