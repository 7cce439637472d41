//! The rules of IAM once more: slow, straight from the pages, on the JSON itself and with every
//! value of the context a text. What the evaluator says is held against it.

use std::net::IpAddr;

use ringgate_auth::policy::Decision;
use ringgate_model::Timestamp;
use serde_json::Value as Json;

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// None for nobody.
    pub(crate) caller_arn: Option<String>,
    pub(crate) action: String,
    pub(crate) resource: String,
    /// Keys in lower case; a key with one value is single-valued.
    pub(crate) context: Vec<(String, Vec<String>)>,
}

impl Question {
    fn values(&self, key: &str) -> Vec<String> {
        let found = self.context.iter().find(|(known, _)| *known == key.to_lowercase());
        found.map(|(_, values)| values.clone()).unwrap_or_default()
    }
}

pub(crate) fn decide(document: &Json, question: &Question) -> Decision {
    let variables = document["Version"] == "2012-10-17";
    let mut decision = Decision::ImplicitDeny;
    for statement in list(&document["Statement"]) {
        let deny = statement["Effect"] == "Deny";
        let asked = Asked { question, variables, deny };
        if !asked.statement(&statement) {
            continue;
        }
        if deny {
            return Decision::ExplicitDeny;
        }
        decision = Decision::Allow;
    }
    decision
}

struct Asked<'q> {
    question: &'q Question,
    variables: bool,
    deny: bool,
}

