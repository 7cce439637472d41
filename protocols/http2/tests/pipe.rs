//! The pipe by itself: order, limits, ends, and who is woken.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::{ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use ringgate_http2::limits::{INBOUND_BYTES_MAX, OUTBOUND_BYTES_MAX};
use ringgate_http2::{Output, Pipe, PipeIo};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Someone who waits, and how often they were woken.
fn waiter() -> (Arc<Count>, Waker) {
    let count = Arc::new(Count::default());
    (Arc::clone(&count), count.into())
}

fn woken(count: &Count) -> usize {
    count.0.swap(0, Ordering::Relaxed)
}

fn read(io: &mut PipeIo, waker: &Waker, most: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; most];
    let mut buffer = ReadBuf::new(&mut bytes);
    match Pin::new(io).poll_read(&mut Context::from_waker(waker), &mut buffer) {
        Poll::Ready(done) => done.map(|()| buffer.filled().to_vec()).ok(),
        Poll::Pending => None,
    }
}

fn write(io: &mut PipeIo, waker: &Waker, bytes: &[u8]) -> Poll<Result<usize, ErrorKind>> {
    let cx = &mut Context::from_waker(waker);
    Pin::new(io).poll_write(cx, bytes).map_err(|error| error.kind())
}

#[test]
fn input_is_bounded_and_in_order() {
    let (pipe, mut io) = Pipe::new();
    let (reader, reader_waker) = waiter();
    let (pump, pump_waker) = waiter();
    let mut cx = Context::from_waker(&pump_waker);
    assert_eq!(pipe.poll_room(&mut cx), Poll::Ready(()));
    assert_eq!(read(&mut io, &reader_waker, 10), None);
    assert_eq!(pipe.push(b"abc"), 3);
    assert_eq!(woken(&reader), 1);
    assert_eq!(read(&mut io, &reader_waker, 2).unwrap(), b"ab");
    assert_eq!(pipe.push(&vec![b'd'; INBOUND_BYTES_MAX]), INBOUND_BYTES_MAX - 1);
    assert_eq!(pipe.push(b"e"), 0);
    assert_eq!(pipe.poll_room(&mut cx), Poll::Pending);
    assert_eq!(read(&mut io, &reader_waker, 2).unwrap(), b"cd");
    assert_eq!(woken(&pump), 0);
    assert_eq!(
        read(&mut io, &reader_waker, INBOUND_BYTES_MAX).unwrap().len(),
        INBOUND_BYTES_MAX - 2
    );
    assert_eq!(woken(&pump), 1);
    assert_eq!(pipe.poll_room(&mut cx), Poll::Ready(()));
    assert_eq!(pipe.push(b"f"), 1);
    pipe.close_inbound();
    assert_eq!(read(&mut io, &reader_waker, 10).unwrap(), b"f");
    assert_eq!(read(&mut io, &reader_waker, 10).unwrap(), b"");
}

#[test]
fn output_is_bounded_and_in_order() {
    let (pipe, mut io) = Pipe::new();
    let (writer, writer_waker) = waiter();
    let (pump, pump_waker) = waiter();
    let mut cx = Context::from_waker(&pump_waker);
    assert_eq!(pipe.poll_output(&mut cx), Poll::Pending);
    let pieces = [IoSlice::new(b"ab"), IoSlice::new(b""), IoSlice::new(b"c")];
    let mut writer_cx = Context::from_waker(&writer_waker);
    let written = Pin::new(&mut io).poll_write_vectored(&mut writer_cx, &pieces);
    assert!(matches!(written, Poll::Ready(Ok(3))) && io.is_write_vectored());
    assert_eq!(woken(&pump), 1);
    assert_eq!(pipe.poll_output(&mut cx), Poll::Ready(Output::Bytes));
    // One write more than fits is taken whole, so that no frame is cut.
    let large = vec![b'd'; OUTBOUND_BYTES_MAX - 1];
    assert_eq!(write(&mut io, &writer_waker, &large), Poll::Ready(Ok(large.len())));
    assert_eq!(write(&mut io, &writer_waker, b"e"), Poll::Pending);
    assert_eq!(woken(&writer), 0);
    let mut out = b"0".to_vec();
    pipe.take_output(&mut out);
    assert_eq!(out, [b"0abc", &large[..]].concat());
    assert_eq!(woken(&writer), 1);
    assert_eq!(write(&mut io, &writer_waker, b"e"), Poll::Ready(Ok(1)));
    let mut out = Vec::with_capacity(7);
    pipe.take_output(&mut out);
    assert_eq!(out, b"e");
    assert_eq!(pipe.poll_output(&mut cx), Poll::Pending);
}

#[test]
fn ends() {
    let (_, waker) = waiter();
    let mut cx = Context::from_waker(&waker);

    let (pipe, mut io) = Pipe::new();
    let (pump, pump_waker) = waiter();
    assert_eq!(pipe.poll_output(&mut Context::from_waker(&pump_waker)), Poll::Pending);
    assert_eq!(write(&mut io, &waker, b"last"), Poll::Ready(Ok(4)));
    assert!(Pin::new(&mut io).poll_flush(&mut cx).is_ready());
    assert!(Pin::new(&mut io).poll_shutdown(&mut cx).is_ready());
    assert_eq!(woken(&pump), 1);
    assert_eq!(write(&mut io, &waker, b"more"), Poll::Ready(Err(ErrorKind::BrokenPipe)));
    assert_eq!(pipe.poll_output(&mut cx), Poll::Ready(Output::Bytes));
    pipe.take_output(&mut Vec::new());
    assert_eq!(pipe.poll_output(&mut cx), Poll::Ready(Output::End));

    // Without h2, input goes nowhere and stops nobody.
    let (pipe, io) = Pipe::new();
    pipe.push(b"unread");
    assert_eq!(pipe.poll_room(&mut Context::from_waker(&pump_waker)), Poll::Pending);
    drop(io);
    assert_eq!(woken(&pump), 1);
    assert_eq!(pipe.push(&vec![0; 2 * INBOUND_BYTES_MAX]), 2 * INBOUND_BYTES_MAX);
    assert_eq!(pipe.poll_room(&mut cx), Poll::Ready(()));
    assert_eq!(pipe.poll_output(&mut cx), Poll::Ready(Output::End));

    // Without the pump, h2 sees the end.
    let (pipe, mut io) = Pipe::new();
    let (reader, reader_waker) = waiter();
    assert_eq!(read(&mut io, &reader_waker, 1), None);
    drop(pipe);
    assert_eq!(woken(&reader), 1);
    assert_eq!(read(&mut io, &reader_waker, 1).unwrap(), b"");
    assert_eq!(write(&mut io, &waker, b"x"), Poll::Ready(Err(ErrorKind::BrokenPipe)));
}
