use std::error::Error;
use std::fmt;

/// Why a chunked body cannot go on. Its message is broken off and its connection closed; there is
/// no way to find the next message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChunkFault {
    /// No hexadecimal chunk size where one should stand, or something odd after it.
    Size,
    /// A chunk over [`crate::limits::SIZE_BYTES_MAX`].
    SizeTooLarge,
    /// An extension that is no `;name` or `;name=value`.
    Extension,
    /// A size line over [`crate::limits::CHUNK_LINE_BYTES_MAX`], or extensions over
    /// [`crate::limits::CHUNK_EXTENSIONS_BYTES_MAX`].
    LineTooLong,
    /// A chunk's data is not followed by CRLF: the data is longer or shorter than its size.
    DataEnd,
    /// A trailer line that is no field, or ends in a bare LF.
    Trailer,
    /// A trailer field that must not stand there (RFC 9110 section 6.5.1).
    TrailerField,
    /// Trailers over [`crate::limits::TRAILER_BYTES_MAX`].
    TrailerTooLarge,
}

impl ChunkFault {
    /// What was wrong, in a few words for logs and traces.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Size => "malformed chunk size",
            Self::SizeTooLarge => "chunk size too large",
            Self::Extension => "malformed chunk extension",
            Self::LineTooLong => "chunk-size line or chunk extensions too long",
            Self::DataEnd => "chunk data does not end where its size says",
            Self::Trailer => "malformed trailer field",
            Self::TrailerField => "a field that must not stand in trailers",
            Self::TrailerTooLarge => "trailers too large",
        }
    }
}

impl fmt::Display for ChunkFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl Error for ChunkFault {}
