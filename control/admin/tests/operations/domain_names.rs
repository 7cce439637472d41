use ringgate_model::Scope;
use ringgate_table::PartKey;
use serde_json::{Value, json};

use crate::gateway::{Gateway, id_of};

const BAD: &str = "BadRequestException";

#[test]
fn a_domain_name_from_creation_to_deletion() {
    let gateway = Gateway::new();
    let body = json!({ "domainName": "API.example.com", "tags": { "k": "v" },
        "domainNameConfigurations": [{ "certificateArn":
            "arn:aws:acm:us-east-1:000000000000:certificate/x", "endpointType": "REGIONAL" }] });
    let made = gateway.post("/v2/domainnames", body);
    assert_eq!(made.status, 201);
    let shown = &made.body["domainNameConfigurations"][0];
    let target = shown["apiGatewayDomainName"].as_str().unwrap();
    assert!(target.starts_with("d-") && target.ends_with(".execute-api.us-east-1.amazonaws.com"));
    assert_eq!(
        made.body,
        json!({ "apiMappingSelectionExpression": "$request.basepath",
            "domainName": "api.example.com",
            "domainNameArn": "arn:aws:apigateway:us-east-1::/domainnames/api.example.com",
            "domainNameConfigurations": [{ "apiGatewayDomainName": target,
                "certificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/x",
                "domainNameStatus": "AVAILABLE", "endpointType": "REGIONAL",
                "hostedZoneId": shown["hostedZoneId"], "ipAddressType": "ipv4",
                "securityPolicy": "TLS_1_2" }],
            "routingMode": "API_MAPPING_ONLY", "tags": { "k": "v" } })
    );
    let at = "/v2/domainnames/api.example.com";
    assert_eq!(gateway.get(at).body, made.body);
    assert_eq!(gateway.get("/v2/domainnames").body["items"], json!([made.body]));
    // What was shown may be sent back as it is.
    let body = json!({ "domainNameConfigurations": made.body["domainNameConfigurations"],
        "mutualTlsAuthentication": { "truststoreUri": "s3://bucket/key.pem",
            "truststoreVersion": "1" }, "routingMode": "ROUTING_RULE_THEN_API_MAPPING" });
    let changed = gateway.patch(at, body.clone());
    assert!(changed.answer.not_yet.contains("mutualTlsAuthentication"));
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(changed.body.get(name), Some(value), "{name}");
    }
    let off = json!({ "mutualTlsAuthentication": { "truststoreUri": "" } });
    assert_eq!(gateway.patch(at, off).body.get("mutualTlsAuthentication"), None);
    assert!(gateway.admin.part(&PartKey::Domain("api.example.com".to_owned())).unwrap().is_some());
    let gone = gateway.delete(at);
    assert_eq!(
        (gone.status, gone.answer.parts),
        (204, vec![PartKey::Domain("api.example.com".to_owned())])
    );
    assert!(gateway.admin.part(&PartKey::Domain("api.example.com".to_owned())).unwrap().is_none());
    let message = gateway.refused("GET", at, Value::Null, "NotFoundException");
    assert_eq!(message, "The domain name resource specified in the request was not found.");
}

