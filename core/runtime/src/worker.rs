//! Worker threads.

use std::future::Future;
use std::io;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;

use monoio::{IoUringDriver, LegacyDriver, RuntimeBuilder};

use crate::{Clock, Drain, Driver, Turns, Watches, driver};

/// Submission entries of a worker's ring; one `io_uring_enter` flushes a full one.
pub(crate) const RING_ENTRIES: u32 = 1024;

/// What a worker hands to its main future.
#[derive(Clone, Debug)]
pub struct Worker {
    /// Its time.
    pub clock: Clock,
    /// Begun when it takes no new work.
    pub drain: Rc<Drain>,
    /// Its connections' deadlines.
    pub watches: Rc<Watches>,
    /// How tasks give way to others, where a wait for a socket that is ready is no wait: with
    /// epoll. With io_uring every operation is one.
    pub turns: Option<Rc<Turns>>,
}

/// Starts a pinned worker thread that runs `main` to its end.
///
/// `main` gets the [`Worker`] and may [`spawn`]. When it ends the thread ends, and what it spawned
/// runs no further; monoio does not drop such tasks, so nothing may wait for what they hold.
///
/// # Errors
/// The kernel's, when there can be no thread. A ring or epoll set that cannot be made is the
/// thread's own result.
pub fn start<F, Fut>(
    name: &str,
    core: Option<usize>,
    driver: Driver,
    main: F,
) -> io::Result<JoinHandle<io::Result<()>>>
where
    F: FnOnce(Worker) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + 'static,
{
    std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        if let Some(core) = core {
            // Not fatal: a cpuset may have shrunk since the mask was read.
            let _ = monoio::utils::bind_to_cpu_set([core]);
        }
        let main = async move {
            let clock = Clock::new();
            let drain = Rc::new(Drain::default());
            let watches = Watches::new(clock.clone(), drain.clone());
            let sweep = watches.clone();
            monoio::spawn(async move {
                loop {
                    sleep_ms(Watches::TICK_MS).await;
                    sweep.sweep();
                }
            });
            let turns = (driver == Driver::Epoll).then(Turns::new).transpose()?;
            main(Worker { clock, drain, watches, turns }).await;
            Ok(())
        };
        match driver {
            Driver::IoUring => RuntimeBuilder::<IoUringDriver>::new()
                .with_entries(RING_ENTRIES)
                .uring_builder(driver::ring_builder())
                .enable_timer()
                .build()?
                .block_on(main),
            Driver::Epoll => {
                RuntimeBuilder::<LegacyDriver>::new().enable_timer().build()?.block_on(main)
            }
        }
    })
}

/// Runs `future` beside everything else of this worker. A panic in it ends it alone: `panicked` is
/// called and the worker goes on.
pub fn spawn(future: impl Future<Output = ()> + 'static, panicked: impl FnOnce() + 'static) {
    // Boxed out here: inside the block the future would be stored twice, as captured and as boxed.
    let caught = CatchUnwind { future: Box::pin(future) };
    monoio::spawn(async move {
        if caught.await.is_err() {
            panicked();
        }
    });
}

/// Waits. Only for what is rare: a request's waits are bounded by its [`crate::Watch`].
pub async fn sleep_ms(ms: u64) {
    monoio::time::sleep(Duration::from_millis(ms)).await;
}

struct CatchUnwind<F> {
    future: Pin<Box<F>>,
}

impl<F: Future<Output = ()>> Future for CatchUnwind<F> {
    type Output = Result<(), ()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let future = self.future.as_mut();
        // Unwind safety: a future that panicked is never polled again, and what it shared with
        // others of this worker (pools, counters) is only touched by whole operations.
        match std::panic::catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(_) => Poll::Ready(Err(())),
        }
    }
}
