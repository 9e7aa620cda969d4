//! How far a long job is: a bar on a terminal, a line now and then elsewhere.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::say;

/// Without a terminal a line is written at these seconds, then every five minutes.
const LINES_AT: [u64; 6] = [5, 10, 30, 60, 120, 300];

/// The progress of one job; it disappears when dropped.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    lines: Option<Mutex<Lines>>,
    what: String,
}

#[derive(Debug)]
struct Lines {
    began: Instant,
    next: usize,
}

impl Progress {
    /// Begins; `total` none means the end is not known.
    pub fn start(what: &str, total: Option<u64>, hidden: bool) -> Self {
        Self::begin(what, total, "{human_pos}/{human_len}  {elapsed}", hidden)
    }

    /// Begins a job that is counted in bytes: its rate is worth showing.
    pub fn of_bytes(what: &str, total: Option<u64>, hidden: bool) -> Self {
        Self::begin(what, total, "{bytes}/{total_bytes}  {bytes_per_sec}", hidden)
    }

    fn begin(what: &str, total: Option<u64>, figures: &str, hidden: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        bar.set_draw_target(if hidden || !terminal { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() });
        let shape = if total.is_some() {
            format!("{{msg}} {{bar:30}} {{percent:>3}} %  {figures}  {{eta}}")
        } else {
            "{msg} {spinner} {human_pos}  {elapsed}".to_owned()
        };
        if let Ok(style) = ProgressStyle::with_template(&shape) {
            bar.set_style(style.progress_chars("=> ").tick_chars("|/-\\ "));
        }
        bar.set_message(what.to_owned());
        if terminal && !hidden {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        let lines = (!hidden && !terminal).then(|| Mutex::new(Lines { began: Instant::now(), next: 0 }));
        Self { bar, lines, what: what.to_owned() }
    }

    /// So many more are done.
    pub fn advance(&self, n: u64) {
        self.bar.inc(n);
        let Some(lines) = &self.lines else { return };
        let Ok(mut lines) = lines.lock() else { return };
        let seconds = lines.began.elapsed().as_secs();
        let due = LINES_AT.get(lines.next).copied().unwrap_or_else(|| 300 * (lines.next - LINES_AT.len() + 2) as u64);
        if seconds >= due {
            lines.next += 1;
            let done = match self.bar.length() {
                Some(total) => format!("{}/{total}", self.bar.position()),
                None => self.bar.position().to_string(),
            };
            // A closed stderr must not stop the job.
            let _ = writeln!(std::io::stderr(), "{}", say!("progress-line", what = self.what.clone(), done = done, seconds = seconds));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
