//! Every limit and every wait of the host of functions, by name. AWS's own values where it has one
//! ("Lambda quotas" of its developer guide).

/// Largest payload of a synchronous invocation, and largest answer: 6 MB and the 100 bytes that AWS
/// adds for itself.
pub const PAYLOAD_BYTES_MAX: usize = 6 * 1024 * 1024 + 100;
/// Largest payload of an asynchronous invocation.
pub const EVENT_PAYLOAD_BYTES_MAX: usize = 1024 * 1024;
/// Largest answer that is streamed.
pub const STREAM_BYTES_MAX: u64 = 200 * 1024 * 1024;
/// Largest zip file in a request.
pub const ZIP_BYTES_MAX: usize = 50 * 1024 * 1024;
/// Most bytes that a zip file may hold when unpacked.
pub const UNZIPPED_BYTES_MAX: u64 = 250 * 1024 * 1024;
/// Most entries of a zip file.
pub const ZIP_ENTRIES_MAX: usize = 50_000;
/// Longest path of an entry.
pub const ZIP_PATH_BYTES_MAX: usize = 1024;
/// Largest body of a management request: a zip file in Base64, and its companions.
pub const MANAGEMENT_BODY_BYTES_MAX: usize = ZIP_BYTES_MAX / 3 * 4 + 1024 * 1024;
/// Bytes of request bodies that are held at once, in KiB; requests beyond that wait.
pub const BODIES_KIB_MAX: u32 = 512 * 1024;

/// Longest name of a function.
pub const FUNCTION_NAME_CHARS_MAX: usize = 64;
/// Longest ARN of a function, or partial one.
pub const FUNCTION_ID_CHARS_MAX: usize = 256;
/// Longest name of an alias.
pub const ALIAS_CHARS_MAX: usize = 128;
/// Most functions of a region and account.
pub const FUNCTIONS_MAX: usize = 10_000;
/// Most published versions of a function.
pub const VERSIONS_MAX: usize = 1_000;
/// Most aliases of a function.
pub const ALIASES_MAX: usize = 1_000;
/// Longest `Handler`.
pub const HANDLER_CHARS_MAX: usize = 128;
/// Longest `Description`.
pub const DESCRIPTION_CHARS_MAX: usize = 256;
/// All environment variables of a function together.
pub const ENVIRONMENT_BYTES_MAX: usize = 4 * 1024;
/// Longest `Timeout`.
pub const TIMEOUT_S_MAX: u32 = 900;
/// `Timeout` where none is given.
pub const TIMEOUT_S_DEFAULT: u32 = 3;
/// Smallest `MemorySize`, and the one where none is given.
pub const MEMORY_MB_MIN: u32 = 128;
/// Largest `MemorySize`.
pub const MEMORY_MB_MAX: u32 = 10_240;
/// Smallest `EphemeralStorage`, and the one where none is given.
pub const EPHEMERAL_MB_MIN: u32 = 512;
/// Largest `EphemeralStorage`.
pub const EPHEMERAL_MB_MAX: u32 = 10_240;
/// Largest policy of a function.
pub const POLICY_BYTES_MAX: usize = 20 * 1024;
/// Most tags of a function.
pub const TAGS_MAX: usize = 50;
/// Items of a page where the request does not say.
pub const PAGE_ITEMS_DEFAULT: usize = 50;
/// Most items of a page.
pub const PAGE_ITEMS_MAX: usize = 10_000;
/// Longest `FunctionName`, `PackageType` or `RevisionId` of a request.
pub const FUNCTION_NAME_MEMBER_CHARS_MAX: usize = 140;
/// Longest text of a configuration's member that has no limit of its own.
pub const MEMBER_CHARS_MAX: usize = 10_000;
/// Longest `FunctionVersion`, `CodeSha256` or `RevisionId` of a request for versions and aliases.
pub const VERSION_MEMBER_CHARS_MAX: usize = 1024;
/// Longest text in a statement of a policy.
pub const STATEMENT_MEMBER_CHARS_MAX: usize = 2048;
/// Longest `StatementId`.
pub const STATEMENT_ID_CHARS_MAX: usize = 100;
/// Longest key of a tag.
pub const TAG_KEY_CHARS_MAX: usize = 128;
/// Longest value of a tag.
pub const TAG_VALUE_CHARS_MAX: usize = 256;
/// How long control may take to say who signed a request.
pub const CONTROL_WAIT_MS_MAX: u64 = 5_000;
/// Longest such answer.
pub const CONTROL_ANSWER_BYTES_MAX: usize = 64 * 1024;
/// `TotalCodeSize` of an account at AWS, which is told and not enforced.
pub const CODE_BYTES_MAX: u64 = 75 * 1024 * 1024 * 1024;
/// `ConcurrentExecutions` of the account, which bounds reserved concurrency.
pub const RESERVED_CONCURRENCY_MAX: u32 = 1_000;

