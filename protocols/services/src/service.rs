/// An AWS service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Amazon EventBridge.
    EventBridge,
    /// Amazon SQS.
    Sqs,
    /// AWS AppConfig.
    AppConfig,
    /// Amazon Kinesis Data Streams.
    Kinesis,
    /// AWS Step Functions.
    StepFunctions,
}

impl Service {
    /// Its name in a credential scope, and in front of `.{region}.amazonaws.com`.
    pub fn name(self) -> &'static str {
        match self {
            Self::EventBridge => "events",
            Self::Sqs => "sqs",
            Self::AppConfig => "appconfig",
            Self::Kinesis => "kinesis",
            Self::StepFunctions => "states",
        }
    }
}
