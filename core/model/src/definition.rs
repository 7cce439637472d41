use serde::{Deserialize, Serialize};

use crate::{Cors, Integration, Route};

/// What a deployment freezes: everything of an API that goes live together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    /// CORS of the API at that time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors: Option<Cors>,
    /// True: the `{id}.execute-api.*` host answers 404.
    #[serde(default)]
    pub disable_execute_api_endpoint: bool,
    /// Every route, by ascending id.
    pub routes: Vec<Route>,
    /// Every integration, by ascending id.
    pub integrations: Vec<Integration>,
}
