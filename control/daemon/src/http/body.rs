use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::time::{Instant, timeout_at};

use super::respond::Fault;
use crate::limits::{BODY_PROGRESS_WAIT_MS_MAX, BODY_WAIT_MS_MAX};

/// The whole body, or why there is none: larger than `bytes_max`, too slow or broken off.
pub(super) async fn read(mut body: Incoming, bytes_max: usize) -> Result<Bytes, Fault> {
    // Said up front: refused before a byte of it is read.
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(too_large(bytes_max));
    }
    let end = Instant::now() + Duration::from_millis(BODY_WAIT_MS_MAX);
    let mut whole = BytesMut::new();
    loop {
        let progress = Instant::now() + Duration::from_millis(BODY_PROGRESS_WAIT_MS_MAX);
        let frame = match timeout_at(progress.min(end), body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(None) => return Ok(whole.freeze()),
            Ok(Some(Err(error))) => {
                return Err(Fault::bad_request(format!("The body broke off: {error}")));
            }
            Err(_) => {
                let message = "The body came too slowly.";
                return Err(Fault::new(408, "RequestTimeoutException", message));
            }
        };
        if let Ok(data) = frame.into_data() {
            if whole.len() + data.len() > bytes_max {
                return Err(too_large(bytes_max));
            }
            whole.extend_from_slice(&data);
        }
    }
}

fn too_large(bytes_max: usize) -> Fault {
    Fault::new(
        413,
        "RequestEntityTooLargeException",
        format!("The request body may have at most {bytes_max} bytes."),
    )
}
