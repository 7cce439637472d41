//! Every limit of parameter mapping, by name.

/// Bytes of a body that a JSON path looks at (AWS: "truncates the body at 100 KB and then applies
/// the selection expression").
pub const BODY_BYTES_MAX: usize = 100 * 1024;
/// Steps of one JSON path: `.a[0]` has two.
pub const JSON_PATH_STEPS_MAX: usize = 32;
/// Longest value that is mapped into a head, in bytes (AWS: all fields of a head).
pub const VALUE_BYTES_MAX: usize = 10_240;
/// Lowest status that an answer can be mapped to, or by.
pub const STATUS_MIN: u16 = 200;
/// Highest status that an answer can be mapped to, or by.
pub const STATUS_MAX: u16 = 599;
