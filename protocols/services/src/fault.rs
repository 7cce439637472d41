use std::fmt;

/// Why there is no call: what a client's request gave for a parameter is none of its values. AWS
/// answers 500, without a word of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallFault {
    /// A parameter that must have a value has none, or an empty one.
    Missing(&'static str),
    /// The value of this parameter is of another kind than the one named.
    Wrong(&'static str, &'static str),
}

impl fmt::Display for CallFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "the parameter {name} has no value"),
            Self::Wrong(name, wanted) => write!(f, "the parameter {name} is not {wanted}"),
        }
    }
}

impl std::error::Error for CallFault {}
