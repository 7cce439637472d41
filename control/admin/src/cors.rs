use ringgate_model::Cors;
use ringgate_model::limits::{CORS_MAX_AGE_S_MAX, CORS_VALUES_MAX};

use crate::Error;
use crate::fields::{Fields, Text};
use crate::operation::Request;
use crate::reply::Reply;
use crate::session::Session;
use crate::workspace::Workspace;

/// Longest value of a CORS list, in characters.
const VALUE_CHARS_MAX: usize = 256;
const TOKEN: Text =
    Text::chars(1, VALUE_CHARS_MAX).matching("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", is_token);
const ORIGIN: Text = Text::chars(1, VALUE_CHARS_MAX);

/// DeleteCorsConfiguration.
pub(crate) fn delete(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    let mut workspace = Workspace::open(session, request.label("apiId"))?;
    workspace.api.cors_configuration = None;
    Ok(Reply::done(workspace.commit(session)?))
}

/// Reads a `corsConfiguration`. It replaces the one before as a whole.
pub(crate) fn read(fields: &mut Fields) -> Result<Cors, Error> {
    let max_age = fields.integer("maxAge", -1..=i64::from(CORS_MAX_AGE_S_MAX))?;
    let cors = Cors {
        allow_credentials: fields.flag("allowCredentials")?,
        allow_headers: fields.texts("allowHeaders", TOKEN)?,
        allow_methods: fields.texts("allowMethods", TOKEN)?,
        allow_origins: fields.texts("allowOrigins", ORIGIN)?,
        expose_headers: fields.texts("exposeHeaders", TOKEN)?,
        max_age: max_age.and_then(|seconds| i32::try_from(seconds).ok()),
    };
    check(&cors)?;
    Ok(cors)
}

/// The rules of a CORS configuration (spec sections 1.6 and 2.15).
pub(crate) fn check(cors: &Cors) -> Result<(), Error> {
    let lists = [
        ("allowHeaders", &cors.allow_headers),
        ("allowMethods", &cors.allow_methods),
        ("allowOrigins", &cors.allow_origins),
        ("exposeHeaders", &cors.expose_headers),
    ];
    for (name, list) in lists {
        if list.as_ref().is_some_and(|list| list.len() > CORS_VALUES_MAX) {
            let words = format!("'{name}' has more than {CORS_VALUES_MAX} values");
            return Err(Error::bad_request(words));
        }
    }
    let origins = cors.allow_origins.as_deref().unwrap_or_default();
    if cors.allow_credentials == Some(true) && origins.iter().any(|origin| origin == "*") {
        let words = "allow-credentials is not supported if 'allow-origin' is *";
        return Err(Error::bad_request(words));
    }
    match origins.iter().find(|origin| !is_origin(origin)) {
        Some(origin) => Err(Error::bad_request(format!(
            "Invalid format for origin '{origin}': expected '*', 'https://*', 'http://*' or a \
             scheme and a host such as 'https://www.example.com', without a path"
        ))),
        None => Ok(()),
    }
}

/// A token of RFC 9110 section 5.6.2: nothing in it can end or fold a field.
fn is_token(text: &str) -> bool {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty() && text.bytes().all(legal)
}

/// `*`, or scheme, `://` and an authority as a browser sends it in `Origin` (RFC 6454 section 7);
/// also of schemes that apps and extensions have (`capacitor://localhost`).
fn is_origin(text: &str) -> bool {
    if text == "*" {
        return true;
    }
    let Some((scheme, authority)) = text.split_once("://") else { return false };
    let scheme_legal = |b: u8| b.is_ascii_alphanumeric() || b"+-.".contains(&b);
    let authority_legal = |b: u8| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b);
    let wildcard = authority == "*" && matches!(scheme, "http" | "https");
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(scheme_legal)
        && (wildcard || (!authority.is_empty() && authority.bytes().all(authority_legal)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins() {
        for good in [
            "*",
            "https://*",
            "http://*",
            "https://www.example.com",
            "http://[::1]:3000",
            "http://localhost:8080",
            "capacitor://localhost",
            "chrome-extension://abc",
        ] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "",
            "example.com",
            "https://",
            "https://a/",
            "https://*.example.com",
            "ftp://*",
            "://a",
            "https://a b",
            "https://a\r\nx: y",
            "null",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }
}
