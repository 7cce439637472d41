//! The CORS answers of an HTTP API (spec section 2.15; the Fetch standard's CORS protocol).

use std::mem::size_of_val;

use ringgate_model::Cors;
use serde::{Deserialize, Serialize};

/// A CORS configuration with its lists as they go on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorsImage {
    /// Exact origins, `*`, `https://*` or `http://*`.
    pub allow_origins: Box<[Box<str>]>,
    /// Methods joined by `,`; empty: no such field.
    pub allow_methods: Box<str>,
    /// Field names joined by `,`; empty: no such field.
    pub allow_headers: Box<str>,
    /// Field names joined by `,`; empty: no such field.
    pub expose_headers: Box<str>,
    /// `access-control-max-age`, in seconds.
    pub max_age_s: Option<i32>,
    /// `access-control-allow-credentials: true`.
    pub allow_credentials: bool,
}

impl From<&Cors> for CorsImage {
    fn from(cors: &Cors) -> Self {
        let list = |values: &Option<Vec<String>>| values.as_deref().unwrap_or_default().join(",");
        let origins = cors.allow_origins.as_deref().unwrap_or_default();
        Self {
            allow_origins: origins.iter().map(|origin| origin.as_str().into()).collect(),
            allow_methods: list(&cors.allow_methods).into(),
            allow_headers: list(&cors.allow_headers).into(),
            expose_headers: list(&cors.expose_headers).into(),
            max_age_s: cors.max_age,
            allow_credentials: cors.allow_credentials == Some(true),
        }
    }
}

impl CorsImage {
    /// Heap memory it holds, in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        let origins = self.allow_origins.iter().map(|origin| size_of_val(origin) + origin.len());
        origins.sum::<usize>()
            + self.allow_methods.len()
            + self.allow_headers.len()
            + self.expose_headers.len()
    }
}

/// The fields that a response gets. They replace whatever of the same name the integration sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CorsFields<'a> {
    /// `access-control-allow-origin`: `*`, or the request's own origin.
    pub allow_origin: &'a str,
    /// `vary: origin`, because the answer depends on it.
    pub vary_origin: bool,
    /// `access-control-allow-credentials: true`.
    pub allow_credentials: bool,
    /// `access-control-allow-methods`, of a preflight.
    pub allow_methods: Option<&'a str>,
    /// `access-control-allow-headers`, of a preflight.
    pub allow_headers: Option<&'a str>,
    /// `access-control-expose-headers`.
    pub expose_headers: Option<&'a str>,
    /// `access-control-max-age` in seconds, of a preflight.
    pub max_age_s: Option<i32>,
}

/// What a preflight (OPTIONS with `Origin` and `Access-Control-Request-Method`) gets on top of its
/// 204; `None` when the origin is not allowed, whereupon the browser refuses by itself.
///
/// Which method and fields the client asked for changes nothing: it gets the configured lists and
/// compares them itself, and can so tell its developer which one is missing.
pub fn preflight<'a>(cors: &'a CorsImage, origin: &'a str) -> Option<CorsFields<'a>> {
    let fields = decorate(cors, origin)?;
    Some(CorsFields {
        allow_methods: present(&cors.allow_methods),
        allow_headers: present(&cors.allow_headers),
        max_age_s: cors.max_age_s,
        ..fields
    })
}

/// What every other response to a request with `Origin` gets, the gateway's own errors included.
pub fn decorate<'a>(cors: &'a CorsImage, origin: &'a str) -> Option<CorsFields<'a>> {
    let allow_origin = allowed(cors, origin)?;
    Some(CorsFields {
        allow_origin,
        vary_origin: allow_origin != "*",
        allow_credentials: cors.allow_credentials,
        allow_methods: None,
        allow_headers: None,
        expose_headers: present(&cors.expose_headers),
        max_age_s: None,
    })
}

impl CorsFields<'_> {
    /// Calls `each` with every field in AWS's order, names in lower case.
    pub fn each(&self, mut each: impl FnMut(&'static str, &str)) {
        each("access-control-allow-origin", self.allow_origin);
        if self.vary_origin {
            each("vary", "origin");
        }
        if self.allow_credentials {
            each("access-control-allow-credentials", "true");
        }
        for (name, value) in [
            ("access-control-allow-methods", self.allow_methods),
            ("access-control-allow-headers", self.allow_headers),
            ("access-control-expose-headers", self.expose_headers),
        ] {
            if let Some(value) = value {
                each(name, value);
            }
        }
        if let Some(seconds) = self.max_age_s {
            each("access-control-max-age", &seconds.to_string());
        }
    }
}

/// The value of `access-control-allow-origin` for this origin.
fn allowed<'a>(cors: &CorsImage, origin: &'a str) -> Option<&'a str> {
    let mut echoed = None;
    for rule in &cors.allow_origins {
        match &**rule {
            // The wildcard and credentials exclude each other (Fetch, "CORS protocol and
            // credentials"), so with credentials the origin is named.
            "*" if !cors.allow_credentials => return Some("*"),
            "*" => echoed = Some(origin),
            _ if matches(rule, origin) => echoed = Some(origin),
            _ => {}
        }
    }
    echoed
}

fn matches(rule: &str, origin: &str) -> bool {
    match rule.strip_suffix("://*") {
        Some(scheme) => origin
            .split_once("://")
            .is_some_and(|(of, host)| of.eq_ignore_ascii_case(scheme) && !host.is_empty()),
        None => rule.eq_ignore_ascii_case(origin),
    }
}

fn present(list: &str) -> Option<&str> {
    (!list.is_empty()).then_some(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(origins: &[&str], credentials: bool) -> CorsImage {
        CorsImage::from(&Cors {
            allow_credentials: credentials.then_some(true),
            allow_origins: Some(origins.iter().map(|o| (*o).to_owned()).collect()),
            allow_methods: Some(vec!["GET".into(), "PUT".into()]),
            max_age: Some(300),
            ..Cors::default()
        })
    }

    #[test]
    fn each_kind_of_origin() {
        let allowed = |origins: &[&str], credentials, origin| {
            decorate(&image(origins, credentials), origin).map(|f| f.allow_origin.to_owned())
        };
        let app = "https://app.example.com";
        assert_eq!(allowed(&["*"], false, app).as_deref(), Some("*"));
        assert_eq!(allowed(&["*"], true, app).as_deref(), Some(app));
        assert_eq!(allowed(&[app], false, app).as_deref(), Some(app));
        assert_eq!(allowed(&["https://*"], false, app).as_deref(), Some(app));
        assert_eq!(allowed(&["http://*"], false, app), None);
        assert_eq!(allowed(&["https://*"], false, "https://"), None);
        assert_eq!(allowed(&["https://app.example.co"], false, app), None);
        assert_eq!(allowed(&[], false, app), None);
        assert_eq!(allowed(&["https://*"], false, "null"), None);
    }

    #[test]
    fn a_preflight_gets_the_lists_and_another_response_does_not() {
        let image = image(&["https://*"], true);
        let mut lines = Vec::new();
        let fields = preflight(&image, "https://a").unwrap();
        fields.each(|name, value| lines.push(format!("{name}: {value}")));
        assert_eq!(
            lines,
            [
                "access-control-allow-origin: https://a",
                "vary: origin",
                "access-control-allow-credentials: true",
                "access-control-allow-methods: GET,PUT",
                "access-control-max-age: 300",
            ]
        );
        let fields = decorate(&image, "https://a").unwrap();
        assert_eq!((fields.allow_methods, fields.max_age_s), (None, None));
    }
}
