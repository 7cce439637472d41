use std::fmt;

use crate::Scheme;
use crate::limits::INTEGRATION_URI_CHARS_MAX;

/// An HTTP integration's URI taken apart: `http://host:port/path/{param}?q=${stageVariables.x}`.
///
/// Stage variables may stand anywhere; path variables after the authority only, so that a client
/// can never choose the host that is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UriTemplate {
    /// The pieces in order, from the scheme on.
    pub pieces: Vec<UriPiece>,
}

/// A piece of a URI template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UriPiece {
    /// As it stands.
    Literal(String),
    /// `{name}` or `{name+}`: the route's path variable of that name.
    Param(String),
    /// `${stageVariables.name}`.
    StageVariable(String),
}

/// What a URI names once its stage variables are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// How it is spoken to.
    pub scheme: Scheme,
    /// The host, without brackets for IPv6.
    pub host: String,
    /// The port, the scheme's own where none is given.
    pub port: u16,
}

/// Why a text is no integration URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UriTemplateError {
    /// Not a [`Scheme`], `://` and an authority, or an illegal character.
    Endpoint,
    /// A path variable where the host would be chosen by the client.
    ParamInAuthority(String),
    /// `{` or `${` without its end, or an empty name.
    Variable,
    /// Over [`INTEGRATION_URI_CHARS_MAX`].
    TooLong,
    /// The stage has no variable of this name.
    MissingStageVariable(String),
}

impl fmt::Display for UriTemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint => f.write_str("Invalid HTTP endpoint specified for URI"),
            Self::ParamInAuthority(name) => write!(
                f,
                "The path variable '{{{name}}}' may not choose the host of an integration URI"
            ),
            Self::Variable => f.write_str(
                "A variable in an integration URI is {name}, {name+} or ${stageVariables.name}",
            ),
            Self::TooLong => {
                write!(f, "An integration URI has at most {INTEGRATION_URI_CHARS_MAX} characters")
            }
            Self::MissingStageVariable(name) => {
                write!(f, "The stage has no variable named '{name}'")
            }
        }
    }
}

impl UriTemplate {
    /// Reads a URI with its variables.
    ///
    /// # Errors
    /// [`UriTemplateError`] names the rule it breaks. Without stage variables the origin is checked
    /// too; with them it can only be known per stage, by [`UriTemplate::resolve`].
    pub fn parse(text: &str) -> Result<Self, UriTemplateError> {
        if text.len() > INTEGRATION_URI_CHARS_MAX {
            return Err(UriTemplateError::TooLong);
        }
        if text.bytes().any(|b| !(0x21..0x7f).contains(&b) || matches!(b, b'#' | b'\\' | b'"')) {
            return Err(UriTemplateError::Endpoint);
        }
        let template = Self { pieces: split_pieces(text)? };
        if !template.pieces.iter().any(|piece| matches!(piece, UriPiece::StageVariable(_))) {
            template.resolve(|_| None)?;
        }
        Ok(template)
    }

    /// Fills in the stage variables and takes the URI apart: the origin, and the pieces of the
    /// path and query (empty when the URI has no path).
    ///
    /// # Errors
    /// A missing variable, or what [`UriTemplate::parse`] refuses once the values stand in it.
    pub fn resolve<'v>(
        &self,
        variable: impl Fn(&str) -> Option<&'v str>,
    ) -> Result<(Origin, Vec<UriPiece>), UriTemplateError> {
        let mut pieces: Vec<UriPiece> = Vec::with_capacity(self.pieces.len());
        for piece in &self.pieces {
            let text = match piece {
                UriPiece::Literal(text) => text.as_str(),
                UriPiece::StageVariable(name) => variable(name)
                    .ok_or_else(|| UriTemplateError::MissingStageVariable(name.clone()))?,
                UriPiece::Param(name) => {
                    pieces.push(UriPiece::Param(name.clone()));
                    continue;
                }
            };
            match pieces.last_mut() {
                Some(UriPiece::Literal(last)) => last.push_str(text),
                _ => pieces.push(UriPiece::Literal(text.to_owned())),
            }
        }
        let mut rest = pieces.into_iter();
        let Some(UriPiece::Literal(first)) = rest.next() else {
            return Err(UriTemplateError::Endpoint);
        };
        let (origin, path) = Origin::split(&first)?;
        let mut path_pieces = Vec::new();
        if !path.is_empty() {
            path_pieces.push(UriPiece::Literal(path.to_owned()));
        }
        for piece in rest {
            // A variable right behind the authority would extend the host or the port.
            if let (UriPiece::Param(name), true) = (&piece, path_pieces.is_empty()) {
                return Err(UriTemplateError::ParamInAuthority(name.clone()));
            }
            path_pieces.push(piece);
        }
        Ok((origin, path_pieces))
    }
}

fn split_pieces(text: &str) -> Result<Vec<UriPiece>, UriTemplateError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, from_brace) = rest.split_at(open);
        let close = from_brace.find('}').ok_or(UriTemplateError::Variable)?;
        let inner = from_brace.get(1..close).unwrap_or_default();
        let (literal, piece) = match before.strip_suffix('$') {
            Some(literal) => {
                let name =
                    inner.strip_prefix("stageVariables.").ok_or(UriTemplateError::Variable)?;
                (literal, UriPiece::StageVariable(name.to_owned()))
            }
            None => {
                let name = inner.strip_suffix('+').unwrap_or(inner);
                (before, UriPiece::Param(name.to_owned()))
            }
        };
        let (UriPiece::Param(name) | UriPiece::StageVariable(name) | UriPiece::Literal(name)) =
            &piece;
        if name.is_empty() || name.contains('{') {
            return Err(UriTemplateError::Variable);
        }
        if !literal.is_empty() {
            pieces.push(UriPiece::Literal(literal.to_owned()));
        }
        pieces.push(piece);
        rest = from_brace.get(close + 1..).unwrap_or_default();
    }
    if rest.contains('}') {
        return Err(UriTemplateError::Variable);
    }
    if !rest.is_empty() {
        pieces.push(UriPiece::Literal(rest.to_owned()));
    }
    Ok(pieces)
}

