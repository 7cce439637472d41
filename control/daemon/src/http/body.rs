use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use ringgate_model::limits::MANAGEMENT_BODY_BYTES_MAX;
use tokio::time::{Instant, timeout_at};

use super::respond::Fault;
use crate::limits::{BODY_PROGRESS_WAIT_MS_MAX, BODY_WAIT_MS_MAX};

/// The whole body, or why there is none: too large, too slow or broken off.
pub(super) async fn read(mut body: Incoming) -> Result<Bytes, Fault> {
    // Said up front: refused before a byte of it is read.
    if body.size_hint().lower() > MANAGEMENT_BODY_BYTES_MAX as u64 {
        return Err(too_large());
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
            if whole.len() + data.len() > MANAGEMENT_BODY_BYTES_MAX {
                return Err(too_large());
            }
            whole.extend_from_slice(&data);
        }
    }
}

fn too_large() -> Fault {
    Fault::new(
        413,
        "RequestEntityTooLargeException",
        format!("The request body may have at most {MANAGEMENT_BODY_BYTES_MAX} bytes."),
    )
}
