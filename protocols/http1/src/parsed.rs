/// What became of the bytes given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed<T> {
    /// A whole head stood there.
    Complete(T),
    /// So far so good; call again with more bytes.
    Partial,
}

/// The protocol version as far as it changes our behaviour. A higher minor version is taken for
/// 1.1, the highest we conform to (RFC 9110 section 2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1, and any HTTP/1.x above it.
    Http11,
}
