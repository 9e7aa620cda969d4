//! The State Council's yearly notices on public holidays (国务院办公厅关于部分节假日安排的通知), compiled in.

use jiff::civil::Date;

/// Every day on which a notice departs from the plain week, 2007 to 2026.
const DAYS: &str = include_str!("../../sql/data/cn_holidays.csv");
/// The notices with their numbers.
const SOURCES: &str = include_str!("../../sql/data/cn_holidays_sources.csv");

/// One day of a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeDay {
    pub day: Date,
    /// True: a weekend day that is worked; false: a day off.
    pub is_workday: bool,
    pub name: String,
    /// Number of the notice; none where it was not seen.
    pub notice_no: Option<String>,
}

/// The compiled-in calendar, oldest day first.
///
/// A day belongs to the notice of the holiday's year: the working days before
/// 1 January that a 元旦 notice sets belong to the next year's notice.
pub fn notices() -> Vec<NoticeDay> {
    let numbers = numbers();
    let mut reader = csv::Reader::from_reader(DAYS.as_bytes());
    let mut days: Vec<NoticeDay> = reader
        .records()
        .filter_map(Result::ok)
        .filter_map(|row| {
            let day: Date = row.get(0)?.parse().ok()?;
            let name = row.get(2)?.to_owned();
            let year = if day.month() == 12 && name == "元旦" { day.year() + 1 } else { day.year() };
            let notice_no =
                amendment(day).map(str::to_owned).or_else(|| numbers.iter().find(|(of, _)| *of == year).map(|(_, number)| number.clone()));
            Some(NoticeDay { day, is_workday: row.get(1)? == "work", name, notice_no })
        })
        .collect();
    days.sort_by_key(|day| day.day);
    days
}

/// The notice that changed a day after the year's own had been issued.
fn amendment(day: Date) -> Option<&'static str> {
    use jiff::civil::date;
    let amended = [
        (date(2015, 9, 3), date(2015, 9, 6), "国发明电〔2015〕1号"),
        (date(2019, 4, 28), date(2019, 5, 5), "国办发明电〔2019〕3号"),
        (date(2020, 1, 31), date(2020, 2, 2), "国办发明电〔2020〕1号"),
    ];
    amended.into_iter().find(|(from, to, _)| (*from..=*to).contains(&day)).map(|(_, _, number)| number)
}

fn numbers() -> Vec<(i16, String)> {
    let mut reader = csv::Reader::from_reader(SOURCES.as_bytes());
    reader
        .records()
        .filter_map(Result::ok)
        .filter_map(|row| {
            let number = row.get(1)?;
            (number.starts_with('国')).then(|| Some((row.get(0)?.parse().ok()?, number.to_owned())))?
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{Weekday, date};

    #[test]
    fn all_days_are_read_and_every_working_one_is_a_weekend_day() {
        let days = notices();
        assert_eq!(days.len(), DAYS.lines().count() - 1);
        assert!(days.iter().filter(|day| day.is_workday).all(|day| matches!(day.day.weekday(), Weekday::Saturday | Weekday::Sunday)));
    }

    #[test]
    fn the_days_before_new_year_belong_to_next_years_notice() {
        let days = notices();
        let eve = days.iter().find(|day| day.day == date(2018, 12, 29)).unwrap();
        assert_eq!(eve.notice_no.as_deref(), Some("国办发明电〔2018〕15号"));
    }

    #[test]
    fn a_day_that_was_changed_names_the_notice_that_changed_it() {
        let days = notices();
        let number = |day| days.iter().find(|found| found.day == day).and_then(|found| found.notice_no.clone());
        assert_eq!(number(date(2020, 2, 1)).as_deref(), Some("国办发明电〔2020〕1号"));
        assert_eq!(number(date(2020, 1, 30)).as_deref(), Some("国办发明电〔2019〕16号"));
    }
}
