//! Any text as a policy, and any text in the request it is asked about. Two documents about the
//! same are one policy, what is allowed is denied once a Deny stands beside it, and errors are
//! short.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringgate_auth::policy::{
    ApiArn, AwsCaller, Caller, Context, Found, Policy, Request, Rules, Value, evaluate_all,
};

const API: ApiArn<'_> =
    ApiArn { partition: "aws", region: "us-east-1", account: "111122223333", api_id: "a1b2c3d4e5" };
const DENY: &str = r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
const SILENT: &str = r#"{"Statement":{"Effect":"Deny","Action":"a:a","Resource":"arn:a:a:a:a:"}}"#;

struct Keys<'b> {
    text: &'b str,
    many: &'b [&'b str],
}

impl Context for Keys<'_> {
    fn get(&self, key: &str) -> Found<'_> {
        assert_eq!(key, key.to_lowercase());
        match key.len() % 4 {
            0 => Found::Absent,
            1 => Found::Many(self.many),
            2 => Found::One(Value::Number(self.text.len() as u64)),
            _ => Found::One(Value::Text(self.text)),
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let Ok(input) = std::str::from_utf8(input) else { return };
    let mut parts = input.splitn(4, '\0');
    let document = parts.next().unwrap_or_default();
    let (resource, action) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let text = parts.next().unwrap_or_default();
    let many: Vec<&str> = text.split(',').collect();
    let keys = Keys { text, many: &many };
    for rules in [Rules::resource_based(&API), Rules::authorizer()] {
        let policy = match Policy::read(document, &rules) {
            Ok(policy) => policy,
            Err(error) => {
                assert!(error.to_string().len() < 3000, "{error}");
                continue;
            }
        };
        let account = API.account;
        let caller = Caller::Aws(AwsCaller { account, arn: text, ..AwsCaller::default() });
        for caller in [Caller::Anonymous, caller] {
            judge(&policy, &Request { caller, action, resource, context: &keys });
        }
    }
});

fn judge(policy: &Policy, request: &Request<'_>) {
    let said = policy.evaluate(request);
    assert_eq!(said.by.is_none(), !said.is_allowed() && !said.is_denied());
    let read = |text| Policy::read(text, &Rules::authorizer()).expect("a policy");
    assert!(evaluate_all([policy, &read(DENY)], request).is_denied());
    assert_eq!(evaluate_all([policy, &read(SILENT), policy], request), said);
    let bytes = serde_json::to_vec(policy).expect("JSON");
    let again: Policy = serde_json::from_slice(&bytes).expect("a policy");
    assert_eq!(again.evaluate(request), said);
}
