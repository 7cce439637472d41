use serde_json::{Map, Value};

use crate::Error;
use crate::limits::{PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX};
use crate::params::Params;

/// A page of a list: the items behind `Marker`, at most `MaxItems`. Each comes with what it is
/// ordered by; the marker of a next page is that of the last one shown.
pub(crate) fn page(
    member: &str,
    mut items: Vec<(String, Value)>,
    params: &Params,
) -> Result<Value, Error> {
    let max = params.number("MaxItems", 1, PAGE_ITEMS_MAX as u64)?;
    let max = max.and_then(|max| usize::try_from(max).ok()).unwrap_or(PAGE_ITEMS_DEFAULT);
    items.sort_by(|a, b| a.0.cmp(&b.0));
    if let Some(marker) = params.text("Marker") {
        if marker.is_empty() {
            return Err(Error::constraint(
                Some(marker),
                "Marker",
                "have length greater than or equal to 1",
            ));
        }
        items.retain(|(key, _)| key.as_str() > marker);
    }
    let is_truncated = items.len() > max;
    items.truncate(max);
    let last = items.last().map(|(key, _)| key.clone());
    let mut shown = Map::new();
    shown.insert(member.to_owned(), items.into_iter().map(|(_, item)| item).collect());
    shown.insert("IsTruncated".to_owned(), is_truncated.into());
    if let Some(last) = last.filter(|_| is_truncated) {
        shown.insert("Marker".to_owned(), last.into());
    }
    Ok(Value::Object(shown))
}
