use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use ringgate_import::{Desired, Diff};
use ringgate_model::{Entropy, Limits, Scope, Timestamp};
use ringgate_table::{ApiImage, Part, PartKey, Root};
use ringgate_tls::SealingKey;
use serde::Serialize;

use crate::reply::Outcome;
use crate::session::Session;
use crate::shelf::entries;
use crate::workspace::Workspace;
use crate::{
    Answer, Call, Code, Error, IssuerRecord, NamedRole, Sessions, Store, acm, acme, apply,
    domain_image, issuer, keys,
};
use crate::{operation, role_session, target, truststore};

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
    /// What is allowed of what.
    pub limits: Limits,
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
            limits: Limits::default(),
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
    /// The issuers of tokens that the API names: their keys are wanted.
    pub issuers: BTreeSet<String>,
    /// The store's revision with the change; `None` when nothing was written.
    pub revision: Option<u64>,
}

impl<S: Store> Admin<S> {
    /// The operations over `store`.
    pub fn new(store: Arc<S>, options: Options) -> Self {
        Self { store, options, latest: Mutex::new(None) }
    }

    /// What is allowed of what.
    pub fn limits(&self) -> Limits {
        self.options.limits
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
        let bytes_max = self.options.limits.management_body_bytes;
        if call.body.len() > bytes_max {
            return Err(Error::new(
                Code::TooLarge,
                format!("A management request has at most {bytes_max} bytes"),
            ));
        }
        let (operation, request) = operation::find(call.method, call.path, call.query, call.body)?;
        let mut session = self.session(call.scope, call.now, call.entropy);
        session.truststore = call.truststore;
        session.may_pass = call.may_pass;
        let reply = (operation.run)(&mut session, &request)?;
        let outcome = self.remember(reply.outcome);
        let Outcome { changed, removed, parts, revision, not_yet, issuers, .. } = outcome;
        let (status, body, content_type) = (operation.status, reply.body, reply.content_type);
        Ok(Answer {
            status,
            error_type: None,
            body,
            content_type,
            changed,
            removed,
            parts,
            issuers,
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
        let Some(workspace) = Workspace::load(&*self.store, api_id, self.options.limits)? else {
            return Ok(None);
        };
        workspace.image().map(|image| Some(Arc::new(image)))
    }

    /// The images of every API of every scope: what a snapshot holds.
    ///
    /// # Errors
    /// The store fails, or holds what does not compile.
    pub fn images(&self) -> Result<Vec<Arc<ApiImage>>, Error> {
        let ids = self.api_ids()?;
        ids.iter().map(|id| self.image(id)).filter_map(Result::transpose).collect()
    }

    /// The root of the tables.
    ///
    /// # Errors
    /// The store fails.
    pub fn root(&self) -> Result<Root, Error> {
        let default_api = target::default_api(&*self.store)?;
        let (challenges, tls_challenges) = acme::challenges(&*self.store)?;
        Ok(Root { default_api, challenges, tls_challenges })
    }

    /// What else stands in the tables, as the store has it; `None` when there is no such thing.
    ///
    /// # Errors
    /// The store fails.
    pub fn part(&self, key: &PartKey) -> Result<Option<Part>, Error> {
        match key {
            PartKey::Domain(name) => domain_image::image(&*self.store, name),
            PartKey::Issuer(issuer) => issuer::image(&*self.store, issuer),
            PartKey::Session(api_id, arn) => {
                let role = NamedRole { api_id: api_id.clone(), arn: arn.clone() };
                role_session::image(&*self.store, &role)
            }
            // Kept by others.
            PartKey::Iam(_) => Ok(None),
        }
    }

    /// Everything of that kind, of every scope: what a snapshot holds.
    ///
    /// # Errors
    /// The store fails.
    pub fn parts(&self) -> Result<Vec<Part>, Error> {
        let mut parts = domain_image::images(&*self.store)?;
        parts.extend(issuer::images(&*self.store)?);
        parts.extend(role_session::images(&*self.store)?);
        Ok(parts)
    }

    /// The issuers of tokens that APIs name: in their authorizers as they are now, and in those
    /// that their stages serve.
    ///
    /// # Errors
    /// The store fails, or holds what does not compile.
    pub fn issuers(&self) -> Result<BTreeSet<String>, Error> {
        let mut issuers = BTreeSet::new();
        for api_id in self.api_ids()? {
            let workspace = Workspace::load(&*self.store, &api_id, self.options.limits)?;
            let Some(workspace) = workspace else { continue };
            issuers.extend(issuer::of_authorizers(&workspace.authorizers));
            issuers.extend(workspace.image()?.issuers().map(str::to_owned));
        }
        Ok(issuers)
    }

    /// What is known of every issuer that is kept.
    ///
    /// # Errors
    /// The store fails.
    pub fn issuer_records(&self) -> Result<Vec<(String, IssuerRecord)>, Error> {
        issuer::records(&*self.store)
    }

    /// What is known of an issuer; `None`: it was never asked.
    ///
    /// # Errors
    /// The store fails.
    pub fn issuer_record(&self, name: &str) -> Result<Option<IssuerRecord>, Error> {
        issuer::record(&*self.store, name)
    }

    /// Keeps what is known of an issuer now, or (`None`) forgets it; gives the store's revision.
    ///
    /// # Errors
    /// The store fails; nothing is changed then.
    pub fn put_issuer(
        &self,
        name: &str,
        record: Option<&IssuerRecord>,
    ) -> Result<Option<u64>, Error> {
        Ok(issuer::put(&*self.store, name, record)?.revision)
    }

    /// The sessions of the roles that APIs name.
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions::new(&*self.store, &self.options)
    }

    /// The roles that an API's stages are served with, and the scope of the API; `None` when there
    /// is no such API.
    ///
    /// # Errors
    /// The store fails, or holds what does not compile.
    pub fn served_roles(
        &self,
        api_id: &str,
    ) -> Result<Option<(Scope, BTreeSet<NamedRole>)>, Error> {
        let Some(image) = self.image(api_id)? else { return Ok(None) };
        let role = |arn: &str| NamedRole { api_id: api_id.to_owned(), arn: arn.to_owned() };
        Ok(Some((image.scope().clone(), image.roles().map(role).collect())))
    }

    /// The ids of all APIs of all scopes.
    ///
    /// # Errors
    /// The store fails.
    pub fn api_ids(&self) -> Result<Vec<String>, Error> {
        let index = entries(&*self.store, keys::SCOPES)?;
        Ok(index.iter().map(|(key, _)| keys::indexed_api(key).to_owned()).collect())
    }

    /// The scope of an API that names a role, as it is now or where one of its stages is served;
    /// `None` where it does not.
    ///
    /// # Errors
    /// The store fails, or holds what does not compile.
    pub fn names_role(&self, role: &NamedRole) -> Result<Option<Scope>, Error> {
        let found = Workspace::load(&*self.store, &role.api_id, self.options.limits)?;
        let Some(workspace) = found else { return Ok(None) };
        let (integrations, authorizers) = (&workspace.integrations, &workspace.authorizers);
        let is_named = role_session::is_named(&role.arn, integrations, authorizers)
            || workspace.image()?.roles().any(|served| served == role.arn);
        Ok(is_named.then(|| workspace.scope.clone()))
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
        Session { store, options, scope, truststore: None, may_pass: &|_| Ok(()), now, entropy }
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
