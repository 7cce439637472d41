use crate::reply::Outcome;
use crate::session::Session;
use crate::workspace::Workspace;
use crate::{Error, api, keys, quick};

/// The name of the API that `ringgate up --target` makes.
const NAME: &str = "ringgate-up";

/// Makes the API of `ringgate up --target`, or points the one it made before at `url`, with the
/// route and the stage that serve it should a user have taken them away. Gives its
/// id; writes nothing where nothing changes, so a restart costs no generation.
pub(crate) fn ensure(session: &mut Session<'_>, url: &str) -> Result<(String, Outcome), Error> {
    match remembered(session)? {
        Some(workspace) => update(session, workspace, url),
        None => create(session, url),
    }
}

/// The API that serves every Host naming none.
pub(crate) fn default_api(store: &dyn crate::Store) -> Result<Option<String>, Error> {
    let Some(bytes) = store.get(keys::TARGET)? else { return Ok(None) };
    let id = String::from_utf8(bytes)
        .map_err(|_| Error::internal(format!("the store's '{}' cannot be read", keys::TARGET)))?;
    Ok(Some(id))
}

/// The remembered API, unless it belongs to another scope: a start with another region or account
/// makes its own, and the old one stays an ordinary API of its scope.
fn remembered<'s>(session: &Session<'s>) -> Result<Option<Workspace<'s>>, Error> {
    let Some(id) = default_api(session.store)? else { return Ok(None) };
    Ok(Workspace::load(session.store, &id, session.options.limits)?
        .filter(|found| found.scope == *session.scope))
}

fn create(session: &mut Session<'_>, url: &str) -> Result<(String, Outcome), Error> {
    let mut workspace = api::add(session, api::new_http_api(NAME.to_owned()))?;
    quick::create(&mut workspace, session, quick::of_target(url.to_owned()))?;
    let id = workspace.api.api_id.clone();
    workspace.also.writes.push((keys::TARGET.to_owned(), Some(id.clone().into_bytes())));
    let outcome = workspace.commit(session)?;
    Ok((id, outcome))
}

fn update(
    session: &mut Session<'_>,
    mut workspace: Workspace<'_>,
    url: &str,
) -> Result<(String, Outcome), Error> {
    let id = workspace.api.api_id.clone();
    let managed = quick::integration_of(&workspace);
    if managed.is_some_and(|managed| managed.integration_uri.as_deref() != Some(url)) {
        quick::update(&mut workspace, quick::of_target(url.to_owned()))?;
    }
    quick::restore(&mut workspace, session, url)?;
    if workspace.is_untouched() {
        return Ok((id, Outcome::default()));
    }
    let outcome = workspace.commit(session)?;
    Ok((id, outcome))
}
