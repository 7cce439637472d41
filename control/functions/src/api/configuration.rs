//! Code and configuration of a version, as requests give them and answers show them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ringgate_auth::sigv4::body_sha256;
use serde_json::{Value, json};

use super::members::Members;
use crate::environment::RESERVED;
use crate::function::{Code, Function, Version};
use crate::limits::{
    DESCRIPTION_CHARS_MAX, ENVIRONMENT_BYTES_MAX, EPHEMERAL_MB_MAX, EPHEMERAL_MB_MIN,
    HANDLER_CHARS_MAX, MEMBER_CHARS_MAX, MEMORY_MB_MAX, MEMORY_MB_MIN, TIMEOUT_S_MAX,
    ZIP_BYTES_MAX, ZIP_PATH_BYTES_MAX,
};
use crate::name::{LATEST, malformed_as};
use crate::{ApiError, Host, base64, clock};

/// The bucket that says that the key is a directory of this machine, used in place.
const DIRECTORY_BUCKET: &str = "hot-reload";
/// Members that ask for what this host cannot do.
const NOT_HERE: [&str; 11] = [
    "VpcConfig",
    "DeadLetterConfig",
    "KMSKeyArn",
    "TracingConfig",
    "Layers",
    "FileSystemConfigs",
    "ImageConfig",
    "SnapStart",
    "CapacityProviderConfig",
    "DurableConfig",
    "AcceleratorConfig",
];

/// Takes the members that CreateFunction and UpdateFunctionConfiguration share into a version.
pub(super) fn configure(
    members: &mut Members,
    version: &mut Version,
    host: &Host,
) -> Result<(), ApiError> {
    if let Some(runtime) = members.text("Runtime", MEMBER_CHARS_MAX)? {
        if !host.shared.interpreters.knows(&runtime) {
            return Err(ApiError::invalid(format!(
                "The runtime parameter of {runtime} is not one that this host runs: python3.x, \
                 nodejsN.x, provided.*, and what --functions-runtime names. A function for another \
                 runtime can bring it as the executable 'bootstrap' of provided.al2023."
            )));
        }
        version.runtime = runtime;
    }
    if let Some(handler) = members.text("Handler", HANDLER_CHARS_MAX)? {
        if handler.is_empty() || handler.contains(char::is_whitespace) {
            return Err(malformed_as("handler", &handler, "a text without spaces"));
        }
        version.handler = handler;
    }
    if let Some(role) = members.text("Role", MEMBER_CHARS_MAX)? {
        if !is_role(&role) {
            return Err(malformed_as("role", &role, "arn:aws:iam::123456789012:role/name"));
        }
        version.role = role;
    }
    if let Some(description) = members.text("Description", DESCRIPTION_CHARS_MAX)? {
        version.description = description;
    }
    if let Some(timeout_s) = members.number("Timeout", 1..=TIMEOUT_S_MAX)? {
        version.timeout_s = timeout_s;
    }
    if let Some(memory_mb) = members.number("MemorySize", MEMORY_MB_MIN..=MEMORY_MB_MAX)? {
        version.memory_mb = memory_mb;
    }
    if let Some(mut environment) = members.inner("Environment")? {
        version.environment = environment.texts("Variables")?;
        environment.finish()?;
        check_variables(version.environment.as_ref())?;
    }
    if let Some(mut storage) = members.inner("EphemeralStorage")? {
        let size = storage.number("Size", EPHEMERAL_MB_MIN..=EPHEMERAL_MB_MAX)?;
        version.ephemeral_mb = size.unwrap_or(EPHEMERAL_MB_MIN);
        storage.finish()?;
    }
    if let Some(mut logging) = members.inner("LoggingConfig")? {
        version.log_group = logging.text("LogGroup", MEMBER_CHARS_MAX)?;
        let format =
            logging.text("LogFormat", MEMBER_CHARS_MAX)?.unwrap_or_else(|| "Text".to_owned());
        if format != "Text" {
            return Err(malformed_as("logFormat", &format, "Text: JSON is not supported here"));
        }
        logging.finish()?;
    }
    members.refuse(&NOT_HERE)?;
    // One host, one machine: nothing of a runtime can be pinned.
    members.refuse(&["RuntimeConfig"])
}

fn is_role(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    matches!(parts.as_slice(), ["arn", partition, "iam", "", account, role]
        if partition.starts_with("aws")
            && account.len() == 12
            && account.bytes().all(|b| b.is_ascii_digit())
            && role.starts_with("role/"))
}

fn check_variables(variables: Option<&BTreeMap<String, String>>) -> Result<(), ApiError> {
    let variables = variables.into_iter().flatten();
    let (mut bytes, mut reserved) = (0usize, Vec::new());
    for (name, value) in variables {
        let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !starts || !word || value.contains('\0') {
            let expected = "a name of letters, digits and underscores, and a value without NUL";
            return Err(malformed_as("environment.variables", name, expected));
        }
        bytes = bytes.saturating_add(name.len()).saturating_add(value.len());
        if RESERVED.contains(&name.as_str()) {
            reserved.push(name.as_str());
        }
    }
    if !reserved.is_empty() {
        return Err(ApiError::invalid(format!(
            "Lambda was unable to configure your environment variables because the environment \
             variables you have provided contains reserved keys that are currently not supported \
             for modification. Reserved keys used in this request: {}",
            reserved.join(", ")
        )));
    }
    if bytes > ENVIRONMENT_BYTES_MAX {
        return Err(ApiError::invalid(format!(
            "Lambda was unable to configure your environment variables because the environment \
             variables you have provided exceeded the {ENVIRONMENT_BYTES_MAX} bytes limit."
        )));
    }
    Ok(())
}