impl Asked<'_> {
    fn statement(&self, statement: &Json) -> bool {
        self.principal(statement)
            && self.action(statement)
            && self.resource(statement)
            && self.conditions(statement)
    }

    fn principal(&self, statement: &Json) -> bool {
        let named = |principal: &Json, exempts: bool| {
            let aws = if principal == "*" { principal.clone() } else { principal["AWS"].clone() };
            list(&aws).iter().any(|name| {
                let name = name.as_str().unwrap();
                let Some(caller) = &self.question.caller_arn else { return name == "*" };
                let account = caller.split(':').nth(4).unwrap();
                let root = format!("arn:aws:iam::{account}:root");
                let is_account = name == account || name == root;
                name == "*" || name == caller || (is_account && (!exempts || *caller == root))
            })
        };
        match (statement.get("Principal"), statement.get("NotPrincipal")) {
            (Some(principal), _) => named(principal, false),
            (_, Some(principal)) => !named(principal, true),
            (None, None) => true,
        }
    }

    fn action(&self, statement: &Json) -> bool {
        let (patterns, not) = either(statement, "Action", "NotAction");
        let action = self.question.action.to_lowercase();
        let any = list(&patterns).iter().any(|pattern| {
            let pattern = pattern.as_str().unwrap().to_lowercase();
            let tokens: Vec<Token> = pattern.chars().map(Token::wildcard).collect();
            glob(&tokens, &chars(&action))
        });
        any != not
    }

    fn resource(&self, statement: &Json) -> bool {
        let (patterns, not) = either(statement, "Resource", "NotResource");
        let resource = chars(&self.question.resource);
        let results = list(&patterns).into_iter().map(|pattern| {
            let tokens = self.tokens(pattern.as_str().unwrap(), true)?;
            Some(glob(&within_parts(tokens), &resource))
        });
        self.turned(any(results.collect()), not)
    }

    /// Some(true) if one is equal, None if that cannot be known.
    fn turned(&self, any: Option<bool>, not: bool) -> bool {
        match any {
            Some(any) => any != not,
            None => not && self.deny,
        }
    }

    fn conditions(&self, statement: &Json) -> bool {
        let Some(operators) = statement.get("Condition") else { return true };
        operators.as_object().unwrap().iter().all(|(operator, keys)| {
            let mut keys = keys.as_object().unwrap().iter();
            keys.all(|(key, values)| self.condition(operator, key, &list(values)))
        })
    }

    fn condition(&self, operator: &str, key: &str, wanted: &[Json]) -> bool {
        let found = self.question.values(key);
        let is_null = found.iter().all(String::is_empty);
        if operator == "Null" {
            return wanted.iter().any(|wanted| as_text(wanted) == is_null.to_string());
        }
        let (operator, if_exists) = match operator.strip_suffix("IfExists") {
            Some(operator) => (operator, true),
            None => (operator, false),
        };
        if if_exists && found.is_empty() {
            return true;
        }
        let (set, operator) = match operator.split_once(':') {
            Some((set, operator)) => (set, operator),
            None => ("", operator),
        };
        let not = operator.contains("Not");
        let operator = operator.replace("Not", "");
        let passes = |value: &String| {
            let results = wanted.iter().map(|w| self.equals(&operator, &as_text(w), value));
            self.turned(any(results.collect()), not)
        };
        match set {
            "ForAllValues" => is_null || found.iter().all(passes),
            "ForAnyValue" => !is_null && found.iter().any(passes),
            _ if found.is_empty() => not,
            _ if not => found.iter().all(passes),
            _ => found.iter().any(passes),
        }
    }

    fn equals(&self, operator: &str, wanted: &str, value: &str) -> Option<bool> {
        let (family, order) = ["Numeric", "Date"]
            .iter()
            .find_map(|family| Some((*family, operator.strip_prefix(family)?)))
            .unwrap_or((operator, ""));
        match family {
            "StringEquals" => Some(self.substituted(wanted)? == value),
            "StringEqualsIgnoreCase" | "Bool" => {
                Some(self.substituted(wanted)?.to_lowercase() == value.to_lowercase())
            }
            "StringLike" => Some(glob(&self.tokens(wanted, true)?, &chars(value))),
            "Numeric" => order_holds(order, value.parse::<f64>().ok()?, wanted.parse().unwrap()),
            "Date" => order_holds(order, seconds(value)?, seconds(wanted).unwrap()),
            "IpAddress" => Some(in_range(wanted, value.parse().ok()?)),
            "ArnEquals" | "ArnLike" => self.arn(wanted, value),
            other => panic!("{other}"),
        }
    }

    fn arn(&self, wanted: &str, value: &str) -> Option<bool> {
        let value: Vec<&str> = value.splitn(6, ':').collect();
        if value.len() < 6 || value.first() != Some(&"arn") {
            return None;
        }
        let tokens = self.tokens(wanted, true)?;
        if wanted == "*" {
            return Some(true);
        }
        let wanted: Vec<&[Token]> = tokens.splitn(6, |token| *token == Token::Char(':')).collect();
        let mut pairs = wanted.iter().zip(&value);
        Some(wanted.len() == 6 && pairs.all(|(wanted, value)| glob(wanted, &chars(value))))
    }

    fn substituted(&self, text: &str) -> Option<String> {
        let tokens = self.tokens(text, false)?;
        let char = |token: &Token| match token {
            Token::Char(c) => *c,
            other => panic!("{other:?}"),
        };
        Some(tokens.iter().map(char).collect())
    }

    fn tokens(&self, text: &str, wildcards: bool) -> Option<Vec<Token>> {
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if self.variables && rest.starts_with("${") {
                let (inside, after) = rest[2..].split_once('}').unwrap();
                tokens.extend(self.variable(inside)?.chars().map(Token::Char));
                rest = after;
                continue;
            }
            tokens.push(if wildcards { Token::wildcard(c) } else { Token::Char(c) });
            rest = &rest[c.len_utf8()..];
        }
        Some(tokens)
    }

    fn variable(&self, inside: &str) -> Option<String> {
        if ["*", "?", "$"].contains(&inside) {
            return Some(inside.to_owned());
        }
        let (key, default) = match inside.split_once(", ") {
            Some((key, default)) => (key, Some(default.trim_matches('\'').to_owned())),
            None => (inside, None),
        };
        match self.question.values(key).as_slice() {
            [value] => Some(value.clone()),
            _ => default,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token {
    Char(char),
    One,
    OneNoColon,
    Many,
    ManyNoColon,
}

impl Token {
    fn wildcard(c: char) -> Self {
        match c {
            '*' => Self::Many,
            '?' => Self::One,
            c => Self::Char(c),
        }
    }
}

/// In the first five parts of an ARN no wildcard takes a colon, but for a star that ends its part.
fn within_parts(tokens: Vec<Token>) -> Vec<Token> {
    let mut colons = 0;
    let narrowed = tokens.iter().enumerate().map(|(at, token)| {
        let next = tokens.get(at + 1);
        colons += usize::from(*token == Token::Char(':'));
        match token {
            Token::Many if colons < 5 && !matches!(next, None | Some(Token::Char(':'))) => {
                Token::ManyNoColon
            }
            Token::One if colons < 5 => Token::OneNoColon,
            token => *token,
        }
    });
    narrowed.collect()
}

fn glob(pattern: &[Token], text: &[char]) -> bool {
    let Some((token, rest)) = pattern.split_first() else { return text.is_empty() };
    let tail = text.get(1..).unwrap_or_default();
    match (token, text.first()) {
        (Token::Char(wanted), Some(c)) => wanted == c && glob(rest, tail),
        (Token::One, Some(_)) => glob(rest, tail),
        (Token::OneNoColon, Some(c)) => *c != ':' && glob(rest, tail),
        (Token::Char(_) | Token::One | Token::OneNoColon, None) => false,
        (Token::Many, Some(_)) => glob(rest, text) || glob(pattern, tail),
        (Token::ManyNoColon, Some(c)) => glob(rest, text) || (*c != ':' && glob(pattern, tail)),
        (Token::Many | Token::ManyNoColon, None) => glob(rest, text),
    }
}

fn any(results: Vec<Option<bool>>) -> Option<bool> {
    if results.contains(&Some(true)) {
        return Some(true);
    }
    if results.contains(&None) { None } else { Some(false) }
}

fn order_holds(order: &str, value: f64, wanted: f64) -> Option<bool> {
    Some(match order {
        "Equals" => value == wanted,
        "LessThan" => value < wanted,
        "LessThanEquals" => value <= wanted,
        "GreaterThan" => value > wanted,
        "GreaterThanEquals" => value >= wanted,
        other => panic!("{other}"),
    })
}

fn seconds(text: &str) -> Option<f64> {
    let time = text.parse::<Timestamp>().map(|time| time.0 as f64);
    time.ok().or_else(|| text.parse().ok())
}

fn in_range(range: &str, ip: IpAddr) -> bool {
    let bits = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => format!("{:032b}", u32::from(ip)),
        IpAddr::V6(ip) => format!("{:0128b}", u128::from(ip)),
    };
    let (base, prefix) = match range.split_once('/') {
        Some((base, prefix)) => (base, prefix.parse().unwrap()),
        None => (range, usize::MAX),
    };
    let (base, ip) = (bits(base.parse().unwrap()), bits(ip));
    let prefix = prefix.min(base.len());
    base.len() == ip.len() && base[..prefix] == ip[..prefix]
}

fn either(statement: &Json, plain: &str, not: &str) -> (Json, bool) {
    match statement.get(plain) {
        Some(value) => (value.clone(), false),
        None => (statement[not].clone(), true),
    }
}

fn list(node: &Json) -> Vec<Json> {
    match node {
        Json::Array(elements) => elements.clone(),
        Json::Null => Vec::new(),
        lone => vec![lone.clone()],
    }
}

fn as_text(node: &Json) -> String {
    node.as_str().map_or_else(|| node.to_string(), str::to_owned)
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}
