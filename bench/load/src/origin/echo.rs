use std::rc::Rc;

use super::answer::Stats;
use crate::websocket::{self as ws, FrameHead};

/// A WebSocket that gives back every message as it came (RFC 6455).
#[derive(Debug, Default)]
pub(super) struct Echo {
    /// Bytes of a frame that is not whole.
    partial: Vec<u8>,
}

/// The answer to a handshake, if the request is one.
pub(super) fn accept(request: &httparse::Request<'_, '_>) -> Option<Rc<[u8]>> {
    let field = |name: &str| {
        let found = request.headers.iter().find(|field| field.name.eq_ignore_ascii_case(name));
        found.and_then(|field| std::str::from_utf8(field.value).ok())
    };
    field("upgrade").filter(|value| value.eq_ignore_ascii_case(ws::UPGRADE))?;
    let upgrades = |option: &str| option.trim().eq_ignore_ascii_case("upgrade");
    field("connection").filter(|value| value.split(',').any(upgrades))?;
    field("sec-websocket-version").filter(|value| *value == "13")?;
    let accept = ws::accept_key(field("sec-websocket-key")?);
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nServer: ringgate-origin\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    Some(Rc::from(head.into_bytes()))
}

impl Echo {
    /// Takes what came, and puts what goes back into `out`; true if the WebSocket is closed.
    pub(super) fn take(
        &mut self,
        bytes: &[u8],
        out: &mut Vec<u8>,
        stats: &mut Stats,
    ) -> Result<bool, ()> {
        self.partial.extend_from_slice(bytes);
        let mut used = 0;
        let mut is_closed = false;
        while let Some(head) = self.head_at(used)?.filter(|_| !is_closed) {
            let start = used + head.len;
            let end = start.saturating_add(head.payload_bytes);
            let Some(payload) = self.partial.get_mut(start..end) else { break };
            // Clients mask (RFC 6455, section 5.1).
            ws::apply_mask(payload, head.mask.ok_or(())?);
            used = end;
            let opcode = match head.opcode {
                ws::PONG => continue,
                ws::PING => ws::PONG,
                other => other,
            };
            is_closed = opcode == ws::CLOSE;
            stats.messages += u64::from(opcode < ws::CLOSE && head.fin);
            FrameHead { opcode, mask: None, ..head }.put(out);
            out.extend_from_slice(payload);
        }
        self.partial.drain(..used);
        Ok(is_closed)
    }

    fn head_at(&self, at: usize) -> Result<Option<FrameHead>, ()> {
        FrameHead::parse(self.partial.get(at..).unwrap_or_default()).map_err(|_| ())
    }
}
