use std::sync::mpsc::Sender;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::Event;

/// Turns signals into events, from now on.
///
/// # Errors
/// A sentence: there can be no handler or no thread.
pub(super) fn watch(events: Sender<Event>) -> Result<(), String> {
    let signals = Signals::new([SIGTERM, SIGINT]);
    let mut signals = signals.map_err(|error| format!("signals: {error}"))?;
    let thread = std::thread::Builder::new().name("signals".to_owned());
    thread
        .spawn(move || {
            for _ in signals.forever() {
                let _ = events.send(Event::Stop);
            }
        })
        .map_err(|error| format!("the signals thread: {error}"))?;
    Ok(())
}
