use std::error::Error;
use std::fmt;

use rustls::SupportedProtocolVersion;
use rustls::version::{TLS12, TLS13};

/// What clients must at least speak, by AWS's name for it (API Gateway developer guide, "Supported
/// security policies"; the names are those of `SecurityPolicy` in the V1 API).
///
/// A policy decides the versions. The suites are always the strong part of AWS's list: no CBC, no
/// static RSA, so that what a policy forbids is never agreed on, and what it allows only without
/// those. The hybrid group with ML-KEM is offered under every policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecurityPolicy {
    name: &'static str,
    offer: Offer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Offer {
    From12,
    Only13,
    OldVersions,
    Validated,
}

static FROM_12: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];
static ONLY_13: [&SupportedProtocolVersion; 1] = [&TLS13];

const POLICIES: [SecurityPolicy; 12] = [
    SecurityPolicy::TLS_1_2,
    policy("SecurityPolicy_TLS13_1_2_2021_06", Offer::From12),
    policy("SecurityPolicy_TLS13_1_2_PQ_2025_09", Offer::From12),
    policy("SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09", Offer::From12),
    policy("SecurityPolicy_TLS12_2018_EDGE", Offer::From12),
    policy("SecurityPolicy_TLS12_PFS_2025_EDGE", Offer::From12),
    policy("SecurityPolicy_TLS13_1_3_2025_09", Offer::Only13),
    policy("SecurityPolicy_TLS13_2025_EDGE", Offer::Only13),
    policy("TLS_1_0", Offer::OldVersions),
    policy("SecurityPolicy_TLS13_1_3_FIPS_2025_09", Offer::Validated),
    policy("SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09", Offer::Validated),
    policy("SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09", Offer::Validated),
];

const fn policy(name: &'static str, offer: Offer) -> SecurityPolicy {
    SecurityPolicy { name, offer }
}

impl SecurityPolicy {
    /// TLS 1.2 and 1.3: AWS's for HTTP and WebSocket APIs and the default of custom domains.
    pub const TLS_1_2: Self = policy("TLS_1_2", Offer::From12);

    /// The policy of this name.
    ///
    /// # Errors
    /// A name that AWS does not know, or a policy that cannot be kept here: `TLS_1_0` promises
    /// versions that are not spoken, the FIPS ones a validated build of AWS-LC.
    pub fn from_name(name: &str) -> Result<Self, PolicyFault> {
        let Some(policy) = POLICIES.into_iter().find(|policy| policy.name == name) else {
            return Err(PolicyFault::Unknown);
        };
        match policy.offer {
            Offer::From12 | Offer::Only13 => Ok(policy),
            Offer::OldVersions => Err(PolicyFault::OldVersions),
            Offer::Validated => Err(PolicyFault::Validated),
        }
    }

    /// AWS's name.
    pub fn name(self) -> &'static str {
        self.name
    }

    pub(crate) fn versions(self) -> &'static [&'static SupportedProtocolVersion] {
        match self.offer {
            Offer::From12 => &FROM_12,
            _ => &ONLY_13,
        }
    }

    fn is_kept(self) -> bool {
        matches!(self.offer, Offer::From12 | Offer::Only13)
    }
}

impl Default for SecurityPolicy {
    fn default() -> Self {
        Self::TLS_1_2
    }
}

/// Why a security policy cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyFault {
    /// No such policy.
    Unknown,
    /// `TLS_1_0`.
    OldVersions,
    /// One of the FIPS policies.
    Validated,
}

impl fmt::Display for PolicyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OldVersions => f.write_str("TLS 1.0 and 1.1 are not spoken here; use TLS_1_2"),
            Self::Validated => f.write_str(
                "FIPS policies need a validated build of AWS-LC, which this is not; use the \
                 policy of the same versions without FIPS",
            ),
            Self::Unknown => {
                f.write_str("unknown security policy; expected one of")?;
                let mut kept = POLICIES.iter().filter(|policy| policy.is_kept());
                kept.try_for_each(|policy| write!(f, " {}", policy.name))
            }
        }
    }
}

impl Error for PolicyFault {}
