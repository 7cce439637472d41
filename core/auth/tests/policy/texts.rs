//! What a refused caller is told.

use ringgate_auth::policy::{
    Authorization, Caller, Decision, Evaluation, MANAGE_CONNECTIONS, Pairs, Request, StatementAt,
    combine, connection_message,
};

use crate::support::{ANA, API, METHOD, request};

fn said(decision: Decision) -> Evaluation {
    let by =
        (decision != Decision::ImplicitDeny).then_some(StatementAt { policy: 0, statement: 0 });
    Evaluation { decision, by, delegated: false }
}

#[test]
fn of_iam_and_of_a_resource_policy() {
    let context = Pairs::default();
    let shown = METHOD.replace("111122223333", "********3333");
    let what = format!("is not authorized to perform: execute-api:Invoke on resource: {shown}");
    for (caller, name) in [(Caller::Anonymous, "anonymous"), (Caller::Aws(ANA), ANA.arn)] {
        let request = request(caller, &context);
        for (decision, suffix) in
            [(Decision::ImplicitDeny, ""), (Decision::ExplicitDeny, " with an explicit deny")]
        {
            let wanted = format!("User: {name} {what}{suffix}");
            let verdict = combine(Authorization::Open, Some(said(decision)));
            assert_eq!(verdict.message(&request, false), wanted);
            let identity = said(decision);
            let iam = Authorization::Iam { identity, same_account: true };
            assert_eq!(combine(iam, None).message(&request, false), wanted);
        }
    }
}

#[test]
fn of_a_lambda_authorizer() {
    let context = Pairs::default();
    let request = request(Caller::Anonymous, &context);
    let message = |returned, resource: Option<Decision>| {
        let lambda = Authorization::Lambda { returned: said(returned) };
        combine(lambda, resource.map(said)).message(&request, true)
    };
    let silent = "User is not authorized to access this resource";
    assert_eq!(message(Decision::ImplicitDeny, None), silent);
    assert_eq!(
        message(Decision::ExplicitDeny, Some(Decision::Allow)),
        format!("{silent} with an explicit deny in an identity-based policy")
    );
    let by_resource = message(Decision::Allow, Some(Decision::ExplicitDeny));
    assert!(by_resource.starts_with("User: anonymous is not authorized to perform: "));
    assert!(by_resource.ends_with("/prod/GET/pets/7 with an explicit deny"), "{by_resource}");
}

#[test]
fn of_the_connections_api() {
    let mut resource = String::new();
    API.write_connection("prod", "GET", &mut resource);
    let context = Pairs::default();
    let action = MANAGE_CONNECTIONS;
    let caller = Caller::Aws(ANA);
    let request = Request { caller, action, resource: &resource, context: &context };
    assert_eq!(
        connection_message(Decision::ImplicitDeny, &request),
        "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: \
         execute-api:ManageConnections on resource: arn:aws:execute-api:us-east-1:********3333:\
         a1b2c3d4e5/prod/GET/@connections/{connectionId} because no identity-based policy allows \
         the execute-api:ManageConnections action"
    );
    let denied = connection_message(Decision::ExplicitDeny, &request);
    assert!(denied.ends_with("} with an explicit deny in an identity-based policy"), "{denied}");
}
