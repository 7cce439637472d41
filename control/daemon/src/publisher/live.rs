use std::fmt;
use std::time::Duration;

/// What became of a change: the value of `x-ringgate-live`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Live {
    /// Every attached data plane serves it, that long after it was durable.
    After(Duration),
    /// Durable, and will go live: no data plane is attached, or one took too long.
    Pending,
    /// Durable, but a data plane cannot serve it and keeps its old table.
    Refused(String),
}

impl fmt::Display for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Rounded up: `0ms` would read as if nothing had been waited for.
            Self::After(time) => write!(f, "{}ms", time.as_micros().div_ceil(1000)),
            Self::Pending => f.write_str("pending"),
            Self::Refused(reason) => write!(f, "refused; {reason}"),
        }
    }
}
