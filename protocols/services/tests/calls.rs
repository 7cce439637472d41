//! The request of every action, and what is no value of a parameter.
#![allow(missing_docs, clippy::unwrap_used)]

use proptest::prelude::*;
use ringgate_services::{Action, Call, CallFault};
use serde_json::{Value, json};

fn call(subtype: &str, values: &[(&str, &str)]) -> Result<Call, CallFault> {
    let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    Action::named(subtype).unwrap().call(&values)
}

#[track_caller]
fn is_json(subtype: &str, values: &[(&str, &str)], to: (&str, &str, &str), body: Value) {
    let call = call(subtype, values).unwrap();
    let (service, version, target) = to;
    assert_eq!((call.service.name(), call.method, call.path.as_str()), (service, "POST", "/"));
    let content_type = call.fields[0].1.strip_prefix("application/x-amz-json-").unwrap();
    assert_eq!((content_type, call.fields[1]), (version, ("X-Amz-Target", target)));
    assert_eq!(serde_json::from_slice::<Value>(&call.body).unwrap(), body);
}

#[test]
fn events() {
    is_json(
        "EventBridge-PutEvents",
        &[
            ("Detail", "{\"a\":1}"),
            ("DetailType", "t"),
            ("Source", "s"),
            ("Time", "2024-05-01T14:00:00.25+02:00"),
            ("EventBusName", "bus"),
            ("Resources", "[\"arn:a\", \"arn:b\"]"),
            ("TraceHeader", ""),
        ],
        ("events", "1.1", "AWSEvents.PutEvents"),
        json!({ "Entries": [{
            "Detail": "{\"a\":1}", "DetailType": "t", "Source": "s", "Time": 1_714_564_800,
            "EventBusName": "bus", "Resources": ["arn:a", "arn:b"] }] }),
    );
}

