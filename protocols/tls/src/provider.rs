use std::sync::Arc;

use rustls::SupportedCipherSuite;
use rustls::crypto::{CryptoProvider, aws_lc_rs};

/// What every session is made of: aws-lc alone.
///
/// Suites: the three of TLS 1.3, and of TLS 1.2 the ECDHE ones with AES-GCM, which are the part of
/// AWS's lists without CBC and without static RSA. ChaCha20 is in none of AWS's for TLS 1.2. The
/// order counts where we are the client: AES-128 costs least. Groups: the hybrid with ML-KEM first
/// (draft-ietf-tls-ecdhe-mlkem), then x25519, P-256, P-384.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider {
        cipher_suites: SUITES.to_vec(),
        kx_groups: vec![
            aws_lc_rs::kx_group::X25519MLKEM768,
            aws_lc_rs::kx_group::X25519,
            aws_lc_rs::kx_group::SECP256R1,
            aws_lc_rs::kx_group::SECP384R1,
        ],
        ..aws_lc_rs::default_provider()
    })
}

/// Has aws-lc seed its randomness, which it does once a process: it measures how the time that the
/// CPU takes varies, which takes tens of milliseconds, and more where the CPU is busy. Without this
/// the first handshake takes as long.
pub fn seed() {
    // Who needs randomness and gets none is told so.
    let _ = aws_lc_rs::default_provider().secure_random.fill(&mut [0]);
}

const SUITES: [SupportedCipherSuite; 7] = [
    aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256,
    aws_lc_rs::cipher_suite::TLS13_AES_256_GCM_SHA384,
    aws_lc_rs::cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
    aws_lc_rs::cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    aws_lc_rs::cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    aws_lc_rs::cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    aws_lc_rs::cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
];
