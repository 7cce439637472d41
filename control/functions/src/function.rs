//! What is kept of a function.

use std::collections::BTreeMap;

use ringgate_model::Scope;
use serde::{Deserialize, Serialize};

use crate::name::{FunctionId, LATEST};
use crate::{ApiError, entropy};

/// A function with everything that belongs to it: one file of the data directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Function {
    /// Where it is.
    pub(crate) scope: Scope,
    /// Its name.
    pub(crate) name: String,
    /// `$LATEST`.
    pub(crate) latest: Version,
    /// What was published, by number.
    #[serde(default)]
    pub(crate) versions: BTreeMap<u64, Version>,
    /// The number of the last version that was published, deleted or not.
    #[serde(default)]
    pub(crate) last_version: u64,
    /// By name.
    #[serde(default)]
    pub(crate) aliases: BTreeMap<String, Alias>,
    /// Statements of the resource policy by qualifier; "" is the function itself.
    #[serde(default)]
    pub(crate) policies: BTreeMap<String, Vec<serde_json::Value>>,
    /// `ReservedConcurrentExecutions`
    #[serde(default)]
    pub(crate) reserved_concurrency: Option<u32>,
    /// Tags.
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
}

/// Code and configuration of one version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Version {
    /// `python3.12`
    pub(crate) runtime: String,
    /// `app.handler`
    pub(crate) handler: String,
    /// The execution role: shown, and used for nothing.
    pub(crate) role: String,
    /// For people.
    pub(crate) description: String,
    /// Longest invocation.
    pub(crate) timeout_s: u32,
    /// Most memory of an environment.
    pub(crate) memory_mb: u32,
    /// `EphemeralStorage`: shown, and used for nothing.
    pub(crate) ephemeral_mb: u32,
    /// Shown, and used for nothing: functions run on the machine that is there.
    pub(crate) architectures: Vec<String>,
    /// Environment variables; none is not the same as an empty map in an answer.
    pub(crate) environment: Option<BTreeMap<String, String>>,
    /// Name of the log group.
    pub(crate) log_group: Option<String>,
    /// Where the code is.
    pub(crate) code: Code,
    /// Milliseconds since the epoch.
    pub(crate) modified_ms: u64,
    /// Another one after each change.
    pub(crate) revision_id: String,
}

/// Where the code of a version is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum Code {
    /// An unpacked zip file, known by its hash.
    #[serde(rename_all = "camelCase")]
    Zip {
        /// SHA-256 of the zip file in hexadecimal.
        sha256: String,
        /// Its size.
        bytes: u64,
    },
    /// A directory of this machine, used in place.
    Directory {
        /// An absolute path.
        path: String,
    },
}

/// A name for a version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Alias {
    /// `$LATEST` or a number.
    pub(crate) version: String,
    /// For people.
    pub(crate) description: String,
    /// Shares of the invocations that other versions get.
    #[serde(default)]
    pub(crate) weights: BTreeMap<String, f64>,
    /// Another one after each change.
    pub(crate) revision_id: String,
}

impl Code {
    /// The size of the zip file; what is used in place has none.
    pub(crate) fn bytes(&self) -> u64 {
        match self {
            Self::Zip { bytes, .. } => *bytes,
            Self::Directory { .. } => 0,
        }
    }
}

impl Version {
    /// The name of the log group, which is made of the function's where none was given.
    pub(crate) fn log_group(&self, function: &str) -> String {
        self.log_group.clone().unwrap_or_else(|| format!("/aws/lambda/{function}"))
    }

    /// True where nothing would differ in an invocation.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let published = |version: &Self| Self {
            description: String::new(),
            modified_ms: 0,
            revision_id: String::new(),
            ..version.clone()
        };
        published(self) == published(other)
    }

    /// Marks a change.
    pub(crate) fn touch(&mut self, now_ms: u64) {
        self.modified_ms = now_ms;
        self.revision_id = entropy::uuid();
    }
}

impl Function {
    /// One that has nothing but its `$LATEST`.
    pub(crate) fn new(scope: Scope, name: &str, latest: Version) -> Self {
        Self {
            scope,
            name: name.to_owned(),
            latest,
            versions: BTreeMap::new(),
            last_version: 0,
            aliases: BTreeMap::new(),
            policies: BTreeMap::new(),
            reserved_concurrency: None,
            tags: BTreeMap::new(),
        }
    }

    /// What was published, and `$LATEST`.
    pub(crate) fn every_version(&self) -> impl Iterator<Item = &Version> {
        self.versions.values().chain([&self.latest])
    }

    /// The ARN without a qualifier.
    pub(crate) fn arn(&self) -> String {
        crate::name::arn(&self.scope, &self.name)
    }

    /// A version by `$LATEST` or its number, written as it is shown: `1`, neither `01` nor `+1`.
    pub(crate) fn version(&self, label: &str) -> Option<&Version> {
        if label == LATEST {
            return Some(&self.latest);
        }
        let number: u64 = label.parse().ok()?;
        self.versions.get(&number).filter(|_| number.to_string() == label)
    }

    /// The version that a qualifier stands for: its label. `share`, from 0 to 1, chooses where an
    /// alias has weights.
    ///
    /// # Errors
    /// There is no such version or alias.
    pub(crate) fn resolve(&self, id: &FunctionId, share: f64) -> Result<String, ApiError> {
        let qualifier = id.qualifier.as_deref().unwrap_or(LATEST);
        if self.version(qualifier).is_some() {
            return Ok(qualifier.to_owned());
        }
        let alias = self.aliases.get(qualifier).ok_or_else(|| id.not_found(&self.scope))?;
        let mut below = 0.0;
        for (version, weight) in &alias.weights {
            below += weight;
            if share < below {
                return Ok(version.clone());
            }
        }
        Ok(alias.version.clone())
    }
}
