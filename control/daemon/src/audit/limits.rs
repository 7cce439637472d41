/// Size from which on an audit file is followed by the next.
pub(super) const AUDIT_FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Audit files that are kept; the oldest goes when there are more.
pub(super) const AUDIT_FILES_MAX: usize = 256;
/// Longest parameters, and longest response elements, that a record has (CloudTrail's own limit).
pub(super) const ELEMENTS_BYTES_MAX: usize = 100 * 1024;
/// Longest text of the client's that a record repeats.
pub(super) const CLIENT_TEXT_CHARS_MAX: usize = 256;
/// Space that is taken on the disk before a change is begun, so that its record finds some.
pub(super) const RESERVED_BYTES: u64 = 1024 * 1024;
/// Refused signatures that are recorded in a minute: strangers must not be able to fill the log.
pub(super) const REFUSALS_PER_MINUTE_MAX: u32 = 100;
/// Events of a page of LookupEvents.
pub(super) const LOOKUP_RESULTS_MAX: usize = 50;
