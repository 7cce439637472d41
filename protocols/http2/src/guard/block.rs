use super::Fault;
use super::fields::Fields;
use crate::frame::{CONTINUATION, END_HEADERS, FrameHeader, LOW_31_BITS, PADDED, PRIORITY_FIELDS};
use crate::hpack::BlockReader;
use crate::limits::OVERLONG_FIELDS;

/// Stream dependency and weight (RFC 9113 section 6.2).
const PRIORITY_FIELDS_BYTES: u32 = 5;

/// A header block, in one HEADERS frame and any number of CONTINUATION frames.
#[derive(Debug, Default)]
pub(super) struct Block {
    reader: BlockReader,
    /// The stream whose block has not ended.
    open: Option<u32>,
    section: Section,
    /// A frame of it ended within a field.
    cut: bool,
    /// In the frame at hand, the bytes before the fragment,
    before: u32,
    /// of which the first is the length of the padding,
    padded: bool,
    /// what they say,
    prefix: u64,
    /// and the bytes of the fragment.
    fragment: u32,
}

/// What a block is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Section {
    /// The head of a request.
    #[default]
    Head,
    /// The trailers of a request.
    Trailers,
    /// One of an answer's sections: which one, only who follows the stream can say.
    Answer,
}

impl Block {
    /// Whether this kind of frame may come now (RFC 9113 section 6.10).
    pub(super) fn allow(&self, frame: FrameHeader) -> Result<(), Fault> {
        let allowed = match self.open {
            Some(stream) => frame.kind == CONTINUATION && frame.stream == stream,
            None => frame.kind != CONTINUATION,
        };
        if allowed {
            return Ok(());
        }
        Err(Fault::protocol("a header block is interleaved with other frames"))
    }

    /// A HEADERS frame begins.
    pub(super) fn begin(&mut self, frame: FrameHeader, section: Section) -> Result<(), Fault> {
        let padding = u32::from(frame.has(PADDED));
        let priority = if frame.has(PRIORITY_FIELDS) { PRIORITY_FIELDS_BYTES } else { 0 };
        self.before = padding.saturating_add(priority);
        self.padded = padding > 0;
        let fragment = frame.length.checked_sub(self.before);
        self.fragment = fragment.ok_or(Fault::frame_size("a HEADERS frame too short"))?;
        self.open = Some(frame.stream);
        self.section = section;
        self.cut = false;
        self.prefix = 0;
        self.reader.begin();
        Ok(())
    }

    /// A CONTINUATION frame begins.
    pub(super) fn resume(&mut self, frame: FrameHeader) {
        self.before = 0;
        self.padded = false;
        self.fragment = frame.length;
    }

    /// The next bytes of either frame's payload.
    pub(super) fn payload(
        &mut self,
        frame: FrameHeader,
        bytes: &[u8],
        last: bool,
        fields: &mut Fields,
    ) -> Result<(), Fault> {
        let bytes = self.prefix(frame, bytes)?;
        let (fragment, _padding) = take(bytes, &mut self.fragment);
        self.reader.feed(fragment)?;
        if !last {
            return Ok(());
        }
        if frame.has(END_HEADERS) {
            self.end(frame.stream, fields)
        } else {
            self.cut |= self.reader.within_field();
            Ok(())
        }
    }

    /// Takes what stands before the fragment off the front.
    fn prefix<'b>(&mut self, frame: FrameHeader, bytes: &'b [u8]) -> Result<&'b [u8], Fault> {
        if self.before == 0 {
            return Ok(bytes);
        }
        let (before, bytes) = take(bytes, &mut self.before);
        for byte in before {
            self.prefix = self.prefix << 8 | u64::from(*byte);
        }
        if self.padded
            && let Some(padding) = before.first()
        {
            self.padded = false;
            let fragment = self.fragment.checked_sub(u32::from(*padding));
            self.fragment = fragment.ok_or(Fault::protocol("more padding than payload"))?;
        }
        let dependency = (self.prefix >> 8) as u32 & LOW_31_BITS;
        if self.before == 0 && frame.has(PRIORITY_FIELDS) && dependency == frame.stream {
            // `h2` would reset the stream without reading the block, and lose the table.
            return Err(Fault::protocol("a stream that depends on itself"));
        }
        Ok(bytes)
    }

    /// Whether the block that has just ended is overlong.
    pub(super) fn was_overlong(&self) -> bool {
        self.open.is_none() && self.reader.fields() > OVERLONG_FIELDS
    }

    fn end(&mut self, stream: u32, fields: &mut Fields) -> Result<(), Fault> {
        self.open = None;
        if self.reader.within_field() {
            return Err(Fault::compression("a header block ends within a field"));
        }
        if self.section == Section::Trailers && self.reader.pseudo() {
            return Err(Fault::protocol("a pseudo-header field in trailers"));
        }
        // The `http` crate cuts a fragment off before anybody sees it.
        if self.reader.fragment() {
            return fields.condemn(stream);
        }
        // `h2` forgets that a block is malformed when a frame of it ends within a field, and leaves
        // out trailers that are too large.
        if self.cut || self.section != Section::Head {
            let trailers = self.section == Section::Trailers;
            fields.expect(stream, trailers, self.reader.fields())?;
        }
        Ok(())
    }
}

/// Takes up to `left` bytes off the front.
fn take<'b>(bytes: &'b [u8], left: &mut u32) -> (&'b [u8], &'b [u8]) {
    let (taken, rest) = bytes.split_at_checked(*left as usize).unwrap_or((bytes, &[]));
    *left = left.saturating_sub(u32::try_from(taken.len()).unwrap_or(u32::MAX));
    (taken, rest)
}
