//! What the daemon says to people, on standard error.

/// Writes one line, as `eprintln!` does, but survives a standard error that is gone: `ringgate up`
/// may have been killed while we serve on.
macro_rules! say {
    ($($message:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), "ringgated: {}", format_args!($($message)*));
    }};
}
