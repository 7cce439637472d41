//! The bounds of policy documents. AWS's values where it publishes one.

/// Longest resource policy of an API ("quotas" page of the API Gateway guide).
pub const RESOURCE_POLICY_BYTES_MAX: usize = 8192;
/// Longest policy that a Lambda authorizer may return (the same page).
pub const AUTHORIZER_POLICY_BYTES_MAX: usize = 8192;
/// Longest managed policy, white space not counted ("IAM and STS quotas", IAM user guide).
pub const MANAGED_POLICY_BYTES_MAX: usize = 6144;
/// Longest inline policy of a user, white space not counted.
pub const USER_POLICY_BYTES_MAX: usize = 2048;
/// Longest inline policy of a group, white space not counted.
pub const GROUP_POLICY_BYTES_MAX: usize = 5120;
/// Longest inline policy of a role, white space not counted.
pub const ROLE_POLICY_BYTES_MAX: usize = 10_240;
/// Longest trust policy of a role, white space not counted (the same page).
pub const TRUST_POLICY_BYTES_MAX: usize = 2048;
/// Longest session policy ("AssumeRole", AWS STS API reference).
pub const SESSION_POLICY_BYTES_MAX: usize = 2048;
/// How much longer a document may be in all than without its white space.
pub const WHITE_SPACE_FACTOR_MAX: usize = 4;
/// Objects and lists inside each other: document, Statement, one statement, Condition, operator
/// and values are six.
pub const DOCUMENT_DEPTH_MAX: usize = 8;
/// Members of one object, or elements of one list: more are not in the longest policy.
pub const DOCUMENT_ITEMS_MAX: usize = ROLE_POLICY_BYTES_MAX / 2;
/// Statements of one policy; a document of 10,240 bytes cannot hold more that say something.
pub const STATEMENTS_MAX: usize = 256;
/// Longest name that an error quotes, in characters.
pub const QUOTED_CHARS_MAX: usize = 80;
