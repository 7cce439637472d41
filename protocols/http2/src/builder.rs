//! `h2` set up with our limits, every one of them said.

use std::time::Duration;

use h2::{client, server};

use crate::limits::{
    CONCURRENT_STREAMS_MAX, CONNECTION_WINDOW_BYTES, DATA_FRAME_OVERHEAD_BYTES_MAX,
    FAULTY_STREAMS_MAX, FRAME_BYTES_MAX, ORIGIN_CONNECTION_WINDOW_BYTES,
    ORIGIN_DATA_FRAME_OVERHEAD_BYTES_MAX, ORIGIN_SEND_BUFFER_BYTES_MAX, ORIGIN_STREAMS_MAX,
    REQUEST_LIST_OVERHEAD_BYTES, RESET_STREAMS_REMEMBERED_MAX, RESPONSE_LIST_BYTES_MAX,
    SEND_BUFFER_BYTES_MAX, STREAM_WINDOW_BYTES, UNSEEN_RESETS_MAX,
};

/// How long late frames of a stream that we reset are passed over in silence; about the longest
/// round trip there is.
const RESET_STREAM_REMEMBERED: Duration = Duration::from_secs(1);

/// For connections from clients. `handshake` it over a [`crate::PipeIo`] with a [`crate::Guard`]
/// in front. For a request's fields that need more than a head of `head_bytes_max` bytes in
/// HTTP/1.1 may, `h2` answers 431, for four times as many it ends the connection.
pub fn server_builder(head_bytes_max: u32) -> server::Builder {
    let mut builder = server::Builder::new();
    builder
        .max_concurrent_streams(CONCURRENT_STREAMS_MAX)
        .max_header_list_size(head_bytes_max.saturating_add(REQUEST_LIST_OVERHEAD_BYTES))
        .max_frame_size(FRAME_BYTES_MAX)
        .initial_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .data_frame_budget(DATA_FRAME_OVERHEAD_BYTES_MAX)
        .max_send_buffer_size(SEND_BUFFER_BYTES_MAX)
        .max_concurrent_reset_streams(RESET_STREAMS_REMEMBERED_MAX)
        .reset_stream_duration(RESET_STREAM_REMEMBERED)
        .max_pending_accept_reset_streams(UNSEEN_RESETS_MAX)
        .max_local_error_reset_streams(Some(FAULTY_STREAMS_MAX))
        .enable_connect_protocol();
    builder
}

/// For connections to origins, over a [`crate::PipeIo`] with a
/// [`crate::OriginGuard`] in front.
pub fn client_builder() -> client::Builder {
    let mut builder = client::Builder::new();
    builder
        .enable_push(false)
        // Until the origin's SETTINGS say how many it takes.
        .initial_max_send_streams(ORIGIN_STREAMS_MAX as usize)
        .max_header_list_size(RESPONSE_LIST_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX)
        .initial_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(ORIGIN_CONNECTION_WINDOW_BYTES)
        .data_frame_budget(ORIGIN_DATA_FRAME_OVERHEAD_BYTES_MAX)
        .max_send_buffer_size(ORIGIN_SEND_BUFFER_BYTES_MAX)
        .max_concurrent_reset_streams(RESET_STREAMS_REMEMBERED_MAX)
        .reset_stream_duration(RESET_STREAM_REMEMBERED)
        .max_local_error_reset_streams(Some(FAULTY_STREAMS_MAX));
    builder
}
