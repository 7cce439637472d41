use std::mem::size_of_val;

use ringgate_model::{
    ApiMapping, DomainName, HeaderGlob, InvokeApi, RoutingMode, RoutingRule, RoutingRuleCondition,
};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::{CertificateImage, base_path};

/// A custom domain name as the data plane sees it: what finds the API and stage of a request to
/// its host. It names them; what they serve stands in the API's own image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainImage {
    name: Box<str>,
    mutual_tls: bool,
    /// Whose certificates clients may show, in PEM; empty: nobody's.
    truststore_pem: Box<str>,
    /// Of that text, which may be long: requests ask for it.
    truststore_hash: u64,
    /// What it presents; none: what listeners were given for its name, or for any.
    certificate: Option<CertificateImage>,
    /// In the order they are looked at; none where the routing mode asks for none.
    rules: Box<[Rule]>,
    /// The longest key first; none where the routing mode asks for none.
    mappings: Box<[Mapping]>,
}

/// An API and one of its stages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Invoked {
    pub(crate) api_id: Box<str>,
    pub(crate) stage: Box<str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mapping {
    key: Box<str>,
    to: Invoked,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Rule {
    /// One of these; none at all: any path.
    base_paths: Box<[Box<str>]>,
    /// One of each of these.
    headers: Box<[Box<[Glob]>]>,
    to: Invoked,
    strips_base_path: bool,
}

/// A header field with a value like this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Glob {
    header: Box<str>,
    text: Box<str>,
    /// Anything may stand before the text.
    open_start: bool,
    /// Anything may follow it.
    open_end: bool,
}

/// Where a request to a custom domain name goes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Way<'d> {
    pub(crate) to: &'d Invoked,
    /// The mapping key, or the base path of the rule, that matched; empty: it matches every path.
    pub(crate) base_path: &'d str,
    /// Where the path within the stage begins.
    pub(crate) path_start: usize,
}

/// Whether a request has a header field of this name (any case) with a value that passes.
pub type HasField<'f> = &'f dyn Fn(&str, &dyn Fn(&[u8]) -> bool) -> bool;

impl DomainImage {
    /// The image of a custom domain name, from its mappings and rules in any order.
    ///
    /// AWS lets rules invoke REST APIs only; here they do whatever the API's kind.
    pub fn new(domain: &DomainName, mappings: &[ApiMapping], rules: &[RoutingRule]) -> Self {
        let mode = domain.routing_mode;
        let by_mappings = mode != RoutingMode::RoutingRuleOnly;
        let by_rules = mode != RoutingMode::ApiMappingOnly;
        let mappings = mappings.iter().filter(|_| by_mappings).map(Mapping::new);
        let mut mappings: Vec<_> = mappings.collect();
        mappings.sort_by(|a, b| b.key.len().cmp(&a.key.len()).then_with(|| a.key.cmp(&b.key)));
        let mut rules: Vec<_> = rules.iter().filter(|_| by_rules).collect();
        rules.sort_by_key(|rule| rule.priority);
        Self {
            name: domain.domain_name.as_str().into(),
            mutual_tls: domain.mutual_tls_authentication.is_some(),
            truststore_pem: "".into(),
            truststore_hash: xxh3_64(b""),
            certificate: None,
            rules: rules.into_iter().flat_map(Rule::all).collect(),
            mappings: mappings.into(),
        }
    }

    /// The same, presenting this certificate.
    pub fn presenting(self, certificate: Option<CertificateImage>) -> Self {
        Self { certificate, ..self }
    }

    /// The same, letting in whom this truststore (PEM) vouches for, where clients must show a
    /// certificate. Without one that asks for certificates lets in nobody.
    pub fn trusting(self, truststore_pem: &str) -> Self {
        let truststore_hash = xxh3_64(truststore_pem.as_bytes());
        Self { truststore_pem: truststore_pem.into(), truststore_hash, ..self }
    }

    /// Whose certificates clients may show, in PEM; `None` where they need none.
    pub fn truststore_pem(&self) -> Option<&str> {
        self.mutual_tls.then_some(&*self.truststore_pem)
    }

    /// Another for another truststore.
    pub fn truststore_hash(&self) -> u64 {
        self.truststore_hash
    }

    /// What it presents, where that is a certificate of its own.
    pub fn certificate(&self) -> Option<&CertificateImage> {
        self.certificate.as_ref()
    }

    /// The name, in lower case; its first label may be `*`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// True where clients must show a certificate.
    pub fn mutual_tls(&self) -> bool {
        self.mutual_tls
    }

