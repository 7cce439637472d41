use ringgate_model::Cors;
use ringgate_model::limits::{CORS_MAX_AGE_S_MAX, CORS_VALUES_MAX};

use crate::node::{Kind, Member};
use crate::report::Report;

const MEMBERS: [&str; 6] =
    ["allowCredentials", "allowHeaders", "allowMethods", "allowOrigins", "exposeHeaders", "maxAge"];

/// `x-amazon-apigateway-cors`: the members of `Cors` of the service model.
pub(super) fn read(report: &mut Report, cors: &Member) -> Option<Cors> {
    let mut read = Cors::default();
    for member in report.members(&cors.value, &cors.name) {
        match member.name.as_str() {
            "allowCredentials" => read.allow_credentials = report.boolean(member),
            "allowHeaders" => read.allow_headers = values(report, member),
            "allowMethods" => read.allow_methods = values(report, member),
            "allowOrigins" => read.allow_origins = origins(report, member),
            "exposeHeaders" => read.expose_headers = values(report, member),
            "maxAge" => read.max_age = max_age(report, member),
            _ => report.unknown(member, &cors.name, MEMBERS),
        }
    }
    let any_origin = read.allow_origins.iter().flatten().any(|origin| origin == "*");
    if read.allow_credentials == Some(true) && any_origin {
        let at = cors.value.get("allowCredentials").map_or(cors.at, |member| member.at);
        let message = "'allowCredentials' cannot be true while 'allowOrigins' holds *";
        report.hinted(at, message, Some("name the origins".to_owned()));
    }
    Some(read)
}

fn values(report: &mut Report, member: &Member) -> Option<Vec<String>> {
    let values = report.texts(member)?;
    if values.len() > CORS_VALUES_MAX {
        let message = format!("'{}' holds at most {CORS_VALUES_MAX} values", member.name);
        report.problem(member.at, message);
    }
    Some(values)
}

/// `*`, `https://*`, `http://*`, or a scheme with `://` and a host (spec section 2.15).
fn origins(report: &mut Report, member: &Member) -> Option<Vec<String>> {
    if let Kind::List(nodes) = &member.value.kind {
        for node in nodes {
            let Some(origin) = node.text() else { continue };
            let host = origin.split_once("://").map(|(_, host)| host);
            if origin != "*" && host.is_none_or(|host| host.is_empty() || host.contains('/')) {
                let message = format!("'{origin}' is no origin");
                let hint = "an origin is * or like https://example.com, without a path".to_owned();
                report.hinted(node.at, message, Some(hint));
            }
        }
    }
    values(report, member)
}

fn max_age(report: &mut Report, member: &Member) -> Option<i32> {
    let range = format!("-1 to {CORS_MAX_AGE_S_MAX} seconds");
    let seconds = report.integer(member, &range)?;
    let legal = i32::try_from(seconds).ok().filter(|s| (-1..=CORS_MAX_AGE_S_MAX).contains(s));
    if legal.is_none() {
        report.problem(member.value.at, format!("'maxAge': expected {range}"));
    }
    legal
}
