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
    /// The key in a file, as `ringgate key new` prints it; `test`/`test` where no file is named.
    ///
    /// # Errors
    /// A sentence: the file cannot be read, or lacks a line.
    pub fn read(file: Option<&Path>) -> Result<Self, String> {
        let Some(path) = file else {
            return Ok(Self { id: WELL_KNOWN.to_owned(), secret: WELL_KNOWN.to_owned() });
        };
        let named = |why: &str| format!("--functions-key {}: {why}", path.display());
        let size = std::fs::metadata(path).map_err(|error| named(&error.to_string()))?.len();
        if size > HEAD_BYTES_MAX as u64 {
            return Err(named("too large for two lines"));
        }
        let text = std::fs::read_to_string(path).map_err(|error| named(&error.to_string()))?;
        Self::parse(&text).map_err(|missing| {
            named(&format!("has no line {missing}=…; `ringgate key new` prints such lines"))
        })
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        let value = |name: &'static str| {
            let lines = text.lines().map(|line| line.trim().trim_start_matches("export "));
            let mut values = lines.filter_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            values.next().map(str::to_owned).filter(|value| !value.is_empty()).ok_or(name)
        };
        Ok(Self { id: value(ID)?, secret: value(SECRET)? })
    }

    /// Refuses `test`/`test` on anything but loopback.
    ///
    /// # Errors
    /// A sentence that says how to give a real key.
    pub fn check_exposure(&self, address: SocketAddr) -> Result<(), String> {
        if self.secret != WELL_KNOWN || address.ip().to_canonical().is_loopback() {
            return Ok(());
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
        let known = Key::read(None).unwrap();
        let own = Key { id: "AKIA".to_owned(), secret: "s".to_owned() };
        for (address, fits) in [("127.0.0.1:1", true), ("[::1]:1", true), ("0.0.0.0:1", false)] {
            let address = address.parse().unwrap();
            assert_eq!(known.check_exposure(address).is_ok(), fits);
            assert_eq!(own.check_exposure(address), Ok(()));
        }
    }

    #[test]
    fn a_file_is_what_key_new_prints() {
        let text = "export AWS_ACCESS_KEY_ID=AKIA1\nexport AWS_SECRET_ACCESS_KEY=s+=\n";
        let key = Key::parse(text).unwrap();
        assert_eq!((key.id.as_str(), key.secret.as_str()), ("AKIA1", "s+="));
        assert_eq!(Key::parse("AWS_ACCESS_KEY_ID=a"), Err(SECRET));
    }
}
