use std::process::ExitCode;

use ringgate_import::Problem;
use serde_json::json;

use crate::arguments::Output;
use crate::say::tell;

/// Why a command did not do what it was asked: exit code 1.
#[derive(Debug, Default)]
pub(crate) struct Failure {
    message: String,
    hint: Option<String>,
    /// For documents: already shown with their lines when the output is for people.
    problems: Vec<Problem>,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    pub(crate) fn problems(self, problems: Vec<Problem>) -> Self {
        Self { problems, ..self }
    }

    /// Tells it on standard error, as JSON where JSON was asked for.
    pub(crate) fn report(&self, output: Output) -> ExitCode {
        let Self { message, hint, problems } = self;
        match output {
            Output::Table => {
                tell(format_args!("error: {message}"));
                if let Some(hint) = hint {
                    tell(format_args!("  hint: {hint}"));
                }
            }
            Output::Json => {
                let mut error = json!({ "message": message });
                if let Some(hint) = hint {
                    error["hint"] = json!(hint);
                }
                if !problems.is_empty() {
                    error["problems"] = json!(problems);
                }
                tell(json!({ "error": error }));
            }
        }
        ExitCode::FAILURE
    }
}
