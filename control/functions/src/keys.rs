use std::net::SocketAddr;
use std::path::Path;

use crate::limits::HEAD_BYTES_MAX;

const ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
/// What every AWS tutorial for local services has people type.
const WELL_KNOWN: &str = "test";

/// The key that requests are signed with.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    /// `AKIA…`
    pub id: String,
    /// The secret.
    pub secret: String,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Key {
    fn well_known() -> Self {
        Self { id: WELL_KNOWN.to_owned(), secret: WELL_KNOWN.to_owned() }
    }

    /// Two lines, as `ringgate key new` prints them; else the name of the missing one.
    fn parse(text: &str) -> Result<Self, &'static str> {
        let value = |name: &'static str| {
            let lines = text.lines().map(|line| line.trim().trim_start_matches("export "));
            let mut values = lines.filter_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            values.next().map(str::to_owned).filter(|value| !value.is_empty()).ok_or(name)
        };
        Ok(Self { id: value(ID)?, secret: value(SECRET)? })
    }
}

/// The keys that are let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys(Vec<Key>);

impl Keys {
    /// The key in a file; where none is named that of the environment, with which a gateway beside
    /// this host signs its calls, and `test`/`test`.
    ///
    /// # Errors
    /// A sentence: the file cannot be read, or lacks a line.
    pub fn read(file: Option<&Path>) -> Result<Self, String> {
        let Some(path) = file else {
            let of_environment = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
            let own = of_environment(ID).zip(of_environment(SECRET));
            let own = own.map(|(id, secret)| Key { id, secret });
            return Ok(Self([Key::well_known()].into_iter().chain(own).collect()));
        };
        let named = |why: &str| format!("--functions-key {}: {why}", path.display());
        let size = std::fs::metadata(path).map_err(|error| named(&error.to_string()))?.len();
        if size > HEAD_BYTES_MAX as u64 {
            return Err(named("too large for two lines"));
        }
        let text = std::fs::read_to_string(path).map_err(|error| named(&error.to_string()))?;
        let key = Key::parse(&text).map_err(|missing| {
            named(&format!("has no line {missing}=…; `ringgate key new` prints such lines"))
        })?;
        Ok(Self(vec![key]))
    }

    /// The key of that id.
    pub(crate) fn get(&self, id: &str) -> Option<&Key> {
        self.0.iter().find(|key| key.id == id)
    }

    /// Lets `test`/`test` in on loopback alone.
    ///
    /// # Errors
    /// No key is left. A sentence that says how to give one.
    pub fn exposed_at(mut self, address: SocketAddr) -> Result<Self, String> {
        if address.ip().to_canonical().is_loopback() {
            return Ok(self);
        }
        self.0.retain(|key| key.secret != WELL_KNOWN);
        if !self.0.is_empty() {
            return Ok(self);
        }
        Err(format!(
            "--listen {address} is reachable from other machines, but the access key is still \
             test/test, which everybody knows. Make a key of your own with `ringgate key new`, put \
             the two lines that it prints into a file, and give that with --functions-key FILE"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_well_known_key_stays_on_loopback() {
        let known = Keys(vec![Key::well_known()]);
        let own = Key { id: "AKIA".to_owned(), secret: "s".to_owned() };
        let both = Keys(vec![Key::well_known(), own.clone()]);
        for local in ["127.0.0.1:1", "[::1]:1"] {
            let address = local.parse().unwrap();
            assert_eq!(known.clone().exposed_at(address), Ok(known.clone()));
            assert!(both.clone().exposed_at(address).unwrap().get("test").is_some());
        }
        let open = "0.0.0.0:1".parse().unwrap();
        assert!(known.exposed_at(open).unwrap_err().contains("--functions-key"));
        assert_eq!(both.exposed_at(open), Ok(Keys(vec![own])));
    }

    #[test]
    fn a_file_is_what_key_new_prints() {
        let text = "export AWS_ACCESS_KEY_ID=AKIA1\nexport AWS_SECRET_ACCESS_KEY=s+=\n";
        let key = Key::parse(text).unwrap();
        assert_eq!((key.id.as_str(), key.secret.as_str()), ("AKIA1", "s+="));
        assert_eq!(Key::parse("AWS_ACCESS_KEY_ID=a"), Err(SECRET));
    }
}
