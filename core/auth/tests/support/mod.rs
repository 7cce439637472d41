//! The committed requests that botocore signed.
#![allow(clippy::expect_used, clippy::panic)]

use ringgate_auth::sigv4::{Claim, Refusal, RequestParts, body_sha256};
use serde::Deserialize;

pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 2015-08-30T12:36:00Z
pub(crate) const NOW_S: u64 = 1_440_938_160;
pub(crate) const SERVICES: [&str; 3] = ["apigateway", "execute-api", "service"];

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) region: String,
    pub(crate) service: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

pub(crate) fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("../data/botocore_cases.json")).expect("committed JSON")
}

impl Case {
    pub(crate) fn verify(&self) -> Result<(), Refusal> {
        self.verify_at(NOW_S, SECRET)
    }

    pub(crate) fn verify_at(&self, now_s: u64, secret: &str) -> Result<(), Refusal> {
        let headers: Vec<(&str, &[u8])> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let request = RequestParts {
            method: &self.method,
            path: &self.path,
            query: self.query.as_deref(),
            headers: &headers,
        };
        let claim = Claim::read(request, &SERVICES, now_s)?;
        claim.verify(secret, &body_sha256(self.body.as_bytes()))?;
        assert_eq!(claim.scope().region, self.region);
        assert_eq!(claim.scope().service, self.service);
        Ok(())
    }

    pub(crate) fn header(&mut self, name: &str) -> &mut String {
        let found = self.headers.iter_mut().find(|(n, _)| n.eq_ignore_ascii_case(name));
        &mut found.unwrap_or_else(|| panic!("no {name}")).1
    }

    pub(crate) fn signed_headers(&self) -> Vec<String> {
        let (_, authorization) =
            self.headers.iter().find(|(name, _)| name == "Authorization").expect("signed");
        let (_, rest) = authorization.split_once("SignedHeaders=").expect("SignedHeaders");
        let (names, _) = rest.split_once(',').expect("Signature follows");
        names.split(';').map(str::to_owned).collect()
    }
}
