//! Counting days: working days (行政许可法 Art. 82; 政府信息公开条例 by practice), natural
//! days (民法典 Art. 201, 203), and clocks that stand still (行政许可法 Art. 45).

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::notices::NoticeDay;
use super::rules::{Runs, Unit};

/// The working-day calendar: the plain week, and the days that depart from it.
#[derive(Clone, Debug, Default)]
pub struct Workdays {
    exceptions: BTreeMap<Date, NoticeDay>,
    /// A pause also stops the clock on the day it begins.
    pub pause_counts_first_day: bool,
}

/// A day a limit ends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    pub on: Date,
    /// The count ran through a year that no notice covers yet: the day may still move.
    pub provisional: bool,
}

/// Time that does not count (特别程序、除外时间): from a day to a day, both named as people name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    pub from: Date,
    pub to: Date,
}

/// Why a day was not counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    Weekend,
    /// A day off by a notice: its name and number.
    Holiday {
        name: String,
        notice_no: Option<String>,
    },
    /// The clock stood still.
    Paused,
    /// The last day fell on a day off and moved (民法典 Art. 203).
    MovedOn,
}

/// A day that was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    pub day: Date,
    pub why: Why,
}

/// A limit worked out day by day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reckoning {
    pub due: Due,
    /// Days passed over, oldest first.
    pub skipped: Vec<Skipped>,
    /// Weekend days that counted because a notice makes them working days.
    pub worked: Vec<NoticeDay>,
    /// Years without a notice.
    pub uncovered: Vec<i16>,
}

impl Workdays {
    /// Builds the calendar from the days that depart from the plain week.
    pub fn new(exceptions: impl IntoIterator<Item = NoticeDay>) -> Self {
        Self { exceptions: exceptions.into_iter().map(|day| (day.day, day)).collect(), pause_counts_first_day: false }
    }

    /// Whether people work on this day.
    pub fn is_workday(&self, day: Date) -> bool {
        self.exceptions.get(&day).map_or(!weekend(day), |day| day.is_workday)
    }

    /// Whether a notice covers the year of this day: one that names a day off in it. The
    /// working days before a 元旦 belong to the next year's notice and cover nothing.
    pub fn covers(&self, day: Date) -> bool {
        // One day off is no notice: every year's notice names more than five.
        self.exceptions.range(day.first_of_year()..=day.last_of_year()).filter(|(_, day)| !day.is_workday).take(5).count() == 5
    }

    /// The `n`th working day after `from`; day 0 is not counted (民法典 Art. 201).
    pub fn after(&self, from: Date, n: u32) -> Due {
        self.reckon(from, n, Unit::Working, Runs::After, &[]).due
    }

    /// Working days after `from` up to and including `to`; none when `to` is not later.
    pub fn between(&self, from: Date, to: Date) -> i64 {
        let mut day = from;
        let mut n = 0;
        while day < to {
            day = day.tomorrow().unwrap_or(to);
            n += i64::from(self.is_workday(day));
        }
        n
    }

    /// Works out a limit day by day. Pauses that overlap are counted once; by default the day
    /// a pause begins on still counts and the day it ends on does not.
    pub fn reckon(&self, from: Date, n: u32, unit: Unit, runs: Runs, pauses: &[Pause]) -> Reckoning {
        let mut count = Count { days: self, pauses, year: None, result: Reckoning::at(from) };
        match (unit, runs) {
            (Unit::Working, runs) => count.days(n, runs, |days, day| days.is_workday(day)),
            (Unit::Natural, Runs::After) => {
                count.days(n, runs, |_, _| true);
                count.move_on(n);
            }
            // What binds the applicant before a day is counted back by the calendar alone.
            (Unit::Natural, Runs::Before) => count.days(n, runs, |_, _| true),
            (Unit::Year, runs) => {
                let years = i64::from(n) * if runs == Runs::Before { -1 } else { 1 };
                count.result.due.on = from.saturating_add(years.years());
            }
        }
        count.result
    }

    fn why(&self, day: Date) -> Why {
        match self.exceptions.get(&day) {
            Some(found) => Why::Holiday { name: found.name.clone(), notice_no: found.notice_no.clone() },
            None => Why::Weekend,
        }
    }

