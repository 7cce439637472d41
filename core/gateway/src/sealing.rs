//! The key for secrets, for what lies sealed in tables.

use std::cell::OnceCell;

use ringgate_settings::Common;
use ringgate_tls::SealingKey;
use zeroize::Zeroizing;

/// Reads the key once something is to be opened, and never before: control makes it, perhaps after
/// this process has started.
pub(crate) struct Sealing<'c> {
    common: &'c Common,
    key: OnceCell<Result<SealingKey, String>>,
}

impl<'c> Sealing<'c> {
    pub(crate) fn new(common: &'c Common) -> Self {
        Self { common, key: OnceCell::new() }
    }

    /// Opens what was sealed for `name`.
    ///
    /// # Errors
    /// A sentence: the key cannot be read, or opens something else.
    pub(crate) fn open(&self, name: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, String> {
        let read = || {
            let bytes = self.common.secrets_key()?;
            SealingKey::new(&bytes).map_err(|fault| fault.to_string())
        };
        let key = self.key.get_or_init(read).as_ref().map_err(String::clone)?;
        key.open(name, sealed).map_err(|fault| fault.to_string())
    }
}
