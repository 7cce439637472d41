//! A change to one API among many is live fast: a real process, a data plane that really builds
//! its table, and the time as the caller sees it.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use ringgate_ipc::{Channel, Hello, ToControl, ToData, memfd};
use ringgate_table::{Table, Update, decode};
use serde_json::{Value, json};
use support::{Client, Process};

// An optimised build is held to the promise; any other shows only that the way is open.
const APIS: usize = if cfg!(debug_assertions) { 4 } else { 334 };
const LIVE_MS_MAX: u128 = if cfg!(debug_assertions) { 500 } else { 10 };
const ROUTES_PER_API: usize = 299;
const CHANGES: usize = 60;

fn desired(number: usize) -> Value {
    let integration = json!({
        "integrationId": "", "integrationType": "HTTP_PROXY", "connectionType": "INTERNET",
        "integrationMethod": "ANY", "integrationUri": "http://127.0.0.1:9000/{proxy}",
        "payloadFormatVersion": "1.0", "timeoutInMillis": 30000,
    });
    let routes: Vec<Value> = (0..ROUTES_PER_API)
        .map(|route| {
            let key = format!("GET /area{}/item{route}/{{proxy+}}", route % 7);
            json!({ "routeKey": key, "integration": integration })
        })
        .collect();
    json!({ "name": format!("api {number}"), "routes": routes })
}

/// Serves whatever comes, until the process is gone.
fn data_plane(path: &Path) -> std::thread::JoinHandle<Table> {
    let channel = Channel::connect(path).unwrap();
    channel.send(&ToControl::Hello(Hello::default()), None).unwrap();
    std::thread::spawn(move || {
        let (mut table, mut buffer) = (Table::empty(), Vec::new());
        while let Ok(Some((message, file))) = channel.recv::<ToData>(&mut buffer) {
            let ToData::Update { bytes, generation } = message else { continue };
            let content = memfd::read_sealed(file.unwrap(), bytes).unwrap();
            table = match decode(&content).unwrap() {
                Update::Snapshot(snapshot) => Table::from_snapshot(snapshot).unwrap(),
                Update::Delta(delta) => table.apply(delta).unwrap(),
            };
            channel.send(&ToControl::Ack { generation, micros: 1 }, None).unwrap();
        }
        table
    })
}

fn change(client: &mut Client<UnixStream>, api_id: &str, number: usize) -> (Duration, String) {
    let body = json!({ "description": "d", "stageVariables": { "v": number.to_string() } });
    let started = Instant::now();
    let target = format!("/v2/apis/{api_id}/stages/$default");
    let answer = client.call("PATCH", &target, "", body.to_string().as_bytes());
    assert_eq!(answer.status, 200, "{answer:?}");
    (started.elapsed(), answer.header("x-ringgate-live").unwrap().to_owned())
}

#[test]
fn a_change_is_live_in_milliseconds() {
    let dir = tempfile::tempdir().unwrap();
    let process = Process::start(&dir);
    let plane = data_plane(&dir.path().join("table.sock"));
    let mut client = process.unix();
    let mut api_ids = Vec::new();
    for number in 0..APIS {
        let body = desired(number).to_string();
        let answer = client.call("POST", "/ringgate/v1/apply?dryRun=false", "", body.as_bytes());
        assert_eq!(answer.status, 200, "{answer:?}");
        api_ids.push(answer.json()["apiId"].as_str().unwrap().to_owned());
    }
    let mut times: Vec<(Duration, String)> = (0..CHANGES)
        .map(|number| change(&mut client, &api_ids[number * 7 % APIS], number))
        .collect();
    times.sort();
    let (median, worst) = (&times[CHANGES / 2], &times[CHANGES - 1]);
    println!("{APIS} APIs: median {median:?}, worst {worst:?}");
    assert!(times.iter().all(|(_, live)| live.ends_with("ms")), "{times:?}");
    assert!(median.0.as_millis() < LIVE_MS_MAX, "median {median:?}");
    process.kill();
    let table = plane.join().unwrap();
    assert_eq!((table.api_count(), table.route_count()), (APIS, APIS * ROUTES_PER_API));

    let started = Instant::now();
    let process = Process::start(&dir);
    println!("{APIS} APIs: started again after kill -9 in {:?}", started.elapsed());
    let plane = data_plane(&dir.path().join("table.sock"));
    change(&mut process.unix(), &api_ids[0], CHANGES);
    process.kill();
    assert_eq!(plane.join().unwrap().api_count(), APIS);
}
