use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, ValueEnum, value_parser};

use crate::limits::{CONNECT_MS_MAX, TABLE_WAIT_MS_MAX, WAIT_MS_MAX, WAIT_MS_MIN, WORKERS_MAX};

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

    /// Milliseconds that requests under way may take to end after SIGTERM; then they are cut
    #[arg(long, value_name = "MS", env = "RINGGATE_DRAIN_TIMEOUT_MS", hide_env_values = true,
          default_value = "30000",
          value_parser = RangedU64ValueParser::<u32>::new().range(0..=WAIT_MS_MAX))]
    pub drain_timeout_ms: u32,

    /// Milliseconds to wait for the first table before the traffic port opens all the same and
    /// answers 503
    #[arg(long, value_name = "MS", env = "RINGGATE_TABLE_WAIT_MS", hide_env_values = true,
          default_value = "3000",
          value_parser = RangedU64ValueParser::<u32>::new().range(0..=TABLE_WAIT_MS_MAX))]
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

    /// File that gets one JSON line per request; - is standard output [default: no access log]
    #[arg(long, value_name = "FILE|-", env = "RINGGATE_ACCESS_LOG", hide_env_values = true)]
    pub access_log: Option<PathBuf>,
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

fn wait(ms_max: u64) -> RangedU64ValueParser<u32> {
    RangedU64ValueParser::new().range(WAIT_MS_MIN..=ms_max)
}
