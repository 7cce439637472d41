//! The sessions of roles in a table, which lie sealed wherever the table goes.

use ringgate_settings::Common;
use ringgate_table::Table;

use crate::sealing::Sealing;

/// Opens those of a table that is about to be live and are not open yet. One that does not open
/// keeps no table from being live: calls that need it are answered 500.
pub(crate) fn open(table: &Table, common: &Common) {
    let sealing = Sealing::new(common);
    for session in table.sessions() {
        if let Err(reason) = session.open(|name, sealed| sealing.open(name, sealed)) {
            say!("the session of {} for {}: {reason}", session.role_arn(), session.api_id());
        }
    }
}