    fn paused(&self, day: Date, pauses: &[Pause]) -> bool {
        pauses.iter().any(|pause| (if self.pause_counts_first_day { day >= pause.from } else { day > pause.from }) && day <= pause.to)
    }
}

impl Reckoning {
    fn at(day: Date) -> Self {
        Self { due: Due { on: day, provisional: false }, skipped: Vec::new(), worked: Vec::new(), uncovered: Vec::new() }
    }
}

struct Count<'a> {
    days: &'a Workdays,
    pauses: &'a [Pause],
    /// The year last looked up.
    year: Option<i16>,
    result: Reckoning,
}

impl Count<'_> {
    fn days(&mut self, n: u32, runs: Runs, counts: impl Fn(&Workdays, Date) -> bool) {
        let mut left = n;
        while left > 0 {
            let next = if runs == Runs::Before { self.result.due.on.yesterday() } else { self.result.due.on.tomorrow() };
            // The end of time.
            let Ok(day) = next else { return };
            self.result.due.on = day;
            if counts(self.days, day) {
                self.note_year(day);
                if self.days.paused(day, self.pauses) {
                    self.skip(day, Why::Paused);
                    continue;
                }
                left -= 1;
                if weekend(day)
                    && let Some(found) = self.days.exceptions.get(&day).filter(|found| found.is_workday)
                {
                    self.result.worked.push(found.clone());
                }
            } else {
                self.note_year(day);
                self.skip(day, self.days.why(day));
            }
        }
        if runs == Runs::Before {
            self.result.skipped.reverse();
            self.result.worked.reverse();
        }
    }

    /// A natural-day period that ends on a day off ends on the next working day.
    fn move_on(&mut self, n: u32) {
        while n > 0 && !self.days.is_workday(self.result.due.on) {
            self.skip(self.result.due.on, Why::MovedOn);
            let Ok(day) = self.result.due.on.tomorrow() else { return };
            self.result.due.on = day;
            self.note_year(self.result.due.on);
        }
    }

    fn skip(&mut self, day: Date, why: Why) {
        self.result.skipped.push(Skipped { day, why });
    }

    fn note_year(&mut self, day: Date) {
        // Day after day lies in the same year: a year is asked about once.
        if self.year == Some(day.year()) {
            return;
        }
        self.year = Some(day.year());
        if self.result.uncovered.last() != Some(&day.year()) && !self.days.covers(day) {
            self.result.uncovered.push(day.year());
            self.result.due.provisional = true;
        }
    }
}

