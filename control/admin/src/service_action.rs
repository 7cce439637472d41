//! What an HTTP API can ask of AWS services (guide, "Integration subtype reference"; spec section
//! 2.5).

use ringgate_model::Integration;

use crate::Error;

/// An `integrationSubtype`: its name, the request parameters it must have and those it may have.
type Action = (&'static str, &'static [&'static str], &'static [&'static str]);

#[rustfmt::skip]
const ACTIONS: &[Action] = &[
    ("EventBridge-PutEvents", &["Detail", "DetailType", "Source"],
        &["Time", "EventBusName", "Resources", "Region", "TraceHeader"]),
    ("SQS-SendMessage", &["QueueUrl", "MessageBody"],
        &["DelaySeconds", "MessageAttributes", "MessageDeduplicationId", "MessageGroupId",
            "MessageSystemAttributes", "Region"]),
    ("SQS-ReceiveMessage", &["QueueUrl"],
        &["AttributeNames", "MaxNumberOfMessages", "MessageAttributeNames",
            "ReceiveRequestAttemptId", "VisibilityTimeout", "WaitTimeSeconds", "Region"]),
    ("SQS-DeleteMessage", &["ReceiptHandle", "QueueUrl"], &["Region"]),
    ("SQS-PurgeQueue", &["QueueUrl"], &["Region"]),
    ("AppConfig-GetConfiguration", &["Application", "Environment", "Configuration", "ClientId"],
        &["ClientConfigurationVersion", "Region"]),
    ("Kinesis-PutRecord", &["StreamName", "Data", "PartitionKey"],
        &["SequenceNumberForOrdering", "ExplicitHashKey", "Region"]),
    ("StepFunctions-StartExecution", &["StateMachineArn"], &["Name", "Input", "Region"]),
    ("StepFunctions-StartSyncExecution", &["StateMachineArn"],
        &["Name", "Input", "Region", "TraceHeader"]),
    ("StepFunctions-StopExecution", &["ExecutionArn"], &["Cause", "Error", "Region"]),
];

/// Checks an integration that names a service's action.
///
/// # Errors
/// An unknown action, a parameter that is missing or that it does not have, no role to call with.
pub(crate) fn check(integration: &Integration, subtype: &str) -> Result<(), Error> {
    let Some((_, required, optional)) = ACTIONS.iter().find(|(name, ..)| *name == subtype) else {
        let names: Vec<&str> = ACTIONS.iter().map(|(name, ..)| *name).collect();
        return Err(Error::bad_request(format!(
            "Invalid integrationSubtype '{subtype}'. Must be one of [{}]",
            names.join(", ")
        )));
    };
    if integration.integration_uri.is_some() {
        let words = "integrationUri cannot be set beside integrationSubtype";
        return Err(Error::bad_request(words));
    }
    if integration.credentials_arn.is_none() {
        let words = format!("credentialsArn is required for integrationSubtype {subtype}");
        return Err(Error::bad_request(words));
    }
    let none = std::collections::BTreeMap::new();
    let given = integration.request_parameters.as_ref().unwrap_or(&none);
    if let Some(name) = required.iter().find(|name| !given.contains_key(**name)) {
        return Err(Error::bad_request(format!(
            "Parameter: {name} is required in requestParameters of integrationSubtype {subtype}"
        )));
    }
    let known =
        |name: &&String| required.contains(&name.as_str()) || optional.contains(&name.as_str());
    match given.keys().find(|name| !known(name)) {
        None => Ok(()),
        Some(name) => Err(Error::bad_request(format!(
            "Parameter: {name} does not fit integrationSubtype {subtype}. It has [{}]",
            [*required, *optional].concat().join(", ")
        ))),
    }
}