#[test]
fn queues() {
    is_json(
        "SQS-SendMessage",
        &[
            ("QueueUrl", "http://q"),
            ("MessageBody", "\"hi\"\n"),
            ("DelaySeconds", "3"),
            ("MessageAttributes", r#"{"a":{"DataType":"String","StringValue":"x"}}"#),
        ],
        ("sqs", "1.0", "AmazonSQS.SendMessage"),
        json!({ "QueueUrl": "http://q", "MessageBody": "\"hi\"\n", "DelaySeconds": 3,
            "MessageAttributes": { "a": { "DataType": "String", "StringValue": "x" } } }),
    );
    is_json(
        "SQS-ReceiveMessage",
        &[("QueueUrl", "u"), ("AttributeNames", "All, SentTimestamp"), ("WaitTimeSeconds", "0")],
        ("sqs", "1.0", "AmazonSQS.ReceiveMessage"),
        json!({ "QueueUrl": "u", "AttributeNames": ["All", "SentTimestamp"],
            "WaitTimeSeconds": 0 }),
    );
    is_json(
        "SQS-DeleteMessage",
        &[("QueueUrl", "u"), ("ReceiptHandle", "r")],
        ("sqs", "1.0", "AmazonSQS.DeleteMessage"),
        json!({ "QueueUrl": "u", "ReceiptHandle": "r" }),
    );
    let purge = ("sqs", "1.0", "AmazonSQS.PurgeQueue");
    is_json("SQS-PurgeQueue", &[("QueueUrl", "u")], purge, json!({ "QueueUrl": "u" }));
}

#[test]
fn streams_and_state_machines() {
    is_json(
        "Kinesis-PutRecord",
        &[("StreamName", "s"), ("Data", "foob"), ("PartitionKey", "p")],
        ("kinesis", "1.1", "Kinesis_20131202.PutRecord"),
        json!({ "StreamName": "s", "Data": "Zm9vYg==", "PartitionKey": "p" }),
    );
    let start = [("StateMachineArn", "arn:m"), ("Name", "n"), ("Input", "{}")];
    let body = json!({ "stateMachineArn": "arn:m", "name": "n", "input": "{}" });
    for operation in ["StartExecution", "StartSyncExecution"] {
        let target = format!("AWSStepFunctions.{operation}");
        let subtype = format!("StepFunctions-{operation}");
        is_json(&subtype, &start, ("states", "1.0", &target), body.clone());
    }
    let prefix = |subtype| call(subtype, &start).unwrap().host_prefix;
    assert_eq!(prefix("StepFunctions-StartExecution"), "");
    assert_eq!(prefix("StepFunctions-StartSyncExecution"), "sync-");
    is_json(
        "StepFunctions-StopExecution",
        &[("ExecutionArn", "arn:e"), ("Cause", "c"), ("Error", "e")],
        ("states", "1.0", "AWSStepFunctions.StopExecution"),
        json!({ "executionArn": "arn:e", "cause": "c", "error": "e" }),
    );
}

#[test]
fn configurations() {
    let values = [
        ("Application", "a/b"),
        ("Environment", ".."),
        ("Configuration", "c d"),
        ("ClientId", "1&x=2"),
        ("ClientConfigurationVersion", "7"),
        ("Region", "eu-west-1"),
    ];
    let call = call("AppConfig-GetConfiguration", &values).unwrap();
    assert_eq!((call.method, call.body.len(), call.fields.len()), ("GET", 0, 0));
    assert_eq!(call.path, "/applications/a%2Fb/environments/%2E%2E/configurations/c%20d");
    assert_eq!(call.query.as_deref(), Some("client_id=1%26x%3D2&client_configuration_version=7"));
    assert_eq!(call.region.as_deref(), Some("eu-west-1"));
}

#[test]
fn what_is_no_value() {
    let queue = |more: &[(&'static str, &'static str)]| {
        let own = [("QueueUrl", "u"), ("MessageBody", "m")];
        let values: Vec<_> = own.into_iter().chain(more.iter().copied()).collect();
        call("SQS-SendMessage", &values).map(|_| ()).map_err(|fault| fault.to_string())
    };
    assert_eq!(queue(&[]), Ok(()));
    for (name, value, words) in [
        ("DelaySeconds", "soon", "the parameter DelaySeconds is not a whole number"),
        ("MessageAttributes", "[]", "the parameter MessageAttributes is not a JSON object"),
        ("MessageAttributes", "{", "the parameter MessageAttributes is not a JSON object"),
        ("Region", "a.example/", "the parameter Region is not a region like us-east-1"),
    ] {
        assert_eq!(queue(&[(name, value)]).unwrap_err(), words);
    }
    let missing = call("SQS-SendMessage", &[("QueueUrl", "u"), ("MessageBody", "")]).unwrap_err();
    assert_eq!(missing, CallFault::Missing("MessageBody"));
    let event = [("Detail", "{}"), ("DetailType", "t"), ("Source", "s"), ("Time", "now")];
    assert!(call("EventBridge-PutEvents", &event).is_err());
    let event = [("Detail", "{}"), ("DetailType", "t"), ("Source", "s"), ("Resources", "[1]")];
    assert!(call("EventBridge-PutEvents", &event).is_err());
    assert_eq!(Action::named("SQS-Nothing"), None);
}

proptest! {
    /// Whatever a client sends stays the value of its parameter.
    #[test]
    fn values_stay_where_they_belong(value in prop::collection::vec(any::<u8>(), 1..60)) {
        let values: &[(&str, &[u8])] = &[("QueueUrl", b"u"), ("MessageBody", &value)];
        let call = Action::SendMessage.call(values).unwrap();
        let body: Value = serde_json::from_slice(&call.body).unwrap();
        prop_assert_eq!(&body["MessageBody"], &json!(String::from_utf8_lossy(&value)));
        prop_assert_eq!(body.as_object().unwrap().len(), 2);
        let values: &[(&str, &[u8])] = &[
            ("Application", &value), ("Environment", &value), ("Configuration", &value),
            ("ClientId", &value),
        ];
        let call = Action::GetConfiguration.call(values).unwrap();
        prop_assert_eq!(call.path.split('/').count(), 7);
        prop_assert!(call.path.bytes().all(|byte| byte.is_ascii_graphic()));
        prop_assert!(!call.query.unwrap().contains('&'));
    }
}
