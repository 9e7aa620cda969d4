//! Counting working days (行政许可法 Art. 82; 政府信息公开条例 by practice).

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// The working-day calendar: the plain week, and the days that depart from it.
#[derive(Clone, Debug, Default)]
pub struct Workdays {
    exceptions: BTreeMap<Date, bool>,
}

/// A day a limit ends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    pub on: Date,
    /// The count ran through a year that no notice covers yet: the day may still move.
    pub provisional: bool,
}

impl Workdays {
    /// Builds the calendar from days that depart from the plain week; true is worked.
    pub fn new(exceptions: impl IntoIterator<Item = (Date, bool)>) -> Self {
        Self { exceptions: exceptions.into_iter().collect() }
    }

    /// Whether people work on this day.
    pub fn is_workday(&self, day: Date) -> bool {
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        self.exceptions.get(&day).copied().unwrap_or(!weekend)
    }

    /// Whether a notice covers the year of this day.
    pub fn covers(&self, day: Date) -> bool {
        self.exceptions.range(day.first_of_year()..=day.last_of_year()).next().is_some()
    }

    /// The `n`th working day after `from`; day 0 is not counted (民法典 Art. 201).
    pub fn after(&self, from: Date, n: u32) -> Due {
        let mut day = from;
        let mut left = n;
        let mut provisional = false;
        while left > 0 {
            day = day.saturating_add(1.day());
            provisional |= !self.covers(day);
            if self.is_workday(day) {
                left -= 1;
            }
        }
        Due { on: day, provisional }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::notices;
    use jiff::civil::date;

    fn calendar() -> Workdays {
        Workdays::new(notices().into_iter().map(|day| (day.day, day.is_workday)))
    }

    #[test]
    fn twenty_days_from_a_licence_example() {
        // license.md section 3, worked examples.
        let days = calendar();
        assert_eq!(days.after(date(2010, 11, 5), 20).on, date(2010, 12, 3));
        assert_eq!(days.after(date(2010, 9, 20), 20).on, date(2010, 10, 25));
        assert_eq!(days.after(date(2010, 11, 5), 45).on, date(2011, 1, 10));
    }

    #[test]
    fn make_up_weekends_count_and_changed_notices_are_followed() {
        let days = calendar();
        assert!(days.is_workday(date(2010, 9, 25)));
        assert!(!days.is_workday(date(2015, 9, 4)));
        assert!(!days.is_workday(date(2020, 2, 1)));
        assert!(days.is_workday(date(2024, 2, 18)));
    }

    #[test]
    fn the_number_of_working_days_a_year_is_right() {
        let days = calendar();
        for (year, expected) in [(2007, 249), (2008, 251), (2010, 250), (2020, 249), (2024, 251), (2025, 248), (2026, 248)] {
            let count = date(year, 1, 1).series(1.day()).take_while(|day| day.year() == year).filter(|day| days.is_workday(*day)).count();
            assert_eq!(count, expected, "{year}");
        }
    }

    #[test]
    fn a_limit_into_a_year_without_a_notice_is_provisional() {
        let days = calendar();
        assert!(days.after(date(2026, 12, 20), 20).provisional);
        assert!(!days.after(date(2026, 11, 2), 20).provisional);
    }
}
