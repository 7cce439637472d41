use x509_parser::prelude::X509Certificate;

/// What the key of a certificate may be used for (RFC 5280 sections 4.2.1.3 and 4.2.1.12), by the
/// names that AWS's ACM has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyUsages {
    /// `KeyUsageName`s; none where the certificate does not say.
    pub key: Vec<&'static str>,
    /// `ExtendedKeyUsageName`s with their object identifiers; none where it does not say.
    pub extended: Vec<(&'static str, String)>,
}

const KEY: [&str; 9] = [
    "DIGITAL_SIGNATURE",
    "NON_REPUDIATION",
    "KEY_ENCIPHERMENT",
    "DATA_ENCIPHERMENT",
    "KEY_AGREEMENT",
    "CERTIFICATE_SIGNING",
    "CRL_SIGNING",
    "ENCIPHER_ONLY",
    "DECIPHER_ONLY",
];

const EXTENDED: [(&str, &str); 10] = [
    ("TLS_WEB_SERVER_AUTHENTICATION", "1.3.6.1.5.5.7.3.1"),
    ("TLS_WEB_CLIENT_AUTHENTICATION", "1.3.6.1.5.5.7.3.2"),
    ("CODE_SIGNING", "1.3.6.1.5.5.7.3.3"),
    ("EMAIL_PROTECTION", "1.3.6.1.5.5.7.3.4"),
    ("IPSEC_END_SYSTEM", "1.3.6.1.5.5.7.3.5"),
    ("IPSEC_TUNNEL", "1.3.6.1.5.5.7.3.6"),
    ("IPSEC_USER", "1.3.6.1.5.5.7.3.7"),
    ("TIME_STAMPING", "1.3.6.1.5.5.7.3.8"),
    ("OCSP_SIGNING", "1.3.6.1.5.5.7.3.9"),
    ("ANY", "2.5.29.37.0"),
];

impl KeyUsages {
    pub(crate) fn of(read: &X509Certificate<'_>) -> Self {
        let flags = read.key_usage().ok().flatten().map_or(0, |extension| extension.value.flags);
        let key = KEY.iter().enumerate().filter(|(bit, _)| flags >> bit & 1 == 1);
        let extended = read.extended_key_usage().ok().flatten();
        let mut all = Vec::new();
        if let Some(extension) = extended {
            let usage = extension.value;
            let told = [
                usage.server_auth,
                usage.client_auth,
                usage.code_signing,
                usage.email_protection,
                false,
                false,
                false,
                usage.time_stamping,
                usage.ocsp_signing,
                usage.any,
            ];
            let named = EXTENDED.iter().zip(told).filter(|(_, told)| *told);
            all.extend(named.map(|((name, oid), _)| (*name, (*oid).to_owned())));
            all.extend(usage.other.iter().map(|oid| {
                let oid = oid.to_id_string();
                let known = EXTENDED.iter().find(|(_, known)| *known == oid);
                (known.map_or("CUSTOM", |(name, _)| name), oid)
            }));
        }
        Self { key: key.map(|(_, name)| *name).collect(), extended: all }
    }
}
