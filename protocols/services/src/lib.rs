//! What HTTP APIs ask of AWS services by an `integrationSubtype` (API Gateway guide, "Integration
//! subtype reference"): an action and the values of its parameters in, the request in the service's
//! own wire protocol out. Bytes in, bytes out; nothing is signed and nothing sent.
//!
//! ```
//! use ringgate_services::Action;
//!
//! let action = Action::named("SQS-SendMessage").unwrap();
//! let call = action.call(&[("QueueUrl", b"http://q/1/pets"), ("MessageBody", b"Bello")])?;
//! assert_eq!((call.service.name(), call.method, &*call.path), ("sqs", "POST", "/"));
//! assert_eq!(call.body, br#"{"QueueUrl":"http://q/1/pets","MessageBody":"Bello"}"#);
//! # Ok::<(), ringgate_services::CallFault>(())
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod action;
mod call;
mod fault;
mod parameter;
mod service;
mod value;

pub use action::Action;
pub use call::Call;
pub use fault::CallFault;
pub use parameter::Parameter;
pub use service::Service;
