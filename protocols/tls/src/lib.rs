//! TLS without a socket: ciphertext and plaintext in, plaintext and ciphertext out.
//!
//! What both sides of the gateway need of rustls 0.23 (its buffered interface; what follows it
//! changes [`Session`] alone), on aws-lc: [`Session`] is one connection's side, [`ServerSettings`]
//! with [`Certificates`] and [`Tickets`] makes the configuration of a listener, [`ClientSettings`]
//! with [`Trust`] that of connections to origins. Nothing here waits or reads a clock; of
//! randomness the handshake's own is aws-lc's. `LIFECYCLE.md` names the states of a session.
//!
//! ```
//! use std::sync::Arc;
//!
//! use ringgate_tls::{
//!     Certificate, Certificates, ClientSettings, DefaultTimeProvider, ServerName, ServerSettings,
//!     Session, Trust, self_signed,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let now_s = std::time::UNIX_EPOCH.elapsed()?.as_secs();
//! let made = self_signed(&["*.execute-api.localhost"], now_s)?;
//! let certificate = Certificate::from_pem(made.chain_pem.as_bytes(), made.key_pem.as_bytes())?;
//! let mut certificates = Certificates::new();
//! certificates.add_default(&certificate);
//!
//! let clock = Arc::new(DefaultTimeProvider);
//! let server = ServerSettings::new(clock.clone()).config(Arc::new(certificates))?;
//! let trust = Trust::from_pem(made.chain_pem.as_bytes())?;
//! let client = ClientSettings::new(trust, clock).config()?;
//!
//! let mut inbound = Session::inbound(server)?;
//! let mut outbound = Session::outbound(client, ServerName::try_from("a.execute-api.localhost")?)?;
//! let (mut there, mut back, mut plain) = (Vec::new(), Vec::new(), Vec::new());
//! while inbound.is_handshaking() || outbound.is_handshaking() {
//!     outbound.take_output(&mut there);
//!     inbound.receive(&std::mem::take(&mut there), &mut plain)?;
//!     inbound.take_output(&mut back);
//!     outbound.receive(&std::mem::take(&mut back), &mut plain)?;
//! }
//! outbound.send(b"GET / HTTP/1.1\r\n", &mut there)?;
//! inbound.receive(&there, &mut plain)?;
//! assert_eq!(plain, b"GET / HTTP/1.1\r\n");
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod alpn;
mod any_client;
mod certificate;
mod certificate_request;
mod certificates;
mod challenge_certificate;
mod client;
mod copy;
mod distinguished_name;
mod distrust;
mod doors;
mod fault;
mod handshake_signatures;
mod hello;
mod key_usages;
pub mod limits;
mod names;
mod pem;
mod policy;
mod provider;
mod seal;
mod self_signed;
mod server;
mod session;
mod tickets;
mod trust;
mod truststore;
mod unvouched;
mod validity;
mod x509;

pub use alpn::Alpn;
pub use certificate::{Certificate, CertificateFault, KeyType};
pub use certificate_request::CertificateRequest;
pub use certificates::Certificates;
pub use challenge_certificate::ChallengeCertificate;
pub use client::ClientSettings;
pub use distrust::Distrust;
pub use doors::{Door, Doors};
pub use fault::{TlsFault, TlsFaultKind};
pub use key_usages::KeyUsages;
pub use pem::{pem_of_certificate, pem_of_certificates};
pub use policy::{PolicyFault, SecurityPolicy};
pub use provider::seed;
pub use rustls::pki_types::{CertificateDer, ServerName};
pub use rustls::time_provider::{DefaultTimeProvider, TimeProvider};
pub use rustls::{ClientConfig, ServerConfig};
pub use seal::{SealFault, SealingKey};
pub use self_signed::{SelfSigned, SelfSignedFault, self_signed};
pub use server::ServerSettings;
pub use session::{Received, Session};
pub use tickets::{TicketKey, Tickets};
pub use trust::{Trust, TrustFault};
pub use truststore::{Truststore, TruststoreFault};
pub use validity::Validity;
pub use x509::{PublicKeyKind, X509, X509Fault};
