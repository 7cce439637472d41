use std::io::Write;

/// Writes to standard output. A reader that went away (`| head`) is no error of ours, and must not
/// end a supervisor as `println!` would.
pub(crate) fn say(text: impl std::fmt::Display) {
    let _ = try_say(text);
}

/// The same for what goes on without end.
///
/// # Errors
/// The reader went away.
pub(crate) fn try_say(text: impl std::fmt::Display) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush())
}

/// Writes to standard error in the same way.
pub(crate) fn tell(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
