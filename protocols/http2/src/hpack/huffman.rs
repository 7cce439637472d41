use crate::guard::Fault;

/// How many symbols have codes of how many bits, the end-of-string symbol included (RFC 7541
/// appendix B). The code is canonical: shorter codes come first, so this alone tells where in a
/// string each symbol ends.
const CODES: [(u32, u32); 21] = [
    (5, 10),
    (6, 26),
    (7, 32),
    (8, 6),
    (10, 5),
    (11, 3),
    (12, 2),
    (13, 6),
    (14, 2),
    (15, 3),
    (19, 3),
    (20, 8),
    (21, 13),
    (22, 26),
    (23, 29),
    (24, 12),
    (25, 4),
    (26, 15),
    (27, 19),
    (28, 29),
    (30, 4),
];
const CODE_BITS_MAX: u32 = 30;

/// The bits of the code that `window` begins with.
const fn code_bits(window: u32) -> u32 {
    let (mut at, mut beyond) = (0, 0);
    while at < CODES.len() {
        let (bits, count) = CODES[at];
        beyond += (count as u64) << (32 - bits);
        if (window as u64) < beyond {
            return bits;
        }
        at += 1;
    }
    CODE_BITS_MAX
}

/// Most codes have 5 to 8 bits, so 12 bits hold two of them.
const STEP_BITS: u32 = 12;

/// For all 12 bits that can come next: the symbols that are whole within them in the low four
/// bits, and the bits of these in the high four. 0 when not even one is whole.
static STEPS: [u8; 1 << STEP_BITS] = steps();

const fn steps() -> [u8; 1 << STEP_BITS] {
    let mut table = [0; 1 << STEP_BITS];
    let mut next = 0;
    while next < table.len() {
        let window = (next as u32) << (32 - STEP_BITS);
        let (mut bits, mut symbols) = (0, 0);
        while bits + code_bits(window << bits) <= STEP_BITS {
            bits += code_bits(window << bits);
            symbols += 1;
        }
        table[next] = (bits << 4 | symbols) as u8;
        next += 1;
    }
    table
}

/// The code of `#`. It has all of [`STEP_BITS`], so it is a step by itself.
const HASH: usize = 0xffa;

/// Whether a string with this first byte begins with `:`, whose code is 1011100.
pub(super) fn begins_with_colon(first: u8) -> bool {
    first >> 1 == 0b101_1100
}

/// Counts the symbols of a Huffman-coded string and checks its end (RFC 7541 section 5.2).
#[derive(Debug, Default)]
pub(super) struct Huffman {
    /// Bits not counted yet, from the highest on.
    window: u64,
    bits: u32,
    symbols: u32,
    hash: bool,
}

/// What a string is, decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decoded {
    pub(super) length: u32,
    /// A `#` is in it.
    pub(super) hash: bool,
}

