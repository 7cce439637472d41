//! Deployments that nobody asked for by name: what a stage with `autoDeploy` does.
//!
//! Such a stage serves the API as it is, so its deployment is a name only. The definition behind
//! the name is stored ("frozen") when something else comes to rely on it: another stage pointed
//! at it, or `autoDeploy` turned off. Ten thousand changes leave one deployment and no definition.

use ringgate_model::{Deployment, DeploymentStatus, Stage, new_id};

use crate::Error;
use crate::session::Session;
use crate::workspace::Workspace;

/// The description AWS gives to such a deployment.
const DESCRIPTION: &str = "Automatic deployment triggered by changes to the Api configuration";

/// AWS's words for deploying an API without routes (mach-composer/mach-composer-cli#42).
pub(crate) const NO_ROUTES: &str = "Unable to deploy API because no routes exist in this API";

const DEPLOYMENT_ID_CHARS: usize = 6;

impl Workspace<'_> {
    /// Moves every auto-deploying stage to the API as it is now.
    pub(crate) fn deploy_automatically(&mut self, session: &mut Session<'_>) -> Result<(), Error> {
        let changed = self.definition_changed();
        let stale = |stage: &&Stage| {
            let never = stage.deployment_id.is_none() && !self.routes.is_empty();
            stage.deploys_itself() && (changed || never || !was_deployed(stage))
        };
        let stale: Vec<Stage> = self.stages.iter().filter(stale).cloned().collect();
        if stale.is_empty() {
            return Ok(());
        }
        // A stage that serves something can lose its last route, and then serves that: nothing.
        // One that never served needs a route to begin with.
        let has_routes = !self.routes.is_empty();
        let can = |stage: &Stage| has_routes || stage.deployment_id.is_some();
        let next = match self.head() {
            _ if !stale.iter().any(can) => None,
            // The head is the live definition by another name: a stage joining it needs no other.
            Some(head) if !changed => Some(head.to_owned()),
            _ => Some(self.add_deployment(session, true, Some(DESCRIPTION.to_owned()))?),
        };
        let mut left = Vec::new();
        for mut stage in stale {
            let next = next.clone().filter(|_| can(&stage));
            stage.last_deployment_status_message = Some(match &next {
                Some(id) => deployed_message(id),
                None => format!("Deployment attempt failed: {NO_ROUTES}"),
            });
            left.extend(std::mem::replace(&mut stage.deployment_id, next));
            stage.last_updated_date = session.now;
            self.stages.put(stage);
        }
        left.iter().try_for_each(|deployment_id| self.drop_unused(deployment_id))
    }

    /// Points `stage` at a deployment, whose definition is kept from now on.
    pub(crate) fn point(&mut self, stage: &mut Stage, deployment_id: &str) -> Result<(), Error> {
        self.freeze(deployment_id)?;
        stage.deployment_id = Some(deployment_id.to_owned());
        stage.last_deployment_status_message = Some(deployed_message(deployment_id));
        Ok(())
    }

    /// Stores the definition of a deployment that was but a name for the live one.
    pub(crate) fn freeze(&mut self, deployment_id: &str) -> Result<(), Error> {
        if self.definition(deployment_id)?.is_none() {
            self.definitions.insert(deployment_id.to_owned(), Some(self.live()));
        }
        Ok(())
    }

    /// Makes a deployment; its definition is the caller's to freeze. Gives its id.
    pub(crate) fn add_deployment(
        &mut self,
        session: &mut Session<'_>,
        auto_deployed: bool,
        description: Option<String>,
    ) -> Result<String, Error> {
        let mut id = new_id(session.entropy, DEPLOYMENT_ID_CHARS);
        // Six characters are few: never hand out one twice.
        while self.deployment(&id)?.is_some() {
            id = new_id(session.entropy, DEPLOYMENT_ID_CHARS);
        }
        let deployment = Deployment {
            auto_deployed,
            created_date: session.now,
            deployment_id: id.clone(),
            deployment_status: DeploymentStatus::Deployed,
            deployment_status_message: None,
            description,
        };
        self.deployments.insert(id.clone(), Some(deployment));
        Ok(id)
    }

    /// Removes an automatic deployment that no stage serves any more.
    pub(crate) fn drop_unused(&mut self, deployment_id: &str) -> Result<(), Error> {
        let serves = |stage: &Stage| stage.deployment_id.as_deref() == Some(deployment_id);
        let automatic = self.deployment(deployment_id)?.is_some_and(|it| it.auto_deployed);
        if automatic && !self.stages.iter().any(serves) {
            self.remove_deployment(deployment_id);
        }
        Ok(())
    }

    pub(crate) fn remove_deployment(&mut self, deployment_id: &str) {
        self.deployments.insert(deployment_id.to_owned(), None);
        self.definitions.insert(deployment_id.to_owned(), None);
    }
}

fn was_deployed(stage: &Stage) -> bool {
    stage.last_deployment_status_message.is_some()
}

fn deployed_message(deployment_id: &str) -> String {
    format!("Successfully deployed stage with deployment ID '{deployment_id}'")
}
