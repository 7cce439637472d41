use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::limits::VPC_LINK_TARGETS_MAX;

/// A VPC link (`VpcLink` of the service model).
///
/// There is no VPC here, and no load balancer to ask: the hosts behind a link stand in its tags,
/// see [`VpcLink::targets`]. A template with such a tag works on AWS too, where the tag says
/// nothing; subnets and security groups are kept and shown, and say nothing here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VpcLink {
    /// When it was made.
    pub created_date: Timestamp,
    /// What people call it.
    pub name: String,
    /// As given.
    #[serde(default)]
    pub security_group_ids: Vec<String>,
    /// As given.
    pub subnet_ids: Vec<String>,
    /// Tags of the link, the hosts behind it among them.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Six lower-case alphanumerics.
    pub vpc_link_id: String,
    /// AVAILABLE at once.
    pub vpc_link_status: String,
    /// AWS's words for that.
    pub vpc_link_status_message: String,
    /// V2.
    pub vpc_link_version: String,
}

/// The tag with the hosts behind a link; with `:` and the last part of an integration's ARN
/// behind it, those of that listener or service alone.
pub const TARGETS_TAG: &str = "ringgate:targets";

/// A host behind a VPC link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VpcTarget {
    /// A name or an address, IPv6 without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// Why the value of a [`TARGETS_TAG`] names no hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VpcTargetError {
    /// The part that is wrong; empty where there is none at all.
    pub part: String,
}

impl fmt::Display for VpcTargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "'{}' in a tag '{TARGETS_TAG}': expected 1 to {VPC_LINK_TARGETS_MAX} targets \
             'host:port' with spaces between them",
            self.part
        )
    }
}

impl VpcLink {
    /// The hosts for an integration with this URI: those of the tag for the last part of its ARN
    /// (`…/50dc6c495c0c9188`, `…/srv-abc`), else those of the link. Empty when no tag says any.
    ///
    /// # Errors
    /// The tag is malformed.
    pub fn targets(&self, integration_uri: &str) -> Result<Vec<VpcTarget>, VpcTargetError> {
        let last = Self::last_part(integration_uri);
        let own = self.tags.get(&format!("{TARGETS_TAG}:{last}"));
        own.or_else(|| self.tags.get(TARGETS_TAG)).map_or(Ok(Vec::new()), |text| parse(text))
    }

    /// The last part of an ARN, without the query that a Cloud Map service's may have.
    pub fn last_part(integration_uri: &str) -> &str {
        let arn = integration_uri.split('?').next().unwrap_or_default();
        arn.rsplit('/').next().unwrap_or_default()
    }

    /// Checks every tag that names hosts.
    ///
    /// # Errors
    /// The first that is malformed.
    pub fn check_targets(tags: &BTreeMap<String, String>) -> Result<(), VpcTargetError> {
        let is_target = |key: &str| {
            key.strip_prefix(TARGETS_TAG)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        };
        tags.iter()
            .filter(|(key, _)| is_target(key))
            .try_for_each(|(_, text)| parse(text).map(drop))
    }
}

fn parse(text: &str) -> Result<Vec<VpcTarget>, VpcTargetError> {
    let targets: Vec<VpcTarget> = text.split_whitespace().map(target).collect::<Result<_, _>>()?;
    if targets.is_empty() || targets.len() > VPC_LINK_TARGETS_MAX {
        return Err(VpcTargetError { part: text.to_owned() });
    }
    Ok(targets)
}

/// `host:port`, `10.0.0.7:8080` or `[::1]:8080`. Tags hold no brackets on AWS, so IPv6 may stand
/// without them: the port is what follows the last colon.
fn target(text: &str) -> Result<VpcTarget, VpcTargetError> {
    let wrong = || VpcTargetError { part: text.to_owned() };
    let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"-._:".contains(&b);
    let port = port.parse().ok().filter(|port| *port != 0).ok_or_else(wrong)?;
    if host.is_empty() || !host.bytes().all(legal) {
        return Err(wrong());
    }
    Ok(VpcTarget { host: host.to_owned(), port })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(tags: &[(&str, &str)]) -> VpcLink {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        VpcLink { tags: tags.collect(), ..VpcLink::default() }
    }

    fn shown(link: &VpcLink, uri: &str) -> Vec<String> {
        let targets = link.targets(uri).unwrap();
        targets.iter().map(|target| format!("{} {}", target.host, target.port)).collect()
    }

    #[test]
    fn hosts_stand_in_tags() {
        let both = link(&[
            ("ringgate:targets", "10.0.0.7:80  pets.local:8080 ::1:81"),
            ("ringgate:targets:f2f7", "orders.local:9000"),
        ]);
        assert_eq!(
            shown(&both, "arn:x:listener/app/a/b/c"),
            ["10.0.0.7 80", "pets.local 8080", "::1 81"]
        );
        assert_eq!(shown(&both, "arn:x:listener/app/a/b/f2f7"), ["orders.local 9000"]);
        assert_eq!(shown(&both, "arn:x:service/f2f7?stage=a/b"), ["orders.local 9000"]);
        assert!(shown(&link(&[("team", "a:b:c")]), "arn:x").is_empty());
        for bad in ["", " ", "host", "host:", ":80", "host:0", "host:65536", "a b:1", "ho/st:80"] {
            let link = link(&[("ringgate:targets", bad)]);
            assert!(link.targets("arn:x").is_err(), "{bad}");
            assert!(VpcLink::check_targets(&link.tags).is_err(), "{bad}");
        }
        assert_eq!(VpcLink::check_targets(&link(&[("ringgate:targetsx", "")]).tags), Ok(()));
    }
}
