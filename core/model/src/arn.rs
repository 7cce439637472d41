use std::fmt;

/// The control ARN of a thing that can carry tags (spec section 1.9): no account in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlArn {
    /// The region in the ARN.
    pub region: String,
    /// What it names.
    pub resource: Taggable,
}

/// What can carry tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taggable {
    /// `arn:aws:apigateway:{region}::/apis/{id}`
    Api(String),
    /// `arn:aws:apigateway:{region}::/apis/{id}/stages/{name}`
    Stage(String, String),
    /// `arn:aws:apigateway:{region}::/domainnames/{name}`
    DomainName(String),
    /// `arn:aws:apigateway:{region}::/vpclinks/{id}`
    VpcLink(String),
}

/// Why a text is not such an ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArnError;

impl fmt::Display for ArnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Invalid ARN specified in the request")
    }
}

impl ControlArn {
    /// Reads an ARN.
    ///
    /// # Errors
    /// [`ArnError`] when it is not the ARN of a thing that can carry tags.
    pub fn parse(text: &str) -> Result<Self, ArnError> {
        let rest = text.strip_prefix("arn:aws:apigateway:").ok_or(ArnError)?;
        let (region, path) = rest.split_once("::/").ok_or(ArnError)?;
        let parts: Vec<&str> = path.split('/').collect();
        if parts.contains(&"") {
            return Err(ArnError);
        }
        let resource = match parts.as_slice() {
            ["apis", id] => Taggable::Api((*id).to_owned()),
            ["apis", id, "stages", stage] => Taggable::Stage((*id).to_owned(), (*stage).to_owned()),
            ["domainnames", name] => Taggable::DomainName((*name).to_owned()),
            ["vpclinks", id] => Taggable::VpcLink((*id).to_owned()),
            _ => return Err(ArnError),
        };
        Ok(Self { region: region.to_owned(), resource })
    }
}

impl fmt::Display for ControlArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arn:aws:apigateway:{}::/", self.region)?;
        match &self.resource {
            Taggable::Api(id) => write!(f, "apis/{id}"),
            Taggable::Stage(id, stage) => write!(f, "apis/{id}/stages/{stage}"),
            Taggable::DomainName(name) => write!(f, "domainnames/{name}"),
            Taggable::VpcLink(id) => write!(f, "vpclinks/{id}"),
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
            "arn:aws:apigateway:eu-west-1::/domainnames/*.example.com",
            "arn:aws:apigateway:eu-west-1::/vpclinks/abc123",
        ] {
            assert_eq!(ControlArn::parse(text).map(|arn| arn.to_string()), Ok(text.to_owned()));
        }
        for text in [
            "",
            "arn:aws:apigateway:us-east-1::/apis/",
            "arn:aws:s3:::x",
            "arn:aws:apigateway:r::/apis/a/stages",
            "arn:aws:apigateway:r::/apis/a/stages/",
            "arn:aws:apigateway:r::/apis/a/stages/b/c",
            "arn:aws:apigateway:r::/usageplans/a",
            "arn:aws:apigateway:r::/domainnames/a/apimappings/b",
        ] {
            assert_eq!(ControlArn::parse(text), Err(ArnError), "{text}");
        }
    }
}
