use ringgate_runtime::Guard;

use super::ahead::BodyAhead;
use super::pump::Lane;
use super::{Connection, Exchange};
use crate::held::Held;
use crate::phases::map::Wanted;
use crate::rescue::Fault;

impl Connection {
    /// Waits for as much of a request's body as is `wanted`. No origin waits meanwhile. The result
    /// counts the room that it takes.
    ///
    /// # Errors
    /// [`BodyAhead::is_whole`], [`Held::grow_to`], [`Connection::body_missing`].
    pub(super) async fn gather_ahead(
        &mut self,
        exchange: &Exchange,
        wanted: Wanted,
    ) -> Result<Held, Fault> {
        if exchange.expects_continue && self.input.len() <= exchange.head_len {
            self.say_continue().await?;
        }
        let mut held = self.core.holdings.held();
        let mut lane = Lane::up(&self.core, &self.watch);
        let mut body = Mapped(BodyAhead::new(exchange.body), wanted);
        loop {
            let bytes = self.input.filled().get(exchange.head_len..).unwrap_or_default();
            if body.is_enough(bytes)? {
                return Ok(held);
            }
            if self.input.spare() == 0 {
                self.input.make_room();
            }
            held.grow_to(self.input.capacity())?;
            let before = self.input.len();
            if !self.read_more().await {
                return Err(self.body_missing());
            }
            lane.moved(self.input.len().saturating_sub(before), &Guard::Client);
        }
    }
}

/// Follows a body, each byte once, to where `body_at_hand` has enough of it or never will.
struct Mapped(BodyAhead, Wanted);

impl Mapped {
    fn is_enough(&mut self, bytes: &[u8]) -> Result<bool, Fault> {
        Ok(self.0.is_whole(bytes)?
            || self.0.content_bytes >= self.1.content_bytes
            || bytes.len() > self.1.raw_bytes)
    }
}

#[cfg(test)]
mod tests {
    use ringgate_http1::Framing;

    use super::*;
    use crate::limits::MAPPED_BODY_RAW_BYTES_MAX;
    use crate::phases::map::{AtHand, body_at_hand};

    const WANTED_BYTES: usize = Wanted::MAPPED.content_bytes;

    #[test]
    fn what_is_enough_is_enough_for_the_mapping_too() {
        let chunks = |chunk: &[u8], count: usize| chunk.repeat(count);
        let short = [&chunks(b"3;x=y\r\nabc\r\n", 3)[..], b"0\r\nx: y\r\n\r\nGET"].concat();
        let long = chunks(b"800\r\n", 1)
            .into_iter()
            .chain(vec![b'a'; 0x800])
            .chain(*b"\r\n")
            .collect::<Vec<u8>>()
            .repeat(WANTED_BYTES / 0x800 + 2);
        let endless = b"0000000000000001\r\na\r\n";
        let endless = endless.repeat(MAPPED_BODY_RAW_BYTES_MAX / endless.len() + 2);
        for (framing, bytes, step) in [
            (Framing::Chunked, short, 1),
            (Framing::Chunked, long, 1021),
            (Framing::Chunked, endless, 16_381),
            (Framing::Length(7), b"1234567GET".to_vec(), 1),
            (Framing::Length(u64::MAX), vec![b'a'; WANTED_BYTES + 9], 1021),
        ] {
            let mut body = Mapped(BodyAhead::new(framing), Wanted::MAPPED);
            let mut enough = false;
            for len in (0..bytes.len()).step_by(step).chain([bytes.len()]) {
                let at_hand = body_at_hand(framing, &bytes[..len], false);
                enough = body.is_enough(&bytes[..len]).unwrap();
                assert_eq!(enough, at_hand != AtHand::More, "{framing:?} {len}");
                if enough {
                    break;
                }
            }
            assert!(enough, "{framing:?}");
        }
        assert!(
            Mapped(BodyAhead::new(Framing::Chunked), Wanted::MAPPED).is_enough(b"zz\r\n").is_err()
        );
    }
}
