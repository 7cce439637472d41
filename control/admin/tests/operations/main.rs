//! Every operation over a store in memory, good and bad: what it answers and what it leaves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api;
mod applying;
mod authorizers;
mod consistency;
mod deployments;
mod domain_names;
mod gateway;
mod images;
mod importing;
mod integrations;
mod limits;
mod migration;
mod model;
mod not_yet;
mod paging;
mod races;
mod routes;
mod routing_rules;
mod stages;
mod tags;
mod vpc_links;
mod websocket;
mod wire;
