//! The repository's progress on our progress bars.

use std::sync::Mutex;

use crate::backup::{Job, Watcher};
use crate::progress::Progress;
use crate::say;

/// Shows one bar at a time.
#[derive(Debug)]
pub(super) struct Bars {
    hidden: bool,
    bar: Mutex<Option<Progress>>,
}

impl Bars {
    pub(super) fn new(hidden: bool) -> Self {
        Self { hidden, bar: Mutex::new(None) }
    }
}

impl Watcher for Bars {
    fn start(&self, job: Job, total: Option<u64>, bytes: bool) {
        let what = match job {
            Job::Saving => say!("progress-saving"),
            Job::Reading => say!("progress-reading"),
            Job::Checking => say!("progress-checking"),
            Job::Repacking => say!("progress-repacking"),
            Job::Restoring => say!("progress-restoring"),
        };
        if let Ok(mut bar) = self.bar.lock() {
            let start = if bytes { Progress::of_bytes } else { Progress::start };
            *bar = Some(start(&what, total, self.hidden));
        }
    }

    fn advance(&self, n: u64) {
        if let Ok(bar) = self.bar.lock()
            && let Some(bar) = bar.as_ref()
        {
            bar.advance(n);
        }
    }

    fn finish(&self) {
        if let Ok(mut bar) = self.bar.lock() {
            *bar = None;
        }
    }
}
