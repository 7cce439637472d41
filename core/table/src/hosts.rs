use memchr::memchr;
use ringgate_model::limits::DOMAIN_NAME_CHARS_MAX;

/// Longest label of a host name (RFC 1035 section 2.3.4), and so the longest API id of a host.
const LABEL_BYTES_MAX: usize = 63;

/// A lower-cased label of a host name.
pub(crate) struct Label {
    bytes: [u8; LABEL_BYTES_MAX],
    len: usize,
}

impl Label {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// The API id that a `Host` of the form `{api}.execute-api.<anything>[:port]` names (spec section
/// 2.1), in lower case; `None` for a host of any other form.
pub(crate) fn api_of_host(host: &str) -> Option<Label> {
    const SERVICE: &[u8] = b".execute-api.";
    let host = host.as_bytes();
    let len = memchr(b'.', host.get(..=LABEL_BYTES_MAX).unwrap_or(host))?;
    let (label, rest) = host.split_at_checked(len)?;
    let (service, suffix) = rest.split_at_checked(SERVICE.len())?;
    let named = suffix.first().is_some_and(|first| *first != b':');
    if !named || !service.eq_ignore_ascii_case(SERVICE) {
        return None;
    }
    let mut folded = Label { bytes: [0; LABEL_BYTES_MAX], len };
    for (to, from) in folded.bytes.iter_mut().zip(label) {
        *to = from.to_ascii_lowercase();
    }
    Some(folded)
}

/// A lower-cased host name, without a port and a last dot.
pub(crate) struct Folded {
    bytes: [u8; DOMAIN_NAME_CHARS_MAX],
    len: usize,
}

impl Folded {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// The name with `*` for its first label, in place; `None` where there is only one label.
    pub(crate) fn wildcard(&mut self) -> Option<&[u8]> {
        let star = memchr(b'.', self.as_bytes())?.checked_sub(1)?;
        *self.bytes.get_mut(star)? = b'*';
        self.bytes.get(star..self.len)
    }
}

/// The name that a `Host` holds; `None` where it is longer than any.
pub(crate) fn folded(host: &str) -> Option<Folded> {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    let mut folded = Folded { bytes: [0; DOMAIN_NAME_CHARS_MAX], len: name.len() };
    folded.bytes.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
    folded.bytes.make_ascii_lowercase();
    Some(folded)
}

/// An API and a stage named by a request path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PathForm<'p> {
    pub(crate) api_id: &'p str,
    pub(crate) stage: &'p str,
    /// Where the path within the stage begins.
    pub(crate) path_start: usize,
}

/// The API and stage of `/_aws/execute-api/{api}/{stage}/…` or
/// `/restapis/{api}/{stage}/_user_request_/…` (spec section 2.1); `None` for any other path.
pub(crate) fn path_form(path: &str) -> Option<PathForm<'_>> {
    if let Some(rest) = path.strip_prefix("/_aws/execute-api/") {
        return ids(path, rest, "");
    }
    ids(path, path.strip_prefix("/restapis/")?, "/_user_request_")
}

/// Takes `{api}/{stage}` and `marker` off `rest`, the end of `path`.
#[cold]
fn ids<'p>(path: &str, rest: &'p str, marker: &str) -> Option<PathForm<'p>> {
    let (api_id, rest) = rest.split_once('/')?;
    let (stage, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let rest = rest.strip_prefix(marker)?;
    if api_id.is_empty() || stage.is_empty() || !(rest.is_empty() || rest.starts_with('/')) {
        return None;
    }
    // `$` is legal in a path, yet some clients encode it.
    let stage = if stage == "%24default" { "$default" } else { stage };
    Some(PathForm { api_id, stage, path_start: path.len().saturating_sub(rest.len()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_hosts_and_their_wildcards() {
        for (host, name, wildcard) in [
            ("API.Example.com.:8080", "api.example.com", Some("*.example.com")),
            ("x.b", "x.b", Some("*.b")),
            ("x.b:", "x.b", Some("*.b")),
            ("localhost", "localhost", None),
            (".b", ".b", None),
            ("", "", None),
            ("[::1]:80", "[::1]", None),
        ] {
            let mut folded = folded(host).unwrap();
            assert_eq!(folded.as_bytes(), name.as_bytes(), "{host}");
            assert_eq!(folded.wildcard(), wildcard.map(str::as_bytes), "{host}");
        }
        assert!(folded(&"a".repeat(DOMAIN_NAME_CHARS_MAX)).is_some());
        assert!(folded(&"a".repeat(DOMAIN_NAME_CHARS_MAX + 1)).is_none());
    }

    #[test]
    fn hosts_that_name_an_api() {
        for host in [
            "abc123.execute-api.localhost",
            "ABC123.Execute-API.us-east-1.amazonaws.com",
            "abc123.execute-api.localhost:8080",
            "abc123.execute-api.localhost.",
            "abc123.execute-api.x.:80",
        ] {
            assert_eq!(api_of_host(host).unwrap().as_bytes(), b"abc123", "{host}");
        }
        let long = format!("{}.execute-api.localhost", "a".repeat(64));
        for host in [
            "",
            "localhost",
            "localhost:8080",
            "127.0.0.1:80",
            "[::1]:80",
            "abc123.execute-api",
            "abc123.execute-api.",
            "abc123.execute-api:80",
            "abc123.execute-api.:80",
            "abc123.execute-apis.localhost",
            "x.abc123.execute-api.localhost",
            "äé.exécute-api.x",
            &long,
        ] {
            assert!(api_of_host(host).is_none(), "{host}");
        }
        assert_eq!(api_of_host(".execute-api.x").map(|l| l.len), Some(0));
    }

    #[test]
    fn paths_that_name_an_api() {
        let parts = |path| path_form(path).map(|f| (f.api_id, f.stage, &path[f.path_start..]));
        for (path, want) in [
            ("/_aws/execute-api/abc/prod/pets/1", Some(("abc", "prod", "/pets/1"))),
            ("/_aws/execute-api/abc/prod", Some(("abc", "prod", ""))),
            ("/_aws/execute-api/abc/$default/", Some(("abc", "$default", "/"))),
            ("/_aws/execute-api/abc/%24default/x", Some(("abc", "$default", "/x"))),
            ("/_aws/execute-api/abc/", None),
            ("/_aws/execute-api/abc", None),
            ("/_aws/execute-api//prod/x", None),
            ("/_aws/execute-api", None),
            ("/restapis/abc/prod/_user_request_/pets", Some(("abc", "prod", "/pets"))),
            ("/restapis/abc/prod/_user_request_", Some(("abc", "prod", ""))),
            ("/restapis/abc/prod/_user_request_x", None),
            ("/restapis/abc/prod/pets", None),
            ("/restapis/abc/prod", None),
            ("/", None),
            ("", None),
        ] {
            assert_eq!(parts(path), want, "{path}");
        }
    }
}
