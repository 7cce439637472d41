use super::target::Target::{AllowedToAll, AssumedRole};
use super::{Row, issues, reads};
use crate::sts::{assume_role, caller_identity, session_token};

/// The operations of sts that are built (its service model, 2011-06-15).
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    reads("GetCallerIdentity", AllowedToAll, &[], caller_identity::get),
    issues("AssumeRole", AssumedRole,
        &["RoleArn", "RoleSessionName", "PolicyArns", "Policy", "DurationSeconds", "ExternalId"],
        assume_role::assume),
    issues("GetSessionToken", AllowedToAll, &["DurationSeconds"], session_token::get),
];
