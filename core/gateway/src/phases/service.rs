//! Step 10 for another AWS service: the values of an action's parameters, and the call of it.

use std::rc::Rc;

use ringgate_mapping::Place;
use ringgate_runtime::Buf;
use ringgate_services::Action;
use ringgate_table::{ServiceIntegration, Table};

use super::call::{AnswerKind, Seen, now_ms};
use super::credentials;
use crate::aws::{Call, Service};
use crate::rescue::{Fault, Kind};
use crate::upstream::Pool;
use crate::worker::Core;

/// Makes the call; `out` gets its head.
///
/// # Errors
/// [`Kind::Invocation`]: what the request gives for a parameter is none of its values.
/// [`Kind::Misconfigured`] where the call cannot be signed; those of [`credentials`].
pub(super) fn call(
    core: &Core,
    table: &Table,
    seen: &Seen<'_>,
    integration: &ServiceIntegration<'_>,
    out: &mut Vec<u8>,
) -> Result<(Rc<Pool>, Buf, AnswerKind), Fault> {
    let subtype = integration.subtype();
    let signing = credentials::of_integration(core, table, seen, integration.credentials_arn())?;
    let unknown = || Fault::new(Kind::Misconfigured, format!("there is no action {subtype}"));
    let action = Action::named(subtype).ok_or_else(unknown)?;
    let values = values(seen, integration)?;
    let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_slice())).collect();
    let asked = action.call(&values).map_err(|fault| no_value(subtype, &fault.to_string()))?;
    let (aws, service) = (&core.settings.aws, Service::Subtyped(asked.service));
    let region = asked.region.as_deref().unwrap_or(&seen.located.api.scope().region);
    let endpoint = aws.endpoint(service, asked.host_prefix, region);
    let fields = asked.fields.iter().map(|(name, value)| (*name, value.as_bytes()));
    let call = Call {
        service,
        region,
        method: asked.method,
        path: &asked.path,
        query: asked.query.as_deref(),
        fields: &fields.collect::<Vec<_>>(),
        trace_id: None,
        body: &asked.body,
    };
    call.write_head(aws, &endpoint, (signing.credentials(), now_ms() / 1000), out)?;
    Ok((core.pools.of(&endpoint.origin), Buf::from(asked.body), AnswerKind::Service))
}

/// The values of the parameters, by their names.
fn values<'t>(
    seen: &Seen<'_>,
    integration: &ServiceIntegration<'t>,
) -> Result<Vec<(&'t str, Vec<u8>)>, Fault> {
    let sources = seen.sources();
    let value = |(name, expression)| {
        let mut value = Vec::new();
        ringgate_mapping::write(&sources, expression, Place::Text, &mut value)
            .map_err(|refused| no_value(integration.subtype(), &refused.to_string()))?;
        Ok((name, value))
    };
    integration.parameters().map(value).collect()
}

fn no_value(subtype: &str, reason: &str) -> Fault {
    Fault::new(Kind::Invocation(500), format!("{subtype} is not called: {reason}"))
}
