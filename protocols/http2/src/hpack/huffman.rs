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

    /// The string ends: how many symbols it had.
    pub(super) fn end(&mut self) -> Result<u32, Fault> {
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
        let symbols = self.symbols;
        *self = Self::default();
        Ok(symbols)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(bytes: &[u8]) -> Option<u32> {
        let mut huffman = Huffman::default();
        huffman.feed(bytes).ok()?;
        huffman.end().ok()
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
