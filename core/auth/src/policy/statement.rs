use ringgate_model::closest;
use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::document::Node;
use super::error::{Place, PolicyError, quoted};
use super::execute_api::SHORT_FORM;
use super::matching::Match;
use super::pattern::{Pattern, Syntax, Wildcards};
use super::principal::{Naming, Principals};
use super::{Effect, Kind, Request, Rules};
use crate::json;

/// One statement, ready to be asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Statement {
    pub(super) sid: Option<Box<str>>,
    pub(super) effect: Effect,
    /// None in an identity-based policy: it is about whom it is attached to.
    principals: Option<Principals>,
    actions: Patterns,
    resources: Patterns,
    conditions: Vec<Condition>,
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Patterns {
    negated: bool,
    patterns: Vec<Pattern>,
}

const MEMBERS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

impl Statement {
    /// Reads a statement. `variables` says whether `${…}` means something, by the version.
    pub(super) fn read(
        node: &Node<'_>,
        variables: bool,
        rules: &Rules<'_>,
        place: &Place<'_>,
    ) -> Result<Self, PolicyError> {
        let members = Members { members: node.object(place)?, place };
        members.check_names()?;
        let effect = members.effect()?;
        let conditions = match members.find("Condition") {
            Some(node) => Condition::read_all(node, variables, &place.member("Condition"))?,
            None => Vec::new(),
        };
        let syntax = Syntax { variables, wildcards: Wildcards::Resource, ignores_case: false };
        Ok(Self {
            sid: members.sid(rules.kind)?,
            effect,
            principals: members.principals(rules.kind, effect)?,
            actions: members
                .patterns("Action", "NotAction", |text| read_action(text, rules.kind))?,
            resources: match rules.kind {
                Kind::Trust => members.role_itself(syntax)?,
                _ => members.patterns("Resource", "NotResource", |text| {
                    read_resource(text, syntax, rules)
                })?,
            },
            conditions,
        })
    }

    /// How the statement, if it applies to a request, speaks of the caller.
    pub(super) fn applies(&self, request: &Request<'_>) -> Naming {
        let naming = match &self.principals {
            Some(principals) => principals.naming(&request.caller),
            None => Naming::Itself,
        };
        let (context, effect) = (request.context, self.effect);
        let applies = naming != Naming::Absent
            && self.actions.pass(request.action, request, effect)
            && self.resources.pass(request.resource, request, effect)
            && self.conditions.iter().all(|condition| condition.holds(context, effect));
        if applies { naming } else { Naming::Absent }
    }
}

impl Patterns {
    fn pass(&self, value: &str, request: &Request<'_>, effect: Effect) -> bool {
        let matches = self.patterns.iter().map(|pattern| pattern.matches(value, request.context));
        Match::any(matches).passes(self.negated, effect)
    }
}

struct Members<'n> {
    members: &'n json::Members<'n>,
    place: &'n Place<'n>,
}

