use ringgate_model::limits::{DOMAIN_NAME_CHARS_MAX, INTEGRATION_URI_CHARS_MAX};
use ringgate_model::{
    ApiMapping, ControlArn, DomainName, DomainNameConfiguration, Limits, MutualTlsAuthentication,
    RoutingMode, RoutingRule, Taggable, new_id,
};
use ringgate_table::PartKey;

use crate::api::ADDRESS_TYPES;
use crate::fields::texts::{ARN, DESCRIPTION, NAME};
use crate::fields::{Fields, Text, fill, set};
use crate::owned::{self, Owned, Place};
use crate::reply::Outcome;
use crate::session::Session;
use crate::shelf::entries;
use crate::store::Entries;
use crate::{Error, acm, tags, truststore};

const DOMAIN: Text = Text::chars(1, DOMAIN_NAME_CHARS_MAX);
/// On AWS in S3 alone; here a file on this machine as well.
const URI: Text =
    Text::chars(1, INTEGRATION_URI_CHARS_MAX).matching("^(s3://[^/]+|file://)?/.+$", |text| {
        let rest = text.strip_prefix("s3://").and_then(|rest| rest.split_once('/'));
        let in_s3 = rest.is_some_and(|(bucket, key)| !bucket.is_empty() && !key.is_empty());
        let file = text.strip_prefix("file://").unwrap_or(text);
        in_s3 || (file.starts_with('/') && file.len() > 1)
    });
const VERSION: Text = Text::chars(1, 64);
const HOST: Text = Text::chars(1, DOMAIN_NAME_CHARS_MAX);
const ZONE: Text = Text::chars(1, 64);
const AVAILABLE: &str = "AVAILABLE";
const MODES: &[(&str, RoutingMode)] = &[
    ("API_MAPPING_ONLY", RoutingMode::ApiMappingOnly),
    ("ROUTING_RULE_ONLY", RoutingMode::RoutingRuleOnly),
    ("ROUTING_RULE_THEN_API_MAPPING", RoutingMode::RoutingRuleThenApiMapping),
];
/// Random characters of a target name: `d-abcdefghij.execute-api.…` (spec section 1.9).
const TARGET_CHARS: usize = 10;
const ZONE_CHARS: usize = 13;

impl Owned for DomainName {
    const NOUN: &'static str = "DomainName";
    const LABEL: &'static str = "domainName";
    const FOLDER: &'static str = "domainnames";
    const REQUIRED: &'static [&'static str] = &["domainName"];

    fn limit(limits: &Limits) -> (usize, &'static str) {
        (limits.domain_names, "custom domain names")
    }

    /// AWS's words (spec section 1.6).
    fn missing(_: &str) -> Error {
        Error::not_found("The domain name resource specified in the request was not found.")
    }

    fn own_id(&self) -> Option<String> {
        Some(self.domain_name.clone())
    }

    fn make(&mut self, session: &mut Session<'_>, id: String, _: &Place) {
        let region = session.scope.region.clone();
        for configuration in &mut self.domain_name_configurations {
            let target = new_id(session.entropy, TARGET_CHARS);
            let zone = new_id(session.entropy, ZONE_CHARS).to_uppercase();
            let host = format!("d-{target}.execute-api.{region}.amazonaws.com");
            configuration.api_gateway_domain_name.get_or_insert(host);
            configuration.hosted_zone_id.get_or_insert(format!("Z{zone}"));
        }
        let arn = ControlArn { region, resource: Taggable::DomainName(id) };
        self.domain_name_arn = arn.to_string();
        "$request.basepath".clone_into(&mut self.api_mapping_selection_expression);
    }

    fn read(&mut self, fields: &mut Fields, creating: bool) -> Result<(), Error> {
        if creating {
            fields.text_into("domainName", DOMAIN, &mut self.domain_name)?;
            // DNS names have no case; what stands in a Host field is compared in lower case.
            self.domain_name.make_ascii_lowercase();
            self.tags = tags::read(fields)?;
        }
        let before = self.domain_name_configurations.first().cloned().unwrap_or_default();
        let read = |fields: &mut Fields| read_configuration(fields, before.clone());
        set(&mut self.domain_name_configurations, fields.list("domainNameConfigurations", read)?);
        fields.choice_into("routingMode", MODES, &mut self.routing_mode)?;
        let tls = self.mutual_tls_authentication.clone().unwrap_or_default();
        let tls = fields.structure("mutualTlsAuthentication", |fields| read_tls(fields, tls))?;
        if let Some(tls) = tls {
            // An empty truststore turns mutual TLS off (service model).
            let is_on = |tls: &MutualTlsAuthentication| tls.truststore_uri.is_some();
            self.mutual_tls_authentication = Some(tls).filter(is_on);
        }
        Ok(())
    }

    fn check(&self, session: &Session<'_>, place: &Place) -> Result<Entries, Error> {
        let name = &self.domain_name;
        if !is_domain_name(name) {
            return Err(Error::bad_request(format!("Invalid domain name specified: {name}")));
        }
        let key = format!("{}{name}", place.folder);
        if place.id.is_none() && session.store.get(&key)?.is_some() {
            // AWS's words (aws/serverless-application-model#2208).
            return Err(Error::bad_request("The domain name you provided already exists."));
        }
        let [configuration] = self.domain_name_configurations.as_slice() else {
            // AWS's words (floci-io/floci#2390).
            return Err(Error::bad_request(
                "Invalid input. Expected one domain name configuration",
            ));
        };
        check_configuration(configuration)?;
        match &configuration.certificate_arn {
            Some(arn) => check_certificate(session, arn, name),
            None => Ok(Vec::new()),
        }
    }

    fn outcome(&self, _: &Session<'_>, _: &Place) -> Result<Outcome, Error> {
        let parts = vec![PartKey::Domain(self.domain_name.clone())];
        Ok(Outcome { parts, ..Outcome::default() })
    }

    fn settle(&mut self, session: &Session<'_>) -> Result<(), Error> {
        truststore::settle(session, self)
    }

    fn beside(&self, session: &Session<'_>) -> Result<Entries, Error> {
        truststore::beside(session, self)
    }

    /// Its mappings and rules go with it.
    fn removable(&self, session: &Session<'_>, _: &Place) -> Result<Vec<String>, Error> {
        let mappings = owned::below::<ApiMapping>(session.scope, &self.domain_name).folder;
        let rules = owned::below::<RoutingRule>(session.scope, &self.domain_name).folder;
        let mut doomed = entries(session.store, &mappings)?;
        doomed.extend(entries(session.store, &rules)?);
        let truststore = truststore::key(session.scope, &self.domain_name);
        Ok(doomed.into_iter().map(|(key, _)| key).chain([truststore]).collect())
    }
}

