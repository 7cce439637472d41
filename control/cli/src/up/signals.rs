use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::failure::Failure;

/// The signals that stop the supervisor.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    // None under nohup: a handler would end what was to survive the end of the session.
    hangup: Option<Signal>,
}

impl Signals {
    pub(super) fn new() -> Result<Self, Failure> {
        let new = |kind| signal(kind).map_err(|error| Failure::new(format!("signals: {error}")));
        // Without /proc nothing is known to be ignored.
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let hangup = SignalKind::hangup();
        Ok(Self {
            terminate: new(SignalKind::terminate())?,
            interrupt: new(SignalKind::interrupt())?,
            hangup: if ignores(&status, hangup) { None } else { Some(new(hangup)?) },
        })
    }

    pub(super) async fn next(&mut self) -> &'static str {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
            _ = hangup => "SIGHUP",
        }
    }
}

/// True when the process with this `/proc/PID/status` ignores a signal (proc_pid_status(5):
/// `SigIgn` is a mask in hexadecimal, signal 1 its lowest bit).
fn ignores(status: &str, kind: SignalKind) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let bit = u32::try_from(kind.as_raw_value() - 1).ok().and_then(|bit| 1u64.checked_shl(bit));
    mask.zip(bit).is_some_and(|(mask, bit)| mask & bit != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_of_ignored_signals_is_read() {
        let hangup = SignalKind::hangup();
        let status = "Name:\tringgate\nSigBlk:\t0000000000000001\nSigIgn:\t0000000000001001\n";
        assert!(ignores(status, hangup));
        assert!(ignores(status, SignalKind::pipe()));
        assert!(!ignores(status, SignalKind::terminate()));
        assert!(!ignores("SigBlk:\t0000000000000001\n", hangup));
        assert!(!ignores("", hangup));
    }
}
