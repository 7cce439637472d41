use ringgate_auth::sigv4::{Credentials, RequestParts, body_sha256, signed_fields};
use ringgate_http1::{Framing, write};

use super::{Aws, Endpoint, Service};
use crate::rescue::Fault;

/// A request to a service, before it is signed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'c> {
    pub service: Service,
    pub region: &'c str,
    pub method: &'c str,
    /// The path, percent-encoded.
    pub path: &'c str,
    /// The query, likewise.
    pub query: Option<&'c str>,
    /// Fields beside `Host` and `Content-Length`.
    pub fields: &'c [(&'c str, &'c [u8])],
    /// The value of `X-Amzn-Trace-Id`. It is not signed, as proxies may add to it.
    pub trace_id: Option<&'c str>,
    pub body: &'c [u8],
}

impl Call<'_> {
    /// Appends the head to `out`, signed with `credentials`, or (none) with this process's own;
    /// `now_s` is the time in seconds since the epoch.
    ///
    /// # Errors
    /// [`crate::rescue::Kind::Misconfigured`]: there is nothing to sign with.
    pub(crate) fn write_head(
        &self,
        aws: &Aws,
        endpoint: &Endpoint,
        (credentials, now_s): (Option<Credentials<'_>>, u64),
        out: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        let credentials = credentials.map_or_else(|| aws.credentials(endpoint), Ok)?;
        let path = [&endpoint.path, self.path].concat();
        let host = ("Host", endpoint.origin.authority.as_bytes());
        let fields: Vec<(&str, &[u8])> =
            [host].into_iter().chain(self.fields.iter().copied()).collect();
        let Self { method, query, .. } = *self;
        let parts = RequestParts { method, path: &path, query, headers: &fields };
        let scope = (self.region, self.service.name());
        let signed = signed_fields(&parts, &body_sha256(self.body), &credentials, scope, now_s);
        let mark = if query.is_some() { "?" } else { "" };
        for part in [method, " ", &path, mark, query.unwrap_or_default()] {
            out.extend_from_slice(part.as_bytes());
        }
        write::request_line_end(out);
        for (name, value) in fields {
            write::field(out, name, value);
        }
        for (name, value) in &signed {
            write::field(out, name, value.as_bytes());
        }
        if let Some(trace_id) = self.trace_id {
            write::field(out, "X-Amzn-Trace-Id", trace_id.as_bytes());
        }
        write::framing(out, Framing::Length(self.body.len() as u64));
        write::end(out);
        Ok(())
    }
}
