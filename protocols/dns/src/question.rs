use hickory_proto::rr::Name;

use crate::ResolvConf;
use crate::limits::{LABEL_CHARS_MAX, NAME_CHARS_MAX};

/// The names that `host` may stand for, in the order they are asked for (resolv.conf(5), `search`
/// and `ndots`). None where it is no host name.
pub(crate) fn candidates(host: &str, conf: &ResolvConf) -> Vec<Name> {
    let Some(itself) = absolute(host) else { return Vec::new() };
    if host.ends_with('.') {
        return vec![itself];
    }
    let searched = conf.search.iter().filter_map(|domain| absolute(&format!("{host}.{domain}")));
    let mut names: Vec<Name> = searched.collect();
    let dots = host.bytes().filter(|byte| *byte == b'.').count();
    let at = if dots >= conf.ndots { 0 } else { names.len() };
    names.insert(at, itself);
    names
}

/// The name as it goes over the wire. Letters, digits, hyphens (RFC 952) and underscores, which
/// some give to their services.
fn absolute(host: &str) -> Option<Name> {
    let host = host.strip_suffix('.').unwrap_or(host);
    let label = |label: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (1..=LABEL_CHARS_MAX).contains(&label.len()) && label.bytes().all(allowed)
    };
    if host.len() > NAME_CHARS_MAX || !host.split('.').all(label) {
        return None;
    }
    Name::from_ascii(format!("{host}.")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(host: &str, ndots: usize) -> Vec<String> {
        let search = vec!["ns.svc".to_owned(), "svc".to_owned()];
        let conf = ResolvConf { search, ndots, ..ResolvConf::default() };
        candidates(host, &conf).iter().map(Name::to_ascii).collect()
    }

    #[test]
    fn the_search_list_is_tried_first_or_last() {
        assert_eq!(asked("pets", 1), ["pets.ns.svc.", "pets.svc.", "pets."]);
        assert_eq!(asked("pets.a", 1), ["pets.a.", "pets.a.ns.svc.", "pets.a.svc."]);
        assert_eq!(asked("pets.a", 5), ["pets.a.ns.svc.", "pets.a.svc.", "pets.a."]);
        assert_eq!(asked("pets.", 5), ["pets."]);
    }

    #[test]
    fn what_is_no_host_name_is_not_asked_for() {
        let long = format!("{}.example", "a".repeat(64));
        let longer = "a.".repeat(128);
        for host in ["", ".", "a..b", "a b", "a\\.b", "é.example", "*.a", &long, &longer] {
            assert_eq!(asked(host, 1), Vec::<String>::new(), "{host}");
        }
        assert_eq!(asked("_x.a_b.1-2.", 1), ["_x.a_b.1-2."]);
    }
}
