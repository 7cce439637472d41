use ringgate_model::limits::{AUTHORIZER_TTL_S_MAX, INTEGRATION_URI_CHARS_MAX};
use ringgate_model::{Authorizer, AuthorizerType, JwtConfiguration, Limits, ProtocolType, Route};

use crate::Error;
use crate::child::Child;
use crate::fields::texts::{DESCRIPTION, EXPRESSION, NAME, ROLE_ARN};
use crate::fields::{Fields, Text, set};
use crate::lambda;
use crate::operation::Request;
use crate::reply::Reply;
use crate::session::Session;
use crate::shelf::{Resource, Shelf};
use crate::workspace::Workspace;

const URI: Text = Text::chars(1, INTEGRATION_URI_CHARS_MAX);
const VERSION: Text = Text::chars(1, 64);
const TYPES: &[(&str, AuthorizerType)] =
    &[("REQUEST", AuthorizerType::Request), ("JWT", AuthorizerType::Jwt)];
/// Refused on WebSocket APIs whatever they say, by the names AWS calls them (spec section 1.6).
const NOT_FOR_WEBSOCKET: [(&str, &str); 3] = [
    ("authorizerPayloadFormatVersion", "AuthorizerPayloadFormatVersion"),
    ("authorizerResultTtlInSeconds", "AuthorizerResultTtlInSeconds"),
    ("enableSimpleResponses", "EnableSimpleResponses"),
];
/// What an identity source of each protocol begins with (spec section 3, service model).
const HTTP_SOURCES: [&str; 4] =
    ["$request.header.", "$request.querystring.", "$context.", "$stageVariables."];
const WEBSOCKET_SOURCES: [&str; 4] =
    ["route.request.header.", "route.request.querystring.", "context.", "stageVariables."];

impl Resource for Authorizer {
    const FOLDER: &'static str = "authorizers";

    fn id(&self) -> &str {
        &self.authorizer_id
    }

    /// AWS's words, without the id (spec section 1.6).
    fn missing(_: &str) -> Error {
        Error::not_found("Invalid Authorizer identifier specified")
    }
}

