use super::Fault;
use crate::limits::UNCONFIRMED_BLOCKS_MAX;

/// How many fields some header blocks held, to be compared with what `h2` made of them.
#[derive(Debug, Default)]
pub(super) struct Fields {
    expected: Vec<Expected>,
}

#[derive(Debug)]
struct Expected {
    stream: u32,
    trailers: bool,
    fields: u32,
}

impl Fields {
    pub(super) fn expect(&mut self, stream: u32, trailers: bool, fields: u32) -> Result<(), Fault> {
        if self.expected.len() >= UNCONFIRMED_BLOCKS_MAX {
            return Err(Fault::calm("too many header blocks cut into pieces"));
        }
        self.expected.push(Expected { stream, trailers, fields });
        Ok(())
    }

    /// The head of this stream is malformed, which `h2` will not see: no number of fields is right.
    pub(super) fn condemn(&mut self, stream: u32) -> Result<(), Fault> {
        self.expect(stream, false, u32::MAX)
    }

    /// Whether `fields` is all that was expected, if anything was.
    pub(super) fn confirm(&mut self, stream: u32, trailers: bool, fields: usize) -> bool {
        let this = |block: &Expected| block.stream == stream && block.trailers == trailers;
        let Some(at) = self.expected.iter().position(this) else { return true };
        // In order: an answer has several.
        self.expected.remove(at).fields as usize == fields
    }

    /// The stream has ended: nobody will ask any more.
    pub(super) fn forget(&mut self, stream: u32) {
        self.expected.retain(|block| block.stream != stream);
        if self.expected.is_empty() {
            self.expected = Vec::new();
        }
    }
}
