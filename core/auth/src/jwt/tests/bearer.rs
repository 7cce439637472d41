use crate::jwt::{Refusal, bearer};

#[test]
fn tokens_in_identity_sources() {
    for (value, expected) in [
        ("a.b.c", Ok("a.b.c")),
        ("Bearer a.b.c", Ok("a.b.c")),
        ("bearer a.b.c", Ok("a.b.c")),
        ("BEARER \t a.b.c ", Ok("a.b.c")),
        ("Bearera.b.c", Ok("Bearera.b.c")),
        ("Basic YTpi", Ok("Basic YTpi")),
        ("Bearer Bearer a.b.c", Ok("Bearer a.b.c")),
        ("", Err(Refusal::Missing)),
        ("  ", Err(Refusal::Missing)),
        ("Bearer", Err(Refusal::Missing)),
        ("Bearer ", Err(Refusal::Missing)),
        ("Bearer \u{e9}", Err(Refusal::Malformed("the token is not ASCII"))),
    ] {
        assert_eq!(bearer(Some(value.as_bytes())), expected, "{value:?}");
    }
    assert_eq!(bearer(None), Err(Refusal::Missing));
    assert!(bearer(Some(b"a.\xff.c")).is_err());
}
