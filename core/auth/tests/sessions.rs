//! Session tokens: what was sealed is opened, and nothing else is.

#![allow(clippy::unwrap_used, reason = "tests end by panicking")]

use proptest::prelude::*;
use ringgate_auth::session::{
    OpenError, SESSION_TOKEN_CHARS_MAX, SealError, SealingKey, Session, SessionPrincipal,
};

const ID: &str = "ASIAIOSFODNN7EXAMPLE";

fn key(byte: u8) -> SealingKey {
    SealingKey::new(&[byte; 32]).unwrap()
}

fn session() -> Session {
    Session {
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
        account: "111122223333".to_owned(),
        principal: SessionPrincipal::Role {
            arn: "arn:aws:iam::111122223333:role/reader".to_owned(),
            unique_id: "AROADBQP57FF2AEXAMPLE".to_owned(),
            session_name: "ana".to_owned(),
        },
        policy: Some(r#"{"Statement":[]}"#.to_owned()),
        policy_arns: vec!["arn:aws:iam::aws:policy/AdministratorAccess".to_owned()],
        issued_at_s: 1000,
        expires_at_s: 4600,
    }
}

#[test]
fn a_token_opens_until_its_time_is_over() {
    let token = key(1).seal(&session(), ID, [7; 12]).unwrap();
    assert_eq!(key(1).open(&token, ID, 4599), Ok(session()));
    for late in [4600, 4601, u64::MAX] {
        assert_eq!(key(1).open(&token, ID, late), Err(OpenError::Expired));
    }
}

#[test]
fn another_key_and_another_access_key_open_nothing() {
    let token = key(1).seal(&session(), ID, [7; 12]).unwrap();
    assert_eq!(key(2).open(&token, ID, 0), Err(OpenError::Invalid));
    assert_eq!(key(1).open(&token, "ASIAIOSFODNN7EXAMPLF", 0), Err(OpenError::Invalid));
    // Whether a token that is not ours is old cannot be found out.
    assert_eq!(key(2).open(&token, ID, u64::MAX), Err(OpenError::Invalid));
}

#[test]
fn a_key_has_thirty_two_bytes() {
    assert!(SealingKey::new(&[0; 31]).is_none() && SealingKey::new(&[0; 33]).is_none());
    assert_eq!(format!("{:?}", key(1)), "SealingKey");
}

#[test]
fn no_token_is_longer_than_a_header_may_be() {
    let mut long = session();
    long.policy = Some("x".repeat(SESSION_TOKEN_CHARS_MAX));
    assert_eq!(key(1).seal(&long, ID, [7; 12]), Err(SealError::TooLong));
    let token = key(1).seal(&session(), ID, [7; 12]).unwrap();
    let padded = token + &"A".repeat(SESSION_TOKEN_CHARS_MAX);
    assert_eq!(key(1).open(&padded, ID, 0), Err(OpenError::Invalid));
}

#[test]
fn nothing_of_a_session_can_be_read_in_its_token_or_its_debug_text() {
    let token = key(1).seal(&session(), ID, [7; 12]).unwrap();
    assert!(!token.contains("wJalr") && !format!("{:?}", session()).contains("wJalr"));
}

proptest! {
    #[test]
    fn what_is_sealed_is_opened(
        secret in ".{0,60}",
        name in ".{0,64}",
        policy in proptest::option::of(".{0,400}"),
        nonce: [u8; 12],
        times: (u64, u64),
        bytes: [u8; 32],
    ) {
        let mut session = session();
        session.secret_access_key = secret;
        session.principal = SessionPrincipal::User { arn: name.clone(), unique_id: name };
        session.policy = policy;
        (session.issued_at_s, session.expires_at_s) = (times.0, times.1.max(1));
        let key = SealingKey::new(&bytes).unwrap();
        let token = key.seal(&session, ID, nonce).unwrap();
        prop_assert_eq!(key.open(&token, ID, 0), Ok(session));
    }

    #[test]
    fn a_changed_token_is_none(at: proptest::sample::Index, byte in "[A-Za-z0-9_-]") {
        let token = key(1).seal(&session(), ID, [7; 12]).unwrap();
        let at = at.index(token.len());
        let changed = format!("{}{byte}{}", &token[..at], &token[at + 1..]);
        prop_assume!(changed != token);
        prop_assert_eq!(key(1).open(&changed, ID, 0), Err(OpenError::Invalid));
    }

    #[test]
    fn what_was_never_sealed_is_no_token(text in ".{0,300}", raw in "[A-Za-z0-9_-]{0,300}") {
        prop_assert_eq!(key(1).open(&text, ID, 0), Err(OpenError::Invalid));
        prop_assert_eq!(key(1).open(&raw, ID, 0), Err(OpenError::Invalid));
    }
}
