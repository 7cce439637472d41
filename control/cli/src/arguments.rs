use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use ringgate_settings::{
    ClientArgs, Common, ControlArgs, DataPlaneArgs, FUNCTIONS_DEFAULT, FunctionsArgs,
    FunctionsHostArgs, LimitArgs,
};

/// Amazon API Gateway that you run yourself
#[derive(Debug, Parser)]
#[command(
    name = "ringgate",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "Start here:\n  ringgate up --target http://127.0.0.1:9000\n  \
                  curl http://127.0.0.1:8080/\n\nExit codes: 0 done, 1 refused or failed, 2 usage."
)]
pub(crate) struct Cli {
    /// How answers are printed
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        value_name = "FORMAT",
        default_value = "table",
        env = "RINGGATE_OUTPUT",
        hide_env_values = true
    )]
    pub(crate) output: Output,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// `--output`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people
    #[default]
    Table,
    /// For programs
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a gateway here: both daemons, watched and restarted, until Ctrl-C
    ///
    /// Starts ringgate-control and ringgated, which stand beside this program, and holds their
    /// listening sockets, so that nobody is refused while one of them restarts; with --functions a
    /// host of Lambda functions too. Prints the URL of everything, then what happens. Ctrl-C or
    /// SIGTERM stops all; requests under way finish.
    Up(Box<Up>),

    /// List the APIs
    Apis {
        #[command(flatten)]
        client: ClientArgs,
    },

    /// List the routes of an API and what each calls
    Routes {
        /// Its id or its name; every API where none is given
        api: Option<String>,
        #[command(flatten)]
        client: ClientArgs,
    },

    /// Make an API what an OpenAPI document says; prints first what changes
    ///
    /// The document is OpenAPI 3 in JSON or YAML with x-amazon-apigateway-integration on its
    /// operations. Its info.title names the API, which is made if there is none. Routes of the API
    /// that are not in the document are removed. A document with a problem changes nothing.
    Apply {
        #[command(flatten)]
        what: ApplyArgs,
        #[command(flatten)]
        client: ClientArgs,
    },

    /// Print an API as an OpenAPI document: YAML, or JSON with -o json
    ///
    /// What is printed is read to the same API again, by apply and by ImportApi.
    Export {
        #[command(flatten)]
        what: ExportArgs,
        #[command(flatten)]
        client: ClientArgs,
    },

    /// Check OpenAPI documents without a running gateway
    Validate {
        /// The documents; - is standard input
        #[arg(required = true, value_hint = ValueHint::FilePath)]
        files: Vec<PathBuf>,
        /// Settings file, whose limits count [default: ringgate.toml in the working directory, if
        /// there]
        #[arg(long, value_name = "FILE", env = "RINGGATE_CONFIG", hide_env_values = true)]
        config: Option<PathBuf>,
        #[command(flatten)]
        limits: LimitArgs,
    },

    /// Show what runs: generations, workers, driver, connections
    Status {
        #[command(flatten)]
        client: ClientArgs,
    },

    /// Show what APIs do now: requests, errors and latencies by stage, and by route where a stage
    /// has detailed metrics
    ///
    /// Repeats until Ctrl-C. With -o json each look is one line of JSON.
    Top {
        /// Its id or its name; every API where none is given
        api: Option<String>,
        /// Seconds from one look to the next
        #[arg(short, long, value_name = "S", default_value = "1",
              value_parser = clap::value_parser!(u32).range(1..=3600))]
        interval: u32,
        /// How many looks; 0 is without end
        #[arg(short = 'n', long, value_name = "N", default_value = "0")]
        count: u32,
        #[command(flatten)]
        client: ClientArgs,
    },

    /// Show the access logs of an API's stages
    ///
    /// Each stage that has accessLogSettings writes to the file of its log group. Log groups that
    /// go to the system's journal are read with journalctl RINGGATE_LOG_GROUP=NAME.
    Logs {
        /// Its id or its name
        api: String,
        /// The stage; all where none is given
        #[arg(long, value_name = "NAME")]
        stage: Option<String>,
        /// Go on with what is written from now on, until Ctrl-C
        #[arg(short, long)]
        follow: bool,
        /// How many of the last lines of each log to begin with
        #[arg(short = 'n', long, value_name = "N", default_value = "10")]
        lines: usize,
        #[command(flatten)]
        client: ClientArgs,
    },

    /// Show who changed what, and who was refused: the audit log
    ///
    /// Each record is one line of JSON in CloudTrail's shape, in the directory audit of the data
    /// directory; -o json prints it whole. `aws cloudtrail lookup-events` reads the same.
    Audit(Box<AuditArgs>),

    /// Replace the running ringgated by the program that its file now holds, losing nothing
    ///
    /// Each data plane starts its own file anew and hands its listening sockets over. Once the new
    /// process has its table and accepts, the old one finishes its requests and ends. Where
    /// anything goes wrong before that, the old one goes on, and this command says why. The same
    /// without an answer, and without the control process: kill -USR2 the ringgated.
    Upgrade {
        #[command(flatten)]
        client: ClientArgs,
    },

    /// Run Lambda functions on this machine, without AWS and without containers
    ///
    /// Answers the API of Lambda: `aws lambda --endpoint-url http://127.0.0.1:9001 create-function`
    /// and so on, and invokes functions as processes of this machine, with the rights of this user.
    /// `ringgate up --functions` does the same beside a gateway. Ctrl-C or SIGTERM stops it.
    Functions(Box<Functions>),

    /// Manage the keys that management requests are signed with
    Key {
        #[command(subcommand)]
        action: Key,
    },

    /// Print the completion script of a shell
    ///
    /// bash: ringgate completions bash > ~/.local/share/bash-completion/completions/ringgate
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Up {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) control: ControlArgs,
    #[command(flatten)]
    pub(crate) data_plane: DataPlaneArgs,
    #[command(flatten)]
    pub(crate) host: FunctionsHostArgs,
    #[command(flatten)]
    pub(crate) functions: FunctionsArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// Only events of this name, such as CreateApi
    #[arg(long, value_name = "NAME")]
    pub(crate) event: Option<String>,
    /// Only events of this user, session or root
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// Only what was refused or failed
    #[arg(long)]
    pub(crate) refused: bool,
    /// Go on with what is written from now on, until Ctrl-C
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// How many of the last records to begin with
    #[arg(short = 'n', long, value_name = "N", default_value = "20")]
    pub(crate) lines: usize,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Functions {
    /// Where calls are answered
    #[arg(long, value_name = "ADDR:PORT", default_value = FUNCTIONS_DEFAULT)]
    pub(crate) listen: SocketAddr,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
    #[command(flatten)]
    pub(crate) functions: FunctionsArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// The document; - is standard input
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,

    /// Print what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// The id of the API to change [default: the one named as the document's info.title]
    #[arg(long, value_name = "ID")]
    pub(crate) api_id: Option<String>,

    /// The stage that serves it; made, deploying by itself, if there is none
    #[arg(long, value_name = "NAME", default_value = "$default")]
    pub(crate) stage: String,

    /// A variable of that stage, for ${stageVariables.NAME} in URIs. May be given more than once
    #[arg(long = "variable", value_name = "NAME=VALUE", value_parser = variable)]
    pub(crate) variables: Vec<(String, String)>,

    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Its id or its name
    pub(crate) api: String,

    /// What this stage serves [default: the API as it is]
    #[arg(long, value_name = "NAME")]
    pub(crate) stage: Option<String>,

    /// Plain OpenAPI, for tools that draw documentation or clients from it
    #[arg(long)]
    pub(crate) no_extensions: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Make a random key and print it, once
    ///
    /// Without --account it becomes the root key and the one before it, test/test at first, stops
    /// working. Where no gateway runs on the data directory, ringgate-control is started for the
    /// moment that it takes.
    New {
        /// The account whose resources the key is for; the key is added, none is replaced
        #[arg(long, value_name = "DIGITS")]
        account: Option<String>,
        #[command(flatten)]
        client: ClientArgs,
    },
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}
