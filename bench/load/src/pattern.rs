//! The bytes of every body: each 16-byte line holds its own offset, so that a byte lost, repeated
//! or moved by a proxy cannot go unseen.

use std::io::Write as _;

/// Bytes of a line.
const LINE_BYTES: usize = 16;

/// The first `len` bytes of the pattern.
pub fn body(len: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(len.saturating_add(LINE_BYTES));
    while bytes.len() < len {
        let offset = bytes.len();
        // Writing into a Vec cannot fail.
        let _ = writeln!(bytes, "{offset:015x}");
    }
    bytes.truncate(len);
    bytes
}

#[cfg(test)]
mod tests {
    use super::body;

    #[test]
    fn each_line_says_where_it_stands() {
        assert_eq!(body(20), b"000000000000000\n0000");
        assert_eq!(body(0), b"");
        let long = body(4096);
        assert_eq!(&long[4080..], b"000000000000ff0\n");
    }
}
