use serde_json::{Value, json};

use crate::gateway::{Gateway, id_of};

const BAD: &str = "BadRequestException";
const LISTENER: &str = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/l/1/2";

#[test]
fn a_link_from_creation_to_deletion() {
    let gateway = Gateway::new();
    let body = json!({ "name": "link", "subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"],
        "tags": { "ringgate:targets": "10.0.0.7:80 pets.local:8080" } });
    let made = gateway.post("/v2/vpclinks", body.clone());
    let id = made.text("vpcLinkId");
    let mut wanted = body;
    for (name, value) in [
        ("createdDate", "2024-05-01T12:00:00Z"),
        ("vpcLinkId", &id),
        ("vpcLinkStatus", "AVAILABLE"),
        ("vpcLinkStatusMessage", "VPC link is ready to route traffic"),
        ("vpcLinkVersion", "V2"),
    ] {
        wanted[name] = json!(value);
    }
    assert_eq!((made.status, &made.body), (201, &wanted));
    let at = format!("/v2/vpclinks/{id}");
    assert_eq!(gateway.get(&at).body, wanted);
    assert_eq!(gateway.get("/v2/vpclinks").body["items"], json!([wanted]));
    assert_eq!(gateway.patch(&at, json!({ "name": "other" })).text("name"), "other");
    let message = gateway.refused("PATCH", &at, json!({ "subnetIds": ["x"] }), BAD);
    assert!(message.contains("Unknown member 'subnetIds'"), "{message}");
    // The model answers 202 to this deletion alone.
    assert_eq!(gateway.delete(&at).status, 202);
    let message = gateway.refused("GET", &at, Value::Null, "NotFoundException");
    assert_eq!(message, format!("Invalid VpcLink identifier specified {id}"));
}

#[test]
fn its_hosts_stand_in_tags_that_are_checked() {
    let gateway = Gateway::new();
    fn link(targets: &str) -> Value {
        json!({ "name": "l", "subnetIds": [], "tags": { "ringgate:targets": targets } })
    }
    for bad in ["", "host", "host:0", "host:80 other"] {
        let message = gateway.refused("POST", "/v2/vpclinks", link(bad), BAD);
        assert!(message.contains("in a tag 'ringgate:targets'"), "{message}");
    }
    let id = gateway.post("/v2/vpclinks", link("a:80")).text("vpcLinkId");
    let tags = format!("/v2/tags/arn:aws:apigateway:us-east-1::/vpclinks/{id}");
    let body = json!({ "tags": { "ringgate:targets:2": "nothing" } });
    gateway.refused("POST", &tags, body, BAD);
    let body = json!({ "tags": { "ringgate:targets:2": "b:81", "team": "pets" } });
    assert_eq!(gateway.post(&tags, body).status, 201);
    let untag = gateway.delete(&format!("{tags}?tagKeys=team"));
    assert_eq!(untag.status, 204);
    let wanted = json!({ "tags": { "ringgate:targets": "a:80", "ringgate:targets:2": "b:81" } });
    assert_eq!(gateway.get(&tags).body, wanted);
}

#[test]
fn private_integrations_name_a_link_that_then_stays() {
    let gateway = Gateway::new();
    let api = gateway.api();
    let link = json!({ "name": "l", "subnetIds": ["subnet-1"] });
    let link = gateway.post("/v2/vpclinks", link).text("vpcLinkId");
    let private = |uri: &str| {
        json!({ "integrationType": "HTTP_PROXY", "integrationUri": uri, "connectionId": link,
            "connectionType": "VPC_LINK", "tlsConfig": { "serverNameToVerify": "pets.local" } })
    };
    let integrations = format!("{api}/integrations");
    let message = gateway.refused("POST", &integrations, private("http://b"), BAD);
    assert_eq!(
        message,
        "For VpcLink VPC_LINK, integration uri should be a valid ELB listener ARN or a valid Cloud \
         Map service ARN."
    );
    let service = "arn:aws:servicediscovery:us-east-1:000000000000:service/srv-1?stage=prod";
    assert_eq!(gateway.post(&integrations, private(service)).status, 201);
    let made = gateway.post(&integrations, private(LISTENER));
    for (name, value) in private(LISTENER).as_object().unwrap() {
        assert_eq!(made.body.get(name), Some(value), "{name}");
    }
    let at = format!("/v2/vpclinks/{link}");
    let message = gateway.refused("DELETE", &at, Value::Null, BAD);
    let words = format!("Cannot delete vpc link. Vpc link '{link}', is referenced in [ANY:");
    assert!(message.starts_with(&words), "{message}");
    assert!(message.ends_with("] in format of [Method:Resource]."), "{message}");
    // A deployment that a stage serves goes through it too, whatever became of the API.
    gateway.post(&format!("{api}/routes"), json!({ "routeKey": "GET /" }));
    let deployment = gateway.post(&format!("{api}/deployments"), json!({})).text("deploymentId");
    let stage = json!({ "stageName": "pinned", "deploymentId": deployment });
    gateway.post(&format!("{api}/stages"), stage);
    for id in gateway.get(&integrations).column("integrationId") {
        assert_eq!(gateway.delete(&format!("{integrations}/{id}")).status, 204);
    }
    gateway.refused("DELETE", &at, Value::Null, BAD);
    gateway.delete(&format!("{api}/stages/pinned"));
    assert_eq!(gateway.delete(&at).status, 202);
}

/// Who serves otherwise when a tag changes is told, and its image is another then.
#[test]
fn a_change_of_the_tags_changes_the_images_that_go_through_the_link() {
    let gateway = Gateway::new();
    let link = json!({ "name": "l", "subnetIds": [], "tags": { "ringgate:targets": "a:80" } });
    let link = gateway.post("/v2/vpclinks", link).text("vpcLinkId");
    let private = json!({ "integrationType": "HTTP_PROXY", "integrationUri": LISTENER,
        "connectionId": link, "connectionType": "VPC_LINK" });
    let through = |stage: Value| {
        let api = gateway.api();
        let made = gateway.post(&format!("{api}/integrations"), private.clone());
        let target = format!("integrations/{}", made.text("integrationId"));
        gateway.post(&format!("{api}/routes"), json!({ "routeKey": "GET /", "target": target }));
        gateway.post(&format!("{api}/stages"), stage);
        api
    };
    let live = through(json!({ "stageName": "$default", "autoDeploy": true }));
    let pinned = through(json!({ "stageName": "$default" }));
    let body = json!({ "stageName": "$default" });
    gateway.post(&format!("{pinned}/deployments"), body);
    gateway.api();
    let hash = |api: &str| gateway.admin.image(id_of(api)).unwrap().unwrap().hash();
    let before = [hash(&live), hash(&pinned)];
    let tags = format!("/v2/tags/arn:aws:apigateway:us-east-1::/vpclinks/{link}");
    let changed = gateway.post(&tags, json!({ "tags": { "ringgate:targets": "b:80" } }));
    let mut wanted = [id_of(&live), id_of(&pinned)];
    wanted.sort_unstable();
    assert_eq!(changed.answer.changed, wanted);
    assert!(changed.answer.not_yet.is_empty());
    assert!(before.iter().all(|old| ![hash(&live), hash(&pinned)].contains(old)));
    let again = gateway.post(&tags, json!({ "tags": { "ringgate:targets": "a:80" } }));
    assert_eq!((again.status, [hash(&live), hash(&pinned)]), (201, before));
}
