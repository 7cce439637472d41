use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringgate_model::{
    Api, Authorizer, Definition, Deployment, Integration, IntegrationResponse, Limits, Model,
    ProtocolType, Route, RouteResponse, Scope, Stage, VpcLink, limits,
};
use ringgate_table::{ApiImage, ApiInput, StageInput, compile, not_yet};
use serde::{Deserialize, Serialize};

use crate::reply::Outcome;
use crate::session::Session;
use crate::shelf::{Resource, Shelf, decode, encode, entries, resource, value};
use crate::{Code, Error, Store, Transaction, issuer, keys, owned, passed_roles};

/// An API as the store keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) scope: Scope,
    /// Counts the changes. Every change of an API checks and rewrites this record, so one
    /// comparison guards all of the API against a concurrent change.
    edits: u64,
    pub(crate) api: Api,
    /// By stage: the change after which its authorizers' answers count.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    authorizer_epochs: BTreeMap<String, u64>,
}

/// One API, loaded whole, being changed. Nothing is written before [`Workspace::commit`].
pub(crate) struct Workspace<'s> {
    store: &'s dyn Store,
    pub(crate) limits: Limits,
    /// The record's bytes when it was read; `None` for a new API.
    read: Option<Vec<u8>>,
    /// The API as it was read.
    api_read: Api,
    /// The deployment that the auto-deploying stages served when the API was read.
    head: Option<String>,
    edits: u64,
    authorizer_epochs: BTreeMap<String, u64>,
    pub(crate) scope: Scope,
    pub(crate) api: Api,
    pub(crate) routes: Shelf<Route>,
    pub(crate) integrations: Shelf<Integration>,
    pub(crate) stages: Shelf<Stage>,
    pub(crate) authorizers: Shelf<Authorizer>,
    pub(crate) models: Shelf<Model>,
    /// At `{routeId}/{routeResponseId}`.
    pub(crate) route_responses: Shelf<RouteResponse>,
    /// At `{integrationId}/{integrationResponseId}`.
    pub(crate) integration_responses: Shelf<IntegrationResponse>,
    /// Written or removed; the others stay in the store unread.
    pub(crate) deployments: BTreeMap<String, Option<Deployment>>,
    pub(crate) definitions: BTreeMap<String, Option<Definition>>,
    /// Written with the rest, for what is no part of the API.
    pub(crate) also: Transaction,
}

/// The record of an API that the scope may see.
pub(crate) fn record(store: &dyn Store, scope: &Scope, api_id: &str) -> Result<Record, Error> {
    record_if_any(store, scope, api_id)?.ok_or_else(|| missing_api(scope, api_id))
}

/// The record of an API, if there is one that the scope may see.
pub(crate) fn record_if_any(
    store: &dyn Store,
    scope: &Scope,
    api_id: &str,
) -> Result<Option<Record>, Error> {
    if !keys::is_api_id(api_id) {
        return Ok(None);
    }
    let record: Option<Record> = value(store, &keys::api(api_id))?;
    Ok(record.filter(|record| record.scope == *scope))
}

/// AWS's words (spec section 1.6).
fn missing_api(scope: &Scope, api_id: &str) -> Error {
    let account = &scope.account;
    Error::not_found(format!("Invalid API identifier specified {account}:{api_id}"))
}

impl<'s> Workspace<'s> {
    /// A new API, not yet in the store. `api` has its id.
    pub(crate) fn create(session: &Session<'s>, api: Api) -> Self {
        let index = format!("{}{}", keys::index(session.scope), api.api_id);
        let also = Transaction { checks: Vec::new(), writes: vec![(index, Some(Vec::new()))] };
        Self {
            store: session.store,
            limits: session.options.limits,
            read: None,
            api_read: Api::default(),
            head: None,
            edits: 0,
            authorizer_epochs: BTreeMap::new(),
            scope: session.scope.clone(),
            api,
            routes: Shelf::empty(),
            integrations: Shelf::empty(),
            stages: Shelf::empty(),
            authorizers: Shelf::empty(),
            models: Shelf::empty(),
            route_responses: Shelf::empty(),
            integration_responses: Shelf::empty(),
            deployments: BTreeMap::new(),
            definitions: BTreeMap::new(),
            also,
        }
    }

    /// The API, if it belongs to the session's scope.
    pub(crate) fn open(session: &Session<'s>, api_id: &str) -> Result<Self, Error> {
        Self::load(session.store, api_id, session.options.limits)?
            .filter(|workspace| workspace.scope == *session.scope)
            .ok_or_else(|| missing_api(session.scope, api_id))
    }