/// Invocations of one function that wait for an environment; one more is answered 429.
pub const WAITING_INVOKES_MAX: usize = 10_000;
/// How long an invocation of one version waits before environments of another make room.
pub const OVERDUE_MS: u64 = 1_000;
/// How long a Python may take to say whether it has awslambdaric.
pub const PROBE_WAIT_MS: u64 = 20_000;
/// AWS's time for the init phase; what is left to do then counts against `Timeout`.
pub const INIT_WAIT_MS: u64 = 10_000;
/// How often the memory of a busy environment is looked at.
pub const MEMORY_POLL_MS: u64 = 100;
/// Processes of one environment whose memory is counted.
pub const PROCESSES_MAX: usize = 1_024;
/// Connections to the Runtime API of one environment.
pub const RUNTIME_CONNECTIONS_MAX: usize = 16;
/// Chunks of a streamed answer between a function and its client.
pub const STREAM_CHUNKS_WAITING_MAX: usize = 16;
/// Longest report of an error by a runtime.
pub const ERROR_BYTES_MAX: usize = 256 * 1024;
/// Files of a directory that are looked at for changes.
pub const WATCHED_FILES_MAX: usize = 5_000;

/// Bytes of output that are read at once.
pub const LOG_READ_BYTES: usize = 16 * 1024;
/// Output that is read at the end of an invocation, before it is answered.
pub const LOG_DRAINED_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of log in `X-Amz-Log-Result`.
pub const LOG_TAIL_BYTES: usize = 4 * 1024;
/// Longest line of a log: a longer one is broken.
pub const LOG_LINE_BYTES_MAX: usize = 64 * 1024;
/// Size at which a log is put aside; one such is kept per function.
pub const LOG_FILE_BYTES_MAX: u64 = 10 * 1024 * 1024;
/// Lots of lines that wait for the disk; what comes on top is dropped and counted.
pub const LOGS_WAITING_MAX: usize = 4_096;
/// Log files open at once.
pub const LOG_FILES_OPEN_MAX: usize = 64;

/// Asynchronous invocations that are kept; one more is answered 429.
pub const EVENTS_MAX: usize = 10_000;
/// Asynchronous invocations that run at once, or wait for an environment.
pub const EVENTS_RUNNING_MAX: usize = 256;
/// Those of them that are of one function: one that hangs leaves room for the others.
pub const EVENTS_RUNNING_OF_FUNCTION_MAX: usize = 16;
/// AWS tries an asynchronous invocation three times in all.
pub const EVENT_ATTEMPTS_MAX: u32 = 3;
/// `MaximumEventAgeInSeconds` of AWS: how long a throttled one is tried again.
pub const EVENT_AGE_MS_MAX: u64 = 6 * 3_600_000;
/// First and longest wait after a throttled try.
pub const EVENT_THROTTLED_WAIT_MS: [u64; 2] = [1_000, 300_000];

/// Connections to the host at once.
pub const CONNECTIONS_MAX: usize = 8_192;
/// How long a request head may take, and how long a connection may idle between two requests:
/// longer than gateways keep theirs, so that none is used as it closes.
pub const HEAD_WAIT_MS_MAX: u64 = 180_000;
/// Largest request head: `X-Amz-Client-Context` is in it.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Most header fields of a request.
pub const HEAD_FIELDS_MAX: usize = 100;
/// Longest wait for the next bytes of a request body.
pub const BODY_PROGRESS_WAIT_MS_MAX: u64 = 10_000;
/// Longest time that a request body may take as a whole.
pub const BODY_WAIT_MS_MAX: u64 = 120_000;
/// How long a request waits for room for its body; then it is answered 429.
pub const BODY_ROOM_WAIT_MS_MAX: u64 = 60_000;
/// Time that invocations under way get at SIGTERM.
pub const SHUTDOWN_WAIT_MS_MAX: u64 = 5_000;
/// Threads that run tasks.
pub const TASK_THREADS: usize = 2;
/// Threads for what waits for the disk.
pub const BLOCKING_THREADS_MAX: usize = 16;
/// Descriptors that the process asks for: its doors full, and the rest.
pub const DESCRIPTORS_WANTED: u64 = 65_536;
