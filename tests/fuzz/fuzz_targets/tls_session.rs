//! Any bytes as what a TLS peer sends. The first byte chooses the session: a server's or a client's
//! at its very beginning, or an established one of TLS 1.2 or 1.3 whose ciphertext the rest
//! changes; the second how the bytes are sliced. Nobody without the keys may make a session give
//! any plaintext but what was sent, in its order, nor say much; and a session that failed stays so.
#![no_main]

use std::sync::{Arc, OnceLock};

use libfuzzer_sys::fuzz_target;
use ringgate_tls::{
    Certificate, Certificates, ClientConfig, ClientSettings, DefaultTimeProvider, ServerConfig,
    ServerName, ServerSettings, Session, TicketKey, Tickets, Trust, self_signed,
};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, pem::PemObject};

const OUTPUT_BYTES_MAX: usize = 16 * 1024;

fuzz_target!(|input: &[u8]| {
    let [mode, size, rest @ ..] = input else { return };
    match mode % 4 {
        0 => fresh(Session::inbound(sides().server.clone()).unwrap(), rest, *size),
        1 => fresh(outbound(&sides().client), rest, *size),
        2 => established(&sides().client, rest, *size),
        _ => established(&sides().client12, rest, *size),
    }
});

/// No handshake ends by chance: there is never any plaintext.
fn fresh(mut session: Session, bytes: &[u8], size: u8) {
    let mut plain = Vec::new();
    receive(&mut session, bytes, size, &mut plain);
    assert!(session.is_handshaking() && plain.is_empty());
}

/// Some messages under way are changed as the bytes say: of each four, two say where, one what to
/// do there, one with what.
fn established(client: &Arc<ClientConfig>, edits: &[u8], size: u8) {
    let mut inbound = Session::inbound(sides().server.clone()).unwrap();
    let mut outbound = outbound(client);
    let (mut wire, mut plain) = (Vec::new(), Vec::new());
    while inbound.is_handshaking() || outbound.is_handshaking() {
        outbound.take_output(&mut wire);
        inbound.receive(&std::mem::take(&mut wire), &mut plain).unwrap();
        inbound.take_output(&mut wire);
        outbound.receive(&std::mem::take(&mut wire), &mut plain).unwrap();
    }
    assert!(plain.is_empty());
    let sent: Vec<u8> = (0..700u32).map(|at| (at * at / 7) as u8).collect();
    for message in sent.chunks(100) {
        outbound.send(message, &mut wire).unwrap();
    }
    let untouched = wire.clone();
    for edit in edits.chunks_exact(4) {
        let at = usize::from(u16::from_be_bytes([edit[0], edit[1]])) % (wire.len() + 1);
        let end = (at + usize::from(edit[3])).min(wire.len());
        match edit[2] % 5 {
            0 => wire.insert(at, edit[3]),
            1 => drop(wire.drain(at..end)),
            2 if at < wire.len() => wire[at] = edit[3],
            3 if wire.len() < OUTPUT_BYTES_MAX => {
                let copied = wire[at..end].to_vec();
                wire.splice(at..at, copied);
            }
            _ => wire.truncate(at.max(5)),
        }
    }
    receive(&mut inbound, &wire, size, &mut plain);
    assert!(sent.starts_with(&plain), "only what was sent, in its order");
    assert!(wire != untouched || plain == sent);
}

/// As a gateway does: read by read, sending what waits.
fn receive(session: &mut Session, bytes: &[u8], size: u8, plain: &mut Vec<u8>) {
    let mut output = Vec::new();
    for read in bytes.chunks(usize::from(size).max(bytes.len() / 200) + 1) {
        let before = plain.len();
        let received = session.receive(read, plain);
        session.take_output(&mut output);
        match received {
            Ok(received) => assert_eq!(received.plain_bytes, plain.len() - before),
            Err(fault) => {
                let (said, held) = (output.len(), plain.len());
                let again = session.receive(read, plain).unwrap_err();
                assert_eq!(again.kind(), fault.kind());
                assert!(session.send(b"x", &mut output).is_err());
                session.take_output(&mut output);
                assert_eq!((said, held), (output.len(), plain.len()));
                break;
            }
        }
        assert!(plain.len() <= bytes.len());
    }
    session.close(&mut output);
    assert!(output.len() <= OUTPUT_BYTES_MAX);
}

fn outbound(config: &Arc<ClientConfig>) -> Session {
    let name = ServerName::try_from("fuzz.execute-api.localhost").unwrap();
    let session = Session::outbound(config.clone(), name).unwrap();
    assert!(session.has_output() && session.is_handshaking());
    session
}

struct Sides {
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
    /// Of TLS 1.2 alone, which ours is not.
    client12: Arc<ClientConfig>,
}

fn sides() -> &'static Sides {
    static SIDES: OnceLock<Sides> = OnceLock::new();
    SIDES.get_or_init(|| {
        let now_s = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let made = self_signed(&["*.execute-api.localhost"], now_s).unwrap();
        let (chain, key) = (made.chain_pem.as_bytes(), made.key_pem.as_bytes());
        let mut certificates = Certificates::new();
        certificates.add_default(&Certificate::from_pem(chain, key).unwrap());
        let clock = Arc::new(DefaultTimeProvider);
        let mut settings = ServerSettings::new(clock.clone());
        settings.tickets = Some(Arc::new(Tickets::new([TicketKey::new([7; TicketKey::BYTES])])));
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(chain).unwrap()).unwrap();
        let versions = [&rustls::version::TLS12];
        let client12 = ClientConfig::builder_with_protocol_versions(&versions);
        let client12 = client12.with_root_certificates(roots).with_no_client_auth();
        let trust = Trust::from_pem(chain).unwrap();
        Sides {
            server: settings.config(Arc::new(certificates)).unwrap(),
            client: ClientSettings::new(trust, clock).config().unwrap(),
            client12: Arc::new(client12),
        }
    })
}
