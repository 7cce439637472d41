//! Every operation of Lambda's API (botocore's model of 2015-03-31), so that one that is not here
//! is refused by its name.

use hyper::Method;
use ringgate_model::percent;

/// Name, method and path; `{}` is one part of a path.
const OPERATIONS: [(&str, &str, &str); 91] = [
    ("AddLayerVersionPermission", "POST", "/2018-10-31/layers/{}/versions/{}/policy"),
    ("AddPermission", "POST", "/2015-03-31/functions/{}/policy"),
    ("CheckpointDurableExecution", "POST", "/2025-12-01/durable-executions/{}/checkpoint"),
    ("CreateAlias", "POST", "/2015-03-31/functions/{}/aliases"),
    ("CreateCapacityProvider", "POST", "/2025-11-30/capacity-providers"),
    ("CreateCodeSigningConfig", "POST", "/2020-04-22/code-signing-configs"),
    ("CreateEventSourceMapping", "POST", "/2015-03-31/event-source-mappings"),
    ("CreateFunction", "POST", "/2015-03-31/functions"),
    ("CreateFunctionUrlConfig", "POST", "/2021-10-31/functions/{}/url"),
    ("DeleteAlias", "DELETE", "/2015-03-31/functions/{}/aliases/{}"),
    ("DeleteCapacityProvider", "DELETE", "/2025-11-30/capacity-providers/{}"),
    ("DeleteCodeSigningConfig", "DELETE", "/2020-04-22/code-signing-configs/{}"),
    ("DeleteDurableExecution", "DELETE", "/2025-12-01/durable-executions/{}"),
    ("DeleteEventSourceMapping", "DELETE", "/2015-03-31/event-source-mappings/{}"),
    ("DeleteFunction", "DELETE", "/2015-03-31/functions/{}"),
    ("DeleteFunctionCodeSigningConfig", "DELETE", "/2020-06-30/functions/{}/code-signing-config"),
    ("DeleteFunctionConcurrency", "DELETE", "/2017-10-31/functions/{}/concurrency"),
    ("DeleteFunctionEventInvokeConfig", "DELETE", "/2019-09-25/functions/{}/event-invoke-config"),
    ("DeleteFunctionUrlConfig", "DELETE", "/2021-10-31/functions/{}/url"),
    ("DeleteLayerVersion", "DELETE", "/2018-10-31/layers/{}/versions/{}"),
    (
        "DeleteProvisionedConcurrencyConfig",
        "DELETE",
        "/2019-09-30/functions/{}/provisioned-concurrency",
    ),
    ("DeleteResourcePolicy", "DELETE", "/2026-07-09/resource-policy/{}"),
    ("GetAccountSettings", "GET", "/2016-08-19/account-settings"),
    ("GetAlias", "GET", "/2015-03-31/functions/{}/aliases/{}"),
    ("GetCapacityProvider", "GET", "/2025-11-30/capacity-providers/{}"),
    ("GetCodeSigningConfig", "GET", "/2020-04-22/code-signing-configs/{}"),
    ("GetDurableExecution", "GET", "/2025-12-01/durable-executions/{}"),
    ("GetDurableExecutionHistory", "GET", "/2025-12-01/durable-executions/{}/history"),
    ("GetDurableExecutionState", "GET", "/2025-12-01/durable-executions/{}/state"),
    ("GetEventSourceMapping", "GET", "/2015-03-31/event-source-mappings/{}"),
    ("GetFunction", "GET", "/2015-03-31/functions/{}"),
    ("GetFunctionCodeSigningConfig", "GET", "/2020-06-30/functions/{}/code-signing-config"),
    ("GetFunctionConcurrency", "GET", "/2019-09-30/functions/{}/concurrency"),
    ("GetFunctionConfiguration", "GET", "/2015-03-31/functions/{}/configuration"),
    ("GetFunctionEventInvokeConfig", "GET", "/2019-09-25/functions/{}/event-invoke-config"),
    ("GetFunctionRecursionConfig", "GET", "/2024-08-31/functions/{}/recursion-config"),
    ("GetFunctionScalingConfig", "GET", "/2025-11-30/functions/{}/function-scaling-config"),
    ("GetFunctionUrlConfig", "GET", "/2021-10-31/functions/{}/url"),
    ("GetLayerVersion", "GET", "/2018-10-31/layers/{}/versions/{}"),
    ("GetLayerVersionByArn", "GET", "/2018-10-31/layers"),
    ("GetLayerVersionPolicy", "GET", "/2018-10-31/layers/{}/versions/{}/policy"),
    ("GetPolicy", "GET", "/2015-03-31/functions/{}/policy"),
    ("GetProvisionedConcurrencyConfig", "GET", "/2019-09-30/functions/{}/provisioned-concurrency"),
    ("GetResourcePolicy", "GET", "/2026-07-09/resource-policy/{}"),
    ("GetRuntimeManagementConfig", "GET", "/2021-07-20/functions/{}/runtime-management-config"),
    ("Invoke", "POST", "/2015-03-31/functions/{}/invocations"),
    ("InvokeAsync", "POST", "/2014-11-13/functions/{}/invoke-async"),
    ("InvokeWithResponseStream", "POST", "/2021-11-15/functions/{}/response-streaming-invocations"),
    ("ListAliases", "GET", "/2015-03-31/functions/{}/aliases"),
    ("ListCapacityProviders", "GET", "/2025-11-30/capacity-providers"),
    ("ListCodeSigningConfigs", "GET", "/2020-04-22/code-signing-configs"),
    ("ListDurableExecutionsByFunction", "GET", "/2025-12-01/functions/{}/durable-executions"),
    ("ListEventSourceMappings", "GET", "/2015-03-31/event-source-mappings"),
    ("ListFunctionEventInvokeConfigs", "GET", "/2019-09-25/functions/{}/event-invoke-config/list"),
    ("ListFunctionUrlConfigs", "GET", "/2021-10-31/functions/{}/urls"),
    (
        "ListFunctionVersionsByCapacityProvider",
        "GET",
        "/2025-11-30/capacity-providers/{}/function-versions",
    ),
    ("ListFunctions", "GET", "/2015-03-31/functions"),
    ("ListFunctionsByCodeSigningConfig", "GET", "/2020-04-22/code-signing-configs/{}/functions"),
    ("ListLayerVersions", "GET", "/2018-10-31/layers/{}/versions"),
    ("ListLayers", "GET", "/2018-10-31/layers"),
    (
        "ListProvisionedConcurrencyConfigs",
        "GET",
        "/2019-09-30/functions/{}/provisioned-concurrency",
    ),
    ("ListTags", "GET", "/2017-03-31/tags/{}"),
    ("ListVersionsByFunction", "GET", "/2015-03-31/functions/{}/versions"),
    ("PauseDurableExecution", "POST", "/2025-12-01/durable-executions/{}/pause"),
    ("PublishLayerVersion", "POST", "/2018-10-31/layers/{}/versions"),
    ("PublishVersion", "POST", "/2015-03-31/functions/{}/versions"),
    ("PutFunctionCodeSigningConfig", "PUT", "/2020-06-30/functions/{}/code-signing-config"),
    ("PutFunctionConcurrency", "PUT", "/2017-10-31/functions/{}/concurrency"),
    ("PutFunctionEventInvokeConfig", "PUT", "/2019-09-25/functions/{}/event-invoke-config"),
    ("PutFunctionRecursionConfig", "PUT", "/2024-08-31/functions/{}/recursion-config"),
    ("PutFunctionScalingConfig", "PUT", "/2025-11-30/functions/{}/function-scaling-config"),
    ("PutProvisionedConcurrencyConfig", "PUT", "/2019-09-30/functions/{}/provisioned-concurrency"),
    ("PutResourcePolicy", "PUT", "/2026-07-09/resource-policy/{}"),
    ("PutRuntimeManagementConfig", "PUT", "/2021-07-20/functions/{}/runtime-management-config"),
    ("RemoveLayerVersionPermission", "DELETE", "/2018-10-31/layers/{}/versions/{}/policy/{}"),
    ("RemovePermission", "DELETE", "/2015-03-31/functions/{}/policy/{}"),
    ("ResumeDurableExecution", "POST", "/2025-12-01/durable-executions/{}/resume"),
    (
        "SendDurableExecutionCallbackFailure",
        "POST",
        "/2025-12-01/durable-execution-callbacks/{}/fail",
    ),
    (
        "SendDurableExecutionCallbackHeartbeat",
        "POST",
        "/2025-12-01/durable-execution-callbacks/{}/heartbeat",
    ),
    (
        "SendDurableExecutionCallbackSuccess",
        "POST",
        "/2025-12-01/durable-execution-callbacks/{}/succeed",
    ),
    ("StopDurableExecution", "POST", "/2025-12-01/durable-executions/{}/stop"),
    ("TagResource", "POST", "/2017-03-31/tags/{}"),
    ("UntagResource", "DELETE", "/2017-03-31/tags/{}"),
    ("UpdateAlias", "PUT", "/2015-03-31/functions/{}/aliases/{}"),
    ("UpdateCapacityProvider", "PUT", "/2025-11-30/capacity-providers/{}"),
    ("UpdateCodeSigningConfig", "PUT", "/2020-04-22/code-signing-configs/{}"),
    ("UpdateEventSourceMapping", "PUT", "/2015-03-31/event-source-mappings/{}"),
    ("UpdateFunctionCode", "PUT", "/2015-03-31/functions/{}/code"),
    ("UpdateFunctionConfiguration", "PUT", "/2015-03-31/functions/{}/configuration"),
    ("UpdateFunctionEventInvokeConfig", "POST", "/2019-09-25/functions/{}/event-invoke-config"),
    ("UpdateFunctionUrlConfig", "PUT", "/2021-10-31/functions/{}/url"),
];