    /// What the first rule whose conditions hold says, else the mapping with the longest key that
    /// the path begins with (AWS, "API mappings" and "Routing rules"; spec section 2.4).
    pub(crate) fn way(&self, path: &str, has_field: HasField<'_>) -> Option<Way<'_>> {
        let ruled = self.rules.iter().find_map(|rule| rule.way(path, has_field));
        ruled.or_else(|| self.mappings.iter().find_map(|mapping| mapping.way(path)))
    }

    /// Checks what lookups rely on.
    pub(crate) fn verify(&self) -> Result<(), &'static str> {
        let longest_first = |keys: &mut dyn Iterator<Item = &Box<str>>| {
            keys.map(|key| key.len()).is_sorted_by(|a, b| a >= b)
        };
        if self.name.is_empty() || self.name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err("not a name in lower case");
        }
        if self.truststore_hash != xxh3_64(self.truststore_pem.as_bytes()) {
            return Err("another hash than the truststore's");
        }
        if !longest_first(&mut self.mappings.iter().map(|mapping| &mapping.key)) {
            return Err("mappings not with the longest key first");
        }
        if self.rules.iter().any(|rule| !longest_first(&mut rule.base_paths.iter())) {
            return Err("base paths not with the longest first");
        }
        Ok(())
    }

    /// Heap memory it holds, in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        let mappings = self.mappings.iter().map(|it| it.key.len() + it.to.heap_bytes());
        self.name.len()
            + self.truststore_pem.len()
            + self.certificate.as_ref().map_or(0, CertificateImage::heap_bytes)
            + size_of_val(&*self.mappings)
            + size_of_val(&*self.rules)
            + mappings.sum::<usize>()
            + self.rules.iter().map(Rule::heap_bytes).sum::<usize>()
    }
}

impl Invoked {
    fn heap_bytes(&self) -> usize {
        self.api_id.len() + self.stage.len()
    }
}

impl Mapping {
    fn new(mapping: &ApiMapping) -> Self {
        let to = Invoked {
            api_id: mapping.api_id.as_str().into(),
            stage: mapping.stage.as_str().into(),
        };
        Self { key: mapping.api_mapping_key.as_str().into(), to }
    }

    /// The mapped part of the path is not the API's (spec section 2.4).
    fn way(&self, path: &str) -> Option<Way<'_>> {
        let path_start = base_path::taken(path, &self.key)?;
        Some(Way { to: &self.to, base_path: &self.key, path_start })
    }
}

impl Rule {
    /// The rule, once for its one action.
    fn all(rule: &RoutingRule) -> impl Iterator<Item = Self> + '_ {
        rule.actions.iter().map(|action| Self::new(&rule.conditions, &action.invoke_api))
    }

    fn new(conditions: &[RoutingRuleCondition], invoke: &InvokeApi) -> Self {
        let paths = conditions.iter().filter_map(|it| it.match_base_paths.as_ref());
        let mut paths: Vec<&str> = paths.flat_map(|it| &it.any_of).map(String::as_str).collect();
        paths.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        let headers = conditions.iter().filter_map(|it| it.match_headers.as_ref());
        Self {
            base_paths: paths.into_iter().map(Into::into).collect(),
            headers: headers.map(|it| it.any_of.iter().map(Glob::new).collect()).collect(),
            to: Invoked {
                api_id: invoke.api_id.as_str().into(),
                stage: invoke.stage.as_str().into(),
            },
            strips_base_path: invoke.strip_base_path == Some(true),
        }
    }

    fn way(&self, path: &str, has_field: HasField<'_>) -> Option<Way<'_>> {
        let (base_path, taken) = match &*self.base_paths {
            [] => ("", 0),
            some => some.iter().find_map(|own| Some((&**own, base_path::taken(path, own)?)))?,
        };
        let meets = |any_of: &[Glob]| any_of.iter().any(|glob| glob.is_in(has_field));
        if !self.headers.iter().all(|any_of| meets(any_of)) {
            return None;
        }
        let path_start = if self.strips_base_path { taken } else { 0 };
        Some(Way { to: &self.to, base_path, path_start })
    }

    fn heap_bytes(&self) -> usize {
        let globs = self.headers.iter().flat_map(|any_of| any_of.iter());
        self.to.heap_bytes()
            + size_of_val(&*self.base_paths)
            + self.base_paths.iter().map(|path| path.len()).sum::<usize>()
            + size_of_val(&*self.headers)
            + globs.map(|it| size_of_val(it) + it.header.len() + it.text.len()).sum::<usize>()
    }
}

impl Glob {
    fn new(glob: &HeaderGlob) -> Self {
        let text = glob.value_glob.as_str();
        let rest = text.strip_prefix('*').unwrap_or(text);
        let inner = rest.strip_suffix('*').unwrap_or(rest);
        Self {
            header: glob.header.as_str().into(),
            text: inner.into(),
            open_start: text.len() > rest.len(),
            open_end: rest.len() > inner.len(),
        }
    }

    fn is_in(&self, has_field: HasField<'_>) -> bool {
        has_field(&self.header, &|value| self.takes(value))
    }

    fn takes(&self, value: &[u8]) -> bool {
        let text = self.text.as_bytes();
        match (self.open_start, self.open_end) {
            (false, false) => value == text,
            (false, true) => value.starts_with(text),
            (true, false) => value.ends_with(text),
            (true, true) => memchr::memmem::find(value, text).is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_are_open_at_their_ends() {
        for (glob, takes, leaves) in [
            ("a", vec!["a"], vec!["", "A", "ab", "ba"]),
            ("a*", vec!["a", "ab"], vec!["", "A", "ba"]),
            ("*a", vec!["a", "ba"], vec!["", "ab"]),
            ("*a*", vec!["a", "ba", "bab"], vec!["", "b", "A"]),
            ("*", vec!["", "a"], vec![]),
            ("**", vec!["", "a"], vec![]),
        ] {
            let own = HeaderGlob { header: "h".to_owned(), value_glob: glob.to_owned() };
            let own = Glob::new(&own);
            assert!(takes.iter().all(|value| own.takes(value.as_bytes())), "{glob}");
            assert!(!leaves.iter().any(|value| own.takes(value.as_bytes())), "{glob}");
        }
    }
}