fn weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::notices;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn calendar() -> Workdays {
        Workdays::new(notices())
    }

    #[test]
    fn t31_the_worked_examples_of_licensing() {
        // license.md section 3.
        let days = calendar();
        assert_eq!(days.after(date(2010, 11, 5), 20).on, date(2010, 12, 3));
        assert_eq!(days.after(date(2010, 11, 5), 30).on, date(2010, 12, 17));
        assert_eq!(days.after(date(2010, 9, 20), 20).on, date(2010, 10, 25));
        assert_eq!(days.after(date(2010, 11, 5), 45).on, date(2011, 1, 10));
        assert_eq!(days.after(date(2010, 11, 4), 5).on, date(2010, 11, 11));
        let review = Pause { from: date(2010, 11, 10), to: date(2010, 11, 19) };
        let found = days.reckon(date(2010, 11, 5), 20, Unit::Working, Runs::After, &[review]);
        assert_eq!(found.due.on, date(2010, 12, 14));
        assert_eq!(found.skipped.iter().filter(|skipped| skipped.why == Why::Paused).count(), 7);
        for (n, expected) in [(30, date(2010, 12, 1)), (45, date(2010, 11, 16))] {
            assert_eq!(days.reckon(date(2010, 12, 31), n, Unit::Natural, Runs::Before, &[]).due.on, expected);
        }
    }

    #[test]
    fn t33_acceptance_on_a_make_up_saturday_counts_from_the_next_day() {
        let days = calendar();
        assert!(days.is_workday(date(2010, 9, 25)));
        let found = days.reckon(date(2010, 9, 25), 1, Unit::Working, Runs::After, &[]);
        assert_eq!(found.due.on, date(2010, 9, 26));
        assert_eq!(found.worked.len(), 1);
    }

    #[test]
    fn t34_overlapping_pauses_are_counted_once() {
        let days = calendar();
        let pause = |from, to| Pause { from: date(2010, 11, from), to: date(2010, 11, to) };
        let one = days.reckon(date(2010, 11, 5), 20, Unit::Working, Runs::After, &[pause(10, 19)]);
        let two = days.reckon(date(2010, 11, 5), 20, Unit::Working, Runs::After, &[pause(10, 16), pause(12, 19)]);
        assert_eq!(one, two);
    }

    #[test]
    fn the_first_day_of_a_pause_is_a_setting() {
        let days = Workdays { pause_counts_first_day: true, ..calendar() };
        let pause = Pause { from: date(2010, 11, 10), to: date(2010, 11, 19) };
        assert_eq!(days.reckon(date(2010, 11, 5), 20, Unit::Working, Runs::After, &[pause]).due.on, date(2010, 12, 15));
    }

    #[test]
    fn make_up_weekends_count_and_changed_notices_are_followed() {
        let days = calendar();
        assert!(!days.is_workday(date(2015, 9, 4)));
        assert!(!days.is_workday(date(2020, 2, 1)));
        assert!(days.is_workday(date(2024, 2, 18)));
    }

    #[test]
    fn the_number_of_working_days_a_year_is_right() {
        let days = calendar();
        for (year, expected) in [(2007, 249), (2008, 251), (2010, 250), (2020, 249), (2024, 251), (2025, 248), (2026, 248)] {
            assert_eq!(days.between(date(year - 1, 12, 31), date(year, 12, 31)), expected, "{year}");
        }
    }

    #[test]
    fn t32_a_limit_into_a_year_without_a_notice_is_provisional() {
        let days = calendar();
        let found = days.reckon(date(2026, 12, 20), 20, Unit::Working, Runs::After, &[]);
        assert!(found.due.provisional);
        assert_eq!(found.uncovered, [2027]);
        assert!(!days.after(date(2026, 11, 2), 20).provisional);
        // The two working days of 2006 in the 2007 notice do not cover 2006.
        assert!(days.after(date(2006, 12, 1), 5).provisional);
    }

    #[test]
    fn a_natural_day_limit_that_ends_on_a_day_off_moves_on() {
        let days = calendar();
        // Ten days from 21 September 2010 end on 1 October: a week off.
        let found = days.reckon(date(2010, 9, 21), 10, Unit::Natural, Runs::After, &[]);
        assert_eq!(found.due.on, date(2010, 10, 8));
        assert_eq!(found.skipped.len(), 7);
    }

    #[test]
    fn the_deadlines_of_both_disclosure_regimes_are_right() {
        let days = calendar();
        let cases = include_str!("../../tests/data/disclosure_deadline_cases.csv");
        let mut n = 0;
        for row in csv::Reader::from_reader(cases.as_bytes()).records() {
            let row = row.unwrap();
            let (id, count, due): (&str, u32, Date) = (&row[0], row[4].parse().unwrap(), row[5].parse().unwrap());
            // D16 names the days with its consultation; D22 is the calendar before it was changed.
            let found = match id {
                "D16" => {
                    let pause = Pause { from: date(2024, 6, 3), to: date(2024, 6, 17) };
                    days.reckon(row[3].parse().unwrap(), 20, Unit::Working, Runs::After, &[pause]).due
                }
                "D22" => {
                    let mut before = days.clone();
                    before.exceptions.retain(|day, _| !(date(2020, 1, 31)..=date(2020, 2, 2)).contains(day));
                    before.exceptions.insert(
                        date(2020, 2, 1),
                        NoticeDay { day: date(2020, 2, 1), is_workday: true, name: "春节".into(), notice_no: None },
                    );
                    before.after(row[3].parse().unwrap(), count)
                }
                _ => days.after(row[3].parse().unwrap(), count),
            };
            assert_eq!(found.on, due, "{id}");
            assert_eq!(found.provisional, id == "D30", "{id}");
            n += 1;
        }
        assert_eq!(n, 32);
    }

    proptest! {
        /// The quick count agrees with counting on one's fingers.
        #[test]
        fn a_due_day_has_as_many_working_days_before_it(start in 0i64..6000, n in 1u32..90) {
            let days = calendar();
            let from = date(2008, 1, 1).saturating_add(start.days());
            let due = days.after(from, n).on;
            prop_assert!(days.is_workday(due));
            prop_assert_eq!(days.between(from, due), i64::from(n));
        }
    }
}
