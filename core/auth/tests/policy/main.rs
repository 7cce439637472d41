//! IAM policies, by cases from AWS's documentation; each test names the page.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod conditions;
mod documents;
mod principals;
mod property;
mod reference;
mod resources;
mod sets;
mod support;
mod texts;
mod trust;
mod variables;
mod verdicts;
