/// Returns what this thread's heap holds and nobody uses to the kernel.
///
/// mimalloc gives freed pages back only on its way through later allocations: after a peak that is
/// followed by silence they would stay. Takes about as long as it has pages to return; for now and
/// then. Without effect where mimalloc is not the allocator.
pub fn return_unused_memory() {
    // SAFETY: `mi_collect` takes no memory of ours and may be called at any time, from any thread;
    // it touches the calling thread's heap only.
    unsafe { libmimalloc_sys::mi_collect(true) };
}
