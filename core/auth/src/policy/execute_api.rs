//! ARNs of what is called: `arn:aws:execute-api:region:account:api/stage/VERB/path`.

use std::fmt::Write;

/// The action of every request to an API.
pub const INVOKE: &str = "execute-api:Invoke";
/// The action of a request that makes the cache forget.
pub const INVALIDATE_CACHE: &str = "execute-api:InvalidateCache";
/// The action of the `@connections` API.
pub const MANAGE_CONNECTIONS: &str = "execute-api:ManageConnections";
/// What stands for any connection: IAM is asked about this literal text, never about an id.
pub const CONNECTION: &str = "@connections/{connectionId}";

/// An API as it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiArn<'a> {
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: &'a str,
    /// `us-east-1`
    pub region: &'a str,
    /// The account that owns the API, twelve digits.
    pub account: &'a str,
    /// `a1b2c3d4e5`
    pub api_id: &'a str,
}

impl ApiArn<'_> {
    /// Writes the ARN of a request behind what `out` has: `…/prod/GET/pets/7`. The path is without
    /// its stage, encoded as the router matched it; that of a REST API by [`rest_path`].
    pub fn write_method(&self, stage: &str, verb: &str, path: &str, out: &mut String) {
        let path = path.strip_prefix('/').unwrap_or(path);
        self.write_api(out);
        for part in [stage, "/", verb, "/", path] {
            out.push_str(part);
        }
    }

    /// Writes the ARN of a WebSocket route: `…/prod/$connect`.
    pub fn write_route(&self, stage: &str, route_key: &str, out: &mut String) {
        self.write_api(out);
        for part in [stage, "/", route_key] {
            out.push_str(part);
        }
    }

    /// Writes the ARN of a call of the `@connections` API: `…/prod/POST/@connections/{…}`.
    pub fn write_connection(&self, stage: &str, verb: &str, out: &mut String) {
        self.write_method(stage, verb, CONNECTION, out);
    }

    /// Writes the ARN of an authorizer: `…/authorizers/f6g7h8`.
    pub fn write_authorizer(&self, authorizer_id: &str, out: &mut String) {
        self.write_api(out);
        for part in ["authorizers/", authorizer_id] {
            out.push_str(part);
        }
    }

    fn write_api(&self, out: &mut String) {
        let Self { partition, region, account, api_id } = self;
        // Writing into a string does not fail.
        let _ = write!(out, "arn:{partition}:execute-api:{region}:{account}:{api_id}/");
    }

    /// The whole of `execute-api:/stage/GET/path`, as a resource policy may say for short; none
    /// for another text.
    pub(super) fn expanded(&self, text: &str) -> Option<String> {
        let rest = text.strip_prefix(SHORT_FORM)?;
        let mut whole = String::new();
        self.write_api(&mut whole);
        whole.push_str(rest);
        Some(whole)
    }
}

/// How the short form of a resource begins ("API Gateway resource policy examples").
pub(super) const SHORT_FORM: &str = "execute-api:/";

/// The path by which policies know a resource of a REST API. A slash at the end does not matter to
/// its routes, so it must not matter to a Deny either.
pub fn rest_path(path: &str) -> &str {
    path.trim_end_matches('/')
}
