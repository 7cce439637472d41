//! A request decided by a resource policy of twenty statements.
#![allow(missing_docs)] // criterion's macros

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};

use criterion::{Criterion, criterion_group, criterion_main};
use ringgate_auth::policy::{
    ApiArn, AwsCaller, Caller, Context, Decision, Found, INVOKE, Policy, Request, Rules, Value,
};
use ringgate_bench_micro::{ThreadTime, criterion};

const API: ApiArn<'_> =
    ApiArn { partition: "aws", region: "us-east-1", account: "111122223333", api_id: "a1b2c3d4e5" };
const STATEMENTS: usize = 20;

/// Keys as the gateway has them: found by name, nothing formatted.
struct Keys;

impl Context for Keys {
    fn get(&self, key: &str) -> Found<'_> {
        Found::One(match key {
            "aws:sourceip" => Value::Ip(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9))),
            "aws:securetransport" => Value::Bool(true),
            "aws:username" => Value::Text("ana"),
            "aws:useragent" => Value::Text("Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"),
            _ => return Found::Absent,
        })
    }
}

/// Nineteen statements that must all be looked at, and one that allows at the end. Most fail by
/// their path, the last thing but conditions; every fourth gets as far as two conditions.
fn document() -> String {
    let mut statements: Vec<String> = (1..STATEMENTS).map(statement).collect();
    statements.push(
        r#"{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke",
        "Resource":"execute-api:/prod/*/customers/*/${aws:username}","Condition":{
        "IpAddress":{"aws:SourceIp":["198.51.100.0/24","203.0.113.0/24"]}}}"#
            .to_owned(),
    );
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

fn statement(at: usize) -> String {
    let effect = if at.is_multiple_of(2) { "Deny" } else { "Allow" };
    let head = format!(r#""Effect":"{effect}","Action":"execute-api:In*""#);
    if at.is_multiple_of(4) {
        return format!(
            r#"{{{head},"Principal":"*","Resource":"execute-api:/*","Condition":{{
            "Bool":{{"aws:SecureTransport":"true"}},
            "NotIpAddress":{{"aws:SourceIp":["203.0.113.0/24","2001:db8::/32"]}}}}}}"#
        );
    }
    format!(
        r#"{{{head},"Principal":{{"AWS":["111122223333","arn:aws:iam::444455556666:role/r"]}},
        "Resource":["execute-api:/prod/GET/orders-{at}/*","execute-api:/*/PUT/customers/*"]}}"#
    )
}

fn policy(criterion: &mut Criterion<ThreadTime>) {
    let document = document();
    let rules = Rules::resource_based(&API);
    let Ok(policy) = Policy::read(&document, &rules) else { return };
    let mut resource = String::new();
    API.write_method("prod", "GET", "/customers/c-1017/orders/o-40001/ana", &mut resource);
    let account = "111122223333";
    let arn = "arn:aws:iam::111122223333:user/ana";
    let caller = Caller::Aws(AwsCaller { account, arn, ..AwsCaller::default() });
    let request = Request { caller, action: INVOKE, resource: &resource, context: &Keys };
    let evaluation = policy.evaluate(&request);
    assert_eq!(evaluation.decision, Decision::Allow, "the bench measures what it says");
    assert_eq!(evaluation.by.map(|by| by.statement), Some(STATEMENTS - 1));
    let mut group = criterion.benchmark_group("policy");
    group.bench_function("evaluate/20-statements", |bencher| {
        bencher.iter(|| black_box(&policy).evaluate(black_box(&request)));
    });
    group.bench_function("read/20-statements", |bencher| {
        bencher.iter(|| Policy::read(black_box(&document), &rules));
    });
    group.finish();
}

criterion_group! { name = benches; config = criterion(); targets = policy }
criterion_main!(benches);
