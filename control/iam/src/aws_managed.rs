//! The policies that AWS manages and that concern what is here ("AWS managed policy reference").

use ringgate_model::percent;
use serde_json::{Value, json};

/// A policy that AWS manages.
pub(crate) struct AwsManaged {
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
    id: &'static str,
    create_date: &'static str,
    pub(crate) document: &'static str,
}

const ADMINISTRATOR: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Action":"*","Resource":"*"}]}"#;
const API_GATEWAY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Action":["apigateway:*"],"Resource":"arn:aws:apigateway:*::/*"}]}"#;
const INVOKE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Action":["execute-api:Invoke","execute-api:ManageConnections"],
    "Resource":"arn:aws:execute-api:*:*:*"}]}"#;
const PUSH_TO_LOGS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:DescribeLogGroups",
    "logs:DescribeLogStreams","logs:PutLogEvents","logs:GetLogEvents","logs:FilterLogEvents"],
    "Resource":"*"}]}"#;
const LAMBDA_BASIC: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],
    "Resource":"*"}]}"#;

/// All of them.
pub(crate) const ALL: [AwsManaged; 5] = [
    AwsManaged {
        name: "AdministratorAccess",
        path: "/",
        id: "ANPAIWMBCKSKIEE64ZLYK",
        create_date: "2015-02-06T18:39:46Z",
        document: ADMINISTRATOR,
    },
    AwsManaged {
        name: "AmazonAPIGatewayAdministrator",
        path: "/",
        id: "ANPAJ4PT6VY5NLKTNUYSI",
        create_date: "2015-07-09T17:34:45Z",
        document: API_GATEWAY,
    },
    AwsManaged {
        name: "AmazonAPIGatewayInvokeFullAccess",
        path: "/",
        id: "ANPAIIWAX2NOOQJ4AIEQ6",
        create_date: "2015-07-09T17:36:12Z",
        document: INVOKE,
    },
    AwsManaged {
        name: "AmazonAPIGatewayPushToCloudWatchLogs",
        path: "/service-role/",
        id: "ANPAIK4GFO7HLKYN64ASK",
        create_date: "2015-11-11T23:41:46Z",
        document: PUSH_TO_LOGS,
    },
    AwsManaged {
        name: "AWSLambdaBasicExecutionRole",
        path: "/service-role/",
        id: "ANPAJNCQGXC42545SKXIK",
        create_date: "2015-04-09T15:03:43Z",
        document: LAMBDA_BASIC,
    },
];

/// The one of this ARN.
pub(crate) fn find(arn: &str) -> Option<&'static AwsManaged> {
    let resource = arn.strip_prefix("arn:aws:iam::aws:policy")?;
    ALL.iter().find(|policy| resource.strip_prefix(policy.path) == Some(policy.name))
}

impl AwsManaged {
    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:iam::aws:policy{}{}", self.path, self.name)
    }

    pub(crate) fn shown(&self) -> Value {
        json!({
            "PolicyName": self.name,
            "PolicyId": self.id,
            "Arn": self.arn(),
            "Path": self.path,
            "DefaultVersionId": "v1",
            // Not counted for these.
            "AttachmentCount": 0,
            "PermissionsBoundaryUsageCount": 0,
            "IsAttachable": true,
            "CreateDate": self.create_date,
            "UpdateDate": self.create_date,
        })
    }

    /// Its one version.
    pub(crate) fn version(&self, with_document: bool) -> Value {
        let mut shown = json!({});
        if with_document {
            shown["Document"] = percent::encoded(self.document).into();
        }
        shown["VersionId"] = "v1".into();
        shown["IsDefaultVersion"] = true.into();
        shown["CreateDate"] = self.create_date.into();
        shown
    }
}

#[cfg(test)]
mod tests {
    use ringgate_auth::policy::{Policy, Rules, limits::MANAGED_POLICY_BYTES_MAX};

    use super::*;

    #[test]
    fn every_document_is_a_policy_and_is_found() {
        for policy in &ALL {
            let rules = Rules::identity_based(MANAGED_POLICY_BYTES_MAX);
            assert!(Policy::read(policy.document, &rules).is_ok(), "{}", policy.name);
            let arn = policy.shown()["Arn"].as_str().unwrap_or_default().to_owned();
            assert_eq!(find(&arn).map(|found| found.name), Some(policy.name));
        }
        assert!(find("arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole").is_none());
    }
}
