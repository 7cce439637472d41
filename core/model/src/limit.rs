use std::ops::RangeInclusive;

use crate::limits::INTEGRATION_TIMEOUT_MS_DEFAULT;

/// A limit that a setting may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Its key in the table `[limits]`: `routes-per-api`; the flag is `--limit-routes-per-api`.
    pub name: &'static str,
    /// What it limits, in sentences.
    pub meaning: &'static str,
    /// What holds when nothing is said: AWS's value, where AWS has one that can be met.
    pub default: usize,
    /// The values that it may have.
    pub range: RangeInclusive<usize>,
}

/// One list for the struct, its defaults and the names that settings have.
macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $field:ident: $name:literal = $default:expr, $range:expr;)+) => {
        /// The limits of "Quotas for configuring and running an HTTP API" of the API Gateway guide,
        /// and what of their kind is our own. The unit is in the name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct Limits {
            $($(#[doc = $doc])+ pub $field: usize,)+
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        impl Limits {
            /// Every one of them.
            pub const ALL: &'static [Limit] =
                &[$(Limit {
                    name: $name,
                    meaning: concat!($($doc),+),
                    default: $default,
                    range: $range,
                },)+];

            /// Where the one of that name is kept.
            pub fn slot(&mut self, name: &str) -> Option<&mut usize> {
                match name {
                    $($name => Some(&mut self.$field),)+
                    _ => None,
                }
            }
        }
    };
}

limits! {
    /// Routes of one API.
    routes_per_api: "routes-per-api" = 300, 1..=100_000;
    /// Integrations of one API.
    integrations_per_api: "integrations-per-api" = 300, 1..=100_000;
    /// Stages of one API.
    stages_per_api: "stages-per-api" = 10, 1..=1_000;
    /// Variables of one stage.
    variables_per_stage: "variables-per-stage" = 100, 1..=10_000;
    /// Authorizers of one API.
    authorizers_per_api: "authorizers-per-api" = 10, 1..=1_000;
    /// Audiences of one JWT authorizer.
    audiences_per_authorizer: "audiences-per-authorizer" = 50, 1..=1_000;
    /// Scopes of one route.
    scopes_per_route: "scopes-per-route" = 10, 1..=1_000;
    /// Longest format of an access log, in characters.
    log_format_chars: "log-format-chars" = 3_072, 1..=65_536;
    /// Custom domain names of one region and account.
    domain_names: "domain-names" = 120, 1..=100_000;
    /// API mappings of one custom domain name.
    api_mappings_per_domain: "api-mappings-per-domain" = 200, 1..=10_000;
    /// Routing rules of one custom domain name.
    routing_rules_per_domain: "routing-rules-per-domain" = 50, 1..=10_000;
    /// VPC links of one region and account. AWS: 10; local ones cost nothing.
    vpc_links: "vpc-links" = 100, 1..=10_000;
    /// Longest time-out of an integration.
    integration_timeout_ms: "integration-timeout-ms" = 30_000, 50..=3_600_000;
    /// How long a Lambda authorizer may take.
    authorizer_timeout_ms: "authorizer-timeout-ms" = 10_000, 50..=3_600_000;
    /// How long an issuer may take over its discovery document and its keys together.
    issuer_timeout_ms: "issuer-timeout-ms" = 1_500, 50..=60_000;
    /// Longest discovery document of an issuer, and its longest set of keys.
    issuer_document_bytes: "issuer-document-bytes" = 150_000, 1_024..=16_777_216;
    /// Largest body of a management request, and so largest document that is imported.
    management_body_bytes: "management-body-bytes" = 6 * 1024 * 1024, 65_536..=268_435_456;
    /// Longest request head: request line and fields, the empty line included.
    request_head_bytes: "request-head-bytes" = 10_240, 1_024..=24_576;
    /// Longest content of a request that is held whole: for a function, or another AWS service.
    held_body_bytes: "held-body-bytes" = 10 * 1024 * 1024, 1_024..=1_073_741_824;
    /// Longest event for a function, and its longest answer. The number is that of Lambda's own
    /// error texts.
    lambda_payload_bytes: "lambda-payload-bytes" = 6_291_556, 1_024..=1_073_741_824;
    /// Longest answer of another AWS service.
    service_answer_bytes: "service-answer-bytes" = 10 * 1024 * 1024, 1_024..=1_073_741_824;
    /// Content and answers that the requests of a worker hold whole, in bytes beyond a buffer for
    /// each of them; more is answered 503. By default 25 requests of the largest size at once.
    held_bytes_per_worker: "held-bytes-per-worker" =
        256 * 1024 * 1024, 1_048_576..=1_099_511_627_776;
}

impl Limits {
    /// Longest `timeoutInMillis` of an HTTP API's integration.
    pub fn timeout_ms_max(&self) -> u32 {
        u32::try_from(self.integration_timeout_ms).unwrap_or(u32::MAX)
    }

    /// `timeoutInMillis` of an HTTP API's integration that says none.
    pub fn timeout_ms_default(&self) -> u32 {
        INTEGRATION_TIMEOUT_MS_DEFAULT.min(self.timeout_ms_max())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_name_a_meaning_and_a_range_around_its_default() {
        for limit in Limits::ALL {
            let mut limits = Limits::default();
            assert!(limit.range.contains(&limit.default), "{}", limit.name);
            assert!(limit.meaning.ends_with('.'), "{}", limit.name);
            assert_eq!(limits.slot(limit.name), Some(&mut limit.default.clone()));
            if let Some(slot) = limits.slot(limit.name) {
                *slot = *limit.range.end();
            }
            assert_ne!(limits, Limits::default(), "{}", limit.name);
        }
        assert_eq!(Limits::default().slot("fun"), None);
    }
}
