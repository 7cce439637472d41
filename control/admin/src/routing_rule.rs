use ringgate_model::limits::{
    API_MAPPING_KEY_CHARS_MAX, PAGE_RESULTS_DEFAULT, ROUTING_RULE_HEADERS_MAX,
    ROUTING_RULE_PAGE_RESULTS_MAX, ROUTING_RULE_PRIORITY_MAX,
};
use ringgate_model::{
    AnyOf, HeaderGlob, InvokeApi, Limits, RoutingRule, RoutingRuleAction, RoutingRuleCondition,
};
use serde::Serialize;

use crate::fields::texts::{ID, NAME};
use crate::fields::{Fields, Text, set};
use crate::operation::Request;
use crate::owned::{self, Owned, Place};
use crate::paging::page_sized;
use crate::reply::Reply;
use crate::session::Session;
use crate::shelf::{decode, entries};
use crate::store::Entries;
use crate::{Error, api_mapping};

const PATH: Text = Text::chars(1, API_MAPPING_KEY_CHARS_MAX);
/// A field's name is a token (RFC 9110 section 5.1).
const HEADER: Text = Text::chars(1, 40).matching("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", |text| {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+.^_`|~-".contains(&b))
});
/// `*` may stand at the ends alone (spec section 2.4).
const GLOB: Text = Text::chars(1, 128).matching(r"^\*?[^*]*\*?$", |text| {
    let inner = text.strip_prefix('*').unwrap_or(text);
    !inner.strip_suffix('*').unwrap_or(inner).contains('*')
});

impl Owned for RoutingRule {
    const NOUN: &'static str = "RoutingRule";
    const LABEL: &'static str = "routingRuleId";
    const FOLDER: &'static str = "routingrules";
    const OF_DOMAIN: bool = true;
    const REQUIRED: &'static [&'static str] = &["actions", "conditions", "priority"];

    fn limit(limits: &Limits) -> (usize, &'static str) {
        (limits.routing_rules_per_domain, "routing rules for this domain name")
    }

    fn missing(id: &str) -> Error {
        Error::not_found(format!("Invalid routing rule identifier specified {id}"))
    }

    fn make(&mut self, session: &mut Session<'_>, id: String, place: &Place) {
        let (region, account) = (&session.scope.region, &session.scope.account);
        let name = &place.domain_name;
        self.routing_rule_arn =
            format!("arn:aws:apigateway:{region}:{account}:/domainnames/{name}/routingrules/{id}");
        self.routing_rule_id = id;
    }

    fn read(&mut self, fields: &mut Fields, _: bool) -> Result<(), Error> {
        let priority = fields.integer("priority", 1..=i64::from(ROUTING_RULE_PRIORITY_MAX))?;
        set(&mut self.priority, priority.and_then(|number| u32::try_from(number).ok()));
        set(&mut self.actions, fields.list("actions", read_action)?);
        set(&mut self.conditions, fields.list("conditions", read_condition)?);
        Ok(())
    }

    fn check(&self, session: &Session<'_>, place: &Place) -> Result<Entries, Error> {
        let [action] = self.actions.as_slice() else {
            return Err(Error::bad_request("A routing rule has exactly one action"));
        };
        check_conditions(&self.conditions)?;
        let InvokeApi { api_id, stage, .. } = &action.invoke_api;
        let (_, guards) = api_mapping::invoked(session, api_id, stage)?;
        for (key, bytes) in entries(session.store, &place.folder)? {
            let other: Self = decode(&key, &bytes)?;
            let is_self = place.id.as_ref() == Some(&other.routing_rule_id);
            if !is_self && other.priority == self.priority {
                return Err(Error::conflict(format!(
                    "A routing rule with priority {} already exists for this domain name",
                    self.priority
                )));
            }
        }
        Ok(guards)
    }
}

/// PutRoutingRule: the whole rule is replaced; its id and ARN stay.
pub(crate) fn put(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    owned::change::<RoutingRule>(session, request, |before| {
        Fields::parse("putRoutingRuleInput", request.body, |fields| {
            RoutingRule::REQUIRED.iter().for_each(|name| fields.require(name));
            let mut rule = RoutingRule {
                routing_rule_id: before.routing_rule_id.clone(),
                routing_rule_arn: before.routing_rule_arn.clone(),
                ..RoutingRule::default()
            };
            rule.read(fields, false)?;
            Ok(rule)
        })
    })
}

/// ListRoutingRules: another envelope than every other list has.
pub(crate) fn list(session: &mut Session<'_>, request: &Request<'_>) -> Result<Reply, Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Shown {
        routing_rules: Vec<RoutingRule>,
        #[serde(skip_serializing_if = "Option::is_none")]
        next_token: Option<String>,
    }
    let folder = owned::place::<RoutingRule>(session, request)?.folder;
    let sizes = (PAGE_RESULTS_DEFAULT, ROUTING_RULE_PAGE_RESULTS_MAX);
    let page = page_sized(session, request, &folder, sizes)?;
    Reply::of(&Shown { routing_rules: page.items, next_token: page.next_token })
}

fn read_action(fields: &mut Fields) -> Result<RoutingRuleAction, Error> {
    fields.require("invokeApi");
    let invoke_api = fields.structure("invokeApi", |fields| {
        Ok(InvokeApi {
            api_id: fields.required_text("apiId", ID)?,
            stage: fields.required_text("stage", NAME)?,
            strip_base_path: fields.flag("stripBasePath")?,
        })
    })?;
    Ok(RoutingRuleAction { invoke_api: invoke_api.unwrap_or_default() })
}

fn read_condition(fields: &mut Fields) -> Result<RoutingRuleCondition, Error> {
    let match_base_paths = fields.structure("matchBasePaths", |fields| {
        fields.require("anyOf");
        Ok(AnyOf { any_of: fields.texts("anyOf", PATH)?.unwrap_or_default() })
    })?;
    let match_headers = fields.structure("matchHeaders", |fields| {
        fields.require("anyOf");
        let any_of = fields.list("anyOf", |fields| {
            Ok(HeaderGlob {
                header: fields.required_text("header", HEADER)?,
                value_glob: fields.required_text("valueGlob", GLOB)?,
            })
        })?;
        Ok(AnyOf { any_of: any_of.unwrap_or_default() })
    })?;
    Ok(RoutingRuleCondition { match_base_paths, match_headers })
}

/// One condition of base paths and two of header fields at most, each naming one thing at least.
fn check_conditions(conditions: &[RoutingRuleCondition]) -> Result<(), Error> {
    let paths: Vec<_> = conditions.iter().filter_map(|it| it.match_base_paths.as_ref()).collect();
    let headers: Vec<_> = conditions.iter().filter_map(|it| it.match_headers.as_ref()).collect();
    if paths.len() > 1 || headers.len() > ROUTING_RULE_HEADERS_MAX {
        return Err(Error::bad_request(format!(
            "A routing rule has at most {ROUTING_RULE_HEADERS_MAX} matchHeaders conditions and one \
             matchBasePaths condition"
        )));
    }
    let one =
        |it: &RoutingRuleCondition| it.match_base_paths.is_some() != it.match_headers.is_some();
    let empty = paths.iter().any(|it| it.any_of.is_empty())
        || headers.iter().any(|it| it.any_of.is_empty());
    if empty || !conditions.iter().all(one) {
        return Err(Error::bad_request(
            "A condition of a routing rule has either matchBasePaths or matchHeaders, with one \
             entry in anyOf at least",
        ));
    }
    let mut paths = paths.iter().flat_map(|it| &it.any_of);
    paths.try_for_each(|path| api_mapping::check_key(path))
}
