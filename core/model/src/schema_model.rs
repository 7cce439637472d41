use serde::{Deserialize, Serialize};

/// A model of an API (`Model` of the service model): the shape of a payload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Model {
    /// The media type it describes.
    pub content_type: String,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Six lower-case alphanumerics.
    pub model_id: String,
    /// Alphanumeric; unique within the API.
    pub name: String,
    /// JSON Schema, draft 4, as text.
    pub schema: String,
}