impl Origin {
    /// Splits `http://host:port/path?query` into its origin and the rest from `/` or `?` on.
    ///
    /// # Errors
    /// [`UriTemplateError::Endpoint`] for another scheme, userinfo, an empty or illegal host or a
    /// bad port.
    pub fn split(url: &str) -> Result<(Self, &str), UriTemplateError> {
        const BAD: UriTemplateError = UriTemplateError::Endpoint;
        let (scheme, rest) = url.split_once("://").ok_or(BAD)?;
        let scheme = Scheme::parse(scheme).ok_or(BAD)?;
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (host, port) = if let Some(bracketed) = authority.strip_prefix('[') {
            let (host, after) = bracketed.split_once(']').ok_or(BAD)?;
            let address: std::net::Ipv6Addr = host.parse().map_err(|_| BAD)?;
            (address.to_string(), after.strip_prefix(':').or(after.is_empty().then_some("")))
        } else {
            let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
            let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
            if host.is_empty() || !host.bytes().all(legal) {
                return Err(BAD);
            }
            (host.to_ascii_lowercase(), Some(port))
        };
        let port = match port.ok_or(BAD)? {
            "" => scheme.default_port(),
            digits if digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().ok().filter(|&port| port != 0).ok_or(BAD)?
            }
            _ => return Err(BAD),
        };
        Ok((Self { scheme, host, port }, path))
    }

    /// The authority for a `Host` field: the port only where it is not the scheme's own.
    pub fn authority(&self) -> String {
        let host =
            if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == self.scheme.default_port() { host } else { format!("{host}:{}", self.port) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(text: &str) -> Result<(Origin, Vec<UriPiece>), UriTemplateError> {
        UriTemplate::parse(text)?
            .resolve(|name| (name == "host").then_some("backend.internal:8000"))
    }

    #[test]
    fn takes_uris_apart() {
        let (origin, path) = resolve("http://127.0.0.1:9000/pets/{id}?x={y}").unwrap();
        assert_eq!(origin.authority(), "127.0.0.1:9000");
        assert_eq!(
            path,
            [
                UriPiece::Literal("/pets/".into()),
                UriPiece::Param("id".into()),
                UriPiece::Literal("?x=".into()),
                UriPiece::Param("y".into()),
            ]
        );
        let (origin, path) = resolve("https://${stageVariables.host}/{proxy+}").unwrap();
        assert_eq!((origin.scheme, origin.port), (Scheme::Https, 8000));
        assert_eq!(path.len(), 2);
        assert_eq!(resolve("HTTP://[::1]").unwrap().0.authority(), "[::1]");
        assert_eq!(resolve("https://Example.COM:443").unwrap().0.authority(), "example.com");
        assert!(resolve("http://h").unwrap().1.is_empty());
    }

    #[test]
    fn http2_is_asked_for_by_scheme() {
        for (uri, scheme, port, authority) in [
            ("h2c://h/x", Scheme::H2c, 80, "h"),
            ("h2c://h:50051", Scheme::H2c, 50_051, "h:50051"),
            ("H2://h/", Scheme::H2, 443, "h"),
            ("h2://[::1]:8443/{proxy+}", Scheme::H2, 8443, "[::1]:8443"),
        ] {
            let origin = resolve(uri).unwrap().0;
            assert_eq!((origin.scheme, origin.port), (scheme, port), "{uri}");
            assert_eq!(origin.authority(), authority, "{uri}");
        }
        for uri in ["h3://h/", "h2c:/h", "http2://h/", "h2c://"] {
            assert_eq!(resolve(uri), Err(UriTemplateError::Endpoint), "{uri}");
        }
    }

    #[test]
    fn refuses_what_is_no_endpoint() {
        use UriTemplateError as E;
        for (uri, error) in [
            ("", E::Endpoint),
            ("ftp://h/", E::Endpoint),
            ("http://", E::Endpoint),
            ("http:///x", E::Endpoint),
            ("http://u@h/", E::Endpoint),
            ("http://h:0/", E::Endpoint),
            ("http://h:65536/", E::Endpoint),
            ("http://h:+80/", E::Endpoint),
            ("http://h\\x/", E::Endpoint),
            ("http://h/#f", E::Endpoint),
            ("http://[::1/", E::Endpoint),
            ("http://h/{x", E::Variable),
            ("http://h/x}", E::Variable),
            ("http://h/{}", E::Variable),
            ("http://h/${x}", E::Variable),
            ("http://h{x}/", E::ParamInAuthority("x".into())),
            ("http://h:{x}", E::ParamInAuthority("x".into())),
            ("{x}", E::Endpoint),
            ("http://${stageVariables.gone}/", E::MissingStageVariable("gone".into())),
        ] {
            assert_eq!(resolve(uri), Err(error), "{uri}");
        }
    }
}
