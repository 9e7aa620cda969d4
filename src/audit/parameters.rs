//! The clock and limits the rules are judged by; bound as values, never pasted into SQL.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::db::{Bound, Day, Instant};

/// The limits of one run.
#[derive(Clone, Copy, Debug)]
pub struct Parameters {
    pub today: Date,
    pub now: Instant,
    /// An account unused for this many days is dormant (local rule; 90 is common).
    pub dormant_days: i64,
    /// A password older than this is due for change (local rule; 90 is common).
    pub password_days: i64,
    /// An initial password must be changed within this many days.
    pub initial_password_days: i64,
    /// Failed logins before an account must be locked.
    pub fail_limit: i64,
    pub system_administrators_max: i64,
    /// A full backup, here and off-site, must not be older than this.
    pub full_backup_days: i64,
    /// Nor any backup than this; a verification has as long.
    pub backup_hours: i64,
    /// Nor the last rehearsal of a restore that passed.
    pub drill_months: i64,
    /// A unit on the OA without a login for this many days is idle.
    pub unit_idle_days: i64,
}

/// A parameter no run knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterError(pub String);

impl Parameters {
    /// The value of a parameter by its name in the rule files.
    ///
    /// # Errors
    /// The name is not known.
    pub fn value(&self, name: &str) -> Result<Bound, ParameterError> {
        let before = |days: i64| Bound::Day(Day(self.today.saturating_sub(days.days())));
        Ok(match name {
            "today" => Bound::Day(Day(self.today)),
            "now" => Bound::Instant(self.now),
            "dormant_before" => before(self.dormant_days),
            "pwd_before" => before(self.password_days),
            "init_pwd_before" => before(self.initial_password_days),
            "full_before" => Bound::Instant(self.hours_ago(24 * self.full_backup_days)),
            "incr_before" => Bound::Instant(self.hours_ago(self.backup_hours)),
            "restore_before" => Bound::Day(Day(self.today.saturating_sub(self.drill_months.months()))),
            "unit_idle_before" => before(self.unit_idle_days),
            "fail_limit" => Bound::Int(self.fail_limit),
            "sys_admin_max" => Bound::Int(self.system_administrators_max),
            _ => return Err(ParameterError(name.to_owned())),
        })
    }
    fn hours_ago(&self, hours: i64) -> Instant {
        Instant::new(self.now.timestamp().saturating_sub(hours.hours()).unwrap_or(Timestamp::MIN))
    }
}
