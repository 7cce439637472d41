//! A request whose content is needed whole before anything is done with it.

use ringgate_http1::{Body, Framing};
use ringgate_runtime::Guard;

use super::Connection;
use super::plan::{Exchange, Taken};
use super::pump::Lane;
use crate::held::Held;
use crate::phases::respond;
use crate::rescue::{Fault, Kind};

/// A request, out of its connection's input.
pub(super) struct WholeRequest {
    /// The head's bytes as they came.
    pub head: Vec<u8>,
    /// The content, without any transfer coding.
    pub content: Vec<u8>,
}

impl Connection {
    /// Takes the request out of the input, content and all; what follows it stays. A client that
    /// waits for a 100 gets one. Nothing is held meanwhile but the content, as `held` counts.
    ///
    /// # Errors
    /// 413 for content of more than `bytes_max`, before it is read where its length is told;
    /// [`Kind::BadBody`], [`Kind::ClientStalled`], [`Kind::ClientGone`]; those of
    /// [`Held::grow_to`].
    pub(super) async fn whole_request(
        &mut self,
        exchange: &Exchange,
        bytes_max: usize,
        held: &mut Held,
    ) -> Result<WholeRequest, Fault> {
        if matches!(exchange.body, Framing::Length(bytes) if bytes > bytes_max as u64) {
            return Err(too_large(bytes_max));
        }
        let head = self.input.filled().get(..exchange.head_len).unwrap_or_default().to_vec();
        if exchange.expects_continue && self.input.len() <= exchange.head_len {
            self.say_continue().await?;
        }
        self.input.consume(exchange.head_len);
        exchange.taken.set(Taken::Part);
        let (mut body, mut content) = (Body::new(exchange.body), Vec::new());
        let mut lane = Lane::up(&self.core, &self.watch);
        let mut turns = 0;
        let core = self.core.clone();
        loop {
            let piece = body.decode(self.input.filled_mut());
            let piece = piece.map_err(|fault| Fault::new(Kind::BadBody, fault.reason()))?;
            let bytes = content.len().saturating_add(piece.len);
            if bytes > bytes_max {
                return Err(too_large(bytes_max));
            }
            held.grow_to(bytes)?;
            content.extend_from_slice(self.input.filled().get(..piece.len).unwrap_or_default());
            self.input.consume(piece.consumed);
            if piece.done {
                exchange.taken.set(Taken::Whole);
                return Ok(WholeRequest { head, content });
            }
            core.breathe(&mut turns).await;
            let before = self.input.len();
            if !self.read_more().await {
                return Err(self.body_missing());
            }
            lane.moved(self.input.len().saturating_sub(before), &Guard::Client);
        }
    }

    /// Writes a 100.
    pub(super) async fn say_continue(&mut self) -> Result<(), Fault> {
        let mut out = self.core.heads.take();
        respond::carry_on(out.as_vec());
        self.watch.arm(&Guard::Both, self.core.waits.body_ms);
        let (result, out) = self.link.write_all(out).await;
        self.core.heads.give(out);
        result.map_err(|error| Fault::new(Kind::ClientGone, error.to_string()))
    }
}

/// The answer of HTTP APIs to content beyond their quota.
fn too_large(bytes_max: usize) -> Fault {
    let reason = format!("the request body is longer than {bytes_max} bytes");
    Fault::new(Kind::Refused(413), reason)
}
