use ringgate_runtime::Guard;

use super::pump::Lane;
use super::{Connection, Exchange};
use crate::phases::map::{AtHand, body_at_hand};
use crate::rescue::Fault;

impl Connection {
    /// Waits for as much of a request's body as a parameter mapping looks into, whatever room it
    /// takes. No origin waits meanwhile.
    pub(super) async fn gather_for_mapping(&mut self, exchange: &Exchange) -> Result<(), Fault> {
        if exchange.expects_continue && self.input.len() <= exchange.head_len {
            self.say_continue().await?;
        }
        let mut lane = Lane::up(&self.core, &self.watch);
        loop {
            let bytes = self.input.filled().get(exchange.head_len..).unwrap_or_default();
            if body_at_hand(exchange.body, bytes, false) != AtHand::More {
                return Ok(());
            }
            if self.input.spare() == 0 {
                self.input.make_room();
            }
            let before = self.input.len();
            if !self.read_more().await {
                return Err(self.body_missing());
            }
            lane.moved(self.input.len().saturating_sub(before), &Guard::Client);
        }
    }
}
