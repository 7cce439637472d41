use std::sync::{Arc, Mutex, PoisonError};

use ringgate_import::{Desired, Diff};
use ringgate_model::limits::{MANAGEMENT_BODY_BYTES_MAX, ROUTES_PER_API_MAX};
use ringgate_model::{Entropy, Scope, Timestamp};
use ringgate_table::{ApiImage, DomainImage, Root};
use ringgate_tls::SealingKey;
use serde::Serialize;

use crate::reply::Outcome;
use crate::session::Session;
use crate::shelf::entries;
use crate::workspace::Workspace;
use crate::{
    Answer, Call, Code, Error, Store, acm, acme, apply, domain_image, keys, operation, target,
    truststore,
};

/// The operations over one store.
#[derive(Debug)]
pub struct Admin<S> {
    store: Arc<S>,
    options: Options,
    /// What the last change compiled to: the publisher asks for it right after.
    latest: Mutex<Option<Latest>>,
}

#[derive(Debug)]
struct Latest {
    revision: u64,
    image: Arc<ApiImage>,
}

/// What the operations are told once.
#[derive(Clone, Debug)]
pub struct Options {
    /// The URL that APIs report; `{api}` and `{region}` are filled in.
    pub public_endpoint: String,
    /// The store's own random id: the key that page tokens are signed with.
    pub store_id: [u8; 16],
    /// Routes of one API.
    pub routes_per_api_max: usize,
    /// What private keys of certificates are sealed with; without it none are taken.
    pub sealing: Option<Arc<SealingKey>>,
    /// Certificates are obtained by ACME.
    pub acme: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            public_endpoint: "http://{api}.execute-api.localhost:8080".to_owned(),
            store_id: [0; 16],
            routes_per_api_max: ROUTES_PER_API_MAX,
            sealing: None,
            acme: false,
        }
    }
}

/// What [`Admin::apply`] did, or would do.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The API; empty for a dry run that would make one.
    pub api_id: String,
    /// True when the API was not there before.
    pub created: bool,
    /// What differs.
    pub diff: Diff,
    /// The store's revision with the change; `None` when nothing was written.
    pub revision: Option<u64>,
}

impl<S: Store> Admin<S> {
    /// The operations over `store`.
    pub fn new(store: Arc<S>, options: Options) -> Self {
        Self { store, options, latest: Mutex::new(None) }
    }

    /// Answers one call. Never panics, and a refused call changes nothing.
    pub fn call(&self, call: &mut Call<'_>) -> Answer {
        self.run(call).unwrap_or_else(|error| refusal(&error))
    }

    /// The truststore that a call asks for, by URI and version: it is to be fetched, and given in
    /// [`Call::truststore`].
    pub fn truststore_wanted(&self, call: &Call<'_>) -> Option<(String, Option<String>)> {
        truststore::wanted(&*self.store, call)
    }

    /// Answers one call of AWS Certificate Manager. A refused call changes nothing.
    pub fn acm(&self, call: &mut acm::Call<'_>) -> acm::Answer {
        acm::run(&*self.store, &self.options, call)
    }

