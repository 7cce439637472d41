//! Line ends, which httparse takes too lightly: a lone LF is one to it, not to us (RFC 9112 section
//! 2.2 allows that leniency, and smugglers live off it).

use httparse::Header;
use memchr::memchr_iter;

/// What the lines of a head look like so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scan {
    /// The head is `len` bytes, its empty line included.
    End { len: usize },
    /// No empty line yet; `first_line` is the length of the start line with its CRLF, if it is
    /// there.
    Open { first_line: Option<usize> },
    /// A line ends in LF without CR.
    BareLf,
}

/// Looks for the empty line in `bytes`. A head that drips in costs this pass over its LFs for each
/// piece, not a parse.
pub(crate) fn scan(bytes: &[u8]) -> Scan {
    let mut line_start = 0;
    let mut first_line = None;
    for lf in memchr_iter(b'\n', bytes) {
        let line = bytes.get(line_start..lf).unwrap_or_default();
        match line {
            [b'\r'] => return Scan::End { len: lf + 1 },
            [.., b'\r'] => {}
            _ => return Scan::BareLf,
        }
        line_start = lf + 1;
        if first_line.is_none() {
            first_line = Some(line_start);
        }
    }
    Scan::Open { first_line }
}

/// Whether what httparse took for the lines of `head` all end in CRLF, the empty one included. The
/// byte before a field's name ends the line before it, so nothing has to be searched.
#[inline]
pub(crate) fn lines_end_in_crlf(head: &[u8], fields: &[Header<'_>]) -> bool {
    let base = head.as_ptr() as usize;
    head.ends_with(b"\r\n\r\n")
        && fields.iter().all(|field| {
            let start = (field.name.as_ptr() as usize).wrapping_sub(base);
            head.get(start.wrapping_sub(2)..start) == Some(b"\r\n")
        })
}

/// How many bytes of leading CRLF stand before a message; `None` when a line end other than CRLF
/// stands there.
#[inline]
pub(crate) fn leading_crlfs(bytes: &[u8]) -> Option<usize> {
    let mut skipped = 0;
    loop {
        match bytes.get(skipped..) {
            Some([b'\r', b'\n', ..]) => skipped += 2,
            Some([b'\r']) => return Some(skipped),
            Some([b'\r' | b'\n', ..]) => return None,
            _ => return Some(skipped),
        }
    }
}
