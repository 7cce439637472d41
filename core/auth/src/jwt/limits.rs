//! What tokens and key sets may cost. Units are in the names.

use crate::json::Bounds;

/// Longest token: all header fields of a request together (AWS's quota for HTTP APIs).
pub const TOKEN_BYTES_MAX: usize = 10_240;
/// Deepest nesting in a header, in claims and in a JWK set, the outermost object counted.
pub const JSON_DEPTH_MAX: usize = 8;
/// Members of one object, or elements of one array.
pub const JSON_ITEMS_MAX: usize = 512;
pub(super) const JSON_BOUNDS: Bounds =
    Bounds { depth_max: JSON_DEPTH_MAX, items_max: JSON_ITEMS_MAX };
/// Longest JWK set (AWS's quota for HTTP APIs).
pub const JWKS_BYTES_MAX: usize = 150_000;
/// Keys of one JWK set.
pub const JWKS_KEYS_MAX: usize = 100;
/// Longest `kid`, of a key or a token.
pub const KID_BYTES_MAX: usize = 256;
/// Shortest RSA modulus (RFC 7518 section 3.3).
pub const RSA_BITS_MIN: usize = 2048;
/// Longest RSA modulus: the cost of a check grows with its square.
pub const RSA_BITS_MAX: usize = 8192;
/// Longest RSA public exponent: longer ones only make checks slow.
pub const RSA_EXPONENT_BYTES_MAX: usize = 4;
/// Keys tried for one token, when several of a set share its `kid` and take its algorithm.
pub const KEYS_TRIED_MAX: usize = 2;
/// How far ahead an issuer's clock may be: for `nbf` and `iat`. AWS says only that both must be
/// past, and RFC 7519 that a small leeway is fine: without one, a token used in the second of its
/// birth is refused by a machine whose clock is behind. `exp` has none: no token outlives it.
pub const LEEWAY_S_DEFAULT: u32 = 60;
/// Verified tokens that a worker keeps.
pub const CACHE_TOKENS_DEFAULT: usize = 1024;
/// Most tokens that a cache may be made for.
pub const CACHE_TOKENS_MAX: usize = 1 << 20;
/// Longest token that is kept: longer ones are verified each time.
pub const CACHED_TOKEN_BYTES_MAX: usize = 4096;
/// Shortest time between two refreshes of one issuer's keys that unknown `kid`s ask for.
pub const REFRESH_INTERVAL_S: u64 = 60;
