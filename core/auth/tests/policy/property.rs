//! Random policies and requests, few words each so that they meet: the evaluator and the slow
//! reference say the same, also when the policy has been through a table.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use ringgate_auth::policy::{AwsCaller, Caller, Found, Pairs, Policy, Request, Value};
use serde_json::{Map, Value as Json, json};

use crate::reference::{Question, decide};
use crate::support::{identity, resource};

const CALLERS: [&str; 3] = [
    "arn:aws:iam::111122223333:user/ana",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::444455556666:user/ana",
];
const ACTIONS: [&str; 4] =
    ["execute-api:Invoke", "execute-api:InvalidateCache", "s3:GetObject", "EXECUTE-API:INVOKE"];
const KEYS: [&str; 4] = ["aws:username", "aws:Key", "aws:PrincipalTag/team", "aws:missing"];
const TEXT_OPERATORS: [&str; 6] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
];
const ORDERS: [&str; 6] =
    ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"];

/// One value, or a list.
fn values(each: impl Strategy<Value = Json> + Clone + 'static) -> BoxedStrategy<Json> {
    prop_oneof![each.clone(), vec(each, 1..3).prop_map(Json::from)].boxed()
}

/// Parts that make patterns of a text.
fn pattern(parts: &'static [&'static str], most: usize) -> impl Strategy<Value = String> + Clone {
    vec(select(parts), 0..most).prop_map(|parts| parts.concat())
}

fn text_pattern() -> impl Strategy<Value = Json> + Clone {
    const PARTS: &[&str] = &[
        "a",
        "A",
        "b",
        ":",
        "*",
        "?",
        "é",
        "${aws:username}",
        "${AWS:missing, 'b'}",
        "${aws:missing}",
        "${*}",
        "${?}",
        "${$}",
        "$",
    ];
    pattern(PARTS, 5).prop_map(Json::from)
}

fn arn() -> impl Strategy<Value = String> + Clone {
    let part = || pattern(&["a", "b", "*", "?"], 4);
    let last = pattern(&["a", "b", "/", ":", "*", "?", "${aws:username}", "${*}"], 6);
    (vec(part(), 4), last).prop_map(|(parts, last)| format!("arn:{}:{last}", parts.join(":")))
}

fn resource_pattern() -> impl Strategy<Value = Json> + Clone {
    let open = pattern(&["a", "b", "*", "?", ":", "*:"], 8).prop_map(|text| format!("arn:{text}"));
    prop_oneof![Just("*".to_owned()), arn(), arn(), open].prop_map(Json::from)
}

fn condition() -> impl Strategy<Value = (String, Json)> {
    let text = (select(&TEXT_OPERATORS[..]), values(text_pattern()));
    let text = text.prop_map(|(operator, values)| (operator.to_owned(), values));
    let number = || prop_oneof![Just(json!(1)), Just(json!("2")), Just(json!("1.5"))];
    let numeric = (select(&ORDERS[..]), values(number()));
    let numeric = numeric.prop_map(|(order, values)| (format!("Numeric{order}"), values));
    let time = || select(&["2020-01-01T00:00:00Z", "1577836800", "1"][..]).prop_map(Json::from);
    let date = (select(&ORDERS[..]), values(time()));
    let date = date.prop_map(|(order, values)| (format!("Date{order}"), values));
    let range =
        || select(&["10.0.0.0/8", "10.1.2.3", "::/0", "0.0.0.0/1"][..]).prop_map(Json::from);
    let ip = (select(&["IpAddress", "NotIpAddress"][..]), values(range()));
    let ip = ip.prop_map(|(operator, values)| (operator.to_owned(), values));
    let arns = prop_oneof![Just("*".to_owned()), arn()].prop_map(Json::from);
    let arn = (select(&["ArnEquals", "ArnNotLike"][..]), values(arns));
    let arn = arn.prop_map(|(operator, values)| (operator.to_owned(), values));
    let bool = values(select(&["true", "False"][..]).prop_map(Json::from));
    let bool = bool.prop_map(|values| ("Bool".to_owned(), values));
    let qualified = prop_oneof![4 => text, 1 => numeric, 1 => date, 1 => ip, 2 => arn, 1 => bool];
    let sets = select(&["", "", "ForAllValues:", "ForAnyValue:"][..]);
    let qualified =
        (sets, qualified, any::<bool>()).prop_map(|(set, (operator, values), exists)| {
            (format!("{set}{operator}{}", if exists { "IfExists" } else { "" }), values)
        });
    let null = values(any::<bool>().prop_map(Json::from));
    prop_oneof![6 => qualified, 1 => null.prop_map(|values| ("Null".to_owned(), values))]
}

fn conditions() -> impl Strategy<Value = Json> {
    vec((condition(), select(&KEYS[..])), 0..3).prop_map(|conditions| {
        let mut operators = Map::new();
        for ((operator, values), key) in conditions {
            operators.insert(operator, json!({ key: values }));
        }
        Json::Object(operators)
    })
}

