use ringgate_http1::{Header, RequestHead, fields_named};
use ringgate_mapping::{Body, Sources};
use ringgate_observe::{Record, Value, Values, Variable};
use ringgate_table::{Captures, Located, RouteRef};

use crate::phases::record::Open;

/// What values of `requestParameters` are taken from.
pub(crate) struct Request<'m, 'h, 'b> {
    /// Its head.
    pub head: &'m RequestHead<'h, 'b>,
    /// The API and the stage that it is for.
    pub located: Option<&'m Located<'m>>,
    /// The route that took it.
    pub route: &'m RouteRef<'m>,
    /// The path within the stage, and where the path variables stand in it.
    pub matched: (&'m str, &'m Captures),
    /// What is known of it, where `$context` is asked for.
    pub record: Option<&'m Record>,
    /// As much of its body as a path looks into, where it is asked for.
    pub body: Option<Body<'m>>,
}

/// What values of `responseParameters` are taken from.
pub(crate) struct Response<'m, 'b> {
    /// Its status, as the integration gave it.
    pub status: u16,
    /// The fields of its head.
    pub fields: &'m [Header<'b>],
    /// What is known of its request.
    pub record: &'m Open,
    /// As much of its body as a path looks into, where it is asked for.
    pub body: Option<Body<'m>>,
}

/// A `$context` variable of a request under way: what only its end tells is missing.
fn context<'m>(record: Option<&'m Record>, variable: Variable, property: &str) -> Value<'m> {
    match (variable, record) {
        (
            Variable::Status
            | Variable::ResponseLatency
            | Variable::ResponseLength
            | Variable::DataProcessed,
            _,
        )
        | (_, None) => Value::Missing,
        (_, Some(record)) => record.value(variable, property),
    }
}

impl Values for Request<'_, '_, '_> {
    fn value(&self, variable: Variable, property: &str) -> Value<'_> {
        context(self.record, variable, property)
    }
}

impl Sources for Request<'_, '_, '_> {
    fn header(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        fields_named(self.head.fields, name).for_each(each);
    }

    fn query(&self) -> &str {
        self.head.target.query.unwrap_or_default()
    }

    fn path(&self) -> &str {
        match self.matched.0 {
            "" => "/",
            path => path,
        }
    }

    fn path_parameter(&self, name: &str) -> Option<&str> {
        let (path, captures) = self.matched;
        self.route.param(name, path, captures)
    }

    fn body(&self) -> Option<&Body<'_>> {
        self.body.as_ref()
    }
}

impl Values for Response<'_, '_> {
    fn value(&self, variable: Variable, property: &str) -> Value<'_> {
        match variable {
            Variable::IntegrationLatency | Variable::IntegrationDotLatency => {
                self.record.sent_ms_ago().map_or(Value::Missing, Value::Number)
            }
            Variable::IntegrationStatus
            | Variable::IntegrationDotStatus
            | Variable::IntegrationIntegrationStatus
                if self.record.record().is_some_and(|it| it.integration_status.is_none()) =>
            {
                Value::Number(self.status.into())
            }
            _ => context(self.record.record(), variable, property),
        }
    }
}

impl Sources for Response<'_, '_> {
    fn header(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        fields_named(self.fields, name).for_each(each);
    }

    fn body(&self) -> Option<&Body<'_>> {
        self.body.as_ref()
    }
}
