use super::Variable;

/// A part of a format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Written as it is.
    Text(Box<str>),
    /// Replaced by its value.
    Variable {
        variable: Variable,
        /// Which one, of a variable that stands for many: see [`Variable`]; else empty.
        property: Box<str>,
        place: Place,
    },
}

/// Where a value is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Text of no known shape.
    Text,
    /// Within a string of JSON.
    JsonString,
    /// Where JSON expects a value.
    JsonValue,
}

impl Piece {
    pub(super) fn variable(&self) -> Option<Variable> {
        match self {
            Self::Text(_) => None,
            Self::Variable { variable, .. } => Some(*variable),
        }
    }

    pub(super) fn is_request_id(&self) -> bool {
        matches!(self.variable(), Some(Variable::RequestId | Variable::ExtendedRequestId))
    }
}
