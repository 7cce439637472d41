use std::rc::Rc;
use std::sync::Arc;

use ringgate_http1::ResponseHead;
use ringgate_mapping::{Body, Place, Refused, Sources, Target, status_code};
use ringgate_observe::Record;
use ringgate_table::{ApiImage, Generation, KeptMapping, Mapping};

use super::{AtHand, Response, body_at_hand, drops, write_fields};
use crate::rescue::{Fault, Kind};

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
    /// [`Kind::BadUpstream`] for what cannot stand where it is mapped to.
    pub(crate) fn edits(
        &self,
        head: &ResponseHead<'_, '_>,
        bytes: &[u8],
        ended: bool,
        record: Option<&Record>,
    ) -> Result<Option<Option<ResponseEdits<'_>>>, Fault> {
        let Some(mapping) = self.kept.get() else { return Ok(Some(None)) };
        let mut changes = mapping.of_response(head.status).peekable();
        if changes.peek().is_none() {
            return Ok(Some(None));
        }
        let needs_body = changes.any(|change| change.value().any(|source| source.is_body()));
        let body = match needs_body.then(|| body_at_hand(head.body, bytes, ended)) {
            None => None,
            Some(AtHand::Enough(body)) => Some(body),
            Some(AtHand::More) => return Ok(None),
            Some(AtHand::Broken(reason)) => return Err(Fault::new(Kind::BadUpstream, reason)),
        };
        let body = body.as_deref().map(Body::new);
        let sources = Response { fields: head.fields, record, body };
        let edits = ResponseEdits::new(mapping, head.status, &sources)?;
        Ok(Some(Some(edits)))
    }
}

impl<'t> ResponseEdits<'t> {
    fn new(mapping: Mapping<'t>, given: u16, sources: &impl Sources) -> Result<Self, Fault> {
        let refuse = |refused: Refused| Fault::new(Kind::BadUpstream, refused.to_string());
        let (mut status, mut lines) = (given, Vec::new());
        for change in mapping.of_response(given) {
            if change.target() == Target::StatusCode {
                let mut digits = Vec::new();
                let value = change.value();
                ringgate_mapping::write(sources, value, Place::Field, &mut digits)
                    .map_err(refuse)?;
                // Where there is nothing to map, the status stays.
                if !digits.is_empty() {
                    status = status_code(&digits).ok_or(Fault::new(
                        Kind::BadUpstream,
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
