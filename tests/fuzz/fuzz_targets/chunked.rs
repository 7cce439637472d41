//! Any bytes as a chunked body, after four bytes that choose how it is sliced. Slicing must decide
//! nothing; a literal decoder must read from what is relayed what was decoded; and relaying that
//! once more must change no byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringgate_http1::chunked::{ChunkFault, Decoder};

fuzz_target!(|input: &[u8]| {
    let Some((sizes, body)) = input.split_first_chunk::<4>() else { return };
    let relayed = feed(body, &[body.len()], true);
    assert_eq!(relayed, feed(body, &sizes.map(usize::from), true));
    let decoded = feed(body, &[body.len()], false);
    assert_eq!(decoded, feed(body, &sizes.map(usize::from), false));
    assert_eq!(relayed.is_ok(), decoded.is_ok());

    let (Ok(relayed), Ok(decoded)) = (relayed, decoded) else { return };
    assert_eq!(relayed.data, decoded.data);
    assert_eq!(decoded.out.len(), decoded.data);
    assert_eq!((relayed.done, relayed.consumed), (decoded.done, decoded.consumed));
    if relayed.done {
        assert_eq!(decode_literally(&relayed.out), decoded.out);
    }
    let again = feed(&relayed.out, &[relayed.out.len()], true);
    assert_eq!(again.map(|again| again.out), Ok(relayed.out));
});

#[derive(Debug, PartialEq)]
struct Fed {
    out: Vec<u8>,
    data: usize,
    consumed: usize,
    done: bool,
}

/// Feeds `body` in pieces of the given sizes, as a gateway does with one buffer.
fn feed(body: &[u8], sizes: &[usize], relay: bool) -> Result<Fed, ChunkFault> {
    let mut decoder = Decoder::new();
    let mut fed = Fed { out: Vec::new(), data: 0, consumed: 0, done: false };
    let (mut buf, mut taken) = (Vec::new(), 0);
    // Single bytes for small bodies; large ones would take too long.
    let least = body.len() / 200 + 1;
    let mut sizes = sizes.iter().cycle();
    while taken < body.len() && !fed.done {
        let piece = sizes.next().map_or(1, |size| *size).max(least).min(body.len() - taken);
        buf.extend_from_slice(&body[taken..taken + piece]);
        taken += piece;
        let step = if relay { decoder.relay(&mut buf)? } else { decoder.decode(&mut buf)? };
        assert!(step.len <= step.consumed && step.consumed <= buf.len());
        fed.out.extend_from_slice(&buf[..step.len]);
        buf.drain(..step.consumed);
        fed.data += step.data;
        fed.consumed += step.consumed;
        fed.done = step.done;
    }
    Ok(fed)
}

/// The content of a whole body, by RFC 9112 section 7.1.3, without extensions or leading zeros.
fn decode_literally(mut coded: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    loop {
        let end = coded.windows(2).position(|pair| pair == b"\r\n").unwrap();
        let line = std::str::from_utf8(&coded[..end]).unwrap();
        assert!(line == "0" || !line.starts_with(['0', '+']));
        let size = usize::from_str_radix(line, 16).unwrap();
        if size == 0 {
            assert!(coded.ends_with(b"\r\n"));
            return content;
        }
        content.extend_from_slice(&coded[end + 2..end + 2 + size]);
        assert_eq!(&coded[end + 2 + size..end + 4 + size], b"\r\n");
        coded = &coded[end + 4 + size..];
    }
}
