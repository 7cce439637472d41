use std::collections::HashMap;
use std::sync::mpsc::Sender;
use std::sync::{Mutex, PoisonError};

use ringgate_auth::jwt::Refresh;

use crate::limits::ISSUERS_ASKED_MAX;
use crate::supervisor::Event;

/// When control is asked for an issuer's keys anew, because a token names one that nobody knows;
/// shared by all workers.
#[derive(Debug)]
pub(crate) struct Issuers {
    asked: Mutex<HashMap<Box<str>, Refresh>>,
    /// The main thread's, which may wait for control; no worker does.
    events: Mutex<Sender<Event>>,
}

impl Issuers {
    pub(crate) fn new(events: Sender<Event>) -> Self {
        Self { asked: Mutex::default(), events: Mutex::new(events) }
    }

    /// A token of this issuer, one of the table's, names a key that is not known. One in a while
    /// asks for newer ones; all the others are refused and cost nothing more.
    pub(crate) fn unknown_key(&self, issuer: &str, now_s: u64) {
        let wanted = {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            match asked.get_mut(issuer) {
                Some(refresh) => refresh.wanted(now_s),
                None => {
                    // Issuers come and go with tables; what was asked long ago may be asked again.
                    if asked.len() >= ISSUERS_ASKED_MAX {
                        asked.clear();
                    }
                    asked.insert(issuer.into(), Refresh::asked(now_s));
                    true
                }
            }
        };
        if wanted {
            let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = events.send(Event::UnknownKey(issuer.to_owned()));
        }
    }
}
