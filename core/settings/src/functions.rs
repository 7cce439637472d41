use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, value_parser};

use crate::Switch;
use crate::limits::{
    FUNCTIONS_CONCURRENCY_MAX, FUNCTIONS_MEMORY_MB_MIN, MEMORY_MB_MAX, WAIT_MS_MAX,
};

/// How the host of Lambda functions runs them.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Functions")]
pub struct FunctionsArgs {
    /// Environments, each a process, that a function may have at once; its own reserved
    /// concurrency wins. Invocations beyond wait in line
    #[arg(
        long,
        value_name = "N",
        env = "RINGGATE_FUNCTIONS_CONCURRENCY",
        hide_env_values = true,
        default_value = "10",
        value_parser = value_parser!(u32).range(1..=i64::from(FUNCTIONS_CONCURRENCY_MAX))
    )]
    pub functions_concurrency: u32,

    /// Megabytes of MemorySize that all environments together may have [default: half of this
    /// machine's memory]
    #[arg(
        long,
        value_name = "MB",
        env = "RINGGATE_FUNCTIONS_MEMORY_MB",
        hide_env_values = true,
        value_parser = value_parser!(u64).range(FUNCTIONS_MEMORY_MB_MIN..=MEMORY_MB_MAX)
    )]
    pub functions_memory_mb: Option<u64>,

    /// Milliseconds that an environment is kept without an invocation
    #[arg(
        long,
        value_name = "MS",
        env = "RINGGATE_FUNCTIONS_IDLE_TIMEOUT_MS",
        hide_env_values = true,
        default_value = "300000",
        value_parser = wait()
    )]
    pub functions_idle_timeout_ms: u32,

    /// Milliseconds before an asynchronous invocation that failed is tried again; twice as many
    /// before the third and last try
    #[arg(
        long,
        value_name = "MS",
        env = "RINGGATE_FUNCTIONS_RETRY_WAIT_MS",
        hide_env_values = true,
        default_value = "60000",
        value_parser = wait()
    )]
    pub functions_retry_wait_ms: u32,

    /// File with the access key that calls of functions are signed with, as `ringgate key new`
    /// prints it [default: test/test, on loopback only, and $AWS_ACCESS_KEY_ID]
    #[arg(long, value_name = "FILE", env = "RINGGATE_FUNCTIONS_KEY", hide_env_values = true)]
    pub functions_key: Option<PathBuf>,

    /// Has APIs call only functions whose resource policy allows it, as on AWS (AddPermission with
    /// the principal apigateway.amazonaws.com): others are answered 500
    #[arg(long, value_name = "on|off", env = "RINGGATE_FUNCTIONS_ENFORCE_PERMISSIONS",
          hide_env_values = true, default_value = "off", num_args = 0..=1, require_equals = true,
          default_missing_value = "on", hide_possible_values = true)]
    pub functions_enforce_permissions: Switch,

    /// Command for the runtimes whose name begins so; {handler} is filled in. May be given more
    /// than once [default: `python3 -m awslambdaric`, `aws-lambda-ric`, `bootstrap`]
    #[arg(
        long,
        value_name = "RUNTIME=COMMAND",
        env = "RINGGATE_FUNCTIONS_RUNTIME",
        hide_env_values = true,
        value_parser = runtime
    )]
    pub functions_runtime: Vec<FunctionsRuntime>,
}

/// That there is a host of functions beside the daemons, and where.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Functions")]
pub struct FunctionsHostArgs {
    /// Run Lambda functions on this machine, and send Lambda integrations to them; without an
    /// address on 127.0.0.1:9001 [default: no functions]
    #[arg(
        long,
        value_name = "ADDR:PORT",
        env = "RINGGATE_FUNCTIONS",
        hide_env_values = true,
        num_args = 0..=1,
        default_missing_value = crate::FUNCTIONS_DEFAULT
    )]
    pub functions: Option<SocketAddr>,
}

/// `--functions-runtime`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionsRuntime {
    /// What the name of the runtime begins with.
    pub runtime: String,
    /// Words with spaces between; `{handler}` stands for the handler.
    pub command: String,
}

fn wait() -> RangedU64ValueParser<u32> {
    RangedU64ValueParser::new().range(1..=WAIT_MS_MAX)
}

fn runtime(text: &str) -> Result<FunctionsRuntime, String> {
    match text.split_once('=') {
        Some((runtime, command)) if !runtime.is_empty() && !command.trim().is_empty() => {
            Ok(FunctionsRuntime { runtime: runtime.to_owned(), command: command.to_owned() })
        }
        _ => Err("expected RUNTIME=COMMAND, like python3=python3.12 -m awslambdaric {handler}"
            .to_owned()),
    }
}
