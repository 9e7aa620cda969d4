//! The clock and limits the rules are judged by; bound as values, never pasted into SQL.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::db::{Bound, Day, Instant, shipped_steps};
use crate::people::powers;

/// How far back an interruption of the log is looked for.
const LOOK_BACK_DAYS: i64 = 30;

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
    /// A package sent must have its receipt within this (exchange rules: 24 hours).
    pub receipt_hours: i64,
    /// The log must be anchored outside this often.
    pub checkpoint_hours: i64,
    /// Logs are kept at least this long (网络安全法: six months).
    pub log_months: i64,
    /// A transfer to the archive must have its result within this many days.
    pub transfer_days: i64,
    /// Electronic files are transferred within this many years (电子档案移交与接收办法: five).
    pub transfer_years: i64,
    /// What is withheld is assessed again within this many months (信息公开条例 Art. 18).
    pub reassess_months: i64,
    /// The duty roster is filled this many days ahead.
    pub roster_days: i64,
    /// Virus definitions must not be older than this.
    pub virus_days: i64,
    /// Days to mend what is critical, and what is high.
    pub critical_days: i64,
    pub high_days: i64,
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
            "tomorrow" => Bound::Day(Day(self.today.tomorrow().unwrap_or(self.today))),
            "now_year" => Bound::Int(self.today.year().into()),
            "archive_year" => Bound::Int(self.archive_year()),
            "receipt_before" => Bound::Instant(self.hours_ago(self.receipt_hours)),
            "ckpt_before" => Bound::Instant(self.hours_ago(self.checkpoint_hours)),
            "log_keep_before" => Bound::Day(Day(self.today.saturating_sub(self.log_months.months()))),
            "gap_from" => before(LOOK_BACK_DAYS),
            "transfer_before" => before(self.transfer_days),
            "etransfer_before" => Bound::Day(Day(self.today.saturating_sub(self.transfer_years.years()))),
            "eval_before" => Bound::Day(Day(self.today.saturating_sub(self.reassess_months.months()))),
            "roster_to" => Bound::Day(Day(self.today.saturating_add(self.roster_days.days()))),
            "virus_before" => before(self.virus_days),
            "crit_before" => before(self.critical_days),
            "high_before" => before(self.high_days),
            "shipped_steps" => Bound::Text(shipped_steps()),
            "powers" => Bound::Text(powers()),
            "fail_limit" => Bound::Int(self.fail_limit),
            "sys_admin_max" => Bound::Int(self.system_administrators_max),
            _ => return Err(ParameterError(name.to_owned())),
        })
    }

    /// The last year whose papers must be in the archive: until the end of June the year before last.
    fn archive_year(&self) -> i64 {
        i64::from(self.today.year()) - if self.today.month() >= 7 { 1 } else { 2 }
    }

    fn hours_ago(&self, hours: i64) -> Instant {
        Instant::new(self.now.timestamp().saturating_sub(hours.hours()).unwrap_or(Timestamp::MIN))
    }
}
