//! Obtains certificates by ACME (RFC 8555) and renews them: one order after the other, each name
//! proved by a challenge that data planes answer.

mod proof;

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::{Request, Uri};
use instant_acme::{
    Account, AccountCredentials, BodyWrapper, BytesResponse, HttpClient, Identifier, NewAccount,
    NewOrder, OrderStatus, RetryPolicy,
};
use ringgate_admin::Error;
use ringgate_admin::acme::Order;
use ringgate_model::limits::ACME_RETRY_S_MIN;
use ringgate_settings::{AcmeChallenge, ControlArgs};
use ringgate_tls::CertificateRequest;
use tokio::time::{sleep, timeout};
use zeroize::Zeroizing;

use self::proof::{forget_challenges, prove};
use crate::Control;
use crate::control::now;
use crate::limits::{ACME_ANSWER_BYTES_MAX, ACME_LOOK_MS_MAX, ACME_ORDER_MS_MAX, ACME_POLL_MS_MAX};
use crate::outgoing::{Clear, Line};

/// The authority, as the settings name it.
#[derive(Clone, Debug)]
pub(crate) struct Authority {
    directory: String,
    contact: Option<String>,
    roots: Option<PathBuf>,
    challenge: AcmeChallenge,
}

impl Authority {
    pub(crate) fn of(args: &ControlArgs) -> Option<Self> {
        Some(Self {
            directory: args.acme_directory.clone()?,
            contact: args.acme_contact.clone(),
            roots: args.acme_ca.clone(),
            challenge: args.acme_challenge,
        })
    }
}

/// Obtains what is due, for ever.
pub(crate) async fn run(control: Arc<Control>, authority: Authority) {
    // What an order that was interrupted has left behind.
    forget_challenges(&control).await;
    loop {
        let wait_s = round(&control, &authority).await;
        let wait = Duration::from_millis(wait_s.saturating_mul(1000).min(ACME_LOOK_MS_MAX));
        // Whatever comes first.
        tokio::select! {
            () = control.acme_wanted.notified() => {}
            () = sleep(wait) => {}
        }
    }
}

/// Works on what is due, and says after how many seconds to look again.
async fn round(control: &Arc<Control>, authority: &Authority) -> u64 {
    let now_s = now().0;
    let (due, next_s) = match control.orders(now_s).await {
        Ok(orders) => orders,
        Err(error) => {
            tracing::warn!(error = error.message, "it cannot be seen which certificates are due");
            return ACME_RETRY_S_MIN;
        }
    };
    if due.is_empty() {
        return next_s.map_or(u64::MAX, |next_s| next_s.saturating_sub(now_s).max(1));
    }
    let mut noted = true;
    for order in due {
        noted &= work(control, authority, order).await;
    }
    // Of what is not noted nobody knows that it has been tried.
    if noted { 1 } else { ACME_RETRY_S_MIN }
}

/// Works on one order; whether what became of it is noted.
async fn work(control: &Arc<Control>, authority: &Authority, order: Order) -> bool {
    let limit = Duration::from_millis(ACME_ORDER_MS_MAX);
    let obtained = timeout(limit, obtain(control, authority, &order)).await;
    forget_challenges(control).await;
    let obtained = obtained.unwrap_or_else(|_| Err("it took too long".to_owned()));
    let kept = match obtained {
        Ok((chain, key)) => {
            control.keep_issued(order.clone(), chain, key).await.map_err(|error| error.message)
        }
        Err(why) => Err(why),
    };
    let (arn, names) = (order.arn.clone(), order.names.join(","));
    match kept {
        Ok(()) => {
            tracing::info!(arn, names, "a certificate was issued");
            true
        }
        Err(why) => {
            tracing::warn!(arn, names, why, "no certificate was issued; it is tried again");
            let noted = control.keep_failed(order, why).await;
            if let Err(error) = &noted {
                tracing::warn!(arn, error = error.message, "that cannot be noted");
            }
            noted.is_ok()
        }
    }
}

/// The chain and the key of a certificate for what is ordered.
async fn obtain(
    control: &Arc<Control>,
    authority: &Authority,
    order: &Order,
) -> Result<(String, Zeroizing<String>), String> {
    let said = |error: instant_acme::Error| error.to_string();
    let account = account(control, authority).await?;
    let names: Vec<_> = order.names.iter().cloned().map(Identifier::Dns).collect();
    let mut placed = account.new_order(&NewOrder::new(&names)).await.map_err(said)?;
    let mut authorizations = placed.authorizations();
    while let Some(authorization) = authorizations.next().await {
        prove(control, authority.challenge, authorization.map_err(said)?).await?;
    }
    let patience = RetryPolicy::new().timeout(Duration::from_millis(ACME_POLL_MS_MAX));
    let status = placed.poll_ready(&patience).await.map_err(said)?;
    if status != OrderStatus::Ready {
        return Err(format!("the names were not proved: the order is {status:?}"));
    }
    let (names, kind) = (order.names.clone(), order.key);
    // An RSA key takes a while.
    let made = tokio::task::spawn_blocking(move || CertificateRequest::new(&names, kind)).await;
    let made = made.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    placed.finalize_csr(&made.der).await.map_err(said)?;
    let chain = placed.poll_certificate(&patience).await.map_err(said)?;
    Ok((chain, made.key_pem))
}

/// The account at the authority, made at the first order.
async fn account(control: &Arc<Control>, authority: &Authority) -> Result<Account, String> {
    let said = |error: instant_acme::Error| error.to_string();
    let unkept = |error: Error| error.message;
    let builder = Account::builder_with_http(Box::new(Client(authority.roots.clone())));
    let directory = &authority.directory;
    let asked = directory.clone();
    let known = control.read(move |control| control.admin.acme().account(&asked)).await;
    let known = known.unwrap_or_else(|undone| Err(undone.into())).map_err(unkept)?;
    if let Some(known) = known {
        let known: AccountCredentials =
            serde_json::from_slice(&known).map_err(|_| "the account cannot be read".to_owned())?;
        return builder.from_credentials(known).await.map_err(said);
    }
    let contact: Vec<&str> = authority.contact.as_deref().into_iter().collect();
    let wanted = NewAccount {
        contact: &contact,
        terms_of_service_agreed: true,
        only_return_existing: false,
    };
    let made = builder.create(&wanted, directory.clone(), None).await.map_err(said)?;
    let (account, credentials) = made;
    let text = serde_json::to_vec(&credentials).map(Zeroizing::new);
    let text = text.map_err(|error| error.to_string())?;
    control.keep_acme_account(directory.clone(), text).await.map_err(unkept)?;
    Ok(account)
}

/// How the library talks to the authority: under TLS, but on this machine.
struct Client(Option<PathBuf>);

impl HttpClient for Client {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, instant_acme::Error>> + Send>> {
        let roots = self.0.clone();
        Box::pin(async move {
            let asked = send(request, roots).await;
            asked.map_err(|why| instant_acme::Error::Other(why.into()))
        })
    }
}

async fn send(
    request: Request<BodyWrapper<Bytes>>,
    roots: Option<PathBuf>,
) -> Result<BytesResponse, String> {
    let (mut head, body) = request.into_parts();
    let line = Line::to(head.uri.clone(), Clear::Loopback).await?;
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    head.uri = path.parse::<Uri>().map_err(|error| error.to_string())?;
    let request = Request::from_parts(head, body);
    Ok(line.ask(request, roots.as_deref(), ACME_ANSWER_BYTES_MAX).await?.into())
}
