//! Frames (RFC 6455 sections 5 and 7): walked over on their way, and written where they are the
//! gateway's own.

mod close;
mod fault;
mod header;
mod relay;
mod write;

pub use close::{Close, is_close_code};
pub use fault::FrameFault;
pub use relay::{Direction, Passed, Relay};
pub use write::{close_frame, ping_frame, pong_frame};
