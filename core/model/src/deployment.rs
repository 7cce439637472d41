use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// A deployment (`Deployment` of the service model): the name of one frozen [`crate::Definition`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// True when an auto-deploying stage made it.
    #[serde(default)]
    pub auto_deployed: bool,
    /// When it was made.
    pub created_date: Timestamp,
    /// Six lower-case alphanumerics.
    pub deployment_id: String,
    /// DEPLOYED at once: it compiles before it is stored.
    pub deployment_status: DeploymentStatus,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment_status_message: Option<String>,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// What became of a deployment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum DeploymentStatus {
    /// Not yet done.
    Pending,
    /// Refused.
    Failed,
    /// Done.
    #[default]
    Deployed,
}
