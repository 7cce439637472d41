//! Any text as a session token, and a true token with edits: only what was sealed is opened, under
//! its own key and for its own access key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringgate_auth::session::{
    OpenError, SESSION_TOKEN_CHARS_MAX, SealError, SealingKey, Session, SessionPrincipal,
};

const ID: &str = "ASIAIOSFODNN7EXAMPLE";

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let key = SealingKey::new(&[7; 32]).expect("a key");
    if let Ok(token) = std::str::from_utf8(input) {
        assert_eq!(key.open(token, ID, 0), Err(OpenError::Invalid));
    }
    let session = Session {
        secret_access_key: text.clone().into_owned(),
        account: "111122223333".to_owned(),
        principal: SessionPrincipal::User {
            arn: text.clone().into_owned(),
            unique_id: String::new(),
        },
        policy: (input.len() % 2 == 0).then(|| text.clone().into_owned()),
        policy_arns: vec![text.into_owned(); input.len() % 3],
        issued_at_s: 1,
        expires_at_s: 2,
    };
    let mut nonce = [0; 12];
    nonce.iter_mut().zip(input).for_each(|(to, from)| *to = *from);
    let token = match key.seal(&session, ID, nonce) {
        Ok(token) => token,
        Err(error) => return assert_eq!(error, SealError::TooLong),
    };
    assert!(token.len() <= SESSION_TOKEN_CHARS_MAX);
    assert_eq!(key.open(&token, ID, 2), Err(OpenError::Expired));
    assert_eq!(key.open(&token, "ASIAIOSFODNN7EXAMPLF", 0), Err(OpenError::Invalid));
    edited(&key, &token, input);
    assert_eq!(key.open(&token, ID, 1), Ok(session));
});

/// The token with one character changed, where the input says.
fn edited(key: &SealingKey, token: &str, input: &[u8]) {
    let [at, to, ..] = input else { return };
    let mut bytes = token.as_bytes().to_vec();
    let at = usize::from(*at) * 31 % bytes.len();
    let to = b"ABCDabcd0123-_=+"[usize::from(to % 16)];
    if bytes[at] != to {
        bytes[at] = to;
        let changed = String::from_utf8(bytes).expect("ASCII");
        assert_eq!(key.open(&changed, ID, 0), Err(OpenError::Invalid));
    }
}
