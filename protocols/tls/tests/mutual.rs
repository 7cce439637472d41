//! Doors by name, and clients that show certificates.
#![allow(clippy::unwrap_used, clippy::panic)] // allowed in tests, not in their helpers

mod support;

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use ringgate_tls::{
    CertificateDer, Certificates, ClientConfig, Distrust, Door, Doors, SelfSigned, ServerSettings,
    Session, Truststore, TruststoreFault, X509,
};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivateKeyDer, ServerName};
use support::{Clock, NOW_S, certificate, clock, made, tickets};
use time::{Duration, OffsetDateTime};

const DAY_S: u64 = 24 * 3600;

/// A certificate and its key, and the issuer it can be.
struct Pair {
    pem: String,
    key: String,
    issuer: Issuer<'static, KeyPair>,
}

fn params(name: &str, is_ca: bool) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    let now = OffsetDateTime::from_unix_timestamp(NOW_S as i64).unwrap();
    (params.not_before, params.not_after) = (now - Duration::days(1), now + Duration::days(9));
    if is_ca {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    }
    params
}

fn root(name: &str) -> Pair {
    let (params, key) = (params(name, true), KeyPair::generate().unwrap());
    let pem = params.self_signed(&key).unwrap().pem();
    Pair { pem, key: key.serialize_pem(), issuer: Issuer::new(params, key) }
}

fn issued(by: &Pair, params: CertificateParams) -> Pair {
    let key = KeyPair::generate().unwrap();
    let pem = params.signed_by(&key, &by.issuer).unwrap().pem();
    Pair { pem, key: key.serialize_pem(), issuer: Issuer::new(params, key) }
}

fn der(pair: &Pair) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pair.pem.as_bytes()).unwrap()
}

fn store(pems: &[&str]) -> Truststore {
    Truststore::from_pem(pems.concat().as_bytes()).unwrap()
}

#[test]
fn a_chain_leads_to_a_root_by_four_issuers_at_most() {
    let root = root("root");
    let mut chain = vec![issued(&root, params("1", true))];
    for name in ["2", "3", "4"] {
        chain.push(issued(chain.last().unwrap(), params(name, true)));
    }
    let trusted = store(&[&root.pem]);
    for (issuers, verdict) in [(3, Ok(())), (4, Err(Distrust::ChainTooLong))] {
        let own = issued(&chain[issuers - 1], params("client", false));
        let mut shown = vec![der(&own)];
        shown.extend(chain[..issuers].iter().rev().map(der));
        assert_eq!(trusted.judge(&shown, NOW_S), verdict);
        // What the client does not send may stand in the truststore.
        let pems: Vec<&str> = chain.iter().map(|pair| pair.pem.as_str()).collect();
        let whole = store(&[&[root.pem.as_str()], &pems[..issuers]].concat());
        assert_eq!(whole.judge(&shown[..1], NOW_S), verdict);
        assert_eq!(trusted.judge(&shown[..1], NOW_S), Err(Distrust::NoIssuer));
    }
    assert_eq!(trusted.judge(&[], NOW_S), Err(Distrust::Missing));
    assert_eq!(trusted.judge(&[vec![1, 2].into()], NOW_S), Err(Distrust::Malformed));
}

#[test]
fn times_purposes_and_authorities_count() {
    let root = root("root");
    let trusted = store(&[&root.pem]);
    let own = der(&issued(&root, params("client", false)));
    for (now_s, verdict) in [
        (NOW_S - 2 * DAY_S, Err(Distrust::NotYetValid)),
        (NOW_S, Ok(())),
        (NOW_S + 10 * DAY_S, Err(Distrust::Expired)),
    ] {
        assert_eq!(trusted.judge(std::slice::from_ref(&own), now_s), verdict);
    }
    let mut server = params("server", false);
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let judged = |pair: Pair| trusted.judge(&[der(&pair)], NOW_S);
    assert_eq!(judged(issued(&root, server)), Err(Distrust::WrongPurpose));
    assert_eq!(judged(issued(&root, params("ca", true))), Err(Distrust::Authority));
    assert_eq!(judged(self::root("me")), Err(Distrust::SelfSigned));
}

#[test]
fn a_text_without_a_root_is_no_truststore() {
    let root = root("root");
    let between = issued(&root, params("between", true));
    let fault = |text: &str| Truststore::from_pem(text.as_bytes()).unwrap_err();
    assert_eq!(fault(""), TruststoreFault::NoRoot);
    assert_eq!(fault(&between.pem), TruststoreFault::NoRoot);
    assert_eq!(fault(&root.pem.repeat(1001)), TruststoreFault::TooMany);
    let list = "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n";
    assert_eq!(fault(&format!("{}{list}", root.pem)), TruststoreFault::RevocationList);
    let warnings = |now_s| Truststore::warnings(root.pem.as_bytes(), now_s).unwrap();
    assert_eq!(warnings(NOW_S), [""; 0]);
    assert_eq!(warnings(NOW_S + 10 * DAY_S), ["Certificate CN=root: it has expired"]);
}

