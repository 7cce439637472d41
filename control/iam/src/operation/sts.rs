use super::Effect::{Issues, Reads};
use super::Row;
use super::target::Target::{AllowedToAll, AssumedRole};
use crate::sts::{assume_role, caller_identity, session_token};

/// The operations of sts that are built (its service model, 2011-06-15).
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    Reads.row("GetCallerIdentity", AllowedToAll, &[], caller_identity::get),
    Issues.row("AssumeRole", AssumedRole,
        &["RoleArn", "RoleSessionName", "PolicyArns", "Policy", "DurationSeconds", "ExternalId"],
        assume_role::assume),
    Issues.row("GetSessionToken", AllowedToAll, &["DurationSeconds"], session_token::get),
];
