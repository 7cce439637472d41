use std::path::PathBuf;

use clap::Args;

use crate::values::endpoint;

/// Where AWS services are reached. Each variable is the one by which AWS's own tools and SDKs are
/// told the same ("Service-specific endpoints", AWS SDKs and Tools reference guide); in
/// `ringgate.toml` the services stand in a table of their own: `[endpoints]`, `lambda = "URL"`.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "AWS services")]
pub struct EndpointArgs {
    /// URL of every AWS service that is given none of its own here [default: AWS itself, in the
    /// region of what is called]
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL", hide_env_values = true,
          value_parser = endpoint)]
    pub endpoint_url: Option<String>,

    /// URL of Lambda, which integrations of functions call. `lambda` in the table [endpoints] of
    /// ringgate.toml, and so for the services below [default: that of --endpoint-url]
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL_LAMBDA", hide_env_values = true,
          value_parser = endpoint)]
    pub lambda_endpoint: Option<String>,

    /// URL of EventBridge [default: that of --endpoint-url]
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL_EVENTBRIDGE", hide_env_values = true,
          value_parser = endpoint)]
    pub events_endpoint: Option<String>,

    /// URL of SQS [default: that of --endpoint-url]
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL_SQS", hide_env_values = true,
          value_parser = endpoint)]
    pub sqs_endpoint: Option<String>,

    /// URL of Kinesis [default: that of --endpoint-url]
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL_KINESIS", hide_env_values = true,
          value_parser = endpoint)]
    pub kinesis_endpoint: Option<String>,

    /// URL of Step Functions [default: that of --endpoint-url]
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL_SFN", hide_env_values = true,
          value_parser = endpoint)]
    pub states_endpoint: Option<String>,

    /// URL of AppConfig [default: that of --endpoint-url]
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL_APPCONFIG", hide_env_values = true,
          value_parser = endpoint)]
    pub appconfig_endpoint: Option<String>,
}

/// Where the services are that control alone asks.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "AWS services")]
pub struct ControlEndpointArgs {
    /// URL of S3, where truststores of custom domain names with mutual TLS lie. `s3` in the table
    /// [endpoints] of ringgate.toml [default: that of --endpoint-url]
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL_S3", hide_env_values = true,
          value_parser = endpoint)]
    pub s3_endpoint: Option<String>,

    /// File with the certificates (PEM) that the one of S3 must lead to [default: the system's]
    #[arg(long, value_name = "FILE", env = "RINGGATE_S3_CA", hide_env_values = true)]
    pub s3_ca: Option<PathBuf>,

    /// URL of STS, where the roles that integrations and authorizers name are assumed. `sts` in the
    /// table [endpoints] of ringgate.toml [default: none, and such a role is one of Ringgate's own
    /// accounts; one that is none is asked of --endpoint-url, or of STS itself in the region of the
    /// API where no endpoint of Lambda is set]
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL_STS", hide_env_values = true,
          value_parser = endpoint)]
    pub sts_endpoint: Option<String>,
}