/// The operation of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    /// As botocore's model names it.
    pub(super) name: &'static str,
    path: &'static str,
    /// The parts of the path that stand for something, decoded.
    pub(super) parts: Vec<String>,
}

impl Operation {
    /// True where the first part of the path is a function.
    pub(super) fn names_function(&self) -> bool {
        self.path.contains("/functions/{}") || self.path.contains("/tags/{}")
    }

    /// The one of this method and path.
    pub(crate) fn find(method: &Method, path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
        let mut fitting = OPERATIONS.iter().filter(|(_, of, _)| method.as_str() == *of);
        fitting.find_map(|(name, _, path)| {
            captures(path, &parts).map(|parts| Self { name, path, parts })
        })
    }
}

fn captures(template: &str, parts: &[&str]) -> Option<Vec<String>> {
    if template.split('/').count() != parts.len() {
        return None;
    }
    let mut captured = Vec::new();
    for (wanted, part) in template.split('/').zip(parts) {
        match wanted {
            "{}" => captured.push(percent::decoded(part)?),
            wanted if wanted == *part => {}
            _ => return None,
        }
    }
    Some(captured)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_found_with_what_stands_in_their_path() {
        let found = |method, path| {
            let Operation { name, parts, .. } = Operation::find(&method, path).unwrap();
            (name, parts)
        };
        let arn = "/2015-03-31/functions/arn%3Aaws%3Alambda%3Ar%3A1%3Afunction%3Af/invocations";
        let name = "arn:aws:lambda:r:1:function:f".to_owned();
        assert_eq!(found(Method::POST, arn), ("Invoke", vec![name]));
        let list = found(Method::GET, "/2015-03-31/functions/");
        assert_eq!(list, ("ListFunctions", vec![]));
        assert_eq!(found(Method::POST, "/2018-10-31/layers/l/versions").0, "PublishLayerVersion");
        assert_eq!(Operation::find(&Method::PUT, "/2015-03-31/functions"), None);
        assert_eq!(Operation::find(&Method::GET, "/2015-03-31/functions/%zz"), None);
    }
}
