/// A client's certificate, as events and access logs show it (`$context.identity.clientCert`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// In PEM.
    pub pem: String,
    /// Whom it names.
    pub subject_dn: String,
    /// Who issued it.
    pub issuer_dn: String,
    /// Its serial number, in hexadecimal pairs.
    pub serial_number: String,
    /// `May 28 12:30:02 2019 GMT`
    pub not_before: String,
    /// `Aug  5 09:36:04 2021 GMT`
    pub not_after: String,
}
