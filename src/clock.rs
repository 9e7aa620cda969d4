//! What time it is, on the office clock.

use jiff::civil::Date;

use crate::db::Instant;

/// The clock of one command run. Legal dates are Beijing dates whatever the host's zone.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    now: Instant,
    as_of: Option<Date>,
}

impl Clock {
    /// The real clock; `as_of` replaces "today" in whatever is counted or judged.
    ///
    /// Test builds read a fixed time from `SWJ_TEST_NOW`; release builds do not, so
    /// that nobody can write false times into the audit log.
    pub fn new(as_of: Option<Date>) -> Self {
        let fixed = if cfg!(debug_assertions) { std::env::var("SWJ_TEST_NOW").ok() } else { None };
        let now = fixed.and_then(|text| Instant::parse(&text)).unwrap_or_else(|| Instant::new(jiff::Timestamp::now()));
        Self { now, as_of }
    }

    /// The real time: what log entries and backups carry.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The day that counts as today.
    pub fn today(&self) -> Date {
        self.as_of.unwrap_or_else(|| self.now.day())
    }

    /// The moment judged by: now, or the last second of the `--as-of` day.
    pub fn judged_at(&self) -> Instant {
        self.as_of.map_or(self.now, |day| Instant::at_beijing(day.at(23, 59, 59, 0)))
    }
}
