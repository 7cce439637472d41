//! The nouns of Ringgate: AWS's own names for AWS's things, and every limit by name.
//!
//! Pure data. The structs serialise to the very JSON that apigatewayv2 answers (camelCase members,
//! absent ones left out), and that same JSON is what the store keeps.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod api;
mod arn;
mod definition;
mod deployment;
mod id;
mod integration;
pub mod limits;
mod route;
mod route_key;
mod scheme;
mod scope;
mod stage;
mod timestamp;
mod uri;

pub use api::{Api, Cors, ProtocolType};
pub use arn::{ApiArn, ArnError};
pub use definition::Definition;
pub use deployment::{Deployment, DeploymentStatus};
pub use id::{Entropy, new_id};
pub use integration::{Integration, IntegrationType, TlsConfig};
pub use route::{AuthorizationType, Route};
pub use route_key::{PathPart, RouteKey, RouteKeyError, RouteMethod};
pub use scheme::Scheme;
pub use scope::Scope;
pub use stage::{AccessLogSettings, RouteSettings, Stage};
pub use timestamp::{LogTime, Timestamp};
pub use uri::{Origin, UriPiece, UriTemplate, UriTemplateError};
