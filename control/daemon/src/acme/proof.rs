//! Proves to an authority that names are ours.

use std::sync::Arc;

use instant_acme::{AuthorizationHandle, AuthorizationStatus, ChallengeHandle, ChallengeType};
use ringgate_admin::acme::Challenge;
use ringgate_settings::AcmeChallenge;
use ringgate_tls::ChallengeCertificate;

use crate::Control;
use crate::control::now;

/// Proves the name of an authorization, unless it is proved: data planes answer the challenge
/// before the authority is told to look.
///
/// # Errors
/// A sentence.
pub(super) async fn prove(
    control: &Arc<Control>,
    kind: AcmeChallenge,
    mut authorization: AuthorizationHandle<'_>,
) -> Result<(), String> {
    if authorization.status == AuthorizationStatus::Valid {
        return Ok(());
    }
    let offered = authorization.challenge(match kind {
        AcmeChallenge::Http01 => ChallengeType::Http01,
        AcmeChallenge::TlsAlpn01 => ChallengeType::TlsAlpn01,
    });
    let mut offered = offered.ok_or_else(|| {
        format!("the authority does not offer {} (--acme-challenge)", kind.name())
    })?;
    let challenge = match kind {
        AcmeChallenge::Http01 => Challenge::Http {
            token: offered.token.clone(),
            answer: offered.key_authorization().as_str().to_owned(),
        },
        AcmeChallenge::TlsAlpn01 => shown(&offered)?,
    };
    control.put_challenge(challenge).await.map_err(|error| error.message)?;
    offered.set_ready().await.map_err(|error| error.to_string())
}

/// What is shown in a handshake.
fn shown(offered: &ChallengeHandle<'_>) -> Result<Challenge, String> {
    let name = offered.identifier().to_string();
    let digest = offered.key_authorization().digest();
    let digest = digest.as_ref().try_into().map_err(|_| "a digest of another length")?;
    let certificate = ChallengeCertificate::new(&name, digest, now().0);
    let certificate = certificate.map_err(|fault| fault.to_string())?;
    Ok(Challenge::TlsAlpn { name, certificate })
}

/// Has nothing proved any longer.
pub(super) async fn forget_challenges(control: &Arc<Control>) {
    // What stays is harmless: it proves a name to an authority that does not ask.
    let _ = control.forget_challenges().await;
}
