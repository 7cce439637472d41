//! The chunked transfer coding (RFC 9112 section 7.1), relayed or decoded where it lies.

mod decoder;
mod fault;
mod size_line;
mod trailer;

pub use decoder::{Decoder, Relayed};
pub use fault::ChunkFault;
pub use trailer::REFUSED_TRAILERS;

/// The last chunk and an empty trailer section.
pub const LAST: &[u8] = b"0\r\n\r\n";

/// Appends the size line of a chunk of `size` bytes. The chunk's data is followed by CRLF; a size
/// of zero would end the body, so callers write none for empty pieces.
pub fn write_size(out: &mut Vec<u8>, size: usize) {
    let digits = (usize::BITS - size.leading_zeros()).div_ceil(4).max(1);
    for place in (0..digits).rev() {
        let digit = ((size >> (place * 4)) & 0xf) as u8;
        out.push(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 });
    }
    out.extend_from_slice(b"\r\n");
}
