/// A parameter of an action.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name in `requestParameters`.
    pub name: &'static str,
    /// It must have a value.
    pub is_required: bool,
    /// Its name on the wire.
    pub(crate) member: &'static str,
    pub(crate) kind: Kind,
}

/// What a value is on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Integer,
    /// A list of texts.
    List,
    /// A structure that the service knows, as JSON.
    Object,
    /// A time.
    Time,
    /// Octets.
    Blob,
    /// No member: the region of the call.
    Region,
}

const fn parameter(name: &'static str, is_required: bool, kind: Kind) -> Parameter {
    Parameter { name, is_required, member: name, kind }
}

pub(crate) const fn required(name: &'static str) -> Parameter {
    parameter(name, true, Kind::Text)
}

pub(crate) const fn optional(name: &'static str) -> Parameter {
    parameter(name, false, Kind::Text)
}

pub(crate) const REGION: Parameter = parameter("Region", false, Kind::Region);

impl Parameter {
    pub(crate) const fn of(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    pub(crate) const fn as_member(self, member: &'static str) -> Self {
        Self { member, ..self }
    }
}
