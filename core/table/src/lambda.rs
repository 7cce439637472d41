use std::collections::BTreeMap;
use std::fmt;

use ringgate_model::{Authorizer, Integration};
use serde::{Deserialize, Serialize};

use crate::StageImage;
use crate::arena::{Arena, ArenaFull, Span};
use crate::mapping::Unmapped;
use crate::variables::filled;

/// What an integration of a Lambda function sends and wants back ("Create AWS Lambda proxy
/// integrations for HTTP APIs").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PayloadFormat {
    /// `1.0`
    V1,
    /// `2.0`
    V2,
}

/// A function that is called, in a stage's text.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct FunctionImage {
    pub(crate) arn: Span,
    pub(crate) region: Span,
    pub(crate) credentials_arn: Option<Span>,
    pub(crate) format: PayloadFormat,
}

/// A Lambda function that a stage calls.
#[derive(Clone, Copy)]
pub struct LambdaFunction<'t> {
    pub(crate) stage: &'t StageImage,
    pub(crate) function: &'t FunctionImage,
}

impl<'t> LambdaFunction<'t> {
    /// The function's ARN, a version or an alias included.
    pub fn arn(&self) -> &'t str {
        self.function.arn.of(self.stage.text())
    }

    /// The region in it.
    pub fn region(&self) -> &'t str {
        self.function.region.of(self.stage.text())
    }

    /// The role that the function is to be called with, or [`crate::CALLER`].
    pub fn credentials_arn(&self) -> Option<&'t str> {
        self.function.credentials_arn.map(|arn| arn.of(self.stage.text()))
    }

    /// What it is sent, and has to answer.
    pub fn format(&self) -> PayloadFormat {
        self.function.format
    }
}

impl fmt::Debug for LambdaFunction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LambdaFunction").field("arn", &self.arn()).finish_non_exhaustive()
    }
}

/// The function of an integration, with the variables of a stage.
///
/// The inner `Err` is the reason why it calls none there.
pub(crate) fn resolve(
    integration: &Integration,
    variables: &BTreeMap<String, String>,
    arena: &mut Arena,
) -> Result<Result<FunctionImage, String>, ArenaFull> {
    let (arn, format) = match function(integration, variables) {
        Ok(found) => found,
        Err(reason) => return Ok(Err(reason)),
    };
    let credentials = match role(integration.credentials_arn.as_deref(), variables) {
        Ok(credentials) => credentials,
        Err(reason) => return Ok(Err(reason)),
    };
    Ok(Ok(FunctionImage {
        arn: arena.put(&arn)?,
        region: arena.put(region_of(&arn).unwrap_or_default())?,
        credentials_arn: credentials.map(|arn| arena.put(&arn)).transpose()?,
        format,
    }))
}

/// The function of an authorizer, with the variables of a stage.
///
/// # Errors
/// It names none.
pub(crate) fn of_authorizer(
    authorizer: &Authorizer,
    variables: &BTreeMap<String, String>,
    arena: &mut Arena,
) -> Result<FunctionImage, Unmapped> {
    let uri = authorizer.authorizer_uri.as_deref().unwrap_or_default();
    let version = authorizer.authorizer_payload_format_version.as_deref();
    let arn = arn(uri, variables).map_err(Unmapped::Wrong)?;
    let format = format(version).map_err(Unmapped::Wrong)?;
    let credentials = authorizer.authorizer_credentials_arn.as_deref();
    let credentials = role(credentials, variables).map_err(Unmapped::Wrong)?;
    Ok(FunctionImage {
        arn: arena.put(&arn)?,
        region: arena.put(region_of(&arn).unwrap_or_default())?,
        credentials_arn: credentials.map(|arn| arena.put(&arn)).transpose()?,
        format,
    })
}

/// The role of a `credentialsArn`, with the variables of a stage.
///
/// # Errors
/// For people: a variable is missing.
pub(crate) fn role(
    arn: Option<&str>,
    variables: &BTreeMap<String, String>,
) -> Result<Option<String>, String> {
    arn.map(|arn| filled(arn, variables)).transpose()
}

fn function(
    integration: &Integration,
    variables: &BTreeMap<String, String>,
) -> Result<(String, PayloadFormat), String> {
    let uri = integration.integration_uri.as_deref().ok_or("the integration has no URI")?;
    let arn = arn(uri, variables)?;
    // Spec section 7, quirk 11: taken when it is made, refused when it is called.
    match integration.integration_method.as_deref() {
        None | Some("POST") => {}
        Some(method) => {
            return Err(format!("a Lambda function is invoked by POST, not by {method}"));
        }
    }
    Ok((arn, format(integration.payload_format_version.as_deref())?))
}

/// The ARN in a function's URI, the stage's variables filled in:
/// `arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations`, or the ARN.
fn arn(uri: &str, variables: &BTreeMap<String, String>) -> Result<String, String> {
    let uri = filled(uri, variables)?;
    let inner = uri.split_once(":lambda:path/2015-03-31/functions/");
    let inner = inner.and_then(|(_, inner)| inner.strip_suffix("/invocations"));
    let arn = inner.unwrap_or(&uri);
    match region_of(arn) {
        Some(_) => Ok(arn.to_owned()),
        None => Err(format!("'{arn}' is not the ARN of a Lambda function")),
    }
}

fn format(version: Option<&str>) -> Result<PayloadFormat, String> {
    match version {
        None | Some("1.0") => Ok(PayloadFormat::V1),
        Some("2.0") => Ok(PayloadFormat::V2),
        Some(version) => Err(format!("there is no payload format version {version}")),
    }
}

/// The region of a function's ARN, `arn:aws:lambda:{region}:{account}:function:{name}[:{alias}]`;
/// none for any other text. A region becomes a part of a host's name.
fn region_of(arn: &str) -> Option<&str> {
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", partition, "lambda", region, account, "function", name, alias @ ..] =
        parts.as_slice()
    else {
        return None;
    };
    let is_word = |text: &str, more: &[u8]| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || more.contains(&b))
    };
    let legal = partition.starts_with("aws")
        && is_word(partition, b"-")
        && is_word(region, b"-")
        && is_word(account, b"")
        && is_word(name, b"-_")
        && alias.len() <= 1
        && alias.iter().all(|alias| is_word(alias, b"-_$"));
    legal.then_some(*region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_arn_of_a_function_has_a_region() {
        const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:pets";
        for arn in [ARN, &format!("{ARN}:live"), &format!("{ARN}:$LATEST")] {
            assert_eq!(region_of(arn), Some("eu-west-1"), "{arn}");
        }
        assert!(region_of("arn:aws-cn:lambda:cn-north-1:1:function:p").is_some());
        for arn in [
            "",
            "pets",
            "arn:aws:lambda:a.example/:1:function:p",
            "arn:aws:lambda::1:function:p",
            "arn:aws:lambda:r:1:function:p/q",
            "arn:aws:lambda:r:1:function:p:a:b",
            "arn:aws:lambda:r:1:function:p:",
            "arn:aws:lambda:r:1:layer:p",
        ] {
            assert_eq!(region_of(arn), None, "{arn}");
        }
    }
}
