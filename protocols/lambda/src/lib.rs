//! What Lambda functions behind an HTTP API are given and what they give back: requests as AWS
//! events, and the functions' JSON as responses. Bytes in, bytes out; no socket, no clock.
//!
//! Authorizers are asked by [`write_question`] and answer with a [`Consent`].
//!
//! The two payload formats of "Working with AWS Lambda proxy integrations for HTTP APIs" in the API
//! Gateway guide: [`write_event`] writes either, [`Answer::read`] reads what comes back. Where AWS
//! says nothing, or is said to do two things, the decision stands in `choices.rs`.
//!
//! ```
//! use ringgate_lambda::{Answer, Context, Format, Invoked, Limits, Request, write_event};
//!
//! let request = Request {
//!     method: "GET",
//!     path: "/pets/7",
//!     fields: &[("Host", b"api.example.com")],
//!     ..Request::default()
//! };
//! let context = Context { route_key: "GET /pets/{id}", stage: "$default", ..Context::default() };
//! let mut event = Vec::new();
//! write_event(Format::V2, &request, &context, &Limits::default(), &mut event)?;
//! assert!(event.starts_with(br#"{"version":"2.0","routeKey":"GET /pets/{id}","#));
//!
//! let payload = br#"{"statusCode":201,"headers":{"x-pet":7},"body":"Bello"}"#;
//! let invoked = Invoked { status: 200, function_error: None, payload };
//! let answer = Answer::read(Format::V2, &invoked, &Limits::default())?;
//! assert_eq!((answer.status, &answer.body[..]), (201, &b"Bello"[..]));
//! assert!(answer.fields.contains(&("X-Pet".to_owned(), "7".to_owned())));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod answer;
mod base64;
mod choices;
mod consent;
mod event;
mod json;
pub mod limits;
mod names;
mod request;

pub use answer::{Answer, AnswerFault, Invoked};
pub use consent::{Consent, ConsentFault, Judgement};
pub use event::{EventFault, Question, write_event, write_question};
pub use limits::Limits;
pub use request::{Authorizer, ClientCert, CognitoIdentity, Context, Format, Iam, Request};
