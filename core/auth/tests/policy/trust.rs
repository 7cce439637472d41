use ringgate_auth::policy::{AwsCaller, Caller, Decision, Pairs, Policy, Request, Rules};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow",
    "Principal":{"AWS":["111122223333","arn:aws:iam::444455556666:user/eva"]},
    "Action":"sts:AssumeRole"}}"#;

fn asked(arn: &str, account: &str) -> (Decision, bool) {
    let policy = Policy::read(TRUST, &Rules::trust()).unwrap();
    let said = policy.evaluate(&Request {
        caller: Caller::Aws(AwsCaller { account, arn, ..AwsCaller::default() }),
        action: "sts:AssumeRole",
        resource: "arn:aws:iam::111122223333:role/reader",
        context: &Pairs::default(),
    });
    (said.decision, said.delegated)
}

#[test]
fn a_trust_policy_names_principals_and_no_resource() {
    let user = "arn:aws:iam::111122223333:user/ana";
    assert_eq!(asked(user, "111122223333"), (Decision::Allow, true));
    let eva = "arn:aws:iam::444455556666:user/eva";
    assert_eq!(asked(eva, "444455556666"), (Decision::Allow, false));
    let other = "arn:aws:iam::444455556666:user/ana";
    assert_eq!(asked(other, "444455556666"), (Decision::ImplicitDeny, false));
}

#[test]
fn a_trust_policy_speaks_of_sts_alone() {
    for (document, place) in [
        (TRUST.replace(r#""Action""#, r#""Resource":"*","Action""#), "Statement.Resource"),
        (TRUST.replace("sts:AssumeRole", "s3:GetObject"), "Statement.Action"),
        (TRUST.replace("sts:AssumeRole", "*"), "Statement.Action"),
        (TRUST.replace("Principal", "NotPrincipal"), "Statement.NotPrincipal"),
        (r#"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole"}}"#.to_owned(), "Statement"),
    ] {
        let error = Policy::read(&document, &Rules::trust()).unwrap_err();
        assert_eq!(error.place, place, "{error}");
    }
}