    /// The API, of whatever scope.
    pub(crate) fn load(
        store: &'s dyn Store,
        api_id: &str,
        limits: Limits,
    ) -> Result<Option<Self>, Error> {
        if !keys::is_api_id(api_id) {
            return Ok(None);
        }
        let key = keys::api(api_id);
        let Some(bytes) = store.get(&key)? else { return Ok(None) };
        let Record { scope, edits, api, authorizer_epochs } = decode(&key, &bytes)?;
        let stages: Shelf<Stage> = Shelf::load(store, api_id)?;
        let head = stages.iter().filter(|stage| stage.deploys_itself());
        let head = head.filter_map(|stage| stage.deployment_id.clone()).next();
        Ok(Some(Self {
            store,
            limits,
            read: Some(bytes),
            api_read: api.clone(),
            head,
            edits,
            authorizer_epochs,
            scope,
            routes: Shelf::load(store, api_id)?,
            integrations: Shelf::load(store, api_id)?,
            authorizers: Shelf::load(store, api_id)?,
            models: Shelf::load(store, api_id)?,
            route_responses: Shelf::load(store, api_id)?,
            integration_responses: Shelf::load(store, api_id)?,
            stages,
            api,
            deployments: BTreeMap::new(),
            definitions: BTreeMap::new(),
            also: Transaction::default(),
        }))
    }

    /// What a deployment made now would freeze.
    pub(crate) fn live(&self) -> Definition {
        let api = &self.api;
        let is_websocket = api.protocol_type == ProtocolType::Websocket;
        let expression = |text: &String| is_websocket.then(|| text.clone());
        Definition {
            cors: api.cors_configuration.clone(),
            disable_execute_api_endpoint: api.disable_execute_api_endpoint,
            route_selection_expression: expression(&api.route_selection_expression),
            api_key_selection_expression: expression(&api.api_key_selection_expression),
            routes: self.routes.iter().cloned().collect(),
            integrations: self.integrations.iter().cloned().collect(),
            authorizers: self.authorizers.iter().cloned().collect(),
            models: self.models.iter().cloned().collect(),
            route_responses: self.route_responses.by_parent(),
            integration_responses: self.integration_responses.by_parent(),
        }
    }

    pub(crate) fn deployment(&self, id: &str) -> Result<Option<Deployment>, Error> {
        match self.deployments.get(id) {
            Some(deployment) => Ok(deployment.clone()),
            None => resource(self.store, &self.api.api_id, id),
        }
    }

    pub(crate) fn definition(&self, deployment_id: &str) -> Result<Option<Definition>, Error> {
        match self.definitions.get(deployment_id) {
            Some(definition) => Ok(definition.clone()),
            None => value(self.store, &keys::definition(&self.api.api_id, deployment_id)),
        }
    }

    /// True when something changed that a deployment freezes.
    pub(crate) fn definition_changed(&self) -> bool {
        let (api, before) = (&self.api, &self.api_read);
        self.routes.is_touched()
            || self.integrations.is_touched()
            || self.authorizers.is_touched()
            || self.models.is_touched()
            || self.route_responses.is_touched()
            || self.integration_responses.is_touched()
            || api.cors_configuration != before.cors_configuration
            || api.disable_execute_api_endpoint != before.disable_execute_api_endpoint
            || api.route_selection_expression != before.route_selection_expression
            || api.api_key_selection_expression != before.api_key_selection_expression
    }

    /// A VPC link of the API's scope.
    pub(crate) fn vpc_link(&self, id: &str) -> Result<Option<VpcLink>, Error> {
        let folder = owned::top::<VpcLink>(&self.scope).folder;
        value(self.store, &format!("{folder}{id}"))
    }

