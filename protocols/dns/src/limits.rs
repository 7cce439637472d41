//! Limits of name resolution, each with its unit in its name.

/// Name servers that are asked; more are not looked at.
pub const SERVERS_MAX: usize = 8;
/// Domains of a search list; more are not looked at.
pub const SEARCH_MAX: usize = 16;
/// `ndots` when the file does not say (resolv.conf(5)), and at most.
pub const NDOTS: (usize, usize) = (1, 15);
/// How long one server has for one answer when the file does not say. Shorter than glibc's 5 s: a
/// request that waits for its first address has 3 s to connect.
pub const TIMEOUT_MS_DEFAULT: u64 = 2_000;
/// ... and at most (resolv.conf(5)).
pub const TIMEOUT_MS_MAX: u64 = 30_000;
/// Rounds through all servers when the file does not say, and at most (resolv.conf(5)).
pub const ATTEMPTS: (usize, usize) = (2, 5);
/// Largest answer that is read from a datagram. We do not say EDNS, so 512 bytes are expected (RFC
/// 1035 section 4.2.1); more is no harm.
pub const DATAGRAM_BYTES_MAX: usize = 4096;
/// Largest answer that is read over TCP: some 500 addresses.
pub const TCP_ANSWER_BYTES_MAX: usize = 16 * 1024;
/// Records of an answer that are looked at.
pub const RECORDS_MAX: u16 = 1024;
/// Aliases (CNAME) that are followed from one name to its addresses.
pub const CNAMES_MAX: usize = 16;
/// Addresses of one name; more are not looked at.
pub const ADDRESSES_MAX: usize = 64;
/// Characters of a host name (RFC 1035 section 2.3.4).
pub const NAME_CHARS_MAX: usize = 253;
/// Characters of one label of it.
pub const LABEL_CHARS_MAX: usize = 63;
/// Addresses hold as long as their records say, but at least this long ...
pub const TTL_MS_MIN: u64 = 1_000;
/// ... and at most this long: what moved is found in time, however generous its TTL was.
pub const TTL_MS_MAX: u64 = 300_000;
/// That there is nothing holds as long as the zone says (RFC 2308 section 5), but at least this
/// long ...
pub const NEGATIVE_MS_MIN: u64 = 1_000;
/// ... and at most this long: a name that was just made is found soon.
pub const NEGATIVE_MS_MAX: u64 = 30_000;
/// How long an entry of the hosts file holds before the file is looked at again.
pub const HOSTS_TTL_MS: u64 = 2_000;
/// When one family's addresses are there, how long the other's are still waited for (RFC 8305
/// section 3 says 50 ms for a person who waits; a gateway keeps what it finds).
pub const FAMILY_GRACE_MS: u64 = 250;
/// Lines of a hosts file that are read.
pub const HOSTS_LINES_MAX: usize = 100_000;
/// Largest hosts file or resolv.conf that is read.
pub const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;
