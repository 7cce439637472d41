//! Environment variables of a function ("Defined runtime environment variables" of the Lambda
//! developer guide).

use std::env;
use std::ffi::OsString;
use std::net::SocketAddr;

use super::Spec;
use crate::{clock, entropy};

/// Variables that a function cannot set itself: CreateFunction refuses them.
pub(crate) const RESERVED: [&str; 18] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

/// What a function gets of the host's own environment: where programs and temporary files are, the
/// credentials and endpoints that stand in for its execution role.
const INHERITED: [&str; 5] = ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "AWS_CA_BUNDLE"];
const CREDENTIALS: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
const ENDPOINTS: &str = "AWS_ENDPOINT_URL";
const PATH_DEFAULT: &str = "/usr/local/bin:/usr/bin:/bin";

/// Every variable of an environment: the defined ones go over the function's own, and those over
/// the defaults, which it may set.
pub(super) fn variables(spec: &Spec, api: SocketAddr) -> Vec<(OsString, OsString)> {
    let mut variables: Vec<(OsString, OsString)> = Vec::new();
    let mut set = |name: &str, value: OsString| {
        variables.retain(|(there, _)| there != name);
        variables.push((name.into(), value));
    };
    let place = spec.place.as_os_str().to_owned();
    set("PATH", PATH_DEFAULT.into());
    set("LANG", "C.UTF-8".into());
    set("TZ", ":UTC".into());
    set("PYTHONPATH", place.clone());
    set("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR".into());
    for (name, value) in env::vars_os() {
        let text = name.to_string_lossy();
        if INHERITED.contains(&text.as_ref()) || text.starts_with(ENDPOINTS) {
            set(&text, value);
        }
    }
    for (name, value) in spec.version.environment.iter().flatten() {
        set(name, value.into());
    }
    if env::var_os("AWS_ACCESS_KEY_ID").is_some() {
        for name in CREDENTIALS {
            if let Some(value) = env::var_os(name) {
                set(name, value);
            }
        }
    } else {
        set("AWS_ACCESS_KEY_ID", "test".into());
        set("AWS_SECRET_ACCESS_KEY", "test".into());
    }
    set("AWS_REGION", spec.scope.region.clone().into());
    set("AWS_DEFAULT_REGION", spec.scope.region.clone().into());
    set("AWS_EXECUTION_ENV", format!("AWS_Lambda_{}", spec.version.runtime).into());
    set("AWS_LAMBDA_FUNCTION_NAME", spec.name.clone().into());
    set("AWS_LAMBDA_FUNCTION_VERSION", spec.label.clone().into());
    set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", spec.version.memory_mb.to_string().into());
    set("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".into());
    set("AWS_LAMBDA_LOG_GROUP_NAME", spec.version.log_group(&spec.name).into());
    set("AWS_LAMBDA_LOG_STREAM_NAME", log_stream(&spec.label).into());
    set("AWS_LAMBDA_RUNTIME_API", api.to_string().into());
    set("LAMBDA_TASK_ROOT", place.clone());
    set("LAMBDA_RUNTIME_DIR", place);
    set("_HANDLER", spec.version.handler.clone().into());
    variables
}

/// `2024/05/01/[$LATEST]0123…`
fn log_stream(label: &str) -> String {
    let id = u128::from_ne_bytes(entropy::bytes());
    format!("{}/[{label}]{id:032x}", clock::day(clock::now_ms()))
}