/// What the server's side of a handshake came to.
struct Shaken {
    server: Session,
    established: bool,
}

fn shake(doors: &Arc<Doors>, client: Arc<ClientConfig>, name: &str, piece: usize) -> Shaken {
    let mut server = Session::at(doors).unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut client = Session::outbound(client, name).unwrap();
    let (mut wire, mut plain, mut established) = (Vec::new(), Vec::new(), true);
    'handshake: for _ in 0..8 {
        client.take_output(&mut wire);
        for bytes in std::mem::take(&mut wire).chunks(piece) {
            if server.receive(bytes, &mut plain).is_err() {
                established = false;
                break 'handshake;
            }
        }
        server.take_output(&mut wire);
        let heard = client.receive(&std::mem::take(&mut wire), &mut plain);
        established &= heard.is_ok();
    }
    established &= !server.is_handshaking();
    Shaken { server, established }
}

/// A client that trusts the server's certificate, with one of its own or without.
fn client(server: &SelfSigned, own: Option<&Pair>, clock: Arc<Clock>) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(server.chain_pem.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_details(provider, clock)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    Arc::new(match own {
        None => builder.with_no_client_auth(),
        Some(own) => {
            let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).unwrap();
            builder.with_client_auth_cert(vec![der(own)], key).unwrap()
        }
    })
}

#[test]
fn one_name_asks_and_the_others_do_not() {
    let clock = clock();
    let server = made(&["*.test.example"]);
    let mut certificates = Certificates::new();
    certificates.add_default(&certificate(&server));
    let certificates = Arc::new(certificates);
    let mut settings = ServerSettings::new(clock.clone());
    settings.tickets = Some(tickets());
    let mut doors = Doors::new(settings.config(certificates.clone()).unwrap());
    settings.clients = Some(b"a.test.example".to_vec());
    let authority = root("root");
    let door = Door {
        name: "a.test.example".into(),
        config: settings.config(certificates).unwrap(),
        asks_for_certificate: true,
        truststore: Some(Arc::new(store(&[&authority.pem]))),
    };
    doors.bind(door);
    let doors = Arc::new(doors);
    let alice = issued(&authority, params("alice", false));
    for piece in [1, 7, 65536] {
        let shaken =
            shake(&doors, client(&server, Some(&alice), clock.clone()), "a.test.example", piece);
        assert!(shaken.established);
        assert_eq!(&*shaken.server.door().unwrap().name, "a.test.example");
        let shown = shaken.server.peer_certificates().unwrap();
        assert_eq!(X509::from_der(&shown[0]).unwrap().common_name.as_deref(), Some("alice"));
        let bare = shake(&doors, client(&server, None, clock.clone()), "a.test.example", piece);
        assert!(!bare.established);
        let other =
            shake(&doors, client(&server, Some(&alice), clock.clone()), "b.test.example", piece);
        assert!(other.established && other.server.peer_certificates().is_none());
    }
    // A ticket is good for the door that it came from.
    let config = client(&server, Some(&alice), clock);
    assert!(!shake(&doors, config.clone(), "a.test.example", 65536).server.is_resumed());
    let again = shake(&doors, config, "a.test.example", 65536);
    assert!(again.server.is_resumed() && again.server.peer_certificates().is_some());
}

#[test]
fn a_hello_that_is_none_is_told_so() {
    let settings = ServerSettings::new(clock());
    let config = settings.config(Arc::new(Certificates::new())).unwrap();
    let mut doors = Doors::new(config.clone());
    let name = "a.test.example".into();
    doors.bind(Door { name, config, asks_for_certificate: false, truststore: None });
    let mut session = Session::at(&Arc::new(doors)).unwrap();
    let (mut plain, mut wire) = (Vec::new(), Vec::new());
    assert!(session.send(b"x", &mut wire).is_err());
    assert!(session.is_handshaking() && !session.has_output());
    let fault = session.receive(b"GET / HTTP/1.1\r\n\r\n", &mut plain).unwrap_err();
    assert_eq!(session.receive(b"x", &mut plain).unwrap_err().kind(), fault.kind());
    assert_eq!(session.send(b"x", &mut wire).unwrap_err().kind(), fault.kind());
    session.close(&mut wire);
    assert!(wire.is_empty() || wire[0] == 21, "an alert, if anything");
}
