use std::borrow::Cow;

use ringgate_http1::Framing;
use ringgate_mapping::{
    Action, Body, Place, Refused, Sources, Target, edit_query, write_parameter,
};
use ringgate_table::Mapping;

use super::{AtHand, Request, Unfit, body_at_hand, drops, fields, write_fields};
use crate::rescue::{Fault, Kind};

/// What a mapping makes of one request.
#[derive(Debug)]
pub(crate) struct RequestEdits<'t> {
    mapping: Mapping<'t>,
    /// The path to the integration, where it is another.
    pub path: Option<Vec<u8>>,
    /// The client's query, where it is another; an empty one is none.
    pub query: Option<String>,
    /// The Host field, where it is another.
    pub host: Option<Vec<u8>>,
    /// Lines of fields that come.
    pub lines: Vec<u8>,
}

/// What taking values from a request came to.
pub(crate) enum Taking<'t> {
    /// More of its body has to come first.
    More,
    /// What is to be changed in it.
    Edits {
        /// The changes.
        edits: RequestEdits<'t>,
        /// Its body was waited for.
        gathered: bool,
    },
}

impl Request<'_, '_, '_> {
    /// Takes the values that a mapping asks for. `input` begins with the request.
    ///
    /// # Errors
    /// Those of [`RequestEdits::new`], and [`Kind::BadBody`].
    pub(crate) fn taking<'t>(
        &self,
        mapping: Mapping<'t>,
        input: &[u8],
    ) -> Result<Taking<'t>, Fault> {
        if !mapping.needs_body() {
            let edits = RequestEdits::new(mapping, self)?;
            return Ok(Taking::Edits { edits, gathered: false });
        }
        let bytes = input.get(self.head.len..).unwrap_or_default();
        let body: Cow<'_, [u8]> = match body_at_hand(self.head.body, bytes, false) {
            AtHand::Enough(body) => body,
            AtHand::More => return Ok(Taking::More),
            AtHand::Broken(reason) => return Err(Fault::new(Kind::BadBody, reason)),
        };
        let request = Request { body: Some(Body::new(&body)), ..*self };
        let edits = RequestEdits::new(mapping, &request)?;
        Ok(Taking::Edits { edits, gathered: self.head.body != Framing::None })
    }
}

impl<'t> RequestEdits<'t> {
    /// # Errors
    /// [`Kind::DotSegment`], or [`Kind::Unmappable`] for what the client sent that cannot stand
    /// where it is mapped to.
    pub(crate) fn new(mapping: Mapping<'t>, sources: &impl Sources) -> Result<Self, Fault> {
        Self::made(mapping, sources).map_err(|unfit| match unfit.refused {
            Refused::DotSegment => unfit.fault(Kind::DotSegment),
            _ => unfit.fault(Kind::Unmappable),
        })
    }

    /// The fields that come, Host aside.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &[u8])> {
        fields(&self.lines)
    }

    /// Whether a field of the client's goes no further.
    pub(crate) fn drops(&self, name: &str) -> bool {
        drops(self.mapping.of_request(), name)
    }

    fn made(mapping: Mapping<'t>, sources: &impl Sources) -> Result<Self, Unfit> {
        let (mut path, mut host, mut lines) = (None, None, Vec::new());
        for change in mapping.of_request() {
            let target = change.target();
            match target {
                Target::Path => {
                    let path = path.insert(Vec::new());
                    ringgate_mapping::write(sources, change.value(), Place::Path, path)
                        .map_err(Unfit::of(target))?;
                }
                Target::Header(name) if name.eq_ignore_ascii_case("host") => {
                    let mut value = Vec::new();
                    ringgate_mapping::write(sources, change.value(), Place::Field, &mut value)
                        .map_err(Unfit::of(target))?;
                    if !value.iter().all(|byte| is_authority_byte(*byte)) {
                        return Err(Unfit::of(target)(Refused::Control));
                    }
                    host = Some(value).filter(|value| !value.is_empty());
                }
                _ => {}
            }
        }
        write_fields(mapping.of_request(), sources, "host", &mut lines)?;
        let query = query(mapping, sources)?;
        Ok(Self { mapping, path, query, host, lines })
    }
}

/// The client's query as the changes want it: what they take away first, then what they bring.
fn query(mapping: Mapping<'_>, sources: &impl Sources) -> Result<Option<String>, Unfit> {
    let mut changes = mapping.of_request().filter_map(|change| match change.target() {
        Target::Querystring(name) => Some((name, change)),
        _ => None,
    });
    if changes.clone().next().is_none() {
        return Ok(None);
    }
    let mut out = Vec::new();
    let goes = |name: &str| {
        let mut changes = changes.clone();
        changes.any(|(own, change)| own == name && change.action() != Action::Append)
    };
    edit_query(sources.query(), |name| !goes(name), &mut out);
    changes.by_ref().filter(|(_, change)| change.action() != Action::Remove).try_for_each(
        |(name, change)| {
            write_parameter(name, 0, &mut out)
                .and_then(|()| {
                    ringgate_mapping::write(sources, change.value(), Place::Query, &mut out)
                })
                .map_err(Unfit::of(change.target()))
        },
    )?;
    // What a request line may hold is plain text.
    Ok(String::from_utf8(out).ok())
}

/// What the Host field is made of (RFC 9110 section 7.2), names in another script aside.
fn is_authority_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte)
}
