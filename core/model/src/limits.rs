//! Every limit of the control resources, by name, that no setting changes; [`crate::Limits`] has
//! those that one does.
//!
//! AWS's value where AWS has one ("quotas" page of the API Gateway guide); the unit is in the name.

/// Longest name of an API, in characters.
pub const API_NAME_CHARS_MAX: usize = 128;
/// Longest description of any resource, in characters.
pub const DESCRIPTION_CHARS_MAX: usize = 1024;
/// Longest version text of an API, in characters.
pub const VERSION_CHARS_MAX: usize = 64;
/// Longest stage name, in characters of `[A-Za-z0-9_-]` (or `$default`).
pub const STAGE_NAME_CHARS_MAX: usize = 128;
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
/// The timeout of an integration of an HTTP API that says none.
pub const INTEGRATION_TIMEOUT_MS_DEFAULT: u32 = 30_000;
/// Longest integration timeout of a WebSocket API, and its default.
pub const WEBSOCKET_TIMEOUT_MS_MAX: u32 = 29_000;
/// Longest selection expression, in characters.
pub const SELECTION_EXPRESSION_CHARS_MAX: usize = 1024;
/// Longest template or schema, in characters (`StringWithLengthBetween0And32K`).
pub const TEMPLATE_CHARS_MAX: usize = 32 * 1024;
/// Entries of one map of parameters, templates or models.
pub const MAP_ENTRIES_MAX: usize = 100;
/// Longest value of a parameter mapping, in characters.
pub const PARAMETER_VALUE_CHARS_MAX: usize = 512;
/// Longest time that an authorizer's decision is kept, in seconds.
pub const AUTHORIZER_TTL_S_MAX: u32 = 3600;
/// Models of one API (AWS's for REST APIs; none is published for WebSocket APIs).
pub const MODELS_PER_API_MAX: usize = 60;
/// Responses of all routes, and of all integrations, of one API.
pub const RESPONSES_PER_API_MAX: usize = 600;
/// Longest name of an authorizer, a model or a VPC link, in characters.
pub const RESOURCE_NAME_CHARS_MAX: usize = 128;
/// Largest token bucket of a route (the member is a signed 32-bit number).
pub const THROTTLING_BURST_MAX: u32 = i32::MAX as u32;
/// Requests per second that AWS lets an account make to all of its APIs in a region (quotas).
pub const ACCOUNT_RATE_LIMIT: f64 = 10_000.0;
/// Requests at once that AWS lets an account make (quotas).
pub const ACCOUNT_BURST_LIMIT: u32 = 5_000;
/// Longest custom domain name, in characters (RFC 1035 section 2.3.4).
pub const DOMAIN_NAME_CHARS_MAX: usize = 253;
/// Longest API mapping key, in characters.
pub const API_MAPPING_KEY_CHARS_MAX: usize = 300;
/// Highest priority number of a routing rule.
pub const ROUTING_RULE_PRIORITY_MAX: u32 = 1_000_000;
/// Conditions of one kind in a routing rule: header fields; of base paths there is one.
pub const ROUTING_RULE_HEADERS_MAX: usize = 2;
/// Longest page of routing rules.
pub const ROUTING_RULE_PAGE_RESULTS_MAX: usize = 100;
/// Hosts in one tag of a VPC link.
pub const VPC_LINK_TARGETS_MAX: usize = 16;
/// First wait after a certificate was not obtained by ACME, in seconds; it doubles each time.
pub const ACME_RETRY_S_MIN: u64 = 30;
/// Longest such wait: authorities count failures by the hour.
pub const ACME_RETRY_S_MAX: u64 = 6 * 3600;
/// Certificates of one region and account (AWS's ACM: 2,500).
pub const CERTIFICATES_MAX: usize = 2500;
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
/// CORS: most values in one list.
pub const CORS_VALUES_MAX: usize = 100;
/// CORS: longest `maxAge`, in seconds.
pub const CORS_MAX_AGE_S_MAX: i32 = 86_400;
/// Longest access-log format that a setting may allow, in bytes.
pub const ACCESS_LOG_FORMAT_BYTES_MAX: usize = 64 * 1024;
