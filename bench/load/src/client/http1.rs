use super::protocol::{Answer, Exchange, Fault, Protocol, unasked};
use super::response::ResponseReader;

/// HTTP/1.1: one request after another (RFC 9112).
#[derive(Debug, Default)]
pub(super) struct Http1 {
    reader: ResponseReader,
    is_busy: bool,
}

impl Protocol for Http1 {
    fn open(&mut self, _out: &mut Vec<u8>) {}

    fn begin(&mut self, _slot: usize, request: &[u8], out: &mut Vec<u8>) {
        self.reader.reset();
        self.is_busy = true;
        out.extend_from_slice(request);
    }

    fn feed(&mut self, bytes: &[u8], exchange: &mut Exchange<'_>) -> Result<(), Fault> {
        if !self.is_busy {
            return Err(unasked(bytes));
        }
        let used = self.reader.feed(bytes, exchange.expected)?;
        match bytes.get(used..) {
            Some(rest) if !rest.is_empty() => return Err(unasked(rest)),
            _ => self.settle(exchange),
        }
        Ok(())
    }

    fn has_started(&self) -> bool {
        self.reader.has_started()
    }

    fn skippable(&self) -> u64 {
        self.reader.skippable()
    }

    fn skip(&mut self, n: u64, exchange: &mut Exchange<'_>) {
        self.reader.skip(n);
        self.settle(exchange);
    }

    fn end(&mut self, exchange: &mut Exchange<'_>) -> bool {
        let is_right = self.is_busy && self.reader.end();
        self.settle(exchange);
        is_right
    }
}

impl Http1 {
    fn settle(&mut self, exchange: &mut Exchange<'_>) {
        if self.is_busy && self.reader.is_done() {
            self.is_busy = false;
            let verdict = self.reader.verdict(exchange.expected);
            exchange.answers.push(Answer { slot: 0, verdict, last: !self.reader.keeps_alive() });
        }
    }
}
