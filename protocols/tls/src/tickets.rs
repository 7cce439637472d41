use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use rustls::server::ProducesTickets;
use zeroize::Zeroizing;

use crate::limits::{TICKET_BYTES_MAX, TICKET_KEYS_MAX, TICKET_LIFETIME_S};

/// Seals what a server must remember of a session into a ticket that the client keeps (RFC 5077,
/// RFC 8446 section 4.6.1). One for all workers, in every configuration of a listener, so that any
/// of them opens what another sealed, and certificates can change without losing sessions.
///
/// rustls has one of its own, which makes its keys in secret and rotates them by its own clock: a
/// new binary that takes over the sockets could open none of the tickets that are out, and every
/// client would come with a full handshake at once. Here keys are made, rotated and handed over by
/// the caller, as with nginx's `ssl_session_ticket_key`: the first seals, all open.
///
/// A ticket is the key's name (16 bytes), a random nonce (12), the state under AES-256-GCM with
/// the name as associated data, and the tag (16).
pub struct Tickets {
    keys: RwLock<VecDeque<Key>>,
}

/// A ticket key: 48 random bytes, of which 16 are its name.
#[derive(Clone)]
pub struct TicketKey(Zeroizing<[u8; Self::BYTES]>);

struct Key {
    secret: TicketKey,
    aead: LessSafeKey,
}

const NAME_BYTES: usize = 16;
const TICKET_OVERHEAD_BYTES: usize = NAME_BYTES + NONCE_LEN + 16;

impl TicketKey {
    /// Its length.
    pub const BYTES: usize = 48;

    /// A key of these bytes, which must come from a good random generator and be told to nobody.
    pub fn new(bytes: [u8; Self::BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, to hand them to a process that takes over.
    pub fn bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    fn name(&self) -> &[u8] {
        self.0.first_chunk::<NAME_BYTES>().map_or(&[], |name| name.as_slice())
    }
}

impl Key {
    /// None never happens: the length is the algorithm's.
    fn new(secret: TicketKey) -> Option<Self> {
        let (_, key) = secret.0.split_at_checked(NAME_BYTES)?;
        let aead = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
        Some(Self { secret, aead })
    }

    /// What is authenticated beside the state: the key's name, and what the ticket is good for.
    fn aad(&self, context: &[u8]) -> Aad<Vec<u8>> {
        Aad::from([self.secret.name(), context].concat())
    }

    fn seal(&self, state: &[u8], context: &[u8]) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        aws_lc_rs::rand::fill(&mut nonce).ok()?;
        let mut ticket = Vec::with_capacity(NAME_BYTES + NONCE_LEN + state.len() + 16);
        ticket.extend_from_slice(self.secret.name());
        ticket.extend_from_slice(&nonce);
        ticket.extend_from_slice(state);
        let sealed = ticket.get_mut(NAME_BYTES + NONCE_LEN..)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        let aad = self.aad(context);
        let tag = self.aead.seal_in_place_separate_tag(nonce, aad, sealed).ok()?;
        ticket.extend_from_slice(tag.as_ref());
        Some(ticket)
    }

    fn open(&self, nonce: &[u8; NONCE_LEN], sealed: &[u8], context: &[u8]) -> Option<Vec<u8>> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let mut state = sealed.to_vec();
        let aad = self.aad(context);
        let bytes = self.aead.open_in_place(nonce, aad, &mut state).ok()?.len();
        state.truncate(bytes);
        Some(state)
    }
}

impl Tickets {
    /// Seals with the first key and opens with all; at most [`TICKET_KEYS_MAX`] are kept, and
    /// without any no tickets are given.
    pub fn new(keys: impl IntoIterator<Item = TicketKey>) -> Self {
        let keys = keys.into_iter().take(TICKET_KEYS_MAX).filter_map(Key::new);
        Self { keys: RwLock::new(keys.collect()) }
    }

    /// Seals with `key` from now on. The oldest key is forgotten, and with it its tickets:
    /// see [`crate::limits::TICKET_ROTATION_S`].
    pub fn rotate(&self, key: TicketKey) {
        let Some(key) = Key::new(key) else { return };
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.truncate(TICKET_KEYS_MAX.saturating_sub(1));
        keys.push_front(key);
    }

    /// The keys, newest first, for a process that takes over.
    pub fn keys(&self) -> Vec<TicketKey> {
        self.read().iter().map(|key| key.secret.clone()).collect()
    }

    /// The same keys for tickets that are good for `context` alone: one of another context, or of
    /// none, does not open.
    pub(crate) fn within(self: &Arc<Self>, context: &[u8]) -> Arc<dyn ProducesTickets> {
        Arc::new(Within { tickets: self.clone(), context: context.into() })
    }