/// Takes `Architectures`, of which nothing but the answer depends.
pub(super) fn architectures(members: &mut Members) -> Result<Option<Vec<String>>, ApiError> {
    let Some(value) = members.take("Architectures") else { return Ok(None) };
    let given: Option<Vec<String>> = serde_json::from_value(value.clone()).ok();
    match given {
        Some(given) if matches!(given.as_slice(), [one] if one == "x86_64" || one == "arm64") => {
            Ok(Some(given))
        }
        _ => {
            let expected = "a list of x86_64 or arm64";
            Err(malformed_as("architectures", &value.to_string(), expected))
        }
    }
}

/// Takes the code that a request brings, and makes it last. It is held by what is given with it.
pub(super) async fn code(
    members: &mut Members,
    host: &Host,
) -> Result<(Code, Arc<PathBuf>), ApiError> {
    members.refuse(&["ImageUri", "S3ObjectVersion", "S3ObjectStorageMode", "SourceKMSKeyArn"])?;
    let zip = members.text("ZipFile", ZIP_BYTES_MAX / 3 * 4 + 8)?;
    let bucket = members.text("S3Bucket", MEMBER_CHARS_MAX)?;
    let key = members.text("S3Key", ZIP_PATH_BYTES_MAX)?;
    match (zip, bucket, key) {
        (Some(zip), None, None) => {
            let shared = Arc::clone(&host.shared);
            let unpacked = tokio::task::spawn_blocking(move || {
                let zip = base64::decode(&zip)
                    .map_err(|error| malformed_as("zipFile", "(not shown)", &error.to_string()))?;
                shared.shelf.put(&zip)
            });
            unpacked.await.map_err(|error| ApiError::internal(error.to_string()))?
        }
        (None, Some(bucket), Some(path)) if bucket == DIRECTORY_BUCKET => {
            let at = Path::new(&path);
            if !at.is_absolute() || !at.is_dir() {
                return Err(ApiError::invalid(format!(
                    "S3Key: with S3Bucket {DIRECTORY_BUCKET} it is the absolute path of a \
                     directory of the machine of this host, and '{path}' is none."
                )));
            }
            let code = Code::Directory { path };
            let place = host.shared.shelf.place(&code);
            Ok((code, place))
        }
        (None, Some(bucket), _) => Err(ApiError::invalid(format!(
            "S3Bucket {bucket}: this host reads from no S3. Give ZipFile, or S3Bucket \
             {DIRECTORY_BUCKET} and a directory as S3Key."
        ))),
        (None, None, _) => {
            Err(ApiError::invalid("Please provide a source for function code: ZipFile."))
        }
        (Some(_), ..) => Err(ApiError::invalid(
            "Please do not provide other FunctionCode \
             parameters when providing a ZipFile.",
        )),
    }
}

/// `CodeSha256`: of a directory that is used in place, of its path.
pub(super) fn code_sha256(code: &Code) -> String {
    match code {
        Code::Zip { sha256, .. } => {
            let digits = sha256.as_bytes().chunks(2);
            let bytes =
                digits.filter_map(|two| u8::from_str_radix(str::from_utf8(two).ok()?, 16).ok());
            base64::encode(&bytes.collect::<Vec<u8>>())
        }
        Code::Directory { path } => base64::encode(&body_sha256(path.as_bytes())),
    }
}

/// `FunctionConfiguration`, with the ARN that names the version where that was asked for.
pub(super) fn shown(function: &Function, label: &str, version: &Version, qualified: bool) -> Value {
    let arn = match qualified {
        true => format!("{}:{label}", function.arn()),
        false => function.arn(),
    };
    let mut shown = json!({
        "FunctionName": function.name,
        "FunctionArn": arn,
        "Runtime": version.runtime,
        "Role": version.role,
        "Handler": version.handler,
        "CodeSize": version.code.bytes(),
        "Description": version.description,
        "Timeout": version.timeout_s,
        "MemorySize": version.memory_mb,
        "LastModified": clock::last_modified(version.modified_ms),
        "CodeSha256": code_sha256(&version.code),
        "Version": label,
        "TracingConfig": { "Mode": "PassThrough" },
        "RevisionId": version.revision_id,
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": version.architectures,
        "EphemeralStorage": { "Size": version.ephemeral_mb },
        "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" },
        "LoggingConfig": { "LogFormat": "Text", "LogGroup": version.log_group(&function.name) },
    });
    if let Some(variables) = &version.environment {
        shown["Environment"] = json!({ "Variables": variables });
    }
    if label != LATEST {
        shown["MasterArn"] = json!(format!("{}:{LATEST}", function.arn()));
    }
    shown
}