    /// Certificates by ACME: orders, challenges, the account.
    pub fn acme(&self) -> acme::Acme<'_> {
        acme::Acme::new(&*self.store, &self.options)
    }

    /// Checks that the private keys that are kept can be opened.
    ///
    /// # Errors
    /// The store fails, or a key was sealed with another key for secrets.
    pub fn check_certificates(&self) -> Result<(), Error> {
        acm::check_sealing(&*self.store, &self.options)
    }

    fn run(&self, call: &mut Call<'_>) -> Result<Answer, Error> {
        if call.body.len() > MANAGEMENT_BODY_BYTES_MAX {
            return Err(Error::new(
                Code::TooLarge,
                format!("A management request has at most {MANAGEMENT_BODY_BYTES_MAX} bytes"),
            ));
        }
        let (operation, request) = operation::find(call.method, call.path, call.query, call.body)?;
        let mut session = self.session(call.scope, call.now, call.entropy);
        session.truststore = call.truststore;
        let reply = (operation.run)(&mut session, &request)?;
        let outcome = self.remember(reply.outcome);
        let Outcome { changed, removed, domains, revision, not_yet, .. } = outcome;
        let (status, body, content_type) = (operation.status, reply.body, reply.content_type);
        Ok(Answer {
            status,
            error_type: None,
            body,
            content_type,
            changed,
            removed,
            domains,
            revision,
            not_yet,
        })
    }

    /// The table image of one API as the store has it; `None` when there is no such API.
    ///
    /// # Errors
    /// The store fails, or holds what does not compile.
    pub fn image(&self, api_id: &str) -> Result<Option<Arc<ApiImage>>, Error> {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(latest) = latest.as_ref()
            && latest.revision == self.store.revision()
            && latest.image.api_id() == api_id
        {
            return Ok(Some(Arc::clone(&latest.image)));
        }
        drop(latest);
        let Some(workspace) = Workspace::load(&*self.store, api_id)? else { return Ok(None) };
        workspace.image().map(|image| Some(Arc::new(image)))
    }

    /// The images of every API of every scope: what a snapshot holds.
    ///
    /// # Errors
    /// The store fails, or holds what does not compile.
    pub fn images(&self) -> Result<Vec<Arc<ApiImage>>, Error> {
        let index = entries(&*self.store, keys::SCOPES)?;
        let images = index.iter().map(|(key, _)| self.image(keys::indexed_api(key)));
        images.filter_map(Result::transpose).collect()
    }

    /// The root of the tables.
    ///
    /// # Errors
    /// The store fails.
    pub fn root(&self) -> Result<Root, Error> {
        let default_api = target::default_api(&*self.store)?;
        Ok(Root { default_api, challenges: acme::challenges(&*self.store)? })
    }

    /// The table image of a custom domain name as the store has it; `None` when there is none.
    ///
    /// # Errors
    /// The store fails.
    pub fn domain(&self, name: &str) -> Result<Option<Arc<DomainImage>>, Error> {
        domain_image::image(&*self.store, name)
    }

    /// The images of every custom domain name of every scope: what a snapshot holds.
    ///
    /// # Errors
    /// The store fails.
    pub fn domains(&self) -> Result<Vec<Arc<DomainImage>>, Error> {
        domain_image::images(&*self.store)
    }

    /// Makes the API of `ringgate up --target URL`, or points the one it made before at `url`;
    /// gives its id. An API that was deleted meanwhile is made anew.
    ///
    /// # Errors
    /// `url` is no integration URI, or the store fails.
    pub fn ensure_target(
        &self,
        url: &str,
        scope: &Scope,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<String, Error> {
        let (api_id, outcome) = target::ensure(&mut self.session(scope, now, entropy), url)?;
        self.remember(outcome);
        Ok(api_id)
    }

    /// Makes the API that `desired` names what `desired` says, in one transaction; with `dry_run`
    /// only finds out whether that would be accepted, and what would change.
    ///
    /// # Errors
    /// A rule is broken, or the store fails; nothing is changed then.
    pub fn apply(
        &self,
        scope: &Scope,
        desired: &Desired,
        dry_run: bool,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<Applied, Error> {
        let mut session = self.session(scope, now, entropy);
        let (applied, outcome) = apply::apply(&mut session, desired, dry_run)?;
        self.remember(outcome);
        Ok(applied)
    }

    fn session<'a>(
        &'a self,
        scope: &'a Scope,
        now: Timestamp,
        entropy: &'a mut dyn Entropy,
    ) -> Session<'a> {
        let (store, options) = (&*self.store, &self.options);
        Session { store, options, scope, truststore: None, now, entropy }
    }

    fn remember(&self, outcome: Outcome) -> Outcome {
        if let (Some(revision), Some(image)) = (outcome.revision, &outcome.image) {
            let latest = Latest { revision, image: Arc::clone(image) };
            *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(latest);
        }
        outcome
    }
}

fn refusal(error: &Error) -> Answer {
    #[derive(Serialize)]
    struct Shown<'e> {
        message: &'e str,
    }
    let body = serde_json::to_vec(&Shown { message: &error.message }).unwrap_or_default();
    let (status, error_type) = (error.code.status(), Some(error.code.as_str()));
    Answer { status, error_type, body, ..Answer::default() }
}
