//! A notice as a table: one line per day that departs from the plain week.

use jiff::civil::{Date, Weekday};

use super::read_day;
use crate::intake::{Field, Row};
use crate::plan::{Facts, Reject};

/// The columns of a calendar table.
pub const CALENDAR_FIELDS: &[Field] = &[
    Field { key: "day", aliases: &["day", "date", "日期"], required: true, carry_down: false },
    Field { key: "kind", aliases: &["kind", "类型", "安排"], required: true, carry_down: false },
    Field { key: "name", aliases: &["name", "节日", "名称"], required: false, carry_down: true },
    Field { key: "notice_no", aliases: &["notice_no", "文号", "通知文号"], required: false, carry_down: true },
];

/// One day as a table brings it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayFacts {
    pub day: Date,
    key: String,
    pub kind: DayKind,
    pub name: Option<String>,
    pub notice_no: Option<String>,
}

/// What becomes of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayKind {
    /// 休: a day off.
    Off,
    /// 班: a weekend day that is worked (调休).
    Work,
    /// 平: as the plain week has it; takes an entry back.
    Plain,
}

impl DayKind {
    /// The word in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Work => "work",
            Self::Plain => "plain",
        }
    }

    fn read(text: &str) -> Option<Self> {
        Some(match text {
            "off" | "休" | "休息" | "放假" => Self::Off,
            "work" | "班" | "上班" | "调休上班" | "工作日" => Self::Work,
            "plain" | "平" | "平日" => Self::Plain,
            _ => return None,
        })
    }
}

impl DayFacts {
    /// A day that is in the calendar.
    pub fn new(day: Date, is_workday: bool, name: Option<String>, notice_no: Option<String>) -> Self {
        let kind = if is_workday { DayKind::Work } else { DayKind::Off };
        Self { day, key: day.to_string(), kind, name, notice_no }
    }

    /// A day taken back to the plain week.
    #[must_use]
    pub fn plain(&self) -> Self {
        Self { kind: DayKind::Plain, name: None, notice_no: None, ..self.clone() }
    }
}

impl Facts for DayFacts {
    fn key(&self) -> &str {
        &self.key
    }

    fn fields(&self) -> Vec<(&'static str, Option<String>)> {
        vec![("kind", Some(self.kind.word().to_owned())), ("name", self.name.clone()), ("notice_no", self.notice_no.clone())]
    }
}

/// Reads one line. A working day must be a Saturday or Sunday: a notice names no other.
///
/// # Errors
/// Every rule the line breaks.
pub fn read_calendar_day(row: &Row) -> Result<DayFacts, Vec<Reject>> {
    let mut rejects = Vec::new();
    let cell = |key: &str| row.get(key).unwrap_or_default();
    let mut reject = |column, rule| {
        rejects.push(Reject { line: row.line, column, rule, value: cell(column).to_owned(), cells: row.original().to_vec() });
    };
    let day = read_day(cell("day"));
    if day.is_none() {
        reject("day", "day-unreadable");
    }
    let kind = DayKind::read(cell("kind"));
    if kind.is_none() {
        reject("kind", "day-kind-unknown");
    }
    if let (Some(day), Some(DayKind::Work)) = (day, kind)
        && !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
    {
        reject("day", "day-works-already");
    }
    match (day, kind) {
        (Some(day), Some(kind)) if rejects.is_empty() => {
            let said = |key: &str| Some(cell(key)).filter(|text| !text.is_empty() && kind != DayKind::Plain).map(str::to_owned);
            Ok(DayFacts { day, key: day.to_string(), kind, name: said("name"), notice_no: said("notice_no") })
        }
        _ => Err(rejects),
    }
}
