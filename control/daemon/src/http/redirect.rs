/// Where a request belongs that came to the management port but is meant for an API: the same
/// host, path and query on the traffic port. `None` for everything else.
pub(super) fn to_traffic(
    host: Option<&str>,
    path_and_query: &str,
    traffic_port: u16,
) -> Option<String> {
    let host = host.map(without_port)?;
    let path = path_and_query.split('?').next().unwrap_or_default();
    if !is_api_host(host) && !is_api_path(path) {
        return None;
    }
    Some(format!("http://{host}:{traffic_port}{path_and_query}"))
}

/// `{api}.execute-api.{anything}`
fn is_api_host(host: &str) -> bool {
    host.split('.').nth(1).is_some_and(|label| label.eq_ignore_ascii_case("execute-api"))
}

/// `/_aws/execute-api/…` and `/restapis/{api}/{stage}/_user_request_…`
fn is_api_path(path: &str) -> bool {
    let mut parts = path.split('/').skip(1);
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("_aws"), Some("execute-api"), ..) => true,
        (Some("restapis"), Some(_), Some(_), Some(last)) => last == "_user_request_",
        _ => false,
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        // The last colon of a bare IPv6 address is none before a port.
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => {
            name
        }
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_meant_for_an_api_moves() {
        for (host, path, location) in [
            ("a1.execute-api.localhost:4566", "/p?q=1", "http://a1.execute-api.localhost:80/p?q=1"),
            ("a1.Execute-API.localhost", "/", "http://a1.Execute-API.localhost:80/"),
            (
                "127.0.0.1:4566",
                "/_aws/execute-api/a1/s/x",
                "http://127.0.0.1:80/_aws/execute-api/a1/s/x",
            ),
            (
                "[::1]:4566",
                "/restapis/a/s/_user_request_/x?y",
                "http://[::1]:80/restapis/a/s/_user_request_/x?y",
            ),
        ] {
            assert_eq!(to_traffic(Some(host), path, 80).as_deref(), Some(location));
        }
        for (host, path) in [
            ("127.0.0.1:4566", "/v2/apis"),
            ("execute-api.localhost", "/v2/apis"),
            ("localhost", "/restapis/a/s/resources"),
            ("localhost", "/v2/apis?x=/_aws/execute-api/"),
        ] {
            assert_eq!(to_traffic(Some(host), path, 80), None, "{host}{path}");
        }
        assert_eq!(to_traffic(None, "/_aws/execute-api/a/s", 80), None);
    }
}
