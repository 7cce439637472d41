//! Parameter mapping, within the steps `shape` and `respond`: what `requestParameters` make of a
//! request's head and `responseParameters` of an answer's (AWS, "Transform API requests and
//! responses for HTTP APIs").
//!
//! Every value is taken from the message as it came, whatever else is changed in it. What the
//! gateway answers itself is changed by no mapping.

mod body;
mod request;
mod response;
mod sources;

pub(crate) use body::{AtHand, Wanted, body_at_hand, body_within};
pub(crate) use request::{RequestEdits, Taking};
pub(crate) use response::{Mapped, ResponseEdits};
pub(crate) use sources::{Request, Response};

use ringgate_mapping::{Action, Place, Refused, Sources, Target};
use ringgate_table::Change;

use crate::rescue::{Fault, Kind};

/// Whether a field that came goes no further: one of the changes takes it away.
fn drops<'t>(mut changes: impl Iterator<Item = Change<'t>>, name: &str) -> bool {
    changes.any(|change| {
        change.action() != Action::Append
            && matches!(change.target(), Target::Header(own) if own.eq_ignore_ascii_case(name))
    })
}

/// A value that cannot stand where it is mapped to, for the log.
#[derive(Debug)]
struct Unfit {
    refused: Refused,
    /// `header.x-user`
    target: String,
}

impl Unfit {
    fn of(target: Target<&str>) -> impl Fn(Refused) -> Self {
        move |refused| {
            let target = match target {
                Target::Header(name) => format!("header.{name}"),
                Target::Querystring(name) => format!("querystring.{name}"),
                Target::Path => "path".to_owned(),
                Target::StatusCode => "statuscode".to_owned(),
            };
            Self { refused, target }
        }
    }

    fn fault(&self, kind: Kind) -> Fault {
        Fault::new(kind, format!("{}: {}", self.target, self.refused))
    }
}

/// Names and values of lines that [`write_fields`] wrote.
fn fields(lines: &[u8]) -> impl Iterator<Item = (&str, &[u8])> {
    let mut rest = lines;
    std::iter::from_fn(move || {
        let end = memchr::memmem::find(rest, b"\r\n")?;
        let (line, after) = rest.split_at_checked(end)?;
        rest = after.get(2..).unwrap_or_default();
        let colon = memchr::memchr(b':', line)?;
        let name = std::str::from_utf8(line.get(..colon)?).ok()?;
        Some((name, line.get(colon.saturating_add(2)..).unwrap_or_default()))
    })
}

/// Writes the lines of the fields that come, but for those called `aside`.
fn write_fields<'t>(
    changes: impl Iterator<Item = Change<'t>>,
    sources: &impl Sources,
    aside: &str,
    out: &mut Vec<u8>,
) -> Result<(), Unfit> {
    for change in changes.filter(|change| change.action() != Action::Remove) {
        let target = change.target();
        match target {
            Target::Header(name) if !name.eq_ignore_ascii_case(aside) => {
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b": ");
                ringgate_mapping::write(sources, change.value(), Place::Field, out)
                    .map_err(Unfit::of(target))?;
                out.extend_from_slice(b"\r\n");
            }
            _ => {}
        }
    }
    Ok(())
}
