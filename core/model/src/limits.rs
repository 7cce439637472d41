//! Every limit of the control resources and of what is held whole, by name.
//!
//! AWS's value where AWS has one ("quotas" page of the API Gateway guide); the unit is in the name.

/// Longest name of an API, in characters.
pub const API_NAME_CHARS_MAX: usize = 128;
/// Longest description of any resource, in characters.
pub const DESCRIPTION_CHARS_MAX: usize = 1024;
/// Longest version text of an API, in characters.
pub const VERSION_CHARS_MAX: usize = 64;
/// Routes of one HTTP API (AWS: 300, raisable; here a setting may raise it).
pub const ROUTES_PER_API_MAX: usize = 300;
/// Integrations of one HTTP API.
pub const INTEGRATIONS_PER_API_MAX: usize = 300;
/// Stages of one API.
pub const STAGES_PER_API_MAX: usize = 10;
/// Longest stage name, in characters of `[A-Za-z0-9_-]` (or `$default`).
pub const STAGE_NAME_CHARS_MAX: usize = 128;
/// Stage variables of one stage.
pub const STAGE_VARIABLES_MAX: usize = 100;
/// Longest stage-variable name, in characters.
pub const STAGE_VARIABLE_NAME_CHARS_MAX: usize = 64;
/// Longest stage-variable value, in characters.
pub const STAGE_VARIABLE_VALUE_CHARS_MAX: usize = 512;
/// Longest route key, in characters.
pub const ROUTE_KEY_CHARS_MAX: usize = 1024;
/// Path parts of one route key.
pub const ROUTE_PARTS_MAX: usize = 64;
/// Longest integration URI, in characters.
pub const INTEGRATION_URI_CHARS_MAX: usize = 2048;
/// Shortest integration timeout.
pub const INTEGRATION_TIMEOUT_MS_MIN: u32 = 50;
/// Longest integration timeout of an HTTP API, and its default.
pub const INTEGRATION_TIMEOUT_MS_MAX: u32 = 30_000;
/// Tags of one resource.
pub const TAGS_MAX: usize = 50;
/// Longest tag key, in characters.
pub const TAG_KEY_CHARS_MAX: usize = 128;
/// Longest tag value, in characters.
pub const TAG_VALUE_CHARS_MAX: usize = 256;
/// Longest page of a list; also the page size when none is asked for.
pub const PAGE_RESULTS_MAX: usize = 500;
/// Page size of a list when `maxResults` is not given.
pub const PAGE_RESULTS_DEFAULT: usize = 25;
/// Largest body of a management request, in bytes (AWS: import bodies of 6 MB).
pub const MANAGEMENT_BODY_BYTES_MAX: usize = 6 * 1024 * 1024;
/// CORS: most values in one list.
pub const CORS_VALUES_MAX: usize = 100;
/// CORS: longest `maxAge`, in seconds.
pub const CORS_MAX_AGE_S_MAX: i32 = 86_400;
/// Longest access-log format, in bytes.
pub const ACCESS_LOG_FORMAT_BYTES_MAX: usize = 3 * 1024;
