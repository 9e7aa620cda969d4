//! The clock and limits the rules are judged by; bound as values, never pasted into SQL.

use jiff::ToSpan;
use jiff::civil::Date;

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
            "unit_idle_before" => before(self.unit_idle_days),
            "fail_limit" => Bound::Int(self.fail_limit),
            "sys_admin_max" => Bound::Int(self.system_administrators_max),
            _ => return Err(ParameterError(name.to_owned())),
        })
    }
}
