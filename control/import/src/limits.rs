//! Bounds of what is read, by name.

/// Deepest nesting of lists and objects.
pub const DEPTH_MAX: usize = 100;
/// Memory a document may grow to when its YAML aliases are written out.
pub const TREE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Most problems told at once; a wrong file would otherwise fill the screen.
pub const PROBLEMS_MAX: usize = 100;
/// Longest operation name that is taken from `operationId`, in characters.
pub const OPERATION_NAME_CHARS_MAX: usize = 64;
/// References (`$ref`) followed one after another.
pub const REFERENCE_HOPS_MAX: usize = 10;
/// What all references of a document together may lead through: each is read anew where it stands,
/// so that a few lines could otherwise ask for hours of work.
pub const REFERENCED_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Longest URL of a server, its variables filled in, whose path the routes are to begin with.
pub const SERVER_URL_BYTES_MAX: usize = 4096;
