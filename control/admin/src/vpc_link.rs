use std::collections::BTreeSet;

use ringgate_model::{Integration, Limits, VpcLink};

use crate::fields::texts::NAME;
use crate::fields::{Fields, Text, set};
use crate::owned::{Owned, Place};
use crate::reply::Outcome;
use crate::session::Session;
use crate::shelf::entries;
use crate::store::Entries;
use crate::workspace::Workspace;
use crate::{Error, keys, tags};

const RESOURCE_ID: Text = Text::chars(1, 255);

impl Owned for VpcLink {
    const NOUN: &'static str = "VpcLink";
    const LABEL: &'static str = "vpcLinkId";
    const FOLDER: &'static str = "vpclinks";
    const REQUIRED: &'static [&'static str] = &["name", "subnetIds"];

    fn limit(limits: &Limits) -> (usize, &'static str) {
        (limits.vpc_links, "VPC links")
    }

    fn missing(id: &str) -> Error {
        Error::not_found(format!("Invalid VpcLink identifier specified {id}"))
    }

    fn make(&mut self, session: &mut Session<'_>, id: String, _: &Place) {
        self.created_date = session.now;
        self.vpc_link_id = id;
        // There is nothing to wait for.
        "AVAILABLE".clone_into(&mut self.vpc_link_status);
        "VPC link is ready to route traffic".clone_into(&mut self.vpc_link_status_message);
        "V2".clone_into(&mut self.vpc_link_version);
    }

    fn read(&mut self, fields: &mut Fields, creating: bool) -> Result<(), Error> {
        fields.text_into("name", NAME, &mut self.name)?;
        if creating {
            set(&mut self.subnet_ids, fields.texts("subnetIds", RESOURCE_ID)?);
            set(&mut self.security_group_ids, fields.texts("securityGroupIds", RESOURCE_ID)?);
            self.tags = tags::read(fields)?;
        }
        Ok(())
    }

    fn check(&self, _: &Session<'_>, _: &Place) -> Result<Entries, Error> {
        Self::check_targets(&self.tags).map_err(|error| Error::bad_request(error.to_string()))?;
        Ok(Vec::new())
    }

    /// Every API with private integrations may serve otherwise now: a stage variable may name the
    /// link that one goes through. Whose image is the same after all makes no difference.
    fn outcome(&self, session: &Session<'_>, place: &Place) -> Result<Outcome, Error> {
        if place.id.is_none() {
            // Nothing can name a new one yet.
            return Ok(Outcome::default());
        }
        let mut changed = Vec::new();
        for workspace in workspaces(session)? {
            let workspace = workspace?;
            if served(&workspace)?.iter().any(Integration::is_private) {
                changed.push(workspace.api.api_id);
            }
        }
        Ok(Outcome { changed, ..Outcome::default() })
    }

    fn removable(&self, session: &Session<'_>, _: &Place) -> Result<Vec<String>, Error> {
        let mut users = BTreeSet::new();
        for workspace in workspaces(session)? {
            users.extend(users_in(&workspace?, &self.vpc_link_id)?);
        }
        if users.is_empty() {
            return Ok(Vec::new());
        }
        // AWS's words (hashicorp/terraform-provider-aws#12195).
        Err(Error::bad_request(format!(
            "Cannot delete vpc link. Vpc link '{}', is referenced in [{}] in format of \
             [Method:Resource].",
            self.vpc_link_id,
            users.into_iter().collect::<Vec<_>>().join(", ")
        )))
    }
}

/// Every API of the scope, one loaded after the other.
fn workspaces<'s>(
    session: &Session<'s>,
) -> Result<impl Iterator<Item = Result<Workspace<'s>, Error>> + use<'s>, Error> {
    let (store, limits) = (session.store, session.options.limits);
    let index = entries(store, &keys::index(session.scope))?.into_iter();
    let load = move |(key, _): (String, _)| Workspace::load(store, keys::indexed_api(&key), limits);
    Ok(index.filter_map(move |entry| load(entry).transpose()))
}

/// The integrations of an API: those it has, and those that a stage still serves.
fn served(workspace: &Workspace<'_>) -> Result<Vec<Integration>, Error> {
    let mut all: Vec<Integration> = workspace.integrations.iter().cloned().collect();
    for stage in workspace.stages.iter().filter(|stage| !stage.deploys_itself()) {
        if let Some(id) = &stage.deployment_id {
            all.extend(workspace.frozen(stage, id)?.integrations);
        }
    }
    Ok(all)
}

/// Those of an API that go through a VPC link, as AWS names them.
fn users_in(workspace: &Workspace<'_>, vpc_link_id: &str) -> Result<BTreeSet<String>, Error> {
    let all = served(workspace)?;
    let through = all.iter().filter(|it| it.connection_id.as_deref() == Some(vpc_link_id));
    let named = through.map(|it| {
        let method = it.integration_method.as_deref().unwrap_or("ANY");
        format!("{method}:{}", it.integration_id)
    });
    Ok(named.collect())
}