/// Reads a configuration. What the service sets itself may be sent back as it was shown.
fn read_configuration(
    fields: &mut Fields,
    mut configuration: DomainNameConfiguration,
) -> Result<DomainNameConfiguration, Error> {
    let target = &mut configuration;
    fields.optional_into("apiGatewayDomainName", HOST, &mut target.api_gateway_domain_name)?;
    fields.optional_into("certificateArn", ARN, &mut target.certificate_arn)?;
    fields.optional_into("certificateName", NAME, &mut target.certificate_name)?;
    fields.time_into("certificateUploadDate", &mut target.certificate_upload_date)?;
    let statuses =
        &[AVAILABLE, "UPDATING", "PENDING_CERTIFICATE_REIMPORT", "PENDING_OWNERSHIP_VERIFICATION"];
    fields.one_of_into("domainNameStatus", statuses, &mut target.domain_name_status)?;
    let message = &mut target.domain_name_status_message;
    fields.optional_into("domainNameStatusMessage", DESCRIPTION, message)?;
    fields.one_of_into("endpointType", &["REGIONAL", "EDGE"], &mut target.endpoint_type)?;
    fields.optional_into("hostedZoneId", ZONE, &mut target.hosted_zone_id)?;
    fields.one_of_into("ipAddressType", ADDRESS_TYPES, &mut target.ip_address_type)?;
    fields.one_of_into("securityPolicy", &["TLS_1_0", "TLS_1_2"], &mut target.security_policy)?;
    let ownership = &mut target.ownership_verification_certificate_arn;
    fields.optional_into("ownershipVerificationCertificateArn", ARN, ownership)?;
    fill(&mut target.domain_name_status, AVAILABLE);
    fill(&mut target.endpoint_type, "REGIONAL");
    fill(&mut target.ip_address_type, "ipv4");
    fill(&mut target.security_policy, "TLS_1_2");
    Ok(configuration)
}

fn read_tls(
    fields: &mut Fields,
    mut tls: MutualTlsAuthentication,
) -> Result<MutualTlsAuthentication, Error> {
    fields.optional_into("truststoreUri", URI, &mut tls.truststore_uri)?;
    fields.optional_into("truststoreVersion", VERSION, &mut tls.truststore_version)?;
    tls.truststore_warnings.clear();
    Ok(tls)
}

fn check_configuration(configuration: &DomainNameConfiguration) -> Result<(), Error> {
    if configuration.endpoint_type.as_deref() == Some("EDGE") {
        return Err(Error::bad_request(
            "Invalid endpointType EDGE: apigatewayv2 makes REGIONAL custom domain names only",
        ));
    }
    if configuration.domain_name_status.as_deref() != Some(AVAILABLE) {
        let words = "Invalid domainNameStatus: the service sets it, and it is AVAILABLE";
        return Err(Error::bad_request(words));
    }
    Ok(())
}

/// A certificate that is kept here must be for the domain name. Of another nothing is known: it may
/// come later, or lie with AWS while a template is tried out here.
fn check_certificate(session: &Session<'_>, arn: &str, name: &str) -> Result<Entries, Error> {
    let Some((names, checks)) = acm::names(session.store, session.scope, arn)? else {
        return Ok(Vec::new());
    };
    let wildcard = name.split_once('.').map(|(_, domain)| format!("*.{domain}"));
    if names.iter().any(|own| own == name || Some(own) == wildcard.as_ref()) {
        return Ok(checks);
    }
    let names = names.join(", ");
    let words = format!("The certificate {arn} does not cover {name}; it is for: {names}");
    Err(Error::bad_request(words))
}

/// Two labels or more; the first may be `*`.
fn is_domain_name(name: &str) -> bool {
    let legal = |label: &str| {
        let inner = label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        (1..=63).contains(&label.len()) && inner && !label.starts_with('-') && !label.ends_with('-')
    };
    let rest = name.strip_prefix("*.").unwrap_or(name);
    // The service's own hosts name APIs.
    let taken = name.split('.').nth(1) == Some("execute-api");
    rest.contains('.') && !taken && rest.split('.').all(legal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["example.com", "*.example.com", "a-b.c_d.localhost", "x.1.io"] {
            assert!(is_domain_name(good), "{good}");
        }
        for bad in
            ["", "localhost", "*.", "*.com", "a..b", "-a.b", "a.b-", "a.*.b", "a/b.c", "a.b."]
        {
            assert!(!is_domain_name(bad), "{bad}");
        }
        assert!(!is_domain_name("abc.execute-api.localhost"));
    }
}
