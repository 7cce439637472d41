//! The quotas of IAM and STS, by name ("IAM and STS quotas", IAM user guide).

/// Users of an account.
pub const USERS_MAX: usize = 5000;
/// Roles of an account.
pub const ROLES_MAX: usize = 1000;
/// Customer managed policies of an account.
pub const POLICIES_MAX: usize = 1500;
/// Versions of a managed policy.
pub const POLICY_VERSIONS_MAX: usize = 5;
/// Access keys of a user.
pub const ACCESS_KEYS_MAX: usize = 2;
/// Managed policies attached to one user or role.
pub const ATTACHED_POLICIES_MAX: usize = 10;
/// Tags of one thing.
pub const TAGS_MAX: usize = 50;
/// Longest key of a tag, in characters.
pub const TAG_KEY_CHARS_MAX: usize = 128;
/// Longest value of a tag, in characters.
pub const TAG_VALUE_CHARS_MAX: usize = 256;
/// Longest name of a user or role.
pub const ENTITY_NAME_CHARS_MAX: usize = 64;
/// Longest name of a policy.
pub const POLICY_NAME_CHARS_MAX: usize = 128;
/// Longest path.
pub const PATH_CHARS_MAX: usize = 512;
/// Longest description.
pub const DESCRIPTION_CHARS_MAX: usize = 1000;
/// Longest ARN that is read.
pub const ARN_CHARS_MAX: usize = 2048;
/// Items of a page unless `MaxItems` says otherwise.
pub const PAGE_ITEMS_DEFAULT: usize = 100;
/// Most items of a page.
pub const PAGE_ITEMS_MAX: usize = 1000;
/// Parameters of one call: fifty tags have a hundred.
pub const PARAMETERS_MAX: usize = 512;
/// `MaxSessionDuration` unless the role says otherwise, and its least.
pub const ROLE_SESSION_S_DEFAULT: u64 = 3600;
/// Largest `MaxSessionDuration`.
pub const ROLE_SESSION_S_MAX: u64 = 43_200;
/// Shortest session.
pub const SESSION_S_MIN: u64 = 900;
/// Longest session of a role that a session of a role assumed.
pub const CHAINED_SESSION_S_MAX: u64 = 3600;
/// GetSessionToken's `DurationSeconds` unless given.
pub const TOKEN_SESSION_S_DEFAULT: u64 = 43_200;
/// Its largest.
pub const TOKEN_SESSION_S_MAX: u64 = 129_600;
/// The longest that a session of the account itself may be.
pub const ROOT_SESSION_S_MAX: u64 = 3600;
/// Managed policies that bound a session.
pub const SESSION_POLICY_ARNS_MAX: usize = 10;
/// What the policies of a session may have together; `PackedPolicySize` is a percentage of it.
pub const PACKED_POLICY_BYTES_MAX: usize = 4096;
