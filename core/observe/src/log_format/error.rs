use std::fmt;

use ringgate_model::limits::ACCESS_LOG_FORMAT_BYTES_MAX;

use super::Variable;

/// Why a format is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// It has so many bytes.
    TooLong(usize),
    /// A line break stands in it.
    NotOneLine,
    /// Neither of the two variables that AWS asks for is in it.
    NoRequestId,
    /// Variables that HTTP APIs do not have.
    Unknown(Vec<Unknown>),
}

/// A variable that there is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// As it stands in the format.
    pub reference: String,
    /// The name of the one that may be meant.
    pub meant: Option<&'static str>,
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(bytes) => write!(
                f,
                "Access Log format has {bytes} bytes, expected at most \
                 {ACCESS_LOG_FORMAT_BYTES_MAX}"
            ),
            Self::NotOneLine => f.write_str("Access Log format must be single line"),
            Self::NoRequestId => f.write_str(
                "Access Log format must include either $context.requestId or \
                 $context.extendedRequestId",
            ),
            Self::Unknown(unknown) => {
                f.write_str("The following context variables are not supported: [")?;
                for (at, unknown) in unknown.iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { ", " })?;
                    f.write_str(&unknown.reference)?;
                    if let Some(meant) = unknown.meant {
                        write!(f, " (did you mean '$context.{meant}'?)")?;
                    }
                }
                f.write_str("]; HTTP APIs have, after $context.: ")?;
                for (at, variable) in Variable::ALL.iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { " " })?;
                    f.write_str(variable.name())?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for FormatError {}
