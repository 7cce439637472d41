use std::rc::Rc;

use serde_json::json;

use super::support::{NOW_S, token, verify};
use crate::jwt::limits::{CACHED_TOKEN_BYTES_MAX, REFRESH_INTERVAL_S};
use crate::jwt::{Cache, Claims, Refresh};

fn claims(expires_s: u64) -> Rc<Claims> {
    Rc::new(verify(&token(json!({ "exp": expires_s }))).unwrap())
}

#[test]
fn found_until_they_end() {
    let mut cache = Cache::new(16, 100, 7);
    assert_eq!(cache.get(1, "t", NOW_S), None);
    cache.insert(1, "t", claims(NOW_S + 30), NOW_S);
    assert!(cache.get(1, "t", NOW_S + 29).is_some());
    assert_eq!(cache.get(1, "t", NOW_S + 30), None, "exp");
    assert_eq!(cache.get(1, "u", NOW_S), None, "another token");
    assert_eq!(cache.get(2, "t", NOW_S), None, "other keys");
    cache.insert(1, "t", claims(NOW_S + 3000), NOW_S);
    assert!(cache.get(1, "t", NOW_S + 99).is_some());
    assert_eq!(cache.get(1, "t", NOW_S + 100), None, "ttl");
    let long = "x".repeat(CACHED_TOKEN_BYTES_MAX + 1);
    cache.insert(1, &long, claims(NOW_S + 30), NOW_S);
    assert_eq!(cache.get(1, &long, NOW_S), None);
    assert_eq!(format!("{cache:?}"), "Cache { tokens: 1, .. }");
}

#[test]
fn nothing_is_kept_for_no_time() {
    let mut cache = Cache::new(16, 0, 7);
    cache.insert(1, "t", claims(NOW_S + 30), NOW_S);
    assert_eq!(cache.get(1, "t", NOW_S), None);
}

#[test]
fn what_was_used_longest_ago_goes_first() {
    // One set of eight.
    let mut cache = Cache::new(8, 100, 7);
    let kept = claims(NOW_S + 50);
    for at in 0..8 {
        cache.insert(1, &format!("t{at}"), Rc::clone(&kept), NOW_S);
        assert!(cache.get(1, &format!("t{at}"), NOW_S).is_some());
    }
    assert!(cache.get(1, "t0", NOW_S).is_some());
    cache.insert(1, "new", Rc::clone(&kept), NOW_S);
    assert_eq!(cache.get(1, "t1", NOW_S), None);
    for token in ["t0", "t2", "t7", "new"] {
        assert!(cache.get(1, token, NOW_S).is_some(), "{token}");
    }
    // What has ended goes before what was used longest ago.
    cache.insert(1, "t2", claims(NOW_S + 10), NOW_S);
    assert!(cache.get(1, "t2", NOW_S).is_some());
    cache.insert(1, "newer", claims(NOW_S + 60), NOW_S + 10);
    for token in ["t0", "t3", "t7", "new", "newer"] {
        assert!(cache.get(1, token, NOW_S + 11).is_some(), "{token}");
    }
    assert_eq!(Rc::strong_count(&kept), 8, "eight less two, and this one, and none leaks");
}

#[test]
fn one_refresh_in_an_interval() {
    let mut refresh = Refresh::default();
    assert!(refresh.wanted(NOW_S));
    assert!(!refresh.wanted(NOW_S));
    assert!(!refresh.wanted(NOW_S + REFRESH_INTERVAL_S - 1));
    assert!(refresh.wanted(NOW_S + REFRESH_INTERVAL_S));
    assert!(!refresh.wanted(NOW_S + REFRESH_INTERVAL_S + 1));
    // A clock set back does not stop it.
    assert!(refresh.wanted(NOW_S - 1_000_000));
    assert!(!refresh.wanted(NOW_S - 1_000_000));
    let mut refresh = Refresh::asked(NOW_S);
    assert!(!refresh.wanted(NOW_S + 1));
}
