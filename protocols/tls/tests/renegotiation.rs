//! TLS 1.2 renegotiation: asked for with the session's own keys, which no client of rustls does.
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

mod support;

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ringgate_tls::{ServerName, Session, TlsFaultKind};
use rustls::{CipherSuite, ClientConnection, ConnectionTrafficSecrets};
use support::{Foreign, HOST, Site};

/// One direction's protection (RFC 5288).
struct Keys {
    key: LessSafeKey,
    salt: [u8; 4],
    sequence: u64,
}

const HANDSHAKE: u8 = 22;
const ALERT: u8 = 21;

impl Keys {
    fn new((sequence, secrets): (u64, ConnectionTrafficSecrets)) -> Self {
        let ConnectionTrafficSecrets::Aes128Gcm { key, iv } = secrets else { panic!("the suite") };
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, key.as_ref()).unwrap());
        Self { key, salt: iv.as_ref()[..4].try_into().unwrap(), sequence }
    }

    fn aad(&mut self, typ: u8, bytes: usize) -> Aad<[u8; 13]> {
        let mut aad = [0; 13];
        aad[..8].copy_from_slice(&self.sequence.to_be_bytes());
        aad[8..11].copy_from_slice(&[typ, 3, 3]);
        aad[11..].copy_from_slice(&(bytes as u16).to_be_bytes());
        self.sequence += 1;
        Aad::from(aad)
    }

    fn nonce(&self, explicit: &[u8]) -> Nonce {
        Nonce::try_assume_unique_for_key(&[&self.salt, explicit].concat()).unwrap()
    }

    fn seal(&mut self, typ: u8, plain: &[u8]) -> Vec<u8> {
        let explicit = (self.sequence ^ 0x5555).to_be_bytes();
        let aad = self.aad(typ, plain.len());
        let mut sealed = plain.to_vec();
        self.key.seal_in_place_append_tag(self.nonce(&explicit), aad, &mut sealed).unwrap();
        let bytes = (8 + sealed.len()) as u16;
        [&[typ, 3, 3][..], &bytes.to_be_bytes(), &explicit, &sealed].concat()
    }

    fn open(&mut self, record: &[u8]) -> (u8, Vec<u8>) {
        let (header, rest) = record.split_at(5);
        let (explicit, sealed) = rest.split_at(8);
        let aad = self.aad(header[0], sealed.len() - 16);
        let mut plain = sealed.to_vec();
        let bytes = self.key.open_in_place(self.nonce(explicit), aad, &mut plain).unwrap().len();
        plain.truncate(bytes);
        (header[0], plain)
    }
}

#[test]
fn renegotiation_is_declined_and_then_refused() {
    let site = Site::new();
    let client = site.foreign(Foreign {
        suites: vec![CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256],
        extractable: true,
        ..Foreign::tls12()
    });
    let mut server = Session::inbound(site.server()).unwrap();
    let mut client = ClientConnection::new(client, ServerName::try_from(HOST).unwrap()).unwrap();
    let (mut wire, mut plain, mut hello) = (Vec::new(), Vec::new(), Vec::new());
    while client.is_handshaking() || server.is_handshaking() {
        client.write_tls(&mut wire).unwrap();
        if hello.is_empty() {
            hello = wire[5..].to_vec();
        }
        server.receive(&wire, &mut plain).unwrap();
        wire.clear();
        server.take_output(&mut wire);
        let mut rest = &wire[..];
        while !rest.is_empty() {
            client.read_tls(&mut rest).unwrap();
            client.process_new_packets().unwrap();
        }
        wire.clear();
    }
    let secrets = client.dangerous_extract_secrets().unwrap();
    let (mut ours, mut theirs) = (Keys::new(secrets.tx), Keys::new(secrets.rx));

    server.receive(&ours.seal(HANDSHAKE, &hello), &mut plain).unwrap();
    server.take_output(&mut wire);
    assert_eq!(theirs.open(&wire), (ALERT, vec![1, 100]), "a warning: no_renegotiation");
    wire.clear();

    // The session goes on.
    assert_eq!(server.receive(&ours.seal(23, b"still here"), &mut plain).unwrap().plain_bytes, 10);
    server.send(b"so am I", &mut wire).unwrap();
    assert_eq!(theirs.open(&wire), (23, b"so am I".to_vec()));

    // But it is not asked a second time: that would cost the server what it costs nobody else.
    let fault = server.receive(&ours.seal(HANDSHAKE, &hello), &mut plain).unwrap_err();
    assert_eq!(fault.kind(), TlsFaultKind::Misbehaved, "{fault}");
    assert_eq!(plain, b"still here");
}
