//! What the micro benches measure on: the same APIs and requests for each of them.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod thread_time;

use std::sync::Arc;

use ringgate_model::{Api, Definition, Integration, Route, Scope, Stage};
use ringgate_table::{
    ApiImage, ApiInput, CompileError, Delta, Root, Snapshot, StageInput, Table, compile,
};

pub use thread_time::{ThreadTime, criterion};

/// APIs of the large table.
pub const APIS: usize = 334;
/// Routes of each of them: AWS's own limit.
pub const ROUTES_PER_API: usize = 300;

/// Longest request head.
pub const HEAD_BYTES_MAX: usize = 10_240;
/// A request typical of a browser's: ten fields, a query, no content.
pub const REQUEST_HEAD: &[u8] =
    b"GET /v1/customers/c-1017/orders-7-31/o-40001?expand=lines&page=2 \
HTTP/1.1\r\n\
Host: api0000007.execute-api.localhost:8080\r\n\
User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0\r\n\
Accept: application/json, text/plain, */*\r\n\
Accept-Language: en-GB,en;q=0.7,de;q=0.3\r\n\
Accept-Encoding: gzip, deflate, br\r\n\
Authorization: Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxMDE3In0.c2lnbmF0dXJl\r\n\
X-Request-Id: 0f7f6f2c-3b1e-4a5e-9c8f-0d7c3f9f2b11\r\n\
Referer: https://shop.example.com/account/orders\r\n\
Cookie: session=4f2a9d; theme=dark\r\n\
Connection: keep-alive\r\n\
\r\n";

/// The definition of API number `api`: resources with the usual five routes each, every route with
/// an integration and a URI of its own.
pub fn definition(api: usize, routes: usize) -> Definition {
    let mut definition = Definition::default();
    for at in 0..routes {
        let resource = format!("v1/customers/{{customer}}/orders-{api}-{}", at / 5);
        let route_key = match at % 5 {
            0 => format!("GET /{resource}"),
            1 => format!("POST /{resource}"),
            2 => format!("GET /{resource}/{{order}}"),
            3 => format!("DELETE /{resource}/{{order}}"),
            _ => format!("ANY /{resource}/{{order}}/files/{{proxy+}}"),
        };
        let id = format!("{:07}", api * ROUTES_PER_API + at);
        definition.routes.push(Route {
            route_id: id.clone(),
            route_key,
            target: Some(format!("integrations/{id}")),
            ..Route::default()
        });
        definition.integrations.push(Integration {
            integration_id: id,
            integration_method: Some("ANY".to_owned()),
            integration_uri: Some(format!("http://backend-{api}:8000/{resource}/{{order}}")),
            ..Integration::default()
        });
    }
    definition
}

/// Compiles a definition as the `$default` stage of API number `api`.
///
/// # Errors
/// What [`compile`] refuses.
pub fn image(api: usize, definition: &Definition) -> Result<ApiImage, CompileError> {
    let model = Api { api_id: format!("api{api:07}"), ..Api::default() };
    let stage = Stage { stage_name: "$default".to_owned(), ..Stage::default() };
    let stages = [StageInput::new(&stage, Some(definition))];
    let scope = Scope::new("us-east-1", "000000000000");
    compile(&ApiInput { scope: &scope, api: &model, stages: &stages, vpc_links: &[] })
}

/// A table of the first `apis` APIs with `routes` routes each, at generation 1.
///
/// # Errors
/// A text that says which part could not be built.
pub fn table(apis: usize, routes: usize) -> Result<Table, String> {
    let images = (0..apis).map(|api| image(api, &definition(api, routes)).map(Arc::new));
    let apis = images.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    let (root, parts) = (Root::default(), Vec::new());
    let snapshot = Snapshot { store_id: [1; 16], generation: 1, root, apis, parts };
    Table::from_snapshot(snapshot).map_err(|error| error.to_string())
}

/// The delta that replaces one API in a table of generation `base`.
pub fn delta(base: u64, api: ApiImage) -> Delta {
    Delta {
        store_id: [1; 16],
        base,
        generation: base + 1,
        root: None,
        changed: vec![Arc::new(api)],
        removed: Vec::new(),
        parts: Vec::new(),
    }
}

/// A request line's worth of a request: what `locate` and `find` look at.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// The method.
    pub method: &'static str,
    /// The Host.
    pub host: &'r str,
    /// The path.
    pub path: &'r str,
}

/// Requests one behind the other in memory: walked in order they are as near to the processor as a
/// request that was just received.
#[derive(Debug, Default)]
pub struct Requests {
    text: String,
    /// The method, and where host and path end.
    ends: Vec<(&'static str, usize, usize)>,
}

impl Requests {
    /// Requests all over the large table in an order that repeats no neighbourhood, so that the
    /// table is as far from the processor as it gets in production: hits of each kind of route,
    /// or misses at each depth.
    pub fn new(count: usize, hits: bool) -> Self {
        let mut requests = Self::default();
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        let mut next = move |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % below
        };
        for _ in 0..count {
            let (api, resource) = (next(APIS), next(ROUTES_PER_API / 5));
            let resource = format!("/v1/customers/c-{}/orders-{api}-{resource}", next(100_000));
            let (method, path) = match (hits, next(4)) {
                (true, 0) => ("GET", resource),
                (true, 1) => ("POST", resource),
                (true, 2) => ("GET", format!("{resource}/o-{}", next(100_000))),
                (true, _) => ("PUT", format!("{resource}/o-1/files/2024/{}.pdf", next(100_000))),
                (false, 0) => ("PATCH", resource),
                (false, 1) => ("GET", format!("{resource}/o-1/invoices")),
                (false, 2) => ("GET", format!("/v1/customers/c-1/orders-{api}-9999")),
                (false, _) => ("GET", "/favicon.ico".to_owned()),
            };
            requests.push(method, &format!("api{api:07}.execute-api.localhost:8080"), &path);
        }
        requests
    }

    fn push(&mut self, method: &'static str, host: &str, path: &str) {
        self.text.push_str(host);
        let host_end = self.text.len();
        self.text.push_str(path);
        self.ends.push((method, host_end, self.text.len()));
    }

    /// Each request in order.
    pub fn iter(&self) -> impl Iterator<Item = Request<'_>> + Clone {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|ends| ends.2));
        starts.zip(&self.ends).map(|(start, &(method, host_end, end))| Request {
            method,
            host: self.text.get(start..host_end).unwrap_or_default(),
            path: self.text.get(host_end..end).unwrap_or_default(),
        })
    }
}