impl Huffman {
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        for piece in bytes.chunks(4) {
            for byte in piece {
                self.bits += 8;
                self.window |= u64::from(*byte) << 64_u32.saturating_sub(self.bits);
            }
            while self.bits >= CODE_BITS_MAX {
                if !self.step() {
                    self.symbol()?;
                }
            }
        }
        Ok(())
    }

    /// Counts a symbol or two, if the next [`STEP_BITS`] hold one.
    #[inline]
    fn step(&mut self) -> bool {
        let next = (self.window >> (64 - STEP_BITS)) as usize;
        let step = STEPS.get(next).copied().map_or(0, u32::from);
        self.hash |= next == HASH;
        self.take(step >> 4, step & 0xf);
        step > 0
    }

    #[inline]
    fn take(&mut self, bits: u32, symbols: u32) {
        self.window <<= bits;
        self.bits = self.bits.saturating_sub(bits);
        self.symbols = self.symbols.saturating_add(symbols);
    }

    /// Counts one symbol.
    fn symbol(&mut self) -> Result<(), Fault> {
        let next = self.next();
        let bits = code_bits(next);
        if bits == CODE_BITS_MAX && next >> 2 == u32::MAX >> 2 {
            return Err(Fault::compression("the end-of-string symbol in a string"));
        }
        self.take(bits, 1);
        Ok(())
    }

    /// The next 32 bits.
    fn next(&self) -> u32 {
        (self.window >> 32) as u32
    }

    /// The string ends.
    pub(super) fn end(&mut self) -> Result<Decoded, Fault> {
        while self.bits > 0 {
            if self.bits >= STEP_BITS && self.step() {
                continue;
            }
            let padded = self.next() | u32::MAX.checked_shr(self.bits).unwrap_or(0);
            if self.bits < 8 && padded == u32::MAX {
                break;
            }
            if code_bits(padded) > self.bits {
                return Err(Fault::compression("a Huffman-coded string with wrong padding"));
            }
            self.symbol()?;
        }
        let Self { symbols: length, hash, .. } = std::mem::take(self);
        Ok(Decoded { length, hash })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> Option<Decoded> {
        let mut huffman = Huffman::default();
        huffman.feed(bytes).ok()?;
        huffman.end().ok()
    }

    fn count(bytes: &[u8]) -> Option<u32> {
        decode(bytes).map(|decoded| decoded.length)
    }

    /// Every string of up to four symbols out of ten: the hash, its neighbours, what fills a step.
    #[test]
    fn sees_a_hash_wherever_it_stands() {
        const CODES: [(char, &str); 10] = [
            ('#', "111111111010"),
            ('>', "111111111011"),
            ('$', "1111111111001"),
            ('~', "1111111111101"),
            ('}', "11111111111101"),
            ('+', "11111111011"),
            ('!', "1111111000"),
            ('x', "1111001"),
            ('/', "011000"),
            ('a', "00011"),
        ];
        for n in 0..10_usize.pow(4) {
            let text = [n / 1000, n / 100 % 10, n / 10 % 10, n % 10].map(|digit| CODES[digit]);
            let mut bits: String = text.iter().map(|(_, code)| *code).collect();
            while !bits.len().is_multiple_of(8) {
                bits.push('1');
            }
            let bytes: Vec<u8> = (0..bits.len() / 8)
                .map(|at| u8::from_str_radix(&bits[at * 8..at * 8 + 8], 2).unwrap())
                .collect();
            let hash = text.iter().any(|(symbol, _)| *symbol == '#');
            assert_eq!(decode(&bytes), Some(Decoded { length: 4, hash }), "{text:?}");
        }
    }

    #[test]
    fn the_code_is_complete() {
        let space: u64 = CODES.iter().map(|(bits, count)| u64::from(*count) << (32 - bits)).sum();
        assert_eq!(space, 1 << 32);
        assert_eq!(CODES.iter().map(|(_, count)| count).sum::<u32>(), 257);
    }

    /// The examples of RFC 7541 appendix C.4 and C.6.
    #[test]
    fn counts_symbols() {
        let www = [0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff];
        assert_eq!(count(&www), Some(15)); // www.example.com
        assert_eq!(count(&[0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbf]), Some(8)); // no-cache
        assert_eq!(count(&[0x64, 0x02]), Some(3)); // 302
        assert_eq!(count(&[]), Some(0));
        assert!(begins_with_colon(0xb9) && begins_with_colon(0xb8) && !begins_with_colon(0xbb));
    }

    #[test]
    fn refuses_wrong_ends() {
        assert_eq!(count(&[0b0000_0111]), Some(1)); // '0', padded with ones
        assert_eq!(count(&[0b0000_0110]), None); // with a zero
        assert_eq!(count(&[0b0000_0111, 0xff]), None); // 11 bits of padding
        assert_eq!(count(&[0xff]), None); // 8 bits of it
        assert_eq!(count(&[0xff, 0xff, 0xff, 0xff]), None); // end-of-string
        assert_eq!(count(&[0b1111_1110]), None); // the beginning of a longer code
    }
}
