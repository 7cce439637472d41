//! The table: what the data plane knows, in the shape it looks things up in.
//!
//! The control process [`compile`]s each API into an immutable [`ApiImage`] and ships images as a
//! [`Snapshot`] or a [`Delta`] ([`encode`], [`decode`]). The data plane's loader builds a
//! [`Table`] from them and publishes it ([`Tables`]); workers read it through a [`Reader`],
//! [`Table::locate`] the stage a request is for and [`StageImage::find`] its route.
//!
//! Pure: no I/O, no clock, and no allocation on the way from a request to its route.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod arena;
mod authorization;
mod authorizers;
mod base_path;
mod captures;
mod certificate;
mod codec;
mod compile;
pub mod cors;
mod domain;
mod domains;
mod find;
mod hosts;
mod iam;
mod image;
mod integration;
mod issuer;
mod lambda;
mod mapping;
mod not_yet;
mod part;
mod private;
mod publish;
mod resolve;
mod role_session;
mod service;
mod settings;
mod stage;
mod table;
mod target;
mod tree;
mod trie;
mod variables;
mod verify;

pub use authorization::{Authorization, JwtAuthorizer, LambdaAuthorizer};
pub use captures::Captures;
pub use certificate::CertificateImage;
pub use codec::{DecodeError, Delta, Root, Snapshot, Update, decode, encode};
pub use compile::{ApiInput, CompileError, StageInput, compile};
pub use cors::CorsImage;
pub use domain::{DomainImage, HasField};
pub use iam::{IamImage, IdentityImage, KeyImage};
pub use image::ApiImage;
pub use integration::{HttpIntegration, Integration, OriginImage};
pub use issuer::IssuerImage;
pub use lambda::{LambdaFunction, PayloadFormat};
pub use mapping::{Change, KeptMapping, Mapping};
pub use not_yet::not_yet;
pub use part::{Part, PartKey};
pub use private::LinkImage;
pub use publish::{Generation, Reader, Tables};
pub use role_session::{CALLER, RoleSessionImage, SealedSession, SessionCredentials};
pub use service::ServiceIntegration;
pub use settings::{AccessLogImage, ThrottleImage};
pub use stage::{RouteRef, StageImage};
pub use table::{BuildError, Located, Miss, Table};
pub use target::TargetError;
