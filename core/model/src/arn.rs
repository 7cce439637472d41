use std::fmt;

/// The control ARN of a thing that can carry tags (spec section 1.9): no account in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiArn {
    /// `arn:aws:apigateway:{region}::/apis/{id}`
    Api {
        /// The region in the ARN.
        region: String,
        /// The API.
        api_id: String,
    },
    /// `arn:aws:apigateway:{region}::/apis/{id}/stages/{name}`
    Stage {
        /// The region in the ARN.
        region: String,
        /// The API.
        api_id: String,
        /// The stage.
        stage: String,
    },
}

/// Why a text is not such an ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArnError;

impl fmt::Display for ArnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Invalid ARN specified in the request")
    }
}

impl ApiArn {
    /// Reads an ARN.
    ///
    /// # Errors
    /// [`ArnError`] when it is not the ARN of an API or a stage.
    pub fn parse(text: &str) -> Result<Self, ArnError> {
        let rest = text.strip_prefix("arn:aws:apigateway:").ok_or(ArnError)?;
        let (region, path) = rest.split_once("::/apis/").ok_or(ArnError)?;
        let mut parts = path.split('/');
        let api_id = parts.next().filter(|id| !id.is_empty()).ok_or(ArnError)?;
        let (region, api_id) = (region.to_owned(), api_id.to_owned());
        match (parts.next(), parts.next(), parts.next()) {
            (None, ..) => Ok(Self::Api { region, api_id }),
            (Some("stages"), Some(stage), None) if !stage.is_empty() => {
                Ok(Self::Stage { region, api_id, stage: stage.to_owned() })
            }
            _ => Err(ArnError),
        }
    }

    /// The region the ARN names.
    pub fn region(&self) -> &str {
        match self {
            Self::Api { region, .. } | Self::Stage { region, .. } => region,
        }
    }
}

impl fmt::Display for ApiArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api { region, api_id } => {
                write!(f, "arn:aws:apigateway:{region}::/apis/{api_id}")
            }
            Self::Stage { region, api_id, stage } => {
                write!(f, "arn:aws:apigateway:{region}::/apis/{api_id}/stages/{stage}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_prints_and_nothing_else() {
        for text in [
            "arn:aws:apigateway:us-east-1::/apis/abc123",
            "arn:aws:apigateway:eu-west-1::/apis/abc123/stages/$default",
        ] {
            assert_eq!(ApiArn::parse(text).map(|arn| arn.to_string()), Ok(text.to_owned()));
        }
        for text in [
            "",
            "arn:aws:apigateway:us-east-1::/apis/",
            "arn:aws:s3:::x",
            "arn:aws:apigateway:r::/apis/a/stages",
            "arn:aws:apigateway:r::/apis/a/stages/b/c",
        ] {
            assert_eq!(ApiArn::parse(text), Err(ArnError), "{text}");
        }
    }
}
