use std::fmt::Write;

use ringgate_model::closest;

use crate::Error;

/// Faults of one kind told in one answer; the rest are counted only.
const TOLD_MAX: usize = 10;
/// Characters of a caller's own text that an answer repeats.
const ECHO_CHARS_MAX: usize = 256;

/// What is wrong with a body, collected to be told at once. However many faults a body of
/// megabytes has, the answer stays short.
#[derive(Default)]
pub(crate) struct Faults {
    unknown: List,
    refused: List,
    violations: List,
}

#[derive(Default)]
struct List {
    told: Vec<String>,
    count: usize,
}

impl List {
    fn push(&mut self, words: impl FnOnce() -> String) {
        self.count += 1;
        if self.told.len() < TOLD_MAX {
            self.told.push(words());
        }
    }

    fn join(mut self, separator: &str) -> String {
        if self.count > self.told.len() {
            self.told.push(format!("and {} more", self.count - self.told.len()));
        }
        self.told.join(separator)
    }
}

impl Faults {
    /// A member that no shape has.
    pub(crate) fn unknown(&mut self, path: &str, name: &str, known: &[&str]) {
        self.unknown.push(|| {
            let mut words = format!("Unknown member '{}' in {}", echo(name), echo(path));
            if let Some(meant) = closest(name, known.iter().copied()) {
                let _ = write!(words, "; did you mean '{meant}'?");
            }
            words
        });
    }

    /// A member that the shape has and that cannot be said here.
    pub(crate) fn refused(&mut self, at: &str, why: &str) {
        self.refused.push(|| format!("'{}' {why}", echo(at)));
    }

    /// A value that breaks a constraint of the service model, in AWS's words.
    pub(crate) fn violation(&mut self, at: &str, value: &str, rule: &str) {
        self.violations.push(|| {
            let (at, value) = (echo(at), echo(value));
            format!("Value '{value}' at '{at}' failed to satisfy constraint: Member must {rule}")
        });
    }

    /// A member that must be there, in AWS's words.
    pub(crate) fn missing(&mut self, at: &str) {
        self.violations.push(|| {
            format!("Value null at '{at}' failed to satisfy constraint: Member must not be null")
        });
    }

    /// BadRequestException if there are any.
    pub(crate) fn into_result(self) -> Result<(), Error> {
        let mut sentences = Vec::new();
        if self.unknown.count > 0 {
            sentences.push(self.unknown.join(". "));
        }
        if self.refused.count > 0 {
            sentences.push(self.refused.join("; "));
        }
        if self.violations.count > 0 {
            let count = self.violations.count;
            let plural = if count == 1 { "" } else { "s" };
            let list = self.violations.join("; ");
            sentences.push(format!("{count} validation error{plural} detected: {list}"));
        }
        if sentences.is_empty() {
            return Ok(());
        }
        Err(Error::bad_request(sentences.join(". ")))
    }
}

/// The beginning of a text that may be very long.
pub(crate) fn echo(text: &str) -> &str {
    let end = text.char_indices().nth(ECHO_CHARS_MAX).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_long_faults_make_a_short_answer() {
        let mut faults = Faults::default();
        let long = "é".repeat(100_000);
        for _ in 0..100_000 {
            faults.violation(&long, &long, "be short");
            faults.unknown(&long, &long, &["x"]);
        }
        let error = faults.into_result().unwrap_err();
        assert!(error.message.len() < 32_768, "{}", error.message.len());
        assert!(error.message.contains("100000 validation errors detected"));
        assert!(error.message.ends_with("and 99990 more"));
    }
}
