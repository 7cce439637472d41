use std::sync::Arc;

use ringgate_admin::{Admin, Options};
use ringgate_model::Limits;
use serde_json::{Value, json};

use crate::gateway::Gateway;

/// deploy/docs/limits.md: "A limit that becomes lower takes nothing away".
#[test]
fn what_is_over_a_lowered_limit_may_change_and_go_but_not_grow() {
    let mut gateway = Gateway::new();
    let api = gateway.api();
    for stage in ["a", "b", "c", "d"] {
        gateway.post(&format!("{api}/stages"), json!({ "stageName": stage }));
    }
    let limits = Limits { stages_per_api: 2, ..Limits::default() };
    let options = Options { store_id: [7; 16], limits, ..Options::default() };
    gateway.admin = Admin::new(Arc::clone(&gateway.store), options);
    let refused = |name: &str| {
        let stage = json!({ "stageName": name });
        gateway.refused("POST", &format!("{api}/stages"), stage, "TooManyRequestsException")
    };
    let words = "Maximum number of Stages for this API has been reached (2).";
    assert_eq!(refused("e"), words);
    let changed = gateway.patch(&format!("{api}/stages/a"), json!({ "description": "still" }));
    assert_eq!(changed.text("description"), "still");
    for (stage, left) in [("a", 3), ("b", 2), ("c", 1)] {
        assert_eq!(refused("e"), words);
        assert_eq!(gateway.delete(&format!("{api}/stages/{stage}")).status, 204);
        let there = gateway.get(&format!("{api}/stages"));
        assert_eq!(there.body.get("items").and_then(Value::as_array).map(Vec::len), Some(left));
    }
    assert_eq!(gateway.post(&format!("{api}/stages"), json!({ "stageName": "e" })).status, 201);
}