fn principal() -> impl Strategy<Value = Json> {
    let names = vec!["*", "111122223333", CALLERS[0], CALLERS[1], CALLERS[2]];
    prop_oneof![
        Just(json!("*")),
        subsequence(names, 1..4).prop_map(|names| json!({ "AWS": names }))
    ]
}

fn statement(of_resource: bool) -> impl Strategy<Value = Json> {
    let action =
        select(&["*", "execute-api:In*", "Execute-api:Invok?", "s3:*", "s3:getobject"][..]);
    let action = values(action.prop_map(Json::from));
    let parts = (action, values(resource_pattern()), conditions(), principal());
    let choices =
        (any::<bool>(), prop::bool::weighted(0.2), prop::bool::weighted(0.2), any::<bool>());
    (parts, choices).prop_map(move |((action, resource, condition, principal), choices)| {
        let (deny, not_action, not_resource, not_principal) = choices;
        let mut statement = json!({ "Effect": if deny { "Deny" } else { "Allow" } });
        statement[if not_action { "NotAction" } else { "Action" }] = action;
        statement[if not_resource { "NotResource" } else { "Resource" }] = resource;
        statement["Condition"] = condition;
        if of_resource {
            let not = not_principal && deny;
            statement[if not { "NotPrincipal" } else { "Principal" }] = principal;
        }
        statement
    })
}

fn question() -> impl Strategy<Value = Question> {
    let caller = prop_oneof![Just(None), select(&CALLERS[..]).prop_map(|arn| Some(arn.to_owned()))];
    let part = || pattern(&["a", "b"], 3);
    let last = pattern(&["a", "b", "/", ":", "*"], 5);
    let resource = (vec(part(), 4), last);
    let resource = resource.prop_map(|(parts, last)| format!("arn:{}:{last}", parts.join(":")));
    let value = prop_oneof![
        3 => pattern(&["a", "A", "b", "é", "*", "$"], 4),
        2 => resource.clone(),
        2 => select(&["1", "2", "true", "2020-01-01T00:00:00Z", "10.1.2.3", "::1"][..])
            .prop_map(str::to_owned),
    ];
    let plain = pattern(&["a", "A", "b", "*"], 3);
    let context =
        (plain, vec(value, 0..3), prop::bool::ANY).prop_map(|(name, values, has_name)| {
            let mut context = vec![("aws:key".to_owned(), values)];
            if has_name {
                context.push(("aws:username".to_owned(), vec![name.clone()]));
                context.push(("aws:principaltag/team".to_owned(), vec![name]));
            }
            context
        });
    let action = select(&ACTIONS[..]).prop_map(str::to_owned);
    (caller, action, resource, context).prop_map(|(caller_arn, action, resource, context)| {
        Question { caller_arn, action, resource, context }
    })
}

fn judge(document: &Json, policy: &Policy, question: &Question) -> Result<(), TestCaseError> {
    let lists: Vec<Vec<&str>> = question
        .context
        .iter()
        .map(|(_, values)| values.iter().map(String::as_str).collect())
        .collect();
    let pairs: Vec<(&str, Found<'_>)> = question
        .context
        .iter()
        .zip(&lists)
        .map(|((key, _), values)| {
            let found = match values.as_slice() {
                [] => Found::Absent,
                [one] => Found::One(Value::Text(one)),
                many => Found::Many(many),
            };
            (key.as_str(), found)
        })
        .collect();
    let caller = question.caller_arn.as_deref().map_or(Caller::Anonymous, |arn| {
        let account = arn.split(':').nth(4).unwrap_or_default();
        Caller::Aws(AwsCaller { account, arn, ..AwsCaller::default() })
    });
    let (action, resource, context) = (&*question.action, &*question.resource, &Pairs(&pairs));
    let request = Request { caller, action, resource, context };
    let evaluation = policy.evaluate(&request);
    prop_assert_eq!(evaluation.decision, decide(document, question), "{}", document);
    let bytes = postcard::to_stdvec(policy).expect("bytes");
    let again: Policy = postcard::from_bytes(&bytes).expect("a policy");
    prop_assert_eq!(again.evaluate(&request), evaluation);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn identity_based_policies_say_what_the_reference_says(
        statements in vec(statement(false), 1..4),
        new in prop::bool::weighted(0.9),
        questions in vec(question(), 8),
    ) {
        let version = if new { "2012-10-17" } else { "2008-10-17" };
        let document = json!({ "Version": version, "Statement": statements });
        // In the older version some values of ARN operators and Bool are none.
        if let Ok(policy) = identity(&document) {
            for question in &questions {
                judge(&document, &policy, question)?;
            }
        } else {
            prop_assert!(!new, "{:?} {}", identity(&document), document);
        }
    }

    #[test]
    fn resource_based_policies_say_what_the_reference_says(
        statements in vec(statement(true), 1..4),
        questions in vec(question(), 8),
    ) {
        let document = json!({ "Version": "2012-10-17", "Statement": statements });
        let policy = resource(&document);
        prop_assert!(policy.is_ok(), "{:?} {}", policy, document);
        for question in &questions {
            judge(&document, &policy.clone().expect("checked"), question)?;
        }
    }
}
