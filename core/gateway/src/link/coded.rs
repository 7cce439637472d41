use bytes::Bytes;
use ringgate_http1::chunked;
use ringgate_runtime::Buf;

/// Room that a chunk's size line and line ends need beside its data.
const CHUNK_OVERHEAD_BYTES: usize = 32;

/// Puts as much content that came over HTTP/2 into `buf` as fits, in the chunked coding where that
/// is wanted: how much.
pub(super) fn give(content: &mut Bytes, is_chunked: bool, buf: &mut Buf) -> usize {
    let overhead = if is_chunked { CHUNK_OVERHEAD_BYTES } else { 0 };
    let room = buf.spare().saturating_sub(overhead).max(1);
    let now = content.split_to(content.len().min(room));
    if is_chunked {
        chunked::write_size(buf.as_vec(), now.len());
    }
    buf.extend(&now);
    if is_chunked {
        buf.extend(b"\r\n");
    }
    now.len()
}
