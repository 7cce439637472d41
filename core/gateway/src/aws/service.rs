use ringgate_services::Service as Subtyped;

/// A service that integrations call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Lambda,
    /// One by the subtype of an integration.
    Subtyped(Subtyped),
}

impl Service {
    /// Its name in a credential scope, and in front of `.{region}.amazonaws.com`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lambda => "lambda",
            Self::Subtyped(service) => service.name(),
        }
    }
}
