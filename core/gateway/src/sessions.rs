//! The sessions of roles in a table, which lie sealed wherever the table goes.

use std::cell::OnceCell;

use ringgate_settings::Common;
use ringgate_table::Table;
use ringgate_tls::SealingKey;

/// Opens those of a table that is about to be live and are not open yet. One that does not open
/// keeps no table from being live: calls that need it are answered 500.
pub(crate) fn open(table: &Table, common: &Common) {
    // Read whenever it is needed: control makes it, perhaps after this process has started.
    let key = OnceCell::new();
    for session in table.sessions() {
        let opened = session.open(|name, sealed| {
            let key = key.get_or_init(|| {
                SealingKey::new(&*common.secrets_key()?).map_err(|fault| fault.to_string())
            });
            let key = key.as_ref().map_err(String::clone)?;
            key.open(name, sealed).map_err(|fault| fault.to_string())
        });
        if let Err(reason) = opened {
            say!("the session of {} for {}: {reason}", session.role_arn(), session.api_id());
        }
    }
}
