//! What the flags say, as the workers use it.

use std::fmt;

use ringgate_settings::{CertificateFiles, DataPlaneArgs};

use crate::worker::Waits;

/// Settings that every worker shares.
#[derive(Clone, Debug)]
#[allow(dead_code, reason = "each is read by the code that it steers, as that comes")]
pub(crate) struct Settings {
    /// Plain listeners take HTTP/2 from clients that know beforehand.
    pub http2_cleartext: bool,
    /// The name of the set of protocols and ciphers that TLS clients may come with.
    pub security_policy: String,
    /// What TLS listeners present.
    pub certificates: Vec<Certificate>,
    /// Silence after which a WebSocket or HTTP/2 client is sent a ping.
    pub ping_interval_ms: Option<u64>,
    /// How long a WebSocket may pass no message.
    pub websocket_idle_ms: Option<u64>,
    /// How long a WebSocket may live.
    pub websocket_lifetime_ms: Option<u64>,
    /// Connections that one client address may have open.
    pub connections_per_address: Option<usize>,
    /// The limits of AWS apply that are off by default.
    pub aws_limits: bool,
    /// What a process hands on to the one that takes its place, and to nobody else.
    pub secrets: Secrets,
}

/// Keys that only the processes of one data plane know, as bytes that only those who use them
/// understand; in memory alone.
#[derive(Clone, Default)]
pub(crate) struct Secrets(pub Vec<u8>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({} bytes)", self.0.len())
    }
}

/// A certificate chain and its key, as PEM.
#[derive(Clone, PartialEq, Eq)]
#[allow(dead_code, reason = "read by the TLS listeners when they come")]
pub(crate) struct Certificate {
    /// The files, for error messages.
    pub files: CertificateFiles,
    /// The certificate first.
    pub chain: Vec<u8>,
    /// The private key.
    pub key: Vec<u8>,
}

impl fmt::Debug for Certificate {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.files.chain.display())
    }
}

impl Settings {
    /// Reads the files that the flags name.
    ///
    /// # Errors
    /// A sentence with the flag and the file.
    pub(crate) fn load(args: &DataPlaneArgs, secrets: Secrets) -> Result<Self, String> {
        let unless_0 = |ms: u32| (ms > 0).then_some(u64::from(ms));
        let per_address = usize::try_from(args.connections_per_address).unwrap_or(usize::MAX);
        Ok(Self {
            http2_cleartext: args.http2_cleartext.is_on(),
            security_policy: args.tls.security_policy.clone(),
            certificates: args.tls.certificates.iter().map(read).collect::<Result<_, _>>()?,
            ping_interval_ms: unless_0(args.ping_interval_ms),
            websocket_idle_ms: unless_0(args.websocket_idle_timeout_ms),
            websocket_lifetime_ms: unless_0(args.websocket_lifetime_ms),
            connections_per_address: Some(per_address).filter(|&count| count > 0),
            aws_limits: args.aws_limits.is_on(),
            secrets,
        })
    }
}

fn read(files: &CertificateFiles) -> Result<Certificate, String> {
    let read = |path: &std::path::Path| {
        std::fs::read(path).map_err(|error| format!("--certificate {}: {error}", path.display()))
    };
    Ok(Certificate { chain: read(&files.chain)?, key: read(&files.key)?, files: files.clone() })
}

/// How long each wait may last.
pub(crate) fn waits(args: &DataPlaneArgs) -> Waits {
    Waits {
        head_ms: args.head_timeout_ms.into(),
        idle_ms: args.idle_timeout_ms.into(),
        body_ms: args.body_timeout_ms.into(),
        connect_ms: args.connect_timeout_ms.into(),
        response_head_ms: args.response_head_timeout_ms.into(),
        upstream_idle_ms: args.upstream_idle_timeout_ms.into(),
    }
}
