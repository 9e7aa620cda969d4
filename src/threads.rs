//! Threads that work for one who waits for them.

use std::thread::ScopedJoinHandle;

/// What a thread came to; its panic goes on in ours.
pub(crate) fn ended<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
