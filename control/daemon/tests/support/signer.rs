//! Signature Version 4 from the client's side, written apart from `ringgate-auth`: for plain paths
//! and sorted queries only, which is all that these tests send.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::{digest, hmac};

pub(crate) struct Signer<'a> {
    pub(crate) id: &'a str,
    pub(crate) secret: &'a str,
    pub(crate) region: &'a str,
    pub(crate) host: String,
}

impl Signer<'_> {
    /// The header lines of a signed request.
    pub(crate) fn headers(&self, method: &str, target: &str, body: &[u8]) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let date = basic(now);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let canonical = format!(
            "{method}\n{path}\n{query}\nhost:{}\nx-amz-date:{date}\n\nhost;x-amz-date\n{}",
            self.host,
            sha256(body)
        );
        let scope = format!("{}/{}/apigateway/aws4_request", &date[..8], self.region);
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", sha256(canonical.as_bytes()));
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in scope.split('/') {
            key = hmac256(&key, part);
        }
        let signature = hex(&hmac256(&key, &text));
        format!(
            "Host: {}\r\nX-Amz-Date: {date}\r\nAuthorization: AWS4-HMAC-SHA256 \
             Credential={}/{scope}, SignedHeaders=host;x-amz-date, Signature={signature}\r\n",
            self.host, self.id
        )
    }
}

/// `20150830T123600Z`, by way of the one date that the model prints.
fn basic(seconds: u64) -> String {
    ringgate_model::Timestamp(seconds).to_string().replace(['-', ':'], "")
}

fn hmac256(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
