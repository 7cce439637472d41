use std::rc::Rc;

use ringgate_http1::{Body, Framing};

use crate::limits::SLOW_UPLOADS_MAX;
use crate::rescue::{Fault, Kind};
use crate::worker::Core;

/// One of the few uploads of a worker that may hold an origin's connection although they are slow.
pub(super) struct Slow(Rc<Core>);

impl Slow {
    /// `None`: there are as many as may be.
    pub(super) fn new(core: &Rc<Core>) -> Option<Self> {
        let count = core.slow_uploads.get();
        (count < SLOW_UPLOADS_MAX).then(|| {
            core.slow_uploads.set(count + 1);
            Self(core.clone())
        })
    }
}

impl Drop for Slow {
    fn drop(&mut self) {
        self.0.slow_uploads.set(self.0.slow_uploads.get().saturating_sub(1));
    }
}

/// Follows a request body that is gathered before it is sent, to know when it is whole.
pub(super) struct BodyAhead {
    framing: Framing,
    body: Body,
    /// Bytes that were looked at.
    seen: usize,
    /// Bytes of content in them.
    pub(super) content_bytes: usize,
    /// A copy of what is looked at: reading the chunked coding cuts its extensions out in place.
    scratch: Vec<u8>,
}

impl BodyAhead {
    pub(super) fn new(framing: Framing) -> Self {
        Self { framing, body: Body::new(framing), seen: 0, content_bytes: 0, scratch: Vec::new() }
    }

    /// Whether all of the body is in `bytes`, which begin with it: those of the call before, and
    /// more.
    ///
    /// # Errors
    /// [`Kind::BadBody`]: they break the chunked coding.
    pub(super) fn is_whole(&mut self, bytes: &[u8]) -> Result<bool, Fault> {
        if let Framing::Length(length) = self.framing {
            self.content_bytes = bytes.len();
            return Ok(bytes.len() as u64 >= length);
        }
        self.scratch.clear();
        self.scratch.extend_from_slice(bytes.get(self.seen..).unwrap_or_default());
        let relayed = self.body.relay(&mut self.scratch);
        let relayed = relayed.map_err(|fault| Fault::new(Kind::BadBody, fault.reason()))?;
        self.seen += relayed.consumed;
        self.content_bytes += relayed.data;
        Ok(relayed.done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunked_body_is_whole_at_its_last_line_however_it_comes() {
        let bytes = b"3;x=y\r\nabc\r\n0\r\nx-sum: 1\r\n\r\nGET / HTTP/1.1";
        let end = bytes.len() - b"GET / HTTP/1.1".len();
        let mut body = BodyAhead::new(Framing::Chunked);
        for len in 0..=bytes.len() {
            assert_eq!(body.is_whole(&bytes[..len]).unwrap(), len >= end, "{len}");
        }
        let mut broken = BodyAhead::new(Framing::Chunked);
        assert!(broken.is_whole(b"zz\r\n").is_err());
    }

    #[test]
    fn a_length_is_counted() {
        let mut body = BodyAhead::new(Framing::Length(3));
        assert!(!body.is_whole(b"ab").unwrap());
        assert!(body.is_whole(b"abc and more").unwrap());
    }
}
