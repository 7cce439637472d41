//! The smallest executor: polls everything until nothing was woken.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// More rounds than any test needs: beyond it, something wakes itself forever.
const ROUNDS_MAX: usize = 100_000;

#[derive(Clone, Default)]
pub(crate) struct Executor {
    fresh: Rc<RefCell<Vec<Task>>>,
    tasks: Rc<RefCell<Vec<Task>>>,
    woken: Arc<Flag>,
}

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Executor {
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.fresh.borrow_mut().push(Box::pin(task));
        self.woken.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn waker(&self) -> Waker {
        Arc::clone(&self.woken).into()
    }

    /// Polls until everything waits. Returns how many tasks are left.
    pub(crate) fn run(&self) -> usize {
        let waker = self.waker();
        let mut cx = Context::from_waker(&waker);
        for _ in 0..ROUNDS_MAX {
            if !self.woken.0.swap(false, Ordering::Relaxed) {
                return self.tasks.borrow().len();
            }
            let mut tasks = std::mem::take(&mut *self.tasks.borrow_mut());
            tasks.append(&mut self.fresh.borrow_mut());
            tasks.retain_mut(|task| task.as_mut().poll(&mut cx).is_pending());
            self.tasks.borrow_mut().append(&mut tasks);
        }
        panic!("something spins");
    }
}
