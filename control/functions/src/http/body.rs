use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::ApiError;
use crate::limits::{BODY_PROGRESS_WAIT_MS_MAX, BODY_WAIT_MS_MAX};

/// The whole body, or why there is none: too large, too slow or broken off.
pub(super) async fn read(body: Incoming, limit: usize) -> Result<Bytes, ApiError> {
    let whole = timeout(Duration::from_millis(BODY_WAIT_MS_MAX), gather(body, limit)).await;
    whole.unwrap_or_else(|_| Err(too_slow()))
}

async fn gather(mut body: Incoming, limit: usize) -> Result<Bytes, ApiError> {
    let said = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if said > limit {
        return Err(ApiError::too_large(said, limit));
    }
    let wait = Duration::from_millis(BODY_PROGRESS_WAIT_MS_MAX);
    let mut whole = BytesMut::with_capacity(said);
    loop {
        let frame = match timeout(wait, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(None) => return Ok(whole.freeze()),
            Ok(Some(Err(error))) => {
                let why = format!("The body broke off: {error}");
                return Err(ApiError::new(400, "InvalidRequestContentException", why));
            }
            Err(_) => return Err(too_slow()),
        };
        if let Ok(data) = frame.into_data() {
            if whole.len() + data.len() > limit {
                return Err(ApiError::too_large(whole.len() + data.len(), limit));
            }
            whole.extend_from_slice(&data);
        }
    }
}

fn too_slow() -> ApiError {
    ApiError::new(408, "RequestTimeoutException", "The body came too slowly.")
}

/// A body whose parts come by and by.
pub(crate) struct Channel(pub(crate) mpsc::Receiver<Bytes>);

impl Body for Channel {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|part| part.map(|part| Ok(Frame::data(part))))
    }
}
