use crate::parameter::{Kind, Parameter, REGION, optional, required};

/// An `integrationSubtype`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// `EventBridge-PutEvents`
    PutEvents,
    /// `SQS-SendMessage`
    SendMessage,
    /// `SQS-ReceiveMessage`
    ReceiveMessage,
    /// `SQS-DeleteMessage`
    DeleteMessage,
    /// `SQS-PurgeQueue`
    PurgeQueue,
    /// `AppConfig-GetConfiguration`
    GetConfiguration,
    /// `Kinesis-PutRecord`
    PutRecord,
    /// `StepFunctions-StartExecution`
    StartExecution,
    /// `StepFunctions-StartSyncExecution`
    StartSyncExecution,
    /// `StepFunctions-StopExecution`
    StopExecution,
}

impl Action {
    /// Every action, in the order of the guide.
    pub const ALL: [Self; 10] = [
        Self::PutEvents,
        Self::SendMessage,
        Self::ReceiveMessage,
        Self::DeleteMessage,
        Self::PurgeQueue,
        Self::GetConfiguration,
        Self::PutRecord,
        Self::StartExecution,
        Self::StartSyncExecution,
        Self::StopExecution,
    ];

    /// The action of this subtype.
    pub fn named(subtype: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.subtype() == subtype)
    }

    /// Its name, as an integration has it.
    pub fn subtype(self) -> &'static str {
        match self {
            Self::PutEvents => "EventBridge-PutEvents",
            Self::SendMessage => "SQS-SendMessage",
            Self::ReceiveMessage => "SQS-ReceiveMessage",
            Self::DeleteMessage => "SQS-DeleteMessage",
            Self::PurgeQueue => "SQS-PurgeQueue",
            Self::GetConfiguration => "AppConfig-GetConfiguration",
            Self::PutRecord => "Kinesis-PutRecord",
            Self::StartExecution => "StepFunctions-StartExecution",
            Self::StartSyncExecution => "StepFunctions-StartSyncExecution",
            Self::StopExecution => "StepFunctions-StopExecution",
        }
    }

    /// Its parameters, those it must have first.
    pub fn parameters(self) -> &'static [Parameter] {
        match self {
            Self::PutEvents => PUT_EVENTS,
            Self::SendMessage => SEND_MESSAGE,
            Self::ReceiveMessage => RECEIVE_MESSAGE,
            Self::DeleteMessage => DELETE_MESSAGE,
            Self::PurgeQueue => PURGE_QUEUE,
            Self::GetConfiguration => GET_CONFIGURATION,
            Self::PutRecord => PUT_RECORD,
            Self::StartExecution => START_EXECUTION,
            Self::StartSyncExecution => START_SYNC_EXECUTION,
            Self::StopExecution => STOP_EXECUTION,
        }
    }
}

const PUT_EVENTS: &[Parameter] = &[
    required("Detail"),
    required("DetailType"),
    required("Source"),
    optional("Time").of(Kind::Time),
    optional("EventBusName"),
    optional("Resources").of(Kind::List),
    REGION,
    optional("TraceHeader"),
];
const SEND_MESSAGE: &[Parameter] = &[
    required("QueueUrl"),
    required("MessageBody"),
    optional("DelaySeconds").of(Kind::Integer),
    optional("MessageAttributes").of(Kind::Object),
    optional("MessageDeduplicationId"),
    optional("MessageGroupId"),
    optional("MessageSystemAttributes").of(Kind::Object),
    REGION,
];
const RECEIVE_MESSAGE: &[Parameter] = &[
    required("QueueUrl"),
    optional("AttributeNames").of(Kind::List),
    optional("MaxNumberOfMessages").of(Kind::Integer),
    optional("MessageAttributeNames").of(Kind::List),
    optional("ReceiveRequestAttemptId"),
    optional("VisibilityTimeout").of(Kind::Integer),
    optional("WaitTimeSeconds").of(Kind::Integer),
    REGION,
];
const DELETE_MESSAGE: &[Parameter] = &[required("ReceiptHandle"), required("QueueUrl"), REGION];
const PURGE_QUEUE: &[Parameter] = &[required("QueueUrl"), REGION];
const GET_CONFIGURATION: &[Parameter] = &[
    required("Application"),
    required("Environment"),
    required("Configuration"),
    required("ClientId"),
    optional("ClientConfigurationVersion"),
    REGION,
];
const PUT_RECORD: &[Parameter] = &[
    required("StreamName"),
    required("Data").of(Kind::Blob),
    required("PartitionKey"),
    optional("SequenceNumberForOrdering"),
    optional("ExplicitHashKey"),
    REGION,
];
const START_EXECUTION: &[Parameter] = &[
    required("StateMachineArn").as_member("stateMachineArn"),
    optional("Name").as_member("name"),
    optional("Input").as_member("input"),
    REGION,
];
const START_SYNC_EXECUTION: &[Parameter] = &[
    required("StateMachineArn").as_member("stateMachineArn"),
    optional("Name").as_member("name"),
    optional("Input").as_member("input"),
    REGION,
    optional("TraceHeader").as_member("traceHeader"),
];
const STOP_EXECUTION: &[Parameter] = &[
    required("ExecutionArn").as_member("executionArn"),
    optional("Cause").as_member("cause"),
    optional("Error").as_member("error"),
    REGION,
];