impl Child for Authorizer {
    const NOUN: &'static str = "Authorizer";
    const LABEL: &'static str = "authorizerId";
    // The model wants an identity source too; AWS takes a call without one (spec section 1.7).
    const REQUIRED: &'static [&'static str] = &["authorizerType", "name"];

    fn shelf<'w>(workspace: &'w Workspace<'_>) -> &'w Shelf<Self> {
        &workspace.authorizers
    }

    fn shelf_mut<'w>(workspace: &'w mut Workspace<'_>) -> &'w mut Shelf<Self> {
        &mut workspace.authorizers
    }

    fn set_id(&mut self, id: String) {
        self.authorizer_id = id;
    }

    fn read(
        &mut self,
        fields: &mut Fields,
        protocol: ProtocolType,
        _: &Limits,
    ) -> Result<(), Error> {
        if protocol == ProtocolType::Websocket {
            let given = NOT_FOR_WEBSOCKET.iter().find(|(name, _)| fields.has(name));
            if let Some((_, name)) = given {
                let words = format!("{name} cannot be set for WEBSOCKET protocol Apis.");
                return Err(Error::bad_request(words));
            }
        }
        fields.text_into("name", NAME, &mut self.name)?;
        fields.choice_into("authorizerType", TYPES, &mut self.authorizer_type)?;
        let arn = &mut self.authorizer_credentials_arn;
        fields.optional_into("authorizerCredentialsArn", ROLE_ARN, arn)?;
        let version = &mut self.authorizer_payload_format_version;
        fields.optional_into("authorizerPayloadFormatVersion", VERSION, version)?;
        let ttl = &mut self.authorizer_result_ttl_in_seconds;
        fields.number_into("authorizerResultTtlInSeconds", 0..=AUTHORIZER_TTL_S_MAX, ttl)?;
        fields.optional_into("authorizerUri", URI, &mut self.authorizer_uri)?;
        fields.flag_into("enableSimpleResponses", &mut self.enable_simple_responses)?;
        let source = Text::chars(0, EXPRESSION.chars_max);
        if let Some(mut sources) = fields.texts("identitySource", source)? {
            // `[]` and `[""]` both mean none (spec section 1.7).
            sources.retain(|source| !source.is_empty());
            self.identity_source = Some(sources).filter(|sources| !sources.is_empty());
        }
        let expression = &mut self.identity_validation_expression;
        fields.optional_into("identityValidationExpression", DESCRIPTION, expression)?;
        let before = self.jwt_configuration.clone().unwrap_or_default();
        let given = fields.structure("jwtConfiguration", |fields| read_jwt(fields, before))?;
        set(&mut self.jwt_configuration, given.map(Some));
        self.jwt_configuration.take_if(|it| *it == JwtConfiguration::default());
        Ok(())
    }

    fn check(&self, _: Option<&Self>, place: &str, workspace: &Workspace<'_>) -> Result<(), Error> {
        if workspace.authorizers.siblings(place).any(|other| other.name == self.name) {
            let name = &self.name;
            return Err(Error::conflict(format!(
                "Authorizer name must be unique. Authorizer {name} already exists in this API."
            )));
        }
        let protocol = workspace.api.protocol_type;
        match (protocol, self.authorizer_type) {
            (ProtocolType::Websocket, AuthorizerType::Jwt) => Err(Error::bad_request(
                "Invalid authorizer type. Only REQUEST authorizer type is supported on WEBSOCKET \
                 protocol Apis.",
            )),
            (ProtocolType::Http, AuthorizerType::Jwt) => {
                check_jwt(self, workspace.limits.audiences_per_authorizer)
            }
            (_, AuthorizerType::Request) => check_request(self, protocol),
        }?;
        check_sources(self, protocol)?;
        check_users(self, workspace)
    }

    fn removable(&self, workspace: &Workspace<'_>) -> Result<(), Error> {
        match users(self, workspace).next() {
            None => Ok(()),
            // AWS's words (anomalyco/sst#5586).
            Some(route) => Err(Error::conflict(format!(
                "Cannot delete authorizer '{}', is referenced in route: {}",
                self.name, route.route_key
            ))),
        }
    }
}

/// ResetAuthorizersCache: data planes keep answers by the number that this changes.
pub(crate) fn reset_cache(
    session: &mut Session<'_>,
    request: &Request<'_>,
) -> Result<Reply, Error> {
    crate::stage::get(session, request)?;
    let mut workspace = Workspace::open(session, request.label("apiId"))?;
    workspace.forget_authorizations(request.label("stageName"));
    Ok(Reply::done(workspace.commit(session)?))
}

fn read_jwt(fields: &mut Fields, mut jwt: JwtConfiguration) -> Result<JwtConfiguration, Error> {
    fields.texts_into("audience", EXPRESSION, &mut jwt.audience)?;
    fields.optional_into("issuer", URI, &mut jwt.issuer)?;
    Ok(jwt)
}

fn check_jwt(authorizer: &Authorizer, audiences_max: usize) -> Result<(), Error> {
    let configuration = authorizer.jwt_configuration.as_ref();
    let Some(issuer) = configuration.and_then(|it| it.issuer.as_deref()) else {
        return Err(Error::bad_request(
            "JwtConfiguration with an Issuer is a required parameter for JWT authorizer",
        ));
    };
    if !["https://", "http://"].iter().any(|scheme| issuer.starts_with(scheme)) {
        return Err(Error::bad_request(format!(
            "Invalid issuer: {issuer}. Issuer must have a valid discovery endpoint ended with \
             '/.well-known/openid-configuration'"
        )));
    }
    let audience = configuration.and_then(|it| it.audience.as_ref());
    if audience.is_some_and(|audience| audience.len() > audiences_max) {
        return Err(Error::bad_request(format!(
            "A JWT authorizer has at most {audiences_max} audiences"
        )));
    }
    let others = [
        ("AuthorizerUri", authorizer.authorizer_uri.is_some()),
        ("AuthorizerCredentialsArn", authorizer.authorizer_credentials_arn.is_some()),
        ("AuthorizerPayloadFormatVersion", authorizer.authorizer_payload_format_version.is_some()),
        ("EnableSimpleResponses", authorizer.enable_simple_responses == Some(true)),
    ];
    match others.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((name, _)) => {
            Err(Error::bad_request(format!("{name} is not supported for JWT authorizers")))
        }
    }
}

