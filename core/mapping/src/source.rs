use ringgate_observe::Values;
use serde::{Deserialize, Serialize};

use crate::Body;

/// Where a part of a value comes from. `T` is how its text is kept: `&str`, or a place in a larger
/// text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source<T> {
    /// Text, as it stands.
    Static(T),
    /// `$request.header.N`, `$response.header.N`: the values of all fields of this name, with
    /// commas between.
    Header(T),
    /// `$request.querystring.N`: likewise.
    Querystring(T),
    /// `$request.path`: the request's path without its stage.
    Path,
    /// `$request.path.N`: what a path variable of the route took.
    PathParameter(T),
    /// `$request.body`, `$response.body`: all of it.
    Body,
    /// `$request.body.a[0]`: what the JSON path (here `.a[0]`) finds in the body.
    BodyPath(T),
    /// `$context.N`, by the name after the first dot.
    Context(T),
    /// `$stageVariables.N`. Whoever knows the stage makes a [`Source::Static`] of it; as it is, it
    /// has no value.
    StageVariable(T),
}

impl<T> Source<T> {
    /// The same source with its text kept otherwise.
    ///
    /// # Errors
    /// Those of `keep`.
    pub fn keep<U, E>(self, keep: impl FnOnce(T) -> Result<U, E>) -> Result<Source<U>, E> {
        Ok(match self {
            Self::Static(text) => Source::Static(keep(text)?),
            Self::Header(name) => Source::Header(keep(name)?),
            Self::Querystring(name) => Source::Querystring(keep(name)?),
            Self::Path => Source::Path,
            Self::PathParameter(name) => Source::PathParameter(keep(name)?),
            Self::Body => Source::Body,
            Self::BodyPath(path) => Source::BodyPath(keep(path)?),
            Self::Context(name) => Source::Context(keep(name)?),
            Self::StageVariable(name) => Source::StageVariable(keep(name)?),
        })
    }

    /// The text it has, if any.
    pub fn text(&self) -> Option<&T> {
        match self {
            Self::Static(text)
            | Self::Header(text)
            | Self::Querystring(text)
            | Self::PathParameter(text)
            | Self::BodyPath(text)
            | Self::Context(text)
            | Self::StageVariable(text) => Some(text),
            Self::Path | Self::Body => None,
        }
    }

    /// Whether its value is looked for in a body, which must then be there.
    pub fn is_body(&self) -> bool {
        matches!(self, Self::Body | Self::BodyPath(_))
    }
}

/// What there is to take values from: a request, or an answer with the `$context` of its request.
/// What an answer has not (a query, a path) stays as it is here: empty.
pub trait Sources: Values {
    /// Hands out the value of each header field of this name (in any case), in order.
    fn header(&self, name: &str, each: &mut dyn FnMut(&[u8]));

    /// The query as it came, without its `?`.
    fn query(&self) -> &str {
        ""
    }

    /// The path as it came, without its stage.
    fn path(&self) -> &str {
        ""
    }

    /// What a path variable took of the path, as it came.
    fn path_parameter(&self, _name: &str) -> Option<&str> {
        None
    }

    /// The body; none where no source is one.
    fn body(&self) -> Option<&Body<'_>> {
        None
    }
}
