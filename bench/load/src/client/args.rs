use std::path::PathBuf;

use clap::{ArgAction, Parser, ValueEnum};

/// A load generator on one thread: open or closed loop, no retries, strict framing.
///
/// It speaks HTTP/1.1, HTTP/2 (--http2) and WebSocket (ws://), each over TLS 1.3 too (https://,
/// wss://): X25519, AES-128-GCM, no resumption. A WebSocket sends messages of --body-bytes, each of
/// which must come back as it went before the next one is sent.
///
/// Closed loop (`--rate 0`): each connection sends its next request when the last was answered.
/// Open loop: requests are due at fixed times spread over the connections, whatever the server
/// does, and latency counts from the time a request was due. Exit status 0 even when requests
/// failed: the report says so.
#[derive(Clone, Debug, Parser)]
#[command(name = "ringgate-load", version)]
pub struct Args {
    /// Where to send requests: SCHEME://HOST:PORT/PATH with http, https, ws or wss.
    #[arg(long)]
    pub url: String,
    /// Connections kept in use.
    #[arg(long, default_value_t = 64)]
    pub connections: usize,
    /// Speak HTTP/2: by ALPN over https://, by prior knowledge over http://.
    #[arg(long)]
    pub http2: bool,
    /// Requests under way on each HTTP/2 connection.
    #[arg(long, default_value_t = 1)]
    pub streams: usize,
    /// PEM file of the one certificate that a TLS server may show.
    #[arg(long, value_name = "FILE")]
    pub certificate: Option<PathBuf>,
    /// The name that TLS servers are asked for.
    #[arg(long, default_value = "localhost")]
    pub server_name: String,
    /// First send for as long, every body byte compared, and report that. Then comes one run for
    /// each line on standard input, all on the same connections.
    #[arg(long, default_value_t = 0.0)]
    pub warm_up_seconds: f64,
    /// Stop after this many requests; 0: only time ends the run.
    #[arg(long, default_value_t = 0)]
    pub requests: u64,
    /// Stop after this many seconds; 0: only --requests or stdin end the run.
    #[arg(long, default_value_t = 10.0)]
    pub seconds: f64,
    /// Requests per second over all connections; 0: closed loop.
    #[arg(long, default_value_t = 0.0)]
    pub rate: f64,
    /// Request method.
    #[arg(long, default_value = "GET")]
    pub method: String,
    /// Bytes of request body, sent with Content-Length, or of a WebSocket message.
    #[arg(long, default_value_t = 0)]
    pub body_bytes: usize,
    /// Host field; default: the URL's.
    #[arg(long)]
    pub host: Option<String>,
    /// Another header line, "Name: value".
    #[arg(long = "header")]
    pub headers: Vec<String>,
    /// Whether connections are used again; `no` sends one request per connection.
    #[arg(long, default_value = "yes", value_parser = clap::builder::BoolishValueParser::new(),
          action = ArgAction::Set)]
    pub keepalive: bool,
    /// File of targets, a line each, "PATH" or "HOST PATH"; each request takes one at random.
    #[arg(long)]
    pub path_list: Option<PathBuf>,
    /// Seed of the random choice.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The status that counts as right.
    #[arg(long, default_value_t = 200)]
    pub expect_status: u16,
    /// The length of the response body that counts as right.
    #[arg(long)]
    pub expect_bytes: Option<u64>,
    /// The response body that counts as right.
    #[arg(long, conflicts_with = "expect_bytes")]
    pub expect_text: Option<String>,
    /// How a body of --expect-bytes is judged: every byte against ringgate-origin's pattern, or by
    /// its length (long bodies are then dropped by the kernel, uncopied).
    #[arg(long, value_enum, default_value_t = Check::Length)]
    pub check: Check,
    /// A request without a whole response after this time has failed.
    #[arg(long, default_value_t = 10_000)]
    pub timeout_ms: u64,
    /// Stop sending once standard input ends.
    #[arg(long)]
    pub until_stdin_closes: bool,
    /// When done, print the report and hold the connections open until standard input ends, then
    /// print how many the peer closed meanwhile.
    #[arg(long)]
    pub hold: bool,
    /// Form of the report.
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    pub output: Output,
}

/// How response bodies are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Check {
    /// Every byte.
    Pattern,
    /// The number of bytes.
    Length,
}

/// Form of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    Text,
    /// One line of JSON.
    Json,
}
