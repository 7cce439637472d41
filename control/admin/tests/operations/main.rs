//! Every operation over a store in memory, good and bad: what it answers and what it leaves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api;
mod applying;
mod consistency;
mod deployments;
mod gateway;
mod images;
mod integrations;
mod model;
mod routes;
mod stages;
mod tags;
mod wire;
