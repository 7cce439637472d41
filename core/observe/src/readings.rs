use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Reading;

/// Whose requests a reading is of.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Metered {
    /// The API's id.
    pub api_id: Box<str>,
    /// The stage's name.
    pub stage: Box<str>,
    /// The route's key; none: all requests of the stage.
    pub route_key: Option<Box<str>>,
}

/// What the meters of workers or processes say together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readings(BTreeMap<Metered, Reading>);

impl Readings {
    /// Adds what one meter says.
    pub fn add(&mut self, metered: Metered, reading: &Reading) {
        self.0.entry(metered).or_default().add(reading);
    }

    /// Adds what others say.
    pub fn extend(&mut self, other: Self) {
        other.0.into_iter().for_each(|(metered, reading)| self.add(metered, &reading));
    }

    /// In order of APIs, stages and routes, a stage before its routes.
    pub fn iter(&self) -> impl Iterator<Item = (&Metered, &Reading)> {
        self.0.iter()
    }

    /// The bytes that [`Self::decode`] reads.
    pub fn encode(&self) -> Vec<u8> {
        // Serialising plain data into memory cannot fail; nothing at all would be refused.
        postcard::to_stdvec(self).unwrap_or_default()
    }

    /// Reads what another process encoded.
    ///
    /// # Errors
    /// Why it is none, for people.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        postcard::from_bytes(bytes).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Meter, Sample};

    #[test]
    fn readings_come_back_as_they_were_in_order() {
        let of = |stage: &str, route: Option<&str>| Metered {
            api_id: "a".into(),
            stage: stage.into(),
            route_key: route.map(Into::into),
        };
        let mut meter = Meter::new();
        meter.record(&Sample { status: 200, latency_us: 1234, ..Sample::default() });
        let mut one = Readings::default();
        one.add(of("b", Some("GET /")), &meter.reading());
        one.add(of("b", None), &meter.reading());
        let mut both = Readings::decode(&one.encode()).unwrap();
        assert_eq!(both, one);
        both.extend(one);
        let seen = both.iter().map(|(of, r)| (of.route_key.as_deref(), r.counts.requests));
        assert_eq!(seen.collect::<Vec<_>>(), [(None, 2), (Some("GET /"), 2)]);
        assert!(Readings::decode(b"\xff").is_err());
    }
}
