use std::sync::mpsc::Sender;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR2};
use signal_hook::iterator::Signals;

use super::Event;

/// Turns signals into events, from now on.
///
/// # Errors
/// A sentence: there can be no handler or no thread.
pub(super) fn watch(events: Sender<Event>) -> Result<(), String> {
    let signals = Signals::new([SIGTERM, SIGINT, SIGHUP, SIGUSR2]);
    let mut signals = signals.map_err(|error| format!("signals: {error}"))?;
    let thread = std::thread::Builder::new().name("signals".to_owned());
    thread
        .spawn(move || {
            for signal in signals.forever() {
                let event = match signal {
                    SIGHUP => Event::Reload,
                    SIGUSR2 => Event::Upgrade(None),
                    _ => Event::Stop,
                };
                // Nobody listens any more where everything has ended.
                let _ = events.send(event);
            }
        })
        .map_err(|error| format!("the signals thread: {error}"))?;
    Ok(())
}