#[test]
fn what_breaks_a_rule_is_refused_in_the_words_of_aws() {
    let gateway = Gateway::new();
    gateway.domain("a.example");
    fn with(configurations: Value) -> Value {
        json!({ "domainName": "b.example", "domainNameConfigurations": configurations })
    }
    for (body, words) in [
        (json!({}), "'createDomainNameInput.domainName' failed"),
        (json!({ "domainName": "b.example" }), "Expected one domain name configuration"),
        (with(json!([{}, {}])), "Expected one domain name configuration"),
        (with(json!([{ "endpointType": "EDGE" }])), "REGIONAL custom domain names only"),
        (with(json!([{ "domainNameStatus": "UPDATING" }])), "Invalid domainNameStatus"),
        (with(json!([{ "securityPolicy": "TLS_1_3" }])), "enum value set: [TLS_1_0, TLS_1_2]"),
        (with(json!([{ "certificateUploadDate": "today" }])), "must be a time like"),
        // Not 12:00 UTC.
        (
            with(json!([{ "certificateUploadDate": "2024-05-01T12:00:00.5+02:00" }])),
            "must be a time like",
        ),
        (json!({ "domainName": "localhost", "domainNameConfigurations": [{}] }), "Invalid domain"),
        (
            json!({ "domainName": "a.example", "domainNameConfigurations": [{}] }),
            "The domain name you provided already exists.",
        ),
    ] {
        let message = gateway.refused("POST", "/v2/domainnames", body, BAD);
        assert!(message.to_lowercase().contains(&words.to_lowercase()), "{message}");
    }
    let good = with(json!([{ "certificateUploadDate": "2024-05-01T12:00:00.5Z" }]));
    let shown = gateway.post("/v2/domainnames", good).body;
    let shown = &shown["domainNameConfigurations"][0]["certificateUploadDate"];
    assert_eq!(shown, "2024-05-01T12:00:00Z");
}

#[test]
fn mappings_are_of_several_levels_and_of_stages_that_are_there() {
    let gateway = Gateway::new();
    let api = gateway.api();
    gateway.post(&format!("{api}/stages"), json!({ "stageName": "dev" }));
    let domain = gateway.domain("a.example");
    let mappings = format!("{domain}/apimappings");
    let mapping = |key: &str| json!({ "apiId": id_of(&api), "stage": "dev", "apiMappingKey": key });
    let made = gateway.post(&mappings, mapping("orders/v1"));
    let id = made.text("apiMappingId");
    assert_eq!((made.status, id.len()), (201, 6));
    let mut wanted = mapping("orders/v1");
    wanted["apiMappingId"] = json!(id);
    assert_eq!(made.body, wanted);
    assert_eq!(gateway.get(&format!("{mappings}/{id}")).body, wanted);
    let root = gateway.post(&mappings, json!({ "apiId": id_of(&api), "stage": "dev" }));
    assert_eq!((root.status, root.text("apiMappingKey")), (201, String::new()));

    let message = gateway.refused("POST", &mappings, mapping("orders/v1"), "ConflictException");
    assert_eq!(message, "ApiMapping key already exists for this domain name");
    for key in ["/a", "a/", "a//b", "a b", "a?b"] {
        let message = gateway.refused("POST", &mappings, mapping(key), BAD);
        assert!(message.starts_with("An ApiMapping key may contain only letters"), "{message}");
    }
    let body = json!({ "apiId": id_of(&api), "stage": "none", "apiMappingKey": "x" });
    let message = gateway.refused("POST", &mappings, body, BAD);
    assert_eq!(message, "Invalid stage identifier specified");
    let body = json!({ "apiId": "none", "stage": "dev", "apiMappingKey": "x" });
    gateway.refused("POST", &mappings, body, BAD);
    let websocket = gateway.websocket();
    gateway.post(&format!("{websocket}/stages"), json!({ "stageName": "dev" }));
    let body = json!({ "apiId": id_of(&websocket), "stage": "dev", "apiMappingKey": "chat" });
    gateway.refused("POST", &mappings, body, BAD);
    let elsewhere = "/v2/domainnames/none.example/apimappings";
    gateway.refused("POST", elsewhere, mapping("x"), "NotFoundException");

    // The model wants the API in an update too.
    let at = format!("{mappings}/{id}");
    gateway.refused("PATCH", &at, json!({ "apiMappingKey": "orders/v2" }), BAD);
    let body = json!({ "apiId": id_of(&api), "apiMappingKey": "orders/v2" });
    assert_eq!(gateway.patch(&at, body).text("apiMappingKey"), "orders/v2");
}

