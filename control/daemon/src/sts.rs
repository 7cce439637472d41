//! AssumeRole, as asked of a Security Token Service ("AssumeRole", STS API reference).

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::CONTENT_TYPE;
use hyper::{Request, Uri};
use ringgate_auth::sigv4::{RequestParts, body_sha256, signed_fields};
use ringgate_model::{Timestamp, percent};
use ringgate_settings::AwsCredentials;
use ringgate_table::SessionCredentials;
use tokio::time::timeout;

use crate::control::now;
use crate::limits::{
    ROLE_SESSION_S, SERVICE_REASON_CHARS_MAX, STS_ANSWER_BYTES_MAX, STS_WAIT_MS_MAX,
};
use crate::outgoing::{Clear, Line, signing};

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// Assumes a role at the STS of `endpoint`, with this process's own credentials: those of the
/// session, and when it ends.
///
/// # Errors
/// A sentence without the endpoint and without any secret.
pub(crate) async fn assume(
    endpoint: &str,
    (role_arn, session_name): (&str, &str),
    region: &str,
) -> Result<(SessionCredentials, Timestamp), String> {
    let uri: Uri = endpoint.parse().map_err(|_| "the endpoint of STS is no URL".to_owned())?;
    let asking = async {
        let authority = uri.authority().map_or("", |authority| authority.as_str()).to_owned();
        let path = format!("{}/", uri.path().trim_end_matches('/'));
        let line = Line::to(uri, Clear::Anywhere).await?;
        let credentials = line.credentials()?;
        let body = form(role_arn, session_name);
        let request = request((&authority, &path, region), body, &credentials)?;
        let response = line.ask(request, None, STS_ANSWER_BYTES_MAX).await?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await;
        let body = body.map_err(|error| error.to_string())?.to_bytes();
        read(status, &String::from_utf8_lossy(&body), now())
    };
    let asked = timeout(Duration::from_millis(STS_WAIT_MS_MAX), asking).await;
    let asked = asked.unwrap_or_else(|_| Err(format!("no answer within {STS_WAIT_MS_MAX} ms")));
    asked.map_err(|reason| format!("STS: {reason}"))
}

fn form(role_arn: &str, session_name: &str) -> String {
    format!(
        "Action=AssumeRole&Version=2011-06-15&RoleArn={}&RoleSessionName={}&DurationSeconds={}",
        percent::encoded(role_arn),
        percent::encoded(session_name),
        ROLE_SESSION_S
    )
}

fn request(
    (authority, path, region): (&str, &str, &str),
    body: String,
    credentials: &AwsCredentials,
) -> Result<Request<Full<Bytes>>, String> {
    let fields: [(&str, &[u8]); 2] =
        [("host", authority.as_bytes()), ("content-type", FORM.as_bytes())];
    let parts = RequestParts { method: "POST", path, query: None, headers: &fields };
    let (own, hash) = (signing(credentials), body_sha256(body.as_bytes()));
    let signed = signed_fields(&parts, &hash, &own, (region, "sts"), now().0);
    let mut request = Request::post(path).header(CONTENT_TYPE, FORM);
    for (name, value) in signed {
        request = request.header(name, value);
    }
    request.body(Full::from(body)).map_err(|error| error.to_string())
}

/// The credentials in an answer. Only what can stand in a header field is taken.
fn read(
    status: u16,
    body: &str,
    now: Timestamp,
) -> Result<(SessionCredentials, Timestamp), String> {
    if status != 200 {
        let said = |name| element(body, name).map(unescaped).unwrap_or_default();
        let reason = format!("{status} {} {}", said("Code"), said("Message"));
        let printable = reason.trim().chars().filter(|char| !char.is_control());
        return Err(printable.take(SERVICE_REASON_CHARS_MAX).collect());
    }
    let missing = |name: &str| format!("its answer has no {name} that could be one");
    let credentials = element(body, "Credentials").ok_or_else(|| missing("Credentials"))?;
    let text = |name| {
        let value = element(credentials, name).map(|value| unescaped(value.trim()));
        value
            .filter(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_graphic()))
            .ok_or_else(|| missing(name))
    };
    let expires_at = expiration(&text("Expiration")?).ok_or_else(|| missing("Expiration"))?;
    if expires_at <= now {
        return Err("the session that it gave has ended already".to_owned());
    }
    let credentials = SessionCredentials {
        access_key_id: text("AccessKeyId")?,
        secret_access_key: text("SecretAccessKey")?,
        session_token: text("SessionToken")?,
    };
    Ok((credentials, expires_at))
}

/// What stands in the first element of that name, none of whose kind stands in itself.
fn element<'b>(body: &'b str, name: &str) -> Option<&'b str> {
    let (_, rest) = body.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(inside, _)| inside)
}

/// The text of an element: the entities that XML itself has.
fn unescaped(text: &str) -> String {
    const ENTITIES: [(&str, &str); 5] =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    let text = text.to_owned();
    ENTITIES.into_iter().fold(text, |text, (entity, char)| text.replace(entity, char))
}

/// `2011-07-15T23:28:33.359Z`; parts of a second are dropped.
fn expiration(text: &str) -> Option<Timestamp> {
    let whole = text.strip_suffix('Z').and_then(|text| text.split_once('.'));
    match whole {
        Some((whole, part)) if part.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{whole}Z").parse().ok()
        }
        _ => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">
      <AssumeRoleResult><AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/r/s</Arn>
      </AssumedRoleUser><Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId>
      <SecretAccessKey>wJalr/K7&amp;+</SecretAccessKey><SessionToken>
        AQoDYXdzEPT//=
      </SessionToken><Expiration>2011-07-15T23:28:33.359Z</Expiration></Credentials>
      </AssumeRoleResult></AssumeRoleResponse>";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_answer_is_read() {
        let (credentials, expires_at) = read(200, ANSWER, at("2011-07-15T22:28:33Z")).unwrap();
        assert_eq!(credentials.access_key_id, "ASIAIOSFODNN7EXAMPLE");
        assert_eq!(credentials.secret_access_key, "wJalr/K7&+");
        assert_eq!(credentials.session_token, "AQoDYXdzEPT//=");
        assert_eq!(expires_at, at("2011-07-15T23:28:33Z"));
    }

    #[test]
    fn what_is_no_session_is_refused_without_a_secret_in_the_reason() {
        let now = at("2011-07-15T22:28:33Z");
        for (status, body, reason) in [
            (200, String::new(), "no Credentials"),
            (200, "<html>".to_owned(), "no Credentials"),
            (200, ANSWER.replace("SessionToken", "Token"), "no SessionToken"),
            (200, ANSWER.replace("wJalr", "a b"), "no SecretAccessKey"),
            (200, ANSWER.replace("wJalr", "a\r\nb"), "no SecretAccessKey"),
            (200, ANSWER.replace(".359Z", ".x"), "no Expiration"),
            (200, ANSWER.replace("2011", "2010"), "has ended already"),
            (
                403,
                "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not &quot;you&quot;\n\
                 </Message></Error></ErrorResponse>"
                    .to_owned(),
                "403 AccessDenied not \"you\"",
            ),
            (500, String::new(), "500"),
        ] {
            let refused = read(status, &body, now).unwrap_err();
            assert!(refused.contains(reason) && !refused.contains("wJalr"), "{refused}");
        }
    }

    #[test]
    fn a_role_is_asked_for_by_a_form() {
        assert_eq!(
            form("arn:aws:iam::1:role/a+b", "s"),
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa%2Bb\
             &RoleSessionName=s&DurationSeconds=3600"
        );
    }
}
