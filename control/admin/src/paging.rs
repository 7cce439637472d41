use aws_lc_rs::hmac;
use serde::Serialize;
use serde::de::DeserializeOwned;

use ringgate_model::limits::{PAGE_RESULTS_DEFAULT, PAGE_RESULTS_MAX};

use crate::operation::Request;
use crate::session::Session;
use crate::shelf::{Resource, decode};
use crate::{Error, keys};

/// A page of a list, as apigatewayv2 shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

/// The resources of one kind of an API, by ascending id.
pub(crate) fn page<T: Resource>(
    session: &Session<'_>,
    request: &Request<'_>,
) -> Result<Page<T>, Error> {
    page_in(session, request, &keys::folder(request.label("apiId"), T::FOLDER))
}

/// The entries under `folder`, by ascending key.
pub(crate) fn page_in<T: DeserializeOwned>(
    session: &Session<'_>,
    request: &Request<'_>,
    folder: &str,
) -> Result<Page<T>, Error> {
    page_sized(session, request, folder, (PAGE_RESULTS_DEFAULT, PAGE_RESULTS_MAX))
}

/// The same with another default size of a page, and another largest one.
pub(crate) fn page_sized<T: DeserializeOwned>(
    session: &Session<'_>,
    request: &Request<'_>,
    folder: &str,
    sizes: (usize, usize),
) -> Result<Page<T>, Error> {
    let (entries, next_token) = range(session, request, folder, sizes)?;
    let items = entries.iter().map(|(key, bytes)| decode(key, bytes)).collect::<Result<_, _>>()?;
    Ok(Page { items, next_token })
}

/// A page of the entries under `folder`, each turned into an item by `read` unless what its key
/// names is gone meanwhile.
pub(crate) fn page_of<T>(
    session: &Session<'_>,
    request: &Request<'_>,
    folder: &str,
    read: impl Fn(&str) -> Result<Option<T>, Error>,
) -> Result<Page<T>, Error> {
    let sizes = (PAGE_RESULTS_DEFAULT, PAGE_RESULTS_MAX);
    let (entries, next_token) = range(session, request, folder, sizes)?;
    let items = entries.iter().filter_map(|(key, _)| read(key).transpose());
    let items = items.collect::<Result<_, _>>()?;
    Ok(Page { items, next_token })
}

type Entries = Vec<(String, Vec<u8>)>;

fn range(
    session: &Session<'_>,
    request: &Request<'_>,
    folder: &str,
    (default, max): (usize, usize),
) -> Result<(Entries, Option<String>), Error> {
    let size = match request.query("maxResults") {
        None => default,
        Some(text) => page_size(text, max)?,
    };
    let token = Token { secret: &session.options.store_id, folder };
    let after = match request.query("nextToken") {
        None => None,
        Some(text) => Some(format!("{folder}{}", token.open(text)?)),
    };
    // One more than asked for tells whether there is another page.
    let mut entries = session.store.range(folder, after.as_deref(), size + 1)?;
    let more = entries.len() > size;
    entries.truncate(size);
    let last = entries.last().filter(|_| more);
    let next = last.and_then(|(key, _)| key.strip_prefix(folder)).map(|name| token.seal(name));
    Ok((entries, next))
}

fn page_size(text: &str, max: usize) -> Result<usize, Error> {
    let size = text.parse().ok().filter(|size| (1..=max).contains(size));
    size.ok_or_else(|| {
        Error::bad_request(format!(
            "Invalid maxResults '{text}': a number from 1 to {max} is wanted"
        ))
    })
}

/// Where a list goes on: the last name shown and a keyed hash of it, in hexadecimal. A token is
/// good for the list that gave it and for nothing else.
struct Token<'a> {
    secret: &'a [u8],
    folder: &'a str,
}

const MAC_BYTES: usize = 8;

impl Token<'_> {
    fn seal(&self, name: &str) -> String {
        let mac = self.mac(name);
        let bytes = mac.as_ref().iter().take(MAC_BYTES).chain(name.as_bytes());
        bytes.map(|byte| format!("{byte:02x}")).collect()
    }

    fn open(&self, text: &str) -> Result<String, Error> {
        let name = unhex(text).and_then(|bytes| {
            let (_, name) = bytes.split_at_checked(MAC_BYTES)?;
            String::from_utf8(name.to_vec()).ok()
        });
        name.filter(|name| self.seal(name) == text)
            .ok_or_else(|| Error::bad_request("Invalid nextToken: this list did not give it"))
    }

    fn mac(&self, name: &str) -> hmac::Tag {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret);
        hmac::sign(&key, format!("{}\0{name}", self.folder).as_bytes())
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text.chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => u8::try_from(high * 16 + low).ok(),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_own_list_only() {
        let token = Token { secret: b"secret", folder: "apis/a/routes/" };
        let text = token.seal("r1");
        assert_eq!(token.open(&text), Ok("r1".to_owned()));
        let elsewhere = Token { folder: "apis/b/routes/", ..token };
        let forged = Token { secret: b"other", folder: "apis/a/routes/" };
        assert!(elsewhere.open(&text).is_err() && forged.open(&text).is_err());
        for bad in ["", "0", "zz", "é", &text[1..], &format!("{text}00"), &text.to_uppercase()] {
            assert!(token.open(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn page_sizes_are_whole_numbers_within_the_limit() {
        assert_eq!((page_size("1", 500), page_size("500", 500)), (Ok(1), Ok(500)));
        for bad in ["0", "501", "-1", "ten", "", "1.5"] {
            assert!(page_size(bad, 500).is_err(), "{bad}");
        }
    }
}
