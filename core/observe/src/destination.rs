use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Where the lines of an access log go.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Destination {
    /// Standard output.
    StandardOutput,
    /// The system's journal, as entries of this log group.
    Journald(String),
    /// A file, appended to.
    File(PathBuf),
}

/// Which log group is written where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destinations {
    folder: PathBuf,
    named: BTreeMap<String, String>,
}

impl Destination {
    /// What a setting says: `-`, `journald`, or a file's path. `group` is what entries of the
    /// journal are marked with.
    pub fn named(name: &str, group: &str) -> Self {
        match name {
            "-" => Self::StandardOutput,
            "journald" => Self::Journald(group.to_owned()),
            path => Self::File(path.into()),
        }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StandardOutput => f.write_str("standard output"),
            Self::Journald(_) => f.write_str("journald"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

impl Destinations {
    /// Log groups go to files in `folder`, but for those that `named` gives a destination.
    pub fn new(folder: &Path, named: &[(String, String)]) -> Self {
        Self { folder: folder.to_owned(), named: named.iter().cloned().collect() }
    }

    /// Where the log group or delivery stream of this ARN is written.
    ///
    /// A group's own file has its name with `+` for each slash, which no group's name holds:
    /// `/aws/http/prod` is `+aws+http+prod.log`.
    pub fn of(&self, arn: &str) -> Destination {
        let group = group_of(arn);
        match self.named.get(group) {
            Some(name) => Destination::named(name, group),
            None => Destination::File(self.folder.join(format!("{}.log", file_name(group)))),
        }
    }
}

/// The last part of `arn:aws:logs:{region}:{account}:log-group:{name}[:*]` or
/// `arn:aws:firehose:{region}:{account}:deliverystream/{name}`.
fn group_of(arn: &str) -> &str {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    let name = resource
        .strip_prefix("log-group:")
        .or_else(|| resource.strip_prefix("deliverystream/"))
        .unwrap_or(resource);
    name.strip_suffix(":*").unwrap_or(name)
}

fn file_name(group: &str) -> String {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '#');
    group.chars().map(|c| if legal(c) { c } else { '+' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGS: &str = "arn:aws:logs:us-east-1:000000000000:log-group";

    #[test]
    fn every_group_has_a_file_in_the_folder() {
        let destinations = Destinations::new(Path::new("/d"), &[]);
        for (arn, file) in [
            (format!("{LOGS}:prod"), "/d/prod.log"),
            (format!("{LOGS}:prod:*"), "/d/prod.log"),
            (format!("{LOGS}:/aws/http/prod:*"), "/d/+aws+http+prod.log"),
            (format!("{LOGS}:../../etc/x"), "/d/..+..+etc+x.log"),
            (format!("{LOGS}:.."), "/d/...log"),
            (
                "arn:aws:firehose:r:0:deliverystream/amazon-apigateway-x".into(),
                "/d/amazon-apigateway-x.log",
            ),
            ("nonsense/../x".into(), "/d/nonsense+..+x.log"),
        ] {
            assert_eq!(destinations.of(&arn), Destination::File(file.into()), "{arn}");
        }
    }

    #[test]
    fn a_setting_wins() {
        let named = [("a", "journald"), ("b", "-"), ("/c", "/var/log/c")];
        let named = named.map(|(group, name)| (group.to_owned(), name.to_owned()));
        let destinations = Destinations::new(Path::new("/d"), &named);
        let of = |group: &str| destinations.of(&format!("{LOGS}:{group}:*"));
        assert_eq!(of("a"), Destination::Journald("a".to_owned()));
        assert_eq!(of("b"), Destination::StandardOutput);
        assert_eq!(of("/c"), Destination::File("/var/log/c".into()));
    }
}