    /// The VPC links of the API's scope; none where no stage goes through any.
    fn vpc_links(&self, stages: &[StageInput<'_>]) -> Result<Vec<VpcLink>, Error> {
        let served = stages.iter().filter_map(|stage| stage.definition);
        if !served.flat_map(|it| &it.integrations).any(Integration::is_private) {
            return Ok(Vec::new());
        }
        let all = entries(self.store, &owned::top::<VpcLink>(&self.scope).folder)?;
        all.iter().map(|(key, bytes)| decode(key, bytes)).collect()
    }

    /// True when a commit would write nothing new.
    pub(crate) fn is_untouched(&self) -> bool {
        self.read.is_some()
            && self.api == self.api_read
            && !self.definition_changed()
            && !self.stages.is_touched()
            && self.deployments.is_empty()
    }

    /// The deployment that the auto-deploying stages served when the API was read.
    pub(crate) fn head(&self) -> Option<&str> {
        self.head.as_deref()
    }

    /// The table image of the API as it stands here.
    pub(crate) fn image(&self) -> Result<ApiImage, Error> {
        self.compile().map(|(image, _)| image)
    }

    /// The image, and what the API asks for that cannot be done yet.
    fn compile(&self) -> Result<(ApiImage, BTreeSet<&'static str>), Error> {
        let live = self.live();
        let mut frozen = Vec::with_capacity(self.stages.len());
        for stage in self.stages.iter() {
            frozen.push(match &stage.deployment_id {
                Some(id) if !stage.deploys_itself() => Some(self.frozen(stage, id)?),
                _ => None,
            });
        }
        let inputs = self.stages.iter().zip(&frozen).map(|(stage, frozen)| {
            let definition = if stage.deploys_itself() { Some(&live) } else { frozen.as_ref() };
            let epoch = self.authorizer_epochs.get(&stage.stage_name);
            let authorizer_epoch = epoch.copied().unwrap_or_default();
            StageInput { stage, definition, authorizer_epoch }
        });
        let stages: Vec<_> = inputs.collect();
        let vpc_links = self.vpc_links(&stages)?;
        let (scope, api) = (&self.scope, &self.api);
        let input = ApiInput { scope, api, stages: &stages, vpc_links: &vpc_links };
        Ok((compile(&input)?, not_yet(&self.api)))
    }

    /// What authorizers have said of requests to this stage counts no more.
    pub(crate) fn forget_authorizations(&mut self, stage: &str) {
        self.authorizer_epochs.insert(stage.to_owned(), self.edits.saturating_add(1));
    }

    /// The stage is gone: nothing is kept of it. One that is made again under its name begins with
    /// [`Self::forget_authorizations`].
    pub(crate) fn end_authorizations(&mut self, stage: &str) {
        self.authorizer_epochs.remove(stage);
    }

    /// What `stage`, which does not deploy itself, serves.
    pub(crate) fn frozen(&self, stage: &Stage, deployment_id: &str) -> Result<Definition, Error> {
        self.definition(deployment_id)?.ok_or_else(|| {
            Error::internal(format!(
                "the store has no definition of deployment '{deployment_id}' of stage '{}'",
                stage.stage_name
            ))
        })
    }

    /// Deploys where stages deploy themselves, compiles, and writes everything at once.
    pub(crate) fn commit(&mut self, session: &mut Session<'_>) -> Result<Outcome, Error> {
        let (image, not_yet) = self.prepare(session)?;
        passed_roles::check(session, &image)?;
        let mut issuers = issuer::of_authorizers(&self.authorizers);
        issuers.extend(image.issuers().map(str::to_owned));
        let revision = Some(self.store.commit(self.transaction()?)?);
        let (changed, image) = (vec![self.api.api_id.clone()], Some(Arc::new(image)));
        Ok(Outcome { changed, revision, image, not_yet, issuers, ..Outcome::default() })
    }

    /// Everything of [`Workspace::commit`] that can refuse the change; writes nothing.
    pub(crate) fn prepare(
        &mut self,
        session: &mut Session<'_>,
    ) -> Result<(ApiImage, BTreeSet<&'static str>), Error> {
        let (routes, integrations) = (&self.routes, &self.integrations);
        self.route_responses.prune(|parent| routes.get(parent).is_some());
        self.integration_responses.prune(|parent| integrations.get(parent).is_some());
        self.check_limits()?;
        self.deploy_automatically(session)?;
        // A state that does not compile is never stored.
        self.compile()
    }

    /// What is over a limit that became lower may be changed and removed, but not grow.
    fn check_limits(&self) -> Result<(), Error> {
        outgrown(&self.routes, self.limits.routes_per_api, "Routes")?;
        outgrown(&self.integrations, self.limits.integrations_per_api, "Integrations")?;
        outgrown(&self.stages, self.limits.stages_per_api, "Stages")?;
        outgrown(&self.authorizers, self.limits.authorizers_per_api, "Authorizers")?;
        outgrown(&self.models, limits::MODELS_PER_API_MAX, "Models")?;
        let responses_max = limits::RESPONSES_PER_API_MAX;
        outgrown(&self.route_responses, responses_max, "Route responses")?;
        outgrown(&self.integration_responses, responses_max, "Integration responses")
    }

    fn transaction(&self) -> Result<Transaction, Error> {
        let api_id = &self.api.api_id;
        let record = Record {
            scope: self.scope.clone(),
            edits: self.edits + 1,
            api: self.api.clone(),
            authorizer_epochs: self.authorizer_epochs.clone(),
        };
        let mut transaction = self.also.clone();
        transaction.checks.push((keys::api(api_id), self.read.clone()));
        transaction.writes.push((keys::api(api_id), Some(encode(&record)?)));
        transaction.writes.extend(self.routes.writes(api_id)?);
        transaction.writes.extend(self.integrations.writes(api_id)?);
        transaction.writes.extend(self.stages.writes(api_id)?);
        transaction.writes.extend(self.authorizers.writes(api_id)?);
        transaction.writes.extend(self.models.writes(api_id)?);
        transaction.writes.extend(self.route_responses.writes(api_id)?);
        transaction.writes.extend(self.integration_responses.writes(api_id)?);
        let folder = keys::folder(api_id, Deployment::FOLDER);
        for (id, deployment) in &self.deployments {
            let value = deployment.as_ref().map(encode).transpose()?;
            transaction.writes.push((format!("{folder}{id}"), value));
        }
        for (id, definition) in &self.definitions {
            let value = definition.as_ref().map(encode).transpose()?;
            transaction.writes.push((keys::definition(api_id, id), value));
        }
        Ok(transaction)
    }
}

fn outgrown<T: Resource>(shelf: &Shelf<T>, max: usize, noun: &str) -> Result<(), Error> {
    if !shelf.outgrows(max) {
        return Ok(());
    }
    // AWS's words and code (serverless/serverless-websockets-plugin#22).
    let words = format!("Maximum number of {noun} for this API has been reached ({max}).");
    Err(Error::new(Code::TooManyRequests, words))
}