impl Members<'_> {
    fn find(&self, name: &str) -> Option<&Node<'_>> {
        self.members.get(name)
    }

    fn check_names(&self) -> Result<(), PolicyError> {
        match self.members.iter().find(|(name, _)| !MEMBERS.contains(name)) {
            Some((name, _)) => {
                Err(self.place.member(name).unknown("member of a statement", &MEMBERS))
            }
            None => Ok(()),
        }
    }

    fn effect(&self) -> Result<Effect, PolicyError> {
        let place = self.place.member("Effect");
        let Some(node) = self.find("Effect") else {
            return Err(place.error("expected Allow or Deny, found nothing"));
        };
        match node.text_at(&place)? {
            "Allow" => Ok(Effect::Allow),
            "Deny" => Ok(Effect::Deny),
            other => Err(place.error(match closest(other, ["Allow", "Deny"]) {
                Some(meant) => format!("did you mean '{meant}'? found '{}'", quoted(other)),
                None => format!("expected Allow or Deny, found '{}'", quoted(other)),
            })),
        }
    }

    fn sid(&self, kind: Kind) -> Result<Option<Box<str>>, PolicyError> {
        let Some(node) = self.find("Sid") else { return Ok(None) };
        let place = self.place.member("Sid");
        let sid = node.text_at(&place)?;
        if kind == Kind::Identity && !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(place.error(format!(
                "expected letters and digits in an identity-based policy, found '{}'",
                quoted(sid)
            )));
        }
        Ok((!sid.is_empty()).then(|| sid.into()))
    }

    /// The one of two members that is there, and whether it is the second.
    fn one_of<'m>(
        &self,
        plain: &'m str,
        not: &'m str,
    ) -> Result<(&Node<'_>, &'m str), PolicyError> {
        match (self.find(plain), self.find(not)) {
            (Some(node), None) => Ok((node, plain)),
            (None, Some(node)) => Ok((node, not)),
            (Some(_), Some(_)) => {
                Err(self.place.error(format!("expected {plain} or {not}, found both")))
            }
            (None, None) => Err(self.place.error(format!("expected {plain} or {not}, found none"))),
        }
    }

    fn principals(&self, kind: Kind, effect: Effect) -> Result<Option<Principals>, PolicyError> {
        let (plain, not) = ("Principal", "NotPrincipal");
        if kind == Kind::Identity {
            let stray = [plain, not].into_iter().find(|name| self.find(name).is_some());
            return stray.map_or(Ok(None), |name| {
                Err(self.place.member(name).error(
                    "an identity-based policy is about whom it is attached to: without this member",
                ))
            });
        }
        let (node, name) = self.one_of(plain, not)?;
        let place = self.place.member(name);
        if name == not && effect == Effect::Allow {
            return Err(place.error("stands only with \"Effect\": \"Deny\""));
        }
        Principals::read(node, name == not, &place).map(Some)
    }

    /// A trust policy is about the role that it lies on.
    fn role_itself(&self, syntax: Syntax) -> Result<Patterns, PolicyError> {
        let stray = ["Resource", "NotResource"].into_iter().find(|name| self.find(name).is_some());
        if let Some(name) = stray {
            return Err(self
                .place
                .member(name)
                .error("a trust policy is about the role that it lies on: without this member"));
        }
        let all = Pattern::read("*", syntax).map_err(|message| self.place.error(message))?;
        Ok(Patterns { negated: false, patterns: vec![all] })
    }

    fn patterns(
        &self,
        plain: &str,
        not: &str,
        read: impl Fn(&str) -> Result<Pattern, String>,
    ) -> Result<Patterns, PolicyError> {
        let (node, name) = self.one_of(plain, not)?;
        let patterns = node.each(&self.place.member(name), |node, place| {
            read(node.text_at(place)?).map_err(|message| place.error(message))
        })?;
        Ok(Patterns { negated: name == not, patterns })
    }
}

/// `*`, or a service and the name of an action, which may have wildcards ("IAM JSON policy
/// elements: Action").
fn read_action(text: &str, kind: Kind) -> Result<Pattern, String> {
    let is_service = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'?');
    let is_one = text.split_once(':').is_some_and(|(service, name)| {
        let has_both = !service.is_empty() && !name.is_empty();
        has_both && service.bytes().all(is_service) && name.bytes().all(is_name)
    });
    if !is_one && text != "*" {
        let text = quoted(text);
        return Err(format!(
            "expected '*' or an action such as execute-api:Invoke, found '{text}'"
        ));
    }
    let is_sts = text.get(..4).is_some_and(|service| service.eq_ignore_ascii_case("sts:"));
    if kind == Kind::Trust && !is_sts {
        let text = quoted(text);
        return Err(format!(
            "AssumeRole policy may only specify STS AssumeRole actions, not '{text}'"
        ));
    }
    let wildcards = Wildcards::Plain;
    Pattern::read(text, Syntax { variables: false, wildcards, ignores_case: true })
}

/// `*`, an ARN with wildcards and variables, or the short form of an API's own.
fn read_resource(text: &str, syntax: Syntax, rules: &Rules<'_>) -> Result<Pattern, String> {
    if text.starts_with(SHORT_FORM) && rules.kind == Kind::Resource {
        let whole = rules.api.and_then(|api| api.expanded(text));
        let whole = whole.ok_or_else(|| {
            format!("'{}' is short for the ARN of an API, and here is none", quoted(text))
        })?;
        return Pattern::read(&whole, syntax);
    }
    if text != "*" && !text.starts_with("arn:") {
        let short = match rules.kind {
            Kind::Resource => ", or execute-api:/stage/GET/path",
            Kind::Identity | Kind::Trust => "",
        };
        return Err(format!("expected '*' or an ARN{short}, found '{}'", quoted(text)));
    }
    Pattern::read(text, syntax)
}
