use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, ValueEnum, value_parser};

use crate::limits::{
    CONNECT_MS_MAX, MEMORY_MB_MAX, TABLE_WAIT_MS_MAX, UPGRADE_MS_MAX, WAIT_MS_MAX, WAIT_MS_MIN,
    WEBSOCKET_MS_MAX, WORKERS_MAX,
};
use crate::{Switch, TlsArgs, values};

/// What only the data plane takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Data plane")]
pub struct DataPlaneArgs {
    /// Worker threads [default: one per core of the affinity mask]
    #[arg(
        long,
        value_name = "N",
        env = "RINGGATE_WORKERS",
        hide_env_values = true,
        value_parser = value_parser!(u16).range(1..=i64::from(WORKERS_MAX))
    )]
    pub workers: Option<u16>,

    /// How workers wait for the kernel; auto takes io_uring where the kernel lets it, else epoll
    #[arg(
        long,
        value_name = "DRIVER",
        env = "RINGGATE_DRIVER",
        hide_env_values = true,
        default_value = "auto"
    )]
    pub driver: Driver,

    /// Milliseconds for a whole request head: from accept, or from the first byte of a later one
    #[arg(long, value_name = "MS", env = "RINGGATE_HEAD_TIMEOUT_MS", hide_env_values = true,
          default_value = "10000", value_parser = wait(WAIT_MS_MAX))]
    pub head_timeout_ms: u32,

    /// Milliseconds a client's keep-alive connection may stay quiet between requests
    #[arg(long, value_name = "MS", env = "RINGGATE_IDLE_TIMEOUT_MS", hide_env_values = true,
          default_value = "60000", value_parser = wait(WAIT_MS_MAX))]
    pub idle_timeout_ms: u32,

    /// Milliseconds in which a body must move on by 1 KiB, in either direction, or it is ended
    #[arg(long, value_name = "MS", env = "RINGGATE_BODY_TIMEOUT_MS", hide_env_values = true,
          default_value = "30000", value_parser = wait(WAIT_MS_MAX))]
    pub body_timeout_ms: u32,

    /// Milliseconds for a new connection to a backend. An integration's own timeout wins where
    /// shorter
    #[arg(long, value_name = "MS", env = "RINGGATE_CONNECT_TIMEOUT_MS", hide_env_values = true,
          default_value = "3000", value_parser = wait(CONNECT_MS_MAX))]
    pub connect_timeout_ms: u32,

    /// Milliseconds for a backend's whole response head. An integration's own timeout wins where
    /// shorter
    #[arg(long, value_name = "MS", env = "RINGGATE_RESPONSE_HEAD_TIMEOUT_MS",
          hide_env_values = true, default_value = "30000", value_parser = wait(WAIT_MS_MAX))]
    pub response_head_timeout_ms: u32,

    /// Milliseconds an idle connection to a backend is kept for the next request
    #[arg(long, value_name = "MS", env = "RINGGATE_UPSTREAM_IDLE_TIMEOUT_MS",
          hide_env_values = true, default_value = "60000", value_parser = wait(WAIT_MS_MAX))]
    pub upstream_idle_timeout_ms: u32,

    /// Connections that each worker may have open to one address of a backend, idle ones too;
    /// a request beyond that waits for one, up to a second; 0 is no limit
    #[arg(
        long,
        value_name = "N",
        env = "RINGGATE_UPSTREAM_CONNECTIONS_PER_TARGET",
        hide_env_values = true,
        default_value = "0"
    )]
    pub upstream_connections_per_target: u32,

    /// How one of several addresses of a backend is chosen
    #[arg(
        long,
        value_name = "POLICY",
        env = "RINGGATE_BALANCE",
        hide_env_values = true,
        default_value = "least-request"
    )]
    pub balance: Balance,

    /// Milliseconds that requests under way may take to end after SIGTERM; then they are cut
    #[arg(long, value_name = "MS", env = "RINGGATE_DRAIN_TIMEOUT_MS", hide_env_values = true,
          default_value = "30000",
          value_parser = wait_or_off(WAIT_MS_MAX))]
    pub drain_timeout_ms: u32,

    /// Milliseconds that the new process of an upgrade gets to be able to serve; then it is ended
    /// and the old one goes on
    #[arg(long, value_name = "MS", env = "RINGGATE_UPGRADE_TIMEOUT_MS", hide_env_values = true,
          default_value = "20000",
          value_parser = wait(UPGRADE_MS_MAX))]
    pub upgrade_timeout_ms: u32,

    /// Milliseconds to wait for the first table before the traffic port opens all the same and
    /// answers 503
    #[arg(long, value_name = "MS", env = "RINGGATE_TABLE_WAIT_MS", hide_env_values = true,
          default_value = "3000",
          value_parser = wait_or_off(TABLE_WAIT_MS_MAX))]
    pub table_wait_ms: u32,

    /// Name server that is asked for the addresses of backends. May be given more than once, or as
    /// a list with commas; the next is asked when one does not answer [default: those of
    /// /etc/resolv.conf]
    #[arg(
        long,
        value_name = "ADDR:PORT",
        env = "RINGGATE_DNS_SERVER",
        hide_env_values = true,
        value_delimiter = ','
    )]
    pub dns_server: Vec<SocketAddr>,

    /// File that gets one JSON line per request; - is standard output, journald the system's
    /// journal [default: no log of all requests]
    #[arg(
        long,
        value_name = "FILE|-|journald",
        env = "RINGGATE_ACCESS_LOG",
        hide_env_values = true
    )]
    pub access_log: Option<String>,

    /// Directory of the files that stages' access logs go to, one for each log group. Made if
    /// missing. $LOGS_DIRECTORY stands in for it under systemd [default: logs in the data
    /// directory]
    #[arg(long, value_name = "DIR", env = "RINGGATE_ACCESS_LOG_DIR", hide_env_values = true)]
    pub access_log_dir: Option<PathBuf>,

    /// Where the access logs of a log group go instead: a file, - or journald. May be given more
    /// than once [default: the group's file in --access-log-dir]
    #[arg(long, value_name = "GROUP=FILE|-|journald", env = "RINGGATE_ACCESS_LOG_GROUP",
          hide_env_values = true, value_delimiter = ',', value_parser = values::log_group)]
    pub access_log_group: Vec<(String, String)>,

    /// Whether plain HTTP listeners take HTTP/2 from clients that know beforehand (RFC 9113
    /// section 3.3); it begins with what no HTTP/1.1 request can be
    #[arg(long, value_name = "on|off", env = "RINGGATE_HTTP2_CLEARTEXT", hide_env_values = true,
          default_value = "on", num_args = 0..=1, require_equals = true,
          default_missing_value = "on", hide_possible_values = true)]
    pub http2_cleartext: Switch,

    /// Milliseconds of silence after which a WebSocket client is sent a ping; 0 sends none
    #[arg(long, value_name = "MS", env = "RINGGATE_PING_INTERVAL_MS", hide_env_values = true,
          default_value = "0", value_parser = wait_or_off(WAIT_MS_MAX))]
    pub ping_interval_ms: u32,

    /// Milliseconds a WebSocket may pass no message before it is closed; 0 closes none
    #[arg(long, value_name = "MS", env = "RINGGATE_WEBSOCKET_IDLE_TIMEOUT_MS",
          hide_env_values = true, default_value = "600000",
          value_parser = wait_or_off(WEBSOCKET_MS_MAX))]
    pub websocket_idle_timeout_ms: u32,

    /// Milliseconds a WebSocket may live; 0 is for ever. AWS ends each after two hours: 7200000
    #[arg(long, value_name = "MS", env = "RINGGATE_WEBSOCKET_LIFETIME_MS", hide_env_values = true,
          default_value = "0", value_parser = wait_or_off(WEBSOCKET_MS_MAX))]
    pub websocket_lifetime_ms: u32,

    /// Connections that one client address may have open; 0 is no limit
    #[arg(
        long,
        value_name = "N",
        env = "RINGGATE_CONNECTIONS_PER_ADDRESS",
        hide_env_values = true,
        default_value = "0"
    )]
    pub connections_per_address: u32,

    /// Mebibytes of resident memory from which on new connections and requests are answered 503;
    /// 0 is no limit. A tenth above it nothing is accepted until there is less
    #[arg(long, value_name = "MIB", env = "RINGGATE_MEMORY_LIMIT_MB", hide_env_values = true,
          default_value = "0",
          value_parser = RangedU64ValueParser::<u64>::new().range(0..=MEMORY_MB_MAX))]
    pub memory_limit_mb: u64,

    /// Requests per second that each account may make to all of its APIs; 0 lets none pass
    /// [default: no limit; with --aws-limits, or a burst limit, 10000]
    #[arg(long, value_name = "N", env = "RINGGATE_ACCOUNT_RATE_LIMIT", hide_env_values = true,
          value_parser = values::rate)]
    pub account_rate_limit: Option<f64>,

    /// Requests that each account may make at once after a quiet time [default: no limit; with
    /// --aws-limits, or a rate limit, 5000]
    #[arg(long, value_name = "N", env = "RINGGATE_ACCOUNT_BURST_LIMIT", hide_env_values = true)]
    pub account_burst_limit: Option<u32>,

    /// Tells clients in x-ringgate-explain which phase answered and why: for development, since
    /// reasons name backends
    #[arg(long, value_name = "on|off", env = "RINGGATE_EXPLAIN", hide_env_values = true,
          default_value = "off", num_args = 0..=1, require_equals = true,
          default_missing_value = "on", hide_possible_values = true)]
    pub explain: Switch,

    /// Signature algorithms of the tokens that JWT authorizers take, as a list with commas. AWS
    /// takes those of RSA; there are ES256, ES384 and ES512 too
    #[arg(long, value_name = "ALGORITHM", env = "RINGGATE_JWT_ALGORITHMS",
          hide_env_values = true, value_delimiter = ',', hide_possible_values = true,
          default_value = "RS256,RS384,RS512,PS256,PS384,PS512",
          value_parser = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384",
                          "ES512"])]
    pub jwt_algorithms: Vec<String>,

    /// Holds accounts to AWS's limits of requests per second, and drops of a request what AWS drops
    /// and Ringgate passes on: Upgrade (so no WebSocket), TE, Trailer and Expect
    #[arg(long, value_name = "on|off", env = "RINGGATE_AWS_LIMITS", hide_env_values = true,
          default_value = "off", num_args = 0..=1, require_equals = true,
          default_missing_value = "on", hide_possible_values = true)]
    pub aws_limits: Switch,

    /// Certificates and what is done with them.
    #[command(flatten)]
    pub tls: TlsArgs,
}

/// `--driver`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Driver {
    /// io_uring where the kernel lets it, else epoll
    #[default]
    Auto,
    /// io_uring, or no start
    #[value(name = "io_uring")]
    IoUring,
    /// epoll
    Epoll,
}

/// `--balance`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Balance {
    /// Of two at random, the one with fewer requests under way
    #[default]
    LeastRequest,
    /// In turn
    RoundRobin,
}

impl DataPlaneArgs {
    /// How many workers run: as asked, else one per core this process may run on.
    pub fn worker_count(&self) -> u16 {
        self.workers.unwrap_or_else(|| {
            // Unknown is not fatal: one worker always works.
            let cores = rustix::thread::sched_getaffinity(None).map_or(1, |set| set.count());
            u16::try_from(cores).unwrap_or(WORKERS_MAX).clamp(1, WORKERS_MAX)
        })
    }
}

/// A wait, or 0 for none.
fn wait_or_off(ms_max: u64) -> RangedU64ValueParser<u32> {
    RangedU64ValueParser::new().range(0..=ms_max)
}

fn wait(ms_max: u64) -> RangedU64ValueParser<u32> {
    RangedU64ValueParser::new().range(WAIT_MS_MIN..=ms_max)
}
