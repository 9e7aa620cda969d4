//! Days: reading them, working days (工作日), and the State Council's calendar.

mod notices;
mod rules;
mod table;
mod workdays;

use jiff::civil::Date;

pub use notices::{NoticeDay, notices};
pub use rules::{NoRule, Rule, Runs, Unit, rule_on, rules};
pub use table::{CALENDAR_FIELDS, DayFacts, DayKind, read_calendar_day};
pub use workdays::{Due, Pause, Reckoning, Skipped, Why, Workdays};

/// Reads `2026-11-23`, `2026/11/23`, `2026.11.23`, `20261123` or `2026年11月23日`.
pub fn read_day(text: &str) -> Option<Date> {
    let text = text.trim();
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Date::new(text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?).ok();
    }
    let plain = text.replace(['年', '月', '/', '.'], "-");
    let plain = plain.strip_suffix('日').unwrap_or(&plain);
    // A clock reading behind the day, as spreadsheets add it, is dropped.
    let plain = plain.split([' ', 'T']).next()?;
    let mut parts = plain.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// A stretch of time with its name: a month, a quarter, a half-year or a year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// `2026-10`, `2026-Q4`, `2026-H2`, `2026`.
    pub name: String,
    pub from: Date,
    pub to: Date,
}

impl Period {
    /// Reads `2026-10`, `2026-Q3`, `2026-H1` or `2026`.
    pub fn read(text: &str) -> Option<Self> {
        let (year, part) = text.split_once('-').map_or((text, None), |(year, part)| (year, Some(part)));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if year.len() != 4 || !digits(year) || part.is_some_and(|part| !digits(part.trim_start_matches(['Q', 'H']))) {
            return None;
        }
        let year: i16 = year.parse().ok()?;
        let (first, months) = match part {
            None => (1, 12),
            Some(part) => match (part.get(..1)?, part.get(1..)?) {
                ("Q", n) => ((n.parse::<i8>().ok().filter(|n| (1..=4).contains(n))? - 1) * 3 + 1, 3),
                ("H", n) => ((n.parse::<i8>().ok().filter(|n| (1..=2).contains(n))? - 1) * 6 + 1, 6),
                _ if part.len() == 2 => (part.parse().ok()?, 1),
                _ => return None,
            },
        };
        let from = Date::new(year, first, 1).ok()?;
        let to = Date::new(year, first + months - 1, 1).ok()?.last_of_month();
        Some(Self { name: text.to_owned(), from, to })
    }

    /// From the first of January to the end of the period: 本年累计.
    pub fn year_to_date(&self) -> Self {
        Self { name: self.name.clone(), from: self.from.first_of_year(), to: self.to }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_are_read_as_people_write_them() {
        for text in ["2026-11-03", "2026/11/3", "2026.11.3", "20261103", "2026年11月3日", "2026-11-03 00:00:00"] {
            assert_eq!(read_day(text), Some(date(2026, 11, 3)), "{text}");
        }
        for text in ["", "2026-13-01", "2026-02-30", "11/3/2026", "二〇二六年", "26-11-03"] {
            assert_eq!(read_day(text), None, "{text}");
        }
    }

    #[test]
    fn a_period_knows_its_first_and_last_day() {
        let month = Period::read("2024-02").unwrap();
        assert_eq!((month.from, month.to), (date(2024, 2, 1), date(2024, 2, 29)));
        let quarter = Period::read("2026-Q4").unwrap();
        assert_eq!((quarter.from, quarter.to), (date(2026, 10, 1), date(2026, 12, 31)));
        assert_eq!(Period::read("2026-H2").unwrap().from, date(2026, 7, 1));
        assert_eq!(quarter.year_to_date().from, date(2026, 1, 1));
        for bad in ["2026-13", "2026-Q5", "2026-1", "26-10", "2026-10-01", ""] {
            assert_eq!(Period::read(bad), None, "{bad}");
        }
    }
}
