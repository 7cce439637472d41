/// A service that integrations call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Lambda,
}

impl Service {
    /// Its name in a credential scope, and in front of `.{region}.amazonaws.com`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lambda => "lambda",
        }
    }
}
