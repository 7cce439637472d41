//! The nouns of Ringgate: AWS's own names for AWS's things, and every limit by name.
//!
//! Pure data. The structs serialise to the very JSON that apigatewayv2 answers (camelCase members,
//! absent ones left out), and that same JSON is what the store keeps.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod api;
mod arn;
mod authorizer;
mod civil;
mod closest;
mod definition;
mod deployment;
mod domain_name;
mod id;
mod integration;
mod limit;
pub mod limits;
pub mod percent;
mod responses;
mod route;
mod route_key;
mod routing_rule;
mod schema_model;
mod scheme;
mod scope;
mod stage;
mod timestamp;
mod uri;
mod vpc_link;

pub use api::{Api, Cors, ProtocolType};
pub use arn::{ArnError, ControlArn, Taggable};
pub use authorizer::{Authorizer, AuthorizerType, JwtConfiguration};
pub use civil::Civil;
pub use closest::closest;
pub use definition::Definition;
pub use deployment::{Deployment, DeploymentStatus};
pub use domain_name::{
    ApiMapping, DomainName, DomainNameConfiguration, MutualTlsAuthentication, RoutingMode,
};
pub use id::{Entropy, new_id};
pub use integration::{Integration, IntegrationType, TlsConfig};
pub use limit::{Limit, Limits};
pub use responses::{IntegrationResponse, ParameterConstraints, RouteResponse};
pub use route::{AuthorizationType, Route};
pub use route_key::{PathPart, RouteKey, RouteKeyError, RouteMethod};
pub use routing_rule::{
    AnyOf, HeaderGlob, InvokeApi, RoutingRule, RoutingRuleAction, RoutingRuleCondition,
};
pub use schema_model::Model;
pub use scheme::Scheme;
pub use scope::Scope;
pub use stage::{AccessLogSettings, RouteSettings, Stage};
pub use timestamp::{LogTime, Timestamp};
pub use uri::{Origin, UriPiece, UriTemplate, UriTemplateError};
pub use vpc_link::{TARGETS_TAG, VpcLink, VpcTarget, VpcTargetError};