    fn seal(&self, state: &[u8], context: &[u8]) -> Option<Vec<u8>> {
        // A longer one would not be tried: a client with many large certificates.
        if state.len() > TICKET_BYTES_MAX - TICKET_OVERHEAD_BYTES {
            return None;
        }
        self.read().front()?.seal(state, context)
    }

    fn open(&self, ticket: &[u8], context: &[u8]) -> Option<Vec<u8>> {
        if ticket.len() > TICKET_BYTES_MAX {
            return None;
        }
        let (name, rest) = ticket.split_at_checked(NAME_BYTES)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>()?;
        let keys = self.read();
        keys.iter().find(|key| key.secret.name() == name)?.open(nonce, sealed, context)
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, VecDeque<Key>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ProducesTickets for Tickets {
    fn enabled(&self) -> bool {
        !self.read().is_empty()
    }

    fn lifetime(&self) -> u32 {
        TICKET_LIFETIME_S
    }

    fn encrypt(&self, state: &[u8]) -> Option<Vec<u8>> {
        self.seal(state, &[])
    }

    fn decrypt(&self, ticket: &[u8]) -> Option<Vec<u8>> {
        self.open(ticket, &[])
    }
}

/// Tickets that are good for one context.
#[derive(Debug)]
struct Within {
    tickets: Arc<Tickets>,
    context: Box<[u8]>,
}

impl ProducesTickets for Within {
    fn enabled(&self) -> bool {
        self.tickets.enabled()
    }

    fn lifetime(&self) -> u32 {
        TICKET_LIFETIME_S
    }

    fn encrypt(&self, state: &[u8]) -> Option<Vec<u8>> {
        self.tickets.seal(state, &self.context)
    }

    fn decrypt(&self, ticket: &[u8]) -> Option<Vec<u8>> {
        self.tickets.open(ticket, &self.context)
    }
}

impl fmt::Debug for Tickets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tickets").field("keys", &self.read().len()).finish()
    }
}

impl fmt::Debug for TicketKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TicketKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> TicketKey {
        TicketKey::new([byte; TicketKey::BYTES])
    }

    #[test]
    fn opens_what_any_kept_key_sealed() {
        let tickets = Tickets::new([key(1)]);
        let first = tickets.encrypt(b"state").unwrap();
        assert_eq!(first.len(), 16 + 12 + 5 + 16);
        for turn in 2..=TICKET_KEYS_MAX as u8 {
            tickets.rotate(key(turn));
            assert_eq!(tickets.decrypt(&first).as_deref(), Some(&b"state"[..]));
        }
        assert_eq!(tickets.keys().len(), TICKET_KEYS_MAX);
        tickets.rotate(key(9));
        assert_eq!(tickets.decrypt(&first), None, "its key is forgotten");

        let heir = Tickets::new(tickets.keys());
        let newest = tickets.encrypt(b"late").unwrap();
        assert_eq!(heir.decrypt(&newest).as_deref(), Some(&b"late"[..]));
        assert_eq!(heir.decrypt(&heir.encrypt(b"heir").unwrap()).as_deref(), Some(&b"heir"[..]));
    }

    #[test]
    fn a_ticket_is_good_for_its_context_alone() {
        let tickets = Arc::new(Tickets::new([key(1)]));
        let (one, other) = (tickets.within(b"one"), tickets.within(b"other"));
        let ticket = one.encrypt(b"state").unwrap();
        assert_eq!(one.decrypt(&ticket).as_deref(), Some(&b"state"[..]));
        assert_eq!((other.decrypt(&ticket), tickets.decrypt(&ticket)), (None, None));
        assert_eq!(one.decrypt(&tickets.encrypt(b"state").unwrap()), None);
        assert_eq!(one.encrypt(&vec![1; TICKET_BYTES_MAX]), None, "it would not be opened");
    }

    #[test]
    fn refuses_what_it_did_not_seal() {
        let tickets = Tickets::new([key(1)]);
        let ticket = tickets.encrypt(b"state").unwrap();
        assert_ne!(ticket, tickets.encrypt(b"state").unwrap(), "nonces are random");
        for at in 0..ticket.len() {
            let mut changed = ticket.clone();
            changed[at] ^= 1;
            assert_eq!(tickets.decrypt(&changed), None, "byte {at}");
            assert_eq!(tickets.decrypt(&ticket[..at]), None, "cut to {at}");
        }
        assert_eq!(tickets.decrypt(&vec![1; TICKET_BYTES_MAX + 1]), None);
        assert!(!Tickets::new([]).enabled());
        assert_eq!(Tickets::new([]).encrypt(b"state"), None);
    }
}
