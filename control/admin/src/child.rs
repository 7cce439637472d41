//! The five operations of a kind of resource inside an API, written once.

use ringgate_model::{Limits, ProtocolType, new_id};

use crate::Error;
use crate::fields::Fields;
use crate::keys;
use crate::operation::Request;
use crate::paging::page_in;
use crate::reply::Reply;
use crate::session::Session;
use crate::shelf::{Resource, Shelf, resource};
use crate::workspace::{Workspace, record};

/// A kind of resource inside an API: what tells it from the others.
pub(crate) trait Child: Resource {
    /// `Model`: in the names of its shapes.
    const NOUN: &'static str;
    /// `modelId`: in the paths of its operations.
    const LABEL: &'static str;
    /// The label of its parent, for a kind inside a kind.
    const PARENT: Option<&'static str> = None;
    /// Length of its ids (spec section 1.9).
    const ID_CHARS: usize = 6;
    /// Members that creation needs.
    const REQUIRED: &'static [&'static str];

    /// Where an API being changed has them.
    fn shelf<'w>(workspace: &'w Workspace<'_>) -> &'w Shelf<Self>;

    /// The same, to change them.
    fn shelf_mut<'w>(workspace: &'w mut Workspace<'_>) -> &'w mut Shelf<Self>;

    /// Gives a new one its id.
    fn set_id(&mut self, id: String);

    /// Reads what a body says, over what is there.
    fn read(
        &mut self,
        fields: &mut Fields,
        protocol: ProtocolType,
        limits: &Limits,
    ) -> Result<(), Error>;

    /// Gives a new one the defaults of what its body left out.
    fn complete(&mut self, _protocol: ProtocolType, _limits: &Limits) {}

    /// The rules that concern several members or the rest of the API. `before` is what stood at
    /// `place`; none: it is new.
    fn check(
        &self,
        before: Option<&Self>,
        place: &str,
        workspace: &Workspace<'_>,
    ) -> Result<(), Error>;

    /// Refuses to let it go while something needs it.
    fn removable(&self, _workspace: &Workspace<'_>) -> Result<(), Error> {
        Ok(())
    }

    /// Refuses a parent that is not there.
    fn check_parent(_session: &Session<'_>, _api_id: &str, _parent: &str) -> Result<(), Error> {
        Ok(())
    }
}

/// `Create…`
pub(crate) fn create<T: Child>(
    session: &mut Session<'_>,
    request: &Request<'_>,
) -> Result<Reply, Error> {
    let mut workspace = Workspace::open(session, request.label("apiId"))?;
    let folder = folder::<T>(session, request)?;
    let protocol = workspace.api.protocol_type;
    let shape = format!("create{}Input", T::NOUN);
    let made = Fields::parse(&shape, request.body, |fields| {
        new::<T>(fields, protocol, &session.options.limits)
    })?;
    let place = add(&mut workspace, session, &folder, made)?;
    let outcome = workspace.commit(session)?;
    Ok(Reply::of(T::shelf(&workspace).find(&place)?)?.with(outcome))
}

/// `Get…`
pub(crate) fn get<T: Child>(
    session: &mut Session<'_>,
    request: &Request<'_>,
) -> Result<Reply, Error> {
    let api_id = request.label("apiId");
    record(session.store, session.scope, api_id)?;
    let (folder, id) = (folder::<T>(session, request)?, request.label(T::LABEL));
    let found: Option<T> = resource(session.store, api_id, &format!("{folder}{id}"))?;
    Reply::of(&found.ok_or_else(|| T::missing(id))?)
}

/// `Get…s`
pub(crate) fn list<T: Child>(
    session: &mut Session<'_>,
    request: &Request<'_>,
) -> Result<Reply, Error> {
    let api_id = request.label("apiId");
    record(session.store, session.scope, api_id)?;
    let folder = format!("{}{}", keys::folder(api_id, T::FOLDER), folder::<T>(session, request)?);
    Reply::of(&page_in::<T>(session, request, &folder)?)
}

/// `Update…`
pub(crate) fn update<T: Child>(
    session: &mut Session<'_>,
    request: &Request<'_>,
) -> Result<Reply, Error> {
    let mut workspace = Workspace::open(session, request.label("apiId"))?;
    let place = format!("{}{}", folder::<T>(session, request)?, request.label(T::LABEL));
    let before = T::shelf(&workspace).find(&place)?.clone();
    let protocol = workspace.api.protocol_type;
    let shape = format!("update{}Input", T::NOUN);
    let changed = Fields::parse(&shape, request.body, |fields| {
        let mut changed = before.clone();
        changed.read(fields, protocol, &session.options.limits)?;
        Ok(changed)
    })?;
    changed.check(Some(&before), &place, &workspace)?;
    T::shelf_mut(&mut workspace).put_at(place, changed.clone());
    let outcome = workspace.commit(session)?;
    Ok(Reply::of(&changed)?.with(outcome))
}

/// `Delete…`
pub(crate) fn delete<T: Child>(
    session: &mut Session<'_>,
    request: &Request<'_>,
) -> Result<Reply, Error> {
    let mut workspace = Workspace::open(session, request.label("apiId"))?;
    let place = format!("{}{}", folder::<T>(session, request)?, request.label(T::LABEL));
    T::shelf(&workspace).find(&place)?.removable(&workspace)?;
    T::shelf_mut(&mut workspace).remove(&place)?;
    Ok(Reply::done(workspace.commit(session)?))
}

/// Reads a new one.
pub(crate) fn new<T: Child>(
    fields: &mut Fields,
    protocol: ProtocolType,
    limits: &Limits,
) -> Result<T, Error> {
    T::REQUIRED.iter().for_each(|name| fields.require(name));
    let mut made = T::default();
    made.read(fields, protocol, limits)?;
    made.complete(protocol, limits);
    Ok(made)
}

/// Puts a new one on its shelf, in `folder` (`{parent}/`, or nothing); gives its place.
pub(crate) fn add<T: Child>(
    workspace: &mut Workspace<'_>,
    session: &mut Session<'_>,
    folder: &str,
    mut made: T,
) -> Result<String, Error> {
    let (place, id) = loop {
        let id = new_id(session.entropy, T::ID_CHARS);
        let place = format!("{folder}{id}");
        if T::shelf(workspace).get(&place).is_none() {
            break (place, id);
        }
    };
    made.set_id(id);
    made.check(None, &place, workspace)?;
    T::shelf_mut(workspace).put_at(place.clone(), made);
    Ok(place)
}

/// The folder that the request means within the kind's own.
fn folder<T: Child>(session: &Session<'_>, request: &Request<'_>) -> Result<String, Error> {
    let Some(label) = T::PARENT else { return Ok(String::new()) };
    let parent = request.label(label);
    T::check_parent(session, request.label("apiId"), parent)?;
    Ok(format!("{parent}/"))
}
