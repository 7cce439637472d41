use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, Write};
use std::os::unix::net::UnixStream as StdUnixStream;
use std::rc::Rc;
use std::task::{Poll, Waker};

use monoio::io::AsyncReadRent;
use monoio::net::UnixStream;

/// How a task whose socket is always ready lets others have their turn, with the epoll driver.
///
/// A task that wakes itself runs next, and as long as any task can run no timer fires: monoio looks
/// at them only when it waits for the kernel. So a task that passes its turn is woken by the
/// kernel: by a byte in a socket pair, which one task of the worker reads for all.
#[derive(Debug)]
pub struct Turns {
    bell: StdUnixStream,
    waiting: RefCell<Vec<Waker>>,
}

impl Turns {
    /// On a worker with the epoll driver.
    ///
    /// # Errors
    /// The kernel's, when it has no descriptors left.
    pub(crate) fn new() -> io::Result<Rc<Self>> {
        let (bell, ear) = StdUnixStream::pair()?;
        bell.set_nonblocking(true)?;
        ear.set_nonblocking(true)?;
        let mut ear = UnixStream::from_std(ear)?;
        let turns = Rc::new(Self { bell, waiting: RefCell::default() });
        let waiting = Rc::downgrade(&turns);
        monoio::spawn(async move {
            let mut byte = vec![0_u8; 1];
            loop {
                let (result, back) = ear.read(byte).await;
                byte = back;
                let (Ok(1..), Some(turns)) = (result, waiting.upgrade()) else { return };
                for waker in turns.waiting.take() {
                    waker.wake();
                }
            }
        });
        Ok(turns)
    }

    /// Passes after every `most` turns that are counted in `turns`.
    pub async fn pass_every(&self, most: u32, turns: &mut u32) {
        *turns = turns.saturating_add(1);
        if *turns >= most {
            *turns = 0;
            self.pass().await;
        }
    }

    /// Goes on when every task that can run has run, and what the kernel has for the others was
    /// looked at.
    pub async fn pass(&self) {
        let mut passed = false;
        poll_fn(|cx| {
            if std::mem::replace(&mut passed, true) {
                return Poll::Ready(());
            }
            let mut waiting = self.waiting.borrow_mut();
            // The first rings for all who come before it is heard.
            if waiting.is_empty() && (&self.bell).write(&[1]).is_err() {
                return Poll::Ready(());
            }
            waiting.push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}
