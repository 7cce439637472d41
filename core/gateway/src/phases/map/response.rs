use std::rc::Rc;
use std::sync::Arc;

use ringgate_http1::{Header, ResponseHead};
use ringgate_mapping::{Body, Place, Sources, Target, status_code};
use ringgate_table::{ApiImage, KeptMapping, Mapping};

use super::{AtHand, Response, Unfit, body_at_hand, drops, fields as fields_of, write_fields};
use crate::phases::record::Open;
use crate::rescue::{Fault, Kind};
use crate::worker::Generation;

/// A mapping that waits for the answer of an integration.
#[derive(Debug)]
pub(crate) struct Mapped {
    kept: KeptMapping,
    /// Held so that no worker is the last to let go of an API.
    _generation: Rc<Generation>,
}

/// What a mapping makes of one answer.
#[derive(Debug)]
pub(crate) struct ResponseEdits<'t> {
    mapping: Mapping<'t>,
    /// The status that the integration gave, by which changes are chosen.
    given: u16,
    /// The status that the client gets.
    pub status: u16,
    /// Lines of fields that come.
    pub lines: Vec<u8>,
}

impl Mapped {
    /// None where no answer is changed.
    pub(crate) fn new(
        mapping: Mapping<'_>,
        api: &Arc<ApiImage>,
        generation: &Rc<Generation>,
    ) -> Option<Box<Self>> {
        let kept = mapping.has_responses().then(|| mapping.kept(api))??;
        Some(Box::new(Self { kept, _generation: generation.clone() }))
    }

    /// What becomes of the answer whose head is there; `bytes` follow it, and behind them comes the
    /// end of the connection if it `ended`. The inner `None`: more of its body must come first.
    ///
    /// # Errors
    /// [`Kind::UnmappableAnswer`] for what cannot stand where it is mapped to;
    /// [`Kind::BadUpstream`] for a body that breaks its framing.
    pub(crate) fn edits(
        &self,
        head: &ResponseHead<'_, '_>,
        bytes: &[u8],
        ended: bool,
        record: &Open,
    ) -> Result<Option<Option<ResponseEdits<'_>>>, Fault> {
        let (given, fields) = (head.status, head.fields);
        let Some(mapping) = self.of(given) else { return Ok(Some(None)) };
        let mut sources = Response { status: given, fields, record, body: None };
        if !needs_body(mapping, given) {
            return Ok(Some(Some(ResponseEdits::new(mapping, given, &sources)?)));
        }
        match body_at_hand(head.body, bytes, ended) {
            AtHand::Enough(body) => {
                sources.body = Some(Body::new(&body));
                Ok(Some(Some(ResponseEdits::new(mapping, given, &sources)?)))
            }
            AtHand::More => Ok(None),
            AtHand::Broken(reason) => Err(Fault::new(Kind::BadUpstream, reason)),
        }
    }

    /// Changes the answer of a function.
    ///
    /// # Errors
    /// As above.
    pub(crate) fn change(
        &self,
        answer: &mut ringgate_lambda::Answer,
        record: &Open,
    ) -> Result<(), Fault> {
        let Some(mapping) = self.of(answer.status) else { return Ok(()) };
        let given = answer.fields.iter();
        let given = given.map(|(name, value)| Header { name, value: value.as_bytes() });
        let fields: Vec<_> = given.collect();
        let body = Some(Body::new(&answer.body));
        let status = answer.status;
        let sources = Response { status, fields: &fields, record, body };
        let edits = ResponseEdits::new(mapping, answer.status, &sources)?;
        answer.status = edits.status;
        answer.fields.retain(|(name, _)| !edits.drops(name));
        let come = fields_of(&edits.lines);
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        answer.fields.extend(come.map(|(name, value)| (name.to_owned(), text(value))));
        if matches!(answer.status, 204 | 304) {
            answer.body.clear();
        }
        Ok(())
    }

    /// The mapping, if it changes answers of this status.
    fn of(&self, status: u16) -> Option<Mapping<'_>> {
        let mapping = self.kept.get()?;
        mapping.of_response(status).next().map(|_| mapping)
    }
}

fn needs_body(mapping: Mapping<'_>, status: u16) -> bool {
    mapping.of_response(status).any(|change| change.value().any(|source| source.is_body()))
}

impl<'t> ResponseEdits<'t> {
    fn new(mapping: Mapping<'t>, given: u16, sources: &impl Sources) -> Result<Self, Fault> {
        let refuse = |unfit: Unfit| unfit.fault(Kind::UnmappableAnswer);
        let (mut status, mut lines) = (given, Vec::new());
        for change in mapping.of_response(given) {
            if change.target() == Target::StatusCode {
                let mut digits = Vec::new();
                let value = change.value();
                ringgate_mapping::write(sources, value, Place::Field, &mut digits)
                    .map_err(Unfit::of(Target::StatusCode))
                    .map_err(refuse)?;
                // Where there is nothing to map, the status stays.
                if !digits.is_empty() {
                    status = status_code(&digits).ok_or(Fault::new(
                        Kind::UnmappableAnswer,
                        "overwrite:statuscode has a value that is no status code",
                    ))?;
                }
            }
        }
        write_fields(mapping.of_response(given), sources, "", &mut lines).map_err(refuse)?;
        Ok(Self { mapping, given, status, lines })
    }

    /// Whether a field of the integration's goes no further.
    pub(crate) fn drops(&self, name: &str) -> bool {
        drops(self.mapping.of_response(self.given), name)
    }
}
