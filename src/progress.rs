//! How far a long job is: a bar on a terminal, a line now and then elsewhere, a word to systemd.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{FormattedDuration, HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use sd_notify::NotifyState;

use crate::say;

/// Without a terminal a line is written at these seconds, then every five minutes.
const LINES_AT: [u64; 6] = [5, 10, 30, 60, 120, 300];
/// How often systemd hears of a job it started.
const STATUS_EVERY: Duration = Duration::from_secs(5);

/// The progress of one job; it disappears when dropped.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    bytes: bool,
    what: String,
    words: Option<Mutex<Words>>,
}

/// What is still to be said elsewhere than on a bar.
#[derive(Debug)]
struct Words {
    began: Instant,
    /// Which of the lines comes next; none where no lines are wanted.
    line: Option<usize>,
    /// When systemd next hears of us; none where it did not start us.
    status: Option<Instant>,
}

impl Progress {
    /// Begins; `total` none means the end is not known.
    pub fn start(what: &str, total: Option<u64>, hidden: bool) -> Self {
        Self::begin(what, total, false, hidden)
    }

    /// Begins a job that is counted in bytes.
    pub fn of_bytes(what: &str, total: Option<u64>, hidden: bool) -> Self {
        Self::begin(what, total, true, hidden)
    }

    fn begin(what: &str, total: Option<u64>, bytes: bool, hidden: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        bar.set_draw_target(if hidden || !terminal { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() });
        let shape = match (total.is_some(), bytes) {
            (true, true) => "{msg} {bar:30} {percent:>3} %  {bytes}/{total_bytes}  {bytes_per_sec}  {eta_precise}",
            (true, false) => "{msg} {bar:30} {percent:>3} %  {human_pos}/{human_len}  {per_sec}  {eta_precise}",
            (false, true) => "{msg} {spinner} {bytes}  {bytes_per_sec}  {elapsed_precise}",
            (false, false) => "{msg} {spinner} {human_pos}  {per_sec}  {elapsed_precise}",
        };
        if let Ok(style) = ProgressStyle::with_template(shape) {
            bar.set_style(style.progress_chars("=> ").tick_chars("|/-\\ "));
        }
        bar.set_message(what.to_owned());
        if terminal && !hidden {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        let line = (!hidden && !terminal).then_some(0);
        let status = std::env::var_os("NOTIFY_SOCKET").map(|_| Instant::now());
        let words = (line.is_some() || status.is_some()).then(|| Mutex::new(Words { began: Instant::now(), line, status }));
        Self { bar, bytes, what: what.to_owned(), words }
    }

    /// So many more are done.
    pub fn advance(&self, n: u64) {
        self.bar.inc(n);
        self.tell();
    }

    /// So many are done altogether.
    pub fn reach(&self, n: u64) {
        self.bar.set_position(n);
        self.tell();
    }

    fn tell(&self) {
        let Some(words) = &self.words else { return };
        let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = words.began.elapsed();
        if let Some(line) = words.line {
            let due = LINES_AT.get(line).copied().unwrap_or_else(|| 300 * (line - LINES_AT.len() + 2) as u64);
            if passed.as_secs() >= due {
                words.line = Some(line + 1);
                // A closed stderr must not stop the job.
                let _ = writeln!(std::io::stderr(), "{}", self.sentence(passed));
            }
        }
        if words.status.is_some_and(|due| due <= Instant::now()) {
            words.status = Some(Instant::now() + STATUS_EVERY);
            // Nor must a systemd that does not listen.
            let _ = sd_notify::notify(&[NotifyState::Status(&self.sentence(passed))]);
        }
    }

    /// How much is done, how fast, and how long it still takes.
    fn sentence(&self, passed: Duration) -> String {
        let shown = |n: u64| if self.bytes { HumanBytes(n).to_string() } else { HumanCount(n).to_string() };
        let (done, seconds) = (self.bar.position(), passed.as_secs());
        let rate = (done as f64 / passed.as_secs_f64().max(0.001)) as u64;
        let what = self.what.clone();
        match self.bar.length() {
            Some(total) if rate > 0 => {
                let left = FormattedDuration(Duration::from_secs(total.saturating_sub(done) / rate)).to_string();
                let done = format!("{}/{}", shown(done), shown(total));
                say!("progress-line-left", what = what, done = done, seconds = seconds, rate = shown(rate), left = left)
            }
            _ => say!("progress-line", what = what, done = shown(done), seconds = seconds, rate = shown(rate)),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
