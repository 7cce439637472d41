//! The origin: answers so cheaply that a proxy in front of it is what a bench measures.

mod answer;
mod connection;
mod echo;
mod server;

pub use answer::{Answers, Stats};
pub use server::Server;