#[test]
fn what_a_domain_name_leads_to_stays() {
    let gateway = Gateway::new();
    let api = gateway.api();
    gateway.post(&format!("{api}/stages"), json!({ "stageName": "dev" }));
    gateway.post(&format!("{api}/stages"), json!({ "stageName": "free" }));
    let domain = gateway.domain("a.example");
    let body = json!({ "apiId": id_of(&api), "stage": "dev" });
    let mapping = gateway.post(&format!("{domain}/apimappings"), body).text("apiMappingId");
    let message = gateway.refused("DELETE", &api, Value::Null, BAD);
    assert!(
        message.starts_with(&format!("Deleting API {} failed. Please remove all", id_of(&api)))
    );
    let message = gateway.refused("DELETE", &format!("{api}/stages/dev"), Value::Null, BAD);
    assert_eq!(
        message,
        "Deleting stage dev failed. Please remove all base path mappings related to the stage in \
         your domains: a.example"
    );
    assert_eq!(gateway.delete(&format!("{api}/stages/free")).status, 204);
    assert_eq!(gateway.delete(&format!("{domain}/apimappings/{mapping}")).status, 204);
    assert_eq!(gateway.delete(&api).status, 204);
}

/// One Host, one owner: the first by region, then account.
#[test]
fn of_one_name_in_several_scopes_the_first_carries_the_traffic() {
    let gateway = Gateway::new();
    gateway.domain("a.example");
    let ours = gateway.admin.part(&PartKey::Domain("a.example".to_owned())).unwrap().unwrap();
    let scopes = [Scope::new("eu-west-1", "000000000000"), Scope::new("us-east-1", "111111111111")];
    let body = br#"{"domainName":"a.example","domainNameConfigurations":[{}],
        "mutualTlsAuthentication":{"truststoreUri":"s3://bucket/roots.pem"}}"#;
    let image = || gateway.admin.part(&PartKey::Domain("a.example".to_owned())).unwrap();
    // eu-west-1 comes before us-east-1, and 111111111111 behind 000000000000.
    for (scope, first) in scopes.iter().zip([true, false]) {
        let made = gateway.raw(scope, "POST", "/v2/domainnames", body);
        assert_eq!(made.answer.parts, [PartKey::Domain("a.example".to_owned())]);
        assert_eq!(image() != Some(ours.clone()), first, "{scope}");
        assert_eq!(gateway.admin.parts().unwrap().len(), 1);
        let gone = gateway.raw(scope, "DELETE", "/v2/domainnames/a.example", b"");
        assert_eq!(gone.answer.parts, [PartKey::Domain("a.example".to_owned())]);
        assert_eq!(image(), Some(ours.clone()));
    }
}

#[test]
fn scopes_do_not_see_each_other() {
    let gateway = Gateway::new();
    gateway.domain("a.example");
    let link = json!({ "name": "l", "subnetIds": ["subnet-1"] });
    let link = gateway.post("/v2/vpclinks", link).text("vpcLinkId");
    for scope in [Scope::new("eu-west-1", "000000000000"), Scope::new("us-east-1", "111111111111")]
    {
        for target in [
            "/v2/domainnames/a.example".to_owned(),
            "/v2/domainnames/a.example/apimappings".to_owned(),
            format!("/v2/vpclinks/{link}"),
        ] {
            for method in ["GET", "DELETE"] {
                let reply = gateway.raw(&scope, method, &target, b"");
                let unknown = reply.code == Some("MissingAuthenticationTokenException");
                assert!(reply.code == Some("NotFoundException") || unknown, "{method} {target}");
            }
        }
        for target in ["/v2/domainnames", "/v2/vpclinks"] {
            let list = gateway.raw(&scope, "GET", target, b"").body;
            assert_eq!(list, json!({ "items": [] }));
        }
        // The same name there is another one.
        let body = br#"{"domainName":"a.example","domainNameConfigurations":[{}]}"#;
        assert_eq!(gateway.raw(&scope, "POST", "/v2/domainnames", body).status, 201);
    }
    assert_eq!(gateway.admin.parts().unwrap().len(), 1);
}
