//! The memory bar: 100,000 routes over 334 APIs in less than 30 MB, and what a table of them costs
//! to make.
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

mod common;

use std::sync::Arc;

use common::{STORE, integration, route, snapshot, try_image};
use ringgate_model::Definition;
use ringgate_table::{ApiImage, Captures, Delta, Table, Update, decode, encode};

const APIS: usize = 334;
const ROUTES_PER_API: usize = 300;
const TABLE_BYTES_MAX: usize = 30 * 1000 * 1000;

/// An API such as people write: resources with the usual five routes each, every route with an
/// integration of its own and a path on it, which is the largest an API gets.
fn large_image(api: usize) -> ApiImage {
    let mut definition = Definition::default();
    for at in 0..ROUTES_PER_API {
        let resource = format!("v1/customers/{{customerId}}/resource-{api}-{}", at / 5);
        let key = match at % 5 {
            0 => format!("GET /{resource}"),
            1 => format!("POST /{resource}"),
            2 => format!("GET /{resource}/{{resourceId}}"),
            3 => format!("DELETE /{resource}/{{resourceId}}"),
            _ => format!("ANY /{resource}/{{resourceId}}/files/{{proxy+}}"),
        };
        let id = format!("{:07}", at + api * ROUTES_PER_API);
        let uri = format!("http://backend-{api}.internal:8000/{resource}/{{resourceId}}");
        definition.routes.push(ringgate_model::Route {
            route_id: id.clone(),
            target: Some(format!("integrations/{id}")),
            ..route(at, &key, None)
        });
        definition.integrations.push(integration(&id, &uri));
    }
    try_image(&format!("api{api:07}"), &["$default"], &definition).unwrap()
}

#[test]
fn a_hundred_thousand_routes() {
    let apis: Vec<_> = (0..APIS).map(large_image).collect();
    let table = Table::from_snapshot(snapshot(apis, None)).unwrap();
    assert!(table.route_count() >= 100_000, "{}", table.route_count());
    let bytes = table.heap_bytes();
    assert!(bytes < TABLE_BYTES_MAX, "{bytes} bytes, {} a route", bytes / table.route_count());
    println!("{bytes} bytes, {} a route", bytes / table.route_count());

    let encoded = encode(&Update::Snapshot(table.snapshot()));
    assert!(encoded.len() < TABLE_BYTES_MAX, "{} bytes on the wire", encoded.len());
    println!("{} bytes on the wire", encoded.len());
    let Ok(Update::Snapshot(again)) = decode(&encoded) else { panic!("no snapshot") };
    let again = Table::from_snapshot(again).unwrap();
    assert_eq!(again.heap_bytes(), bytes);

    let changed = vec![Arc::new(large_image(7))];
    let (removed, parts) = (vec![], vec![]);
    let delta =
        Delta { store_id: STORE, base: 1, generation: 2, root: None, changed, removed, parts };
    let next = again.apply(delta).unwrap();
    let host = Some("api0000007.execute-api.localhost");
    let path = "/v1/customers/c1/resource-7-59/r1/files/a/b";
    let located = next.locate(host, path).unwrap();
    let route = located.stage.find("PUT", path, &mut Captures::new()).unwrap();
    assert!(route.key().ends_with("{resourceId}/files/{proxy+}"), "{}", route.key());
}