fn check_request(authorizer: &Authorizer, protocol: ProtocolType) -> Result<(), Error> {
    if authorizer.jwt_configuration.is_some() {
        let words = "JwtConfiguration is not supported for REQUEST authorizers";
        return Err(Error::bad_request(words));
    }
    let Some(uri) = authorizer.authorizer_uri.as_deref() else {
        let words = "AuthorizerUri is a required parameter for REQUEST authorizer";
        return Err(Error::bad_request(words));
    };
    if !lambda::is_invocation(uri) {
        return Err(Error::bad_request(format!("Invalid Authorizer URI: {uri}. {}", lambda::FORM)));
    }
    if protocol == ProtocolType::Websocket {
        return Ok(());
    }
    match authorizer.authorizer_payload_format_version.as_deref() {
        Some("2.0") => {}
        // AWS's words (hashicorp/terraform-provider-aws#15181).
        None => {
            return Err(Error::bad_request(
                "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer",
            ));
        }
        Some("1.0") if authorizer.enable_simple_responses != Some(true) => {}
        Some("1.0") => {
            return Err(Error::bad_request(
                "EnableSimpleResponses needs AuthorizerPayloadFormatVersion 2.0",
            ));
        }
        Some(other) => {
            return Err(Error::bad_request(format!(
                "Invalid AuthorizerPayloadFormatVersion '{other}'. Must be one of [1.0, 2.0]"
            )));
        }
    }
    let cached = authorizer.authorizer_result_ttl_in_seconds.is_some_and(|ttl_s| ttl_s > 0);
    if cached && authorizer.identity_source.is_none() {
        return Err(Error::bad_request(
            "IdentitySource is required when AuthorizerResultTtlInSeconds is greater than 0",
        ));
    }
    Ok(())
}

fn check_sources(authorizer: &Authorizer, protocol: ProtocolType) -> Result<(), Error> {
    let beginnings = match protocol {
        ProtocolType::Http => &HTTP_SOURCES,
        ProtocolType::Websocket => &WEBSOCKET_SOURCES,
    };
    let legal = |source: &&String| {
        let mut named = beginnings.iter().filter_map(|beginning| source.strip_prefix(beginning));
        named.any(|name| !name.is_empty())
    };
    let mut sources = authorizer.identity_source.iter().flatten();
    match sources.find(|source| !legal(source)) {
        None => Ok(()),
        Some(source) => Err(Error::bad_request(format!(
            "Invalid mapping expression specified: Validation Result: warnings : [], errors : \
             [Invalid identity source specified: {source}. An identity source begins with one of \
             {}]",
            beginnings.join(", ")
        ))),
    }
}

/// The type may not change under the routes that use it: they say which type they want.
fn check_users(authorizer: &Authorizer, workspace: &Workspace<'_>) -> Result<(), Error> {
    let wanted = crate::route::authorization_of(authorizer.authorizer_type);
    match users(authorizer, workspace).find(|route| route.authorization_type != wanted) {
        None => Ok(()),
        Some(route) => Err(Error::conflict(format!(
            "Cannot change the type of authorizer '{}', is referenced in route: {}",
            authorizer.name, route.route_key
        ))),
    }
}

/// The routes that use it.
fn users<'w>(
    authorizer: &'w Authorizer,
    workspace: &'w Workspace<'_>,
) -> impl Iterator<Item = &'w Route> {
    let id = Some(authorizer.authorizer_id.as_str());
    workspace.routes.iter().filter(move |route| route.authorizer_id.as_deref() == id)
}
