//! Every limit of this crate, by name, with its unit.

/// Most plaintext in one record (RFC 8446 section 5.1).
pub const RECORD_PLAIN_BYTES_MAX: usize = 16 * 1024;
/// What protection adds to a record at most, of the suites offered: header 5, explicit nonce 8 and
/// tag 16 (TLS 1.2; TLS 1.3 adds 5, 1 and 16).
pub const RECORD_OVERHEAD_BYTES_MAX: usize = 29;

/// Records are copied in pieces of this size: `copy.rs` says why.
pub const COPY_BYTES: usize = 1024;

/// Session tickets given after a TLS 1.3 handshake, as nginx does.
pub const TICKETS_PER_HANDSHAKE: usize = 2;
/// Keys that open tickets: the one that also seals, and the ones before it.
pub const TICKET_KEYS_MAX: usize = 3;
/// How often the caller should rotate ticket keys. AES-GCM with random nonces is safe for 2^32
/// tickets a key: 298,000 a second over this time.
pub const TICKET_ROTATION_S: u64 = 4 * 3600;
/// How long clients are told to keep tickets: as long as their key surely is kept.
pub const TICKET_LIFETIME_S: u32 = 8 * 3600;
/// Longest ticket that is tried; ours are under 300 bytes without client certificates.
pub const TICKET_BYTES_MAX: usize = 16 * 1024;

/// Most certificates of a chain: the server's own and its issuers.
pub const CHAIN_CERTIFICATES_MAX: usize = 10;
/// Longest certificate chain or key file, in PEM.
pub const PEM_BYTES_MAX: usize = 256 * 1024;
/// Longest certificate, in DER.
pub const CERTIFICATE_BYTES_MAX: usize = 64 * 1024;
/// Most names of one certificate that are looked at.
pub const NAMES_MAX: usize = 1000;
/// Longest bundle of trusted roots, in PEM; a system's is about 220 KB.
pub const ROOTS_PEM_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Most certificates of a truststore.
pub const TRUSTSTORE_CERTIFICATES_MAX: usize = 1000;
/// Most revocation lists of a truststore.
pub const REVOCATION_LISTS_MAX: usize = 100;
/// Most issuers from a client's certificate up to a root, that one too (AWS: a chain of four).
pub const ISSUERS_OF_CLIENT_MAX: usize = 4;
/// Shortest RSA key of a client or an authority (AWS).
pub const RSA_BITS_MIN: usize = 2048;

/// How long a certificate of our own making is valid; some clients refuse more.
pub const SELF_SIGNED_DAYS: u32 = 825;
/// How much the clock of whoever checks it may be slow.
pub const SELF_SIGNED_SKEW_S: i64 = 24 * 3600;

/// Origins whose sessions one client configuration remembers, the oldest forgotten first. Each is
/// up to 8 tickets (TLS 1.3) of about 1.5 KB.
pub const REMEMBERED_ORIGINS_MAX: usize = 256;
