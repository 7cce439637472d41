use super::{Decoder, Field};

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<char> = hex.chars().filter(|c| !c.is_whitespace()).collect();
    let pairs = digits.chunks(2).map(|pair| pair.iter().collect::<String>());
    pairs.map(|pair| u8::from_str_radix(&pair, 16).unwrap()).collect()
}

fn texts(fields: &[Field]) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    fields.iter().map(|(name, value)| format!("{}: {}", text(name), text(value))).collect()
}

/// RFC 7541, appendix C.6: three responses with Huffman coding, in a table of 256 bytes.
#[test]
fn the_standards_responses() {
    let mut decoder = Decoder { bytes_max: 256, ..Decoder::default() };
    let blocks = [
        "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e
         919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
        "4883 640e ffc1 c0bf",
        "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7
         821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed
         4ee5 b106 3d50 07",
    ];
    let expected = [(302, 4, 222), (307, 4, 222), (200, 3, 215)];
    for (block, (status, entries, size)) in blocks.into_iter().zip(expected) {
        assert_eq!(decoder.status(&bytes(block)), Ok(Some(status)));
        assert_eq!((decoder.entries.len(), decoder.bytes), (entries, size));
    }
    let (newest, _) = decoder.entries.as_slices();
    let first = texts(newest).first().cloned().unwrap_or_default();
    assert_eq!(first, "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1");
}

#[test]
fn a_block_that_comes_again_is_known() {
    let mut decoder = Decoder::default();
    // An indexed field leaves the table alone, a literal with indexing does not.
    assert_eq!(decoder.status(&bytes("88")), Ok(Some(200)));
    assert_eq!(decoder.last.0, bytes("88"));
    assert_eq!(decoder.status(&bytes("88")), Ok(Some(200)));
    let literal = bytes("48 03 323031");
    assert_eq!(decoder.status(&literal), Ok(Some(201)));
    assert_eq!(decoder.status(&literal), Ok(Some(201)));
    assert_eq!(decoder.entries.len(), 2);
    assert_eq!(decoder.status(&bytes("0f0d 03 313238")), Ok(None), "no status: trailers");
}

#[test]
fn what_is_malformed_is_refused() {
    for (block, words) in [
        ("80", "index 0"),
        ("be", "an index beyond the table"),
        ("48 05 3230", "a string cut short"),
        ("ff", "a block cut short"),
        ("ffffffffff7f", "an integer too large"),
        ("3fe2 1f", "a table larger than was allowed"),
        ("00 01 41 00", "a field name that is empty or has capitals"),
        ("82", "a pseudo-field that is no response's"),
        ("48 02 3230", "a malformed :status"),
    ] {
        assert_eq!(Decoder::default().status(&bytes(block)), Err(words), "{block}");
    }
}
