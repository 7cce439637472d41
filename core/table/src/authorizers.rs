//! The authorizers of a stage while they are compiled.

use std::collections::BTreeMap;

use ringgate_auth::jwt::Issuer;
use ringgate_model::{AuthorizationType, Authorizer, AuthorizerType, Route, Stage};

use crate::arena::{Arena, ArenaFull};
use crate::authorization::{AuthorizationImage, AuthorizerImage, By, KindImage, LambdaImage};
use crate::lambda;
use crate::mapping::{Mappings, Unmapped};
use crate::trie::NO_INDEX;

/// What stands in the identity source of a JWT authorizer that names none (AWS, "JWT authorizers":
/// a token usually comes in this field).
const DEFAULT_SOURCE: &str = "$request.header.Authorization";

/// The authorizers of a stage while its routes are compiled.
#[derive(Debug, Default)]
pub(crate) struct Authorizers<'a> {
    pub(crate) images: Vec<AuthorizerImage>,
    pub(crate) authorizations: Vec<AuthorizationImage>,
    /// By id: their places, or why they let nobody in.
    ids: BTreeMap<&'a str, Result<u16, String>>,
}

impl<'a> Authorizers<'a> {
    /// Adds an authorizer of the definition. One that cannot work in this stage closes its routes.
    pub(crate) fn add(
        &mut self,
        authorizer: &'a Authorizer,
        stage: &Stage,
        mappings: &mut Mappings,
        arena: &mut Arena,
    ) -> Result<(), ArenaFull> {
        let place = match image(authorizer, stage, mappings, arena) {
            Ok(image) => {
                self.images.push(image);
                Ok(index(self.images.len())?)
            }
            Err(Unmapped::Wrong(reason)) => Err(reason),
            Err(Unmapped::Full) => return Err(ArenaFull),
        };
        self.ids.insert(&authorizer.authorizer_id, place);
        Ok(())
    }

    /// The place of what the route asks for; [`NO_INDEX`]: nothing.
    pub(crate) fn of_route(&mut self, route: &Route, arena: &mut Arena) -> Result<u16, ArenaFull> {
        let by = match route.authorization_type {
            AuthorizationType::None => return Ok(NO_INDEX),
            AuthorizationType::Jwt | AuthorizationType::Custom => {
                let id = route.authorizer_id.as_deref().unwrap_or_default();
                match self.ids.get(id) {
                    Some(Ok(at)) => By::Authorizer(*at),
                    Some(Err(reason)) => By::Nobody(arena.put(reason)?),
                    None => By::Nobody(arena.put(&format!("there is no authorizer '{id}'"))?),
                }
            }
            AuthorizationType::AwsIam => By::Iam,
        };
        let scopes = route.authorization_scopes.iter().flatten();
        let scopes = scopes.map(|scope| scope.as_str().into()).collect();
        let wanted = AuthorizationImage { by, scopes };
        if let Some(at) = self.authorizations.iter().position(|it| *it == wanted) {
            return index(at.saturating_add(1));
        }
        self.authorizations.push(wanted);
        index(self.authorizations.len())
    }
}

fn image(
    authorizer: &Authorizer,
    stage: &Stage,
    mappings: &mut Mappings,
    arena: &mut Arena,
) -> Result<AuthorizerImage, Unmapped> {
    let variables = &stage.stage_variables;
    let given = authorizer.identity_source.iter().flatten().map(String::as_str);
    let mut needs_context = false;
    let mut sources = Vec::new();
    let default = (authorizer.authorizer_type == AuthorizerType::Jwt).then_some(DEFAULT_SOURCE);
    let missing = authorizer.identity_source.is_none();
    for source in given.chain(default.filter(|_| missing)) {
        let (value, needs) = mappings.value(source, variables, arena)?;
        needs_context |= needs.context;
        sources.push(value);
    }
    let kind = match authorizer.authorizer_type {
        AuthorizerType::Jwt => {
            let given = authorizer.jwt_configuration.clone().unwrap_or_default();
            let issuer = Issuer {
                issuer: given.issuer.unwrap_or_default(),
                audiences: given.audience.unwrap_or_default(),
                additional_claims: Vec::new(),
            };
            let source = sources.first().copied();
            let source =
                source.ok_or_else(|| Unmapped::Wrong("it has no identity source".to_owned()))?;
            KindImage::Jwt { source, issuer: Box::new(issuer) }
        }
        AuthorizerType::Request => KindImage::Lambda(LambdaImage {
            function: lambda::of_authorizer(authorizer, variables, arena)?,
            setup: arena.put(&setup(authorizer))?,
            simple: authorizer.enable_simple_responses == Some(true),
            ttl_s: ttl_s(authorizer),
            sources: sources.into(),
        }),
    };
    Ok(AuthorizerImage { id: arena.put(&authorizer.authorizer_id)?, needs_context, kind })
}

/// What is told of the function and taken from it, beside its name.
fn setup(authorizer: &Authorizer) -> String {
    let format = &authorizer.authorizer_payload_format_version;
    let simple = authorizer.enable_simple_responses;
    format!("{format:?} {simple:?} {:?}", authorizer.identity_source)
}

/// Answers are kept where that is asked for, and there is something to keep them by (AWS, "Lambda
/// authorizers": "You can enable caching"; consoles and Terraform send 300).
fn ttl_s(authorizer: &Authorizer) -> u32 {
    let has_sources = authorizer.identity_source.is_some();
    authorizer.authorizer_result_ttl_in_seconds.filter(|_| has_sources).unwrap_or_default()
}

fn index(len: usize) -> Result<u16, ArenaFull> {
    let last = len.checked_sub(1).and_then(|last| u16::try_from(last).ok());
    last.filter(|last| *last != NO_INDEX).ok_or(ArenaFull)
}
