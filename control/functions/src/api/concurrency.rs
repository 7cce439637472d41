//! Reserved concurrency, and what the account has.

use serde_json::{Value, json};

use super::Call;
use super::members::missing;
use crate::ApiError;
use crate::http::{Reply, json as reply, no_content};
use crate::limits::{CODE_BYTES_MAX, RESERVED_CONCURRENCY_MAX, UNZIPPED_BYTES_MAX, ZIP_BYTES_MAX};
use crate::name::FunctionId;

pub(super) async fn put(call: Call<'_>) -> Result<Reply, ApiError> {
    let (id, _) = call.unqualified()?;
    let mut members = call.members("PutFunctionConcurrency")?;
    let reserved = members.number("ReservedConcurrentExecutions", 0..=RESERVED_CONCURRENCY_MAX)?;
    let reserved = reserved.ok_or_else(|| missing("reservedConcurrentExecutions"))?;
    members.finish()?;
    set(&call, &id, Some(reserved)).await?;
    Ok(reply(200, &json!({ "ReservedConcurrentExecutions": reserved })))
}

pub(super) fn get(call: &Call<'_>) -> Result<Reply, ApiError> {
    let (_, function) = call.unqualified()?;
    Ok(reply(
        200,
        &match function.reserved_concurrency {
            Some(reserved) => json!({ "ReservedConcurrentExecutions": reserved }),
            None => json!({}),
        },
    ))
}

pub(super) async fn delete(call: Call<'_>) -> Result<Reply, ApiError> {
    let (id, _) = call.unqualified()?;
    set(&call, &id, None).await?;
    Ok(no_content())
}

async fn set(call: &Call<'_>, id: &FunctionId, reserved: Option<u32>) -> Result<(), ApiError> {
    let change = call.edit(id, |function| {
        function.reserved_concurrency = reserved;
        Ok(())
    });
    change.await
}

pub(super) fn account(call: &Call<'_>) -> Result<Reply, ApiError> {
    let functions = call.host.store.list(call.scope());
    let reserved: u32 = functions.iter().filter_map(|function| function.reserved_concurrency).sum();
    let bytes: u64 = functions
        .iter()
        .flat_map(|function| function.every_version())
        .map(|version| version.code.bytes())
        .sum();
    let answer: Value = json!({
        "AccountLimit": {
            "TotalCodeSize": CODE_BYTES_MAX,
            "CodeSizeUnzipped": UNZIPPED_BYTES_MAX,
            "CodeSizeZipped": ZIP_BYTES_MAX,
            "ConcurrentExecutions": RESERVED_CONCURRENCY_MAX,
            "UnreservedConcurrentExecutions": RESERVED_CONCURRENCY_MAX.saturating_sub(reserved),
        },
        "AccountUsage": { "TotalCodeSize": bytes, "FunctionCount": functions.len() },
    });
    Ok(reply(200, &answer))
}
