//! Clients that have shown a certificate (mutual TLS of custom domain names).

use std::cell::Cell;
use std::sync::Arc;

use ringgate_model::{Civil, Timestamp};
use ringgate_observe::ClientCertificate;
use ringgate_table::DomainImage;
use ringgate_tls::{CertificateDer, Distrust, Session, X509, pem_of_certificate};

use super::{Tls, now_s};
use crate::rescue::{Fault, Kind};

/// Who has shown a certificate in the handshake of a connection, and whether that is trusted.
#[derive(Debug)]
pub(crate) struct Client {
    /// The custom domain name that asked for it.
    domain: Box<str>,
    chain: Vec<CertificateDer<'static>>,
    not_after_s: u64,
    shown: Arc<ClientCertificate>,
    /// By the truststore with this hash. A truststore that changes counts for the next request of
    /// connections that are open, too.
    judged: Cell<Option<(u64, Result<(), Distrust>)>>,
}

impl Client {
    /// Of a session whose handshake is over; `None` where its door asks for no certificate.
    ///
    /// # Errors
    /// It asks for one, and the session has none: the connection may not be used.
    pub(crate) fn of(session: &Session) -> Result<Option<Self>, Distrust> {
        let Some(door) = session.door().filter(|door| door.asks_for_certificate) else {
            return Ok(None);
        };
        let chain = session.peer_certificates().unwrap_or_default().to_vec();
        let own = chain.first().ok_or(Distrust::Missing)?;
        let read = X509::from_der(own).map_err(|_| Distrust::Malformed)?;
        let shown = ClientCertificate {
            pem: pem_of_certificate(own),
            serial_number: read.serial_text(),
            not_before: time(read.validity.not_before_s),
            not_after: time(read.validity.not_after_s),
            subject_dn: read.subject,
            issuer_dn: read.issuer,
        };
        Ok(Some(Self {
            domain: door.name.clone(),
            not_after_s: read.validity.not_after_s,
            shown: Arc::new(shown),
            chain,
            judged: Cell::new(None),
        }))
    }

    /// What events and logs say of it, where [`admit`] let it in.
    pub(crate) fn certificate(&self) -> &Arc<ClientCertificate> {
        &self.shown
    }

    fn judge(&self, tls: &Tls, domain: &DomainImage) -> Result<(), Distrust> {
        let (now_s, hash) = (now_s(), domain.truststore_hash());
        if now_s > self.not_after_s {
            return Err(Distrust::Expired);
        }
        match self.judged.get() {
            Some((by, verdict)) if by == hash => verdict,
            _ => {
                let truststore = tls.truststore(domain.name());
                // Control refuses what is no truststore; whoever has none trusts nobody.
                let truststore = truststore.ok_or(Distrust::NoIssuer)?;
                let verdict = truststore.judge(&self.chain, now_s);
                self.judged.set(Some((hash, verdict)));
                verdict
            }
        }
    }
}

/// Whether a request to a custom domain name with mutual TLS is let in: only on a connection whose
/// handshake was for that name, and with a certificate that is trusted.
///
/// # Errors
/// 421 on a connection of another name (RFC 9110 section 15.5.20), 403 in clear; 403 with AWS's
/// reason in the log for a certificate that is not trusted (spec section 3.2).
pub(crate) fn admit(
    client: Option<&Client>,
    is_tls: bool,
    tls: &Tls,
    domain: &DomainImage,
) -> Result<(), Fault> {
    match client.filter(|client| *client.domain == *domain.name()) {
        Some(client) => client.judge(tls, domain).map_err(|distrust| {
            Fault::new(Kind::Distrusted, format!("Access denied. Reason: {distrust}"))
        }),
        None if is_tls => Err(Fault::new(
            Kind::Misdirected,
            "the host asks for a client certificate, and the handshake was for another name",
        )),
        None => {
            let reason = "the host asks for a client certificate, and the request came in clear";
            Err(Fault::new(Kind::Distrusted, reason))
        }
    }
}

/// As OpenSSL prints it, and AWS's events: `Aug  5 09:36:04 2021 GMT`.
fn time(s: u64) -> String {
    let civil = Civil::from(Timestamp(s));
    let month = civil.month_name();
    let Civil { year, day, hour, minute, second, .. } = civil;
    format!("{month} {day:2} {hour:02}:{minute:02}:{second:02} {year} GMT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_as_openssl_prints_them() {
        assert_eq!(time(1_559_046_602), "May 28 12:30:02 2019 GMT");
        assert_eq!(time(1_628_156_164), "Aug  5 09:36:04 2021 GMT");
    }
}
