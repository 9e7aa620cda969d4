//! Forms of statistics (统计表式) as data: rows with code, label, unit, and what each is counted from.

use std::collections::HashMap;
use std::path::Path;

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use super::cube::{Cube, Window};
use super::figure::{Amount, Figure};
use crate::calendar::Period;

#[derive(rust_embed::RustEmbed)]
#[folder = "sql/data/forms/"]
#[include = "*.toml"]
struct Files;

/// What can be counted, each with its classes; `*` stands for words the site chooses itself.
pub const FACTS: [(&str, &[&str]); 15] = [
    // 制发: information formed, and issued documents that have not reached the register, by attribute.
    ("items.made", &["active", "on_request", "none", "unassigned"]),
    // 制发规章、行政规范性文件.
    ("items.normative", &["rule", "normative"]),
    // 主动公开, by the day of publication, once whatever the channels.
    ("items.published", &["rule", "normative", "other"]),
    // 主动公开 of official documents (公文).
    ("items.documents", &[]),
    // Once per channel.
    ("items.channel", &["site", "gazette", "weibo", "wechat", "press", "other"]),
    // 主动公开, by theme (主题分类).
    ("items.theme", &["*"]),
    // 公文制发, by attribute.
    ("documents.issued", &["active", "on_request", "none", "unassigned"]),
    // 收到申请, by channel.
    ("requests.received", &["in_person", "post", "online", "fax", "oral"]),
    // 收到申请, by kind of applicant.
    ("requests.applicants", &["natural_person", "business", "research", "public_welfare", "legal_service", "other_org"]),
    // 答复, by row of results.
    ("requests.answered", &["3"]),
    // 办结, by row of results.
    ("requests.closed", &["3"]),
    // 办结, within the first limit or later.
    ("requests.finished", &["in_time", "extended"]),
    // 逾期未答复: the last day passed without an answer.
    ("requests.overdue", &[]),
    // 复议、诉讼 opened.
    ("disputes.opened", &["review", "suit_direct", "suit_after_review"]),
    // 复议、诉讼 decided, by kind and result.
    ("disputes.decided", &["review", "suit_direct", "suit_after_review"]),
];

/// How often a form is handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cycle {
    Month,
    Quarter,
    Halfyear,
    Year,
    /// Month, quarter and half-year.
    Any,
}

impl Cycle {
    /// The cycle of a period, from its name.
    pub fn of(period: &Period) -> Self {
        match period.name.len() {
            4 => Self::Year,
            _ if period.name.contains('Q') => Self::Quarter,
            _ if period.name.contains('H') => Self::Halfyear,
            _ => Self::Month,
        }
    }

    /// Stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Halfyear => "halfyear",
            Self::Year => "year",
            Self::Any => "any",
        }
    }

    /// 月报, 季报, 半年报, 年报.
    fn report(self) -> &'static str {
        match self {
            Self::Month | Self::Any => "月报",
            Self::Quarter => "季报",
            Self::Halfyear => "半年报",
            Self::Year => "年报",
        }
    }
}

/// What a column of a form holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slot {
    Label,
    Measure,
    Code,
    Value(Reach),
}

/// Which time, and which kinds of units, a column of figures counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    pub since: Since,
    /// Kinds of units (`bureau`, `office`, `subordinate`, `district`, `external`); empty for all.
    pub kinds: Vec<String>,
}

/// Where a column begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// 本期实际.
    Period,
    /// 本年累计.
    Year,
    /// 历年累计.
    Ever,
}

/// One row of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub code: String,
    pub label: String,
    pub unit: String,
    /// What it counts, each a fact with its class (empty for all); none where the database does not know.
    pub count: Option<Vec<(String, String)>>,
    /// Rows it is the sum of: checked when it is counted itself, else its value.
    pub parts: Vec<String>,
    /// Rows noted by hand that are counted here as long as nobody notes them.
    pub less: Vec<String>,
    /// The newest figure instead of the sum over the time.
    pub latest: bool,
    pub heading: bool,
}

/// A form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    pub code: String,
    /// `{cycle}` stands for 月报, 季报 …
    pub title: String,
    pub cycle: Cycle,
    /// First and last day it was in force.
    pub from: Option<Date>,
    pub until: Option<Date>,
    /// One block per unit and a total, instead of one block.
    pub by_unit: bool,
    pub columns: Vec<(Slot, String)>,
    pub rows: Vec<Row>,
    /// Codes of the rows drawn as charts.
    pub chart: Vec<String>,
    /// Printed under the table; `{today}` stands for the day it is judged on.
    pub notes: Vec<String>,
    /// The file's text, to be copied and changed.
    pub text: String,
}

/// A form that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetError {
    pub file: String,
    pub line: u64,
    pub fault: SheetFault,
}

/// What is wrong with a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SheetFault {
    /// Not TOML, or a key that is missing, unknown or of the wrong kind; the parser's words.
    Toml(String),
    /// A column that is none of those there are.
    Column(String),
    /// Counted from something that cannot be counted.
    Fact(String),
    /// A row named that is not there.
    Row(String),
    /// Two rows of one code.
    Twice(String),
    /// A row that is its own part.
    Circle(String),
    /// A day that is none.
    Day(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    code: String,
    title: String,
    cycle: Cycle,
    from: Option<Spanned<String>>,
    until: Option<Spanned<String>>,
    #[serde(default)]
    by_unit: bool,
    columns: Vec<Spanned<String>>,
    #[serde(default)]
    chart: Vec<Spanned<String>>,
    #[serde(default)]
    notes: Vec<String>,
    rows: Vec<FileRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRow {
    code: Spanned<String>,
    label: String,
    #[serde(default)]
    unit: String,
    count: Option<Spanned<String>>,
    #[serde(default)]
    parts: Vec<Spanned<String>>,
    #[serde(default)]
    less: Vec<Spanned<String>>,
    #[serde(default)]
    latest: bool,
    #[serde(default)]
    heading: bool,
}

impl Sheet {
    /// Reads a form.
    ///
    /// # Errors
    /// The line, and what is wrong there.
    pub fn read(file: &str, text: &str) -> Result<Self, SheetError> {
        let line = |at: usize| text[..at].matches('\n').count() as u64 + 1;
        let error = |at: usize, fault: SheetFault| SheetError { file: file.to_owned(), line: line(at), fault };
        let read: File = toml::from_str(text).map_err(|fault| {
            error(fault.span().map_or(0, |span| span.start), SheetFault::Toml(fault.message().trim().replace('\n', " ")))
        })?;
        let day = |text: &Option<Spanned<String>>| match text {
            None => Ok(None),
            Some(day) => crate::calendar::read_day(day.get_ref())
                .map(Some)
                .ok_or_else(|| error(day.span().start, SheetFault::Day(day.get_ref().clone()))),
        };
        let mut columns = Vec::new();
        for column in &read.columns {
            let (slot, title) = column.get_ref().split_once(':').unwrap_or((column.get_ref(), ""));
            let slot = Slot::read(slot).filter(|_| !title.is_empty());
            columns.push((slot.ok_or_else(|| error(column.span().start, SheetFault::Column(column.get_ref().clone())))?, title.to_owned()));
        }
        let mut codes: HashMap<&str, usize> = HashMap::new();
        for (at, row) in read.rows.iter().enumerate() {
            if codes.insert(row.code.get_ref(), at).is_some() {
                return Err(error(row.code.span().start, SheetFault::Twice(row.code.get_ref().clone())));
            }
        }
        let known = |named: &[Spanned<String>]| {
            named
                .iter()
                .map(|code| {
                    let text = code.get_ref();
                    codes
                        .contains_key(text.as_str())
                        .then(|| text.clone())
                        .ok_or_else(|| error(code.span().start, SheetFault::Row(text.clone())))
                })
                .collect::<Result<Vec<_>, _>>()
        };
        let mut rows = Vec::new();
        for row in &read.rows {
            let count = match &row.count {
                None => None,
                Some(words) => Some(terms(words.get_ref()).map_err(|word| error(words.span().start, SheetFault::Fact(word)))?),
            };
            rows.push(Row {
                code: row.code.get_ref().clone(),
                label: row.label.clone(),
                unit: row.unit.clone(),
                count,
                parts: known(&row.parts)?,
                less: known(&row.less)?,
                latest: row.latest,
                heading: row.heading,
            });
        }
        if let Some(at) = circle(&rows) {
            return Err(error(read.rows[at].code.span().start, SheetFault::Circle(rows[at].code.clone())));
        }
        Ok(Self {
            from: day(&read.from)?,
            until: day(&read.until)?,
            chart: known(&read.chart)?,
            code: read.code,
            title: read.title,
            cycle: read.cycle,
            by_unit: read.by_unit,
            columns,
            rows,
            notes: read.notes,
            text: text.to_owned(),
        })
    }

    /// Whether it is handed in for such a period.
    pub fn suits(&self, cycle: Cycle) -> bool {
        self.cycle == cycle || (self.cycle == Cycle::Any && cycle != Cycle::Year)
    }

    /// Its title over a period.
    pub fn titled(&self, period: &Period) -> String {
        let (year, month) = (period.from.year(), period.from.month());
        let when = match Cycle::of(period) {
            Cycle::Quarter => format!("{year}年第{}季度", (month + 2) / 3),
            Cycle::Halfyear => format!("{year}年{}半年", if month == 1 { "上" } else { "下" }),
            Cycle::Year => format!("{year}年"),
            Cycle::Month | Cycle::Any => format!("{year}年{month}月"),
        };
        format!("{}（{when}）", self.title.replace("{cycle}", Cycle::of(period).report()))
    }

    /// The row of a code.
    pub fn row(&self, code: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.code == code)
    }

    /// Its columns of figures.
    pub fn reaches(&self) -> impl Iterator<Item = &Reach> {
        self.columns.iter().filter_map(|(slot, _)| match slot {
            Slot::Value(reach) => Some(reach),
            _ => None,
        })
    }

    /// Whether a column counts everything there ever was.
    pub fn looks_back(&self) -> bool {
        self.reaches().any(|reach| reach.since == Since::Ever)
    }

    /// Fills the form for some units: per row, per column of figures.
    pub fn fill(&self, cube: &Cube, period: &Period, units: &[(i64, String)]) -> Vec<Vec<Figure>> {
        let windows: Vec<(Window, Vec<i64>)> = self
            .reaches()
            .map(|reach| {
                let from = match reach.since {
                    Since::Period => period.from,
                    Since::Year => period.from.first_of_year(),
                    Since::Ever => Date::MIN,
                };
                let fits = |kind: &String| reach.kinds.is_empty() || reach.kinds.contains(kind);
                (Window { from, to: period.to }, units.iter().filter(|(_, kind)| fits(kind)).map(|(id, _)| *id).collect())
            })
            .collect();
        let mut filled: HashMap<&str, Vec<Figure>> = HashMap::new();
        // Parts stand anywhere: a row that waits for them is filled in a later round.
        while filled.len() < self.rows.len() {
            for row in &self.rows {
                let summed = row.count.is_none() && !row.parts.is_empty();
                let ready = !summed || row.parts.iter().all(|part| filled.contains_key(part.as_str()));
                if ready && !filled.contains_key(row.code.as_str()) {
                    let figures = windows.iter().enumerate().map(|(at, (window, units))| {
                        let noted = |code: &str, latest: bool| cube.noted(&self.code, code, *window, units, latest);
                        match &row.count {
                            Some(terms) => {
                                let counted = terms.iter().map(|(fact, class)| cube.count(fact, class, *window, units));
                                let all = counted.fold(Amount::default(), |sum, n| sum + n);
                                let less = row.less.iter().filter_map(|code| noted(code, false)).fold(Amount::default(), |sum, n| sum + n);
                                Figure::Number(all - less)
                            }
                            None => match noted(&row.code, row.latest) {
                                Some(amount) => Figure::Number(amount),
                                None if summed => {
                                    let parts: Option<Vec<Amount>> =
                                        row.parts.iter().map(|part| filled[part.as_str()][at].number()).collect();
                                    parts.map_or(Figure::Blank, |parts| {
                                        Figure::Number(parts.into_iter().fold(Amount::default(), |sum, n| sum + n))
                                    })
                                }
                                None => Figure::Blank,
                            },
                        }
                    });
                    let figures = figures.collect();
                    filled.insert(&row.code, figures);
                }
            }
        }
        self.rows.iter().map(|row| filled.remove(row.code.as_str()).unwrap_or_default()).collect()
    }

    /// Rows that are not the sum of their parts, with the column, and both sides. A blank part counts nothing.
    pub fn broken(&self, filled: &[Vec<Figure>]) -> Vec<(&Row, usize, Amount, Amount)> {
        let at: HashMap<&str, usize> = self.rows.iter().enumerate().map(|(at, row)| (row.code.as_str(), at)).collect();
        let mut broken = Vec::new();
        for (row, figures) in self.rows.iter().zip(filled).filter(|(row, _)| !row.parts.is_empty()) {
            for (column, figure) in figures.iter().enumerate() {
                let Some(left) = figure.number() else { continue };
                let parts = row.parts.iter().filter_map(|part| filled[*at.get(part.as_str())?][column].number());
                let right = parts.fold(Amount::default(), |sum, n| sum + n);
                if left != right {
                    broken.push((row, column, left, right));
                }
            }
        }
        broken
    }
}

impl Slot {
    fn read(word: &str) -> Option<Self> {
        let (slot, kinds) = word.split_once('/').map_or((word, None), |(slot, kinds)| (slot, Some(kinds)));
        let kinds: Vec<String> = kinds.map(|kinds| kinds.split('+').map(str::to_owned).collect()).unwrap_or_default();
        if kinds.iter().any(|kind| !["bureau", "office", "subordinate", "district", "external"].contains(&kind.as_str())) {
            return None;
        }
        let value = |since| Some(Self::Value(Reach { since, kinds: kinds.clone() }));
        match slot {
            "period" => value(Since::Period),
            "year_to_date" => value(Since::Year),
            "all_time" => value(Since::Ever),
            "label" if kinds.is_empty() => Some(Self::Label),
            "unit" if kinds.is_empty() => Some(Self::Measure),
            "code" if kinds.is_empty() => Some(Self::Code),
            _ => None,
        }
    }
}

/// Reads `requests.closed.3.1 + requests.closed.3.2`; the first word that names nothing is the error.
fn terms(text: &str) -> Result<Vec<(String, String)>, String> {
    text.split('+')
        .map(|word| {
            let word = word.trim();
            let (fact, classes) = FACTS
                .iter()
                .find(|(fact, _)| word == *fact || word.strip_prefix(fact).is_some_and(|rest| rest.starts_with('.')))
                .ok_or_else(|| word.to_owned())?;
            let class = word[fact.len()..].trim_start_matches('.');
            let known = class.is_empty()
                || classes
                    .iter()
                    .any(|known| *known == "*" || class == *known || class.strip_prefix(known).is_some_and(|rest| rest.starts_with('.')));
            if known { Ok(((*fact).to_owned(), class.to_owned())) } else { Err(word.to_owned()) }
        })
        .collect()
}

/// The first row that hangs on itself through its parts.
fn circle(rows: &[Row]) -> Option<usize> {
    let at: HashMap<&str, usize> = rows.iter().enumerate().map(|(at, row)| (row.code.as_str(), at)).collect();
    (0..rows.len()).find(|start| {
        let (mut open, mut seen) = (rows[*start].parts.clone(), Vec::new());
        while let Some(part) = open.pop() {
            let Some(&here) = at.get(part.as_str()) else { continue };
            if here == *start {
                return true;
            }
            if !seen.contains(&here) {
                seen.push(here);
                open.extend(rows[here].parts.iter().cloned());
            }
        }
        false
    })
}

/// The forms compiled in, by code.
///
/// # Errors
/// None in a tested build: a test reads every file.
pub fn built_in() -> Result<Vec<Sheet>, SheetError> {
    let mut sheets = Files::iter()
        .map(|name| {
            let file = Files::get(&name).map(|file| file.data).unwrap_or_default();
            Sheet::read(&name, &String::from_utf8_lossy(&file))
        })
        .collect::<Result<Vec<_>, _>>()?;
    sheets.sort_by(|one, other| one.code.cmp(&other.code));
    Ok(sheets)
}

/// A site's own forms, by file name; a folder that is not there means none.
///
/// # Errors
/// A file that cannot be read or is no form.
pub fn site(folder: &Path) -> Result<Vec<Sheet>, SheetError> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut paths: Vec<_> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    paths.sort();
    paths.iter().map(|path| read_file(path)).collect()
}

/// Reads one form from a file.
///
/// # Errors
/// The file cannot be read or is no form.
pub fn read_file(path: &Path) -> Result<Sheet, SheetError> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| SheetError {
        file: file.clone(),
        line: 0,
        fault: SheetFault::Toml(error.to_string()),
    })?;
    Sheet::read(&file, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"code = "own"
title = "本局{cycle}"
cycle = "month"
columns = ["code:代码", "label:指标", "period:本期", "all_time:历年"]
rows = [
  { code = "1", label = "合计", parts = ["2", "3"] },
  { code = "2", label = "答复", count = "requests.answered.3.1 + requests.answered.3.3" },
  { code = "3", label = "访问量" },
]
"#;

    fn fault(text: &str) -> (u64, SheetFault) {
        let error = Sheet::read("own.toml", text).unwrap_err();
        (error.line, error.fault)
    }

    #[test]
    fn every_form_compiled_in_can_be_read() {
        let sheets = built_in().unwrap();
        let codes: Vec<&str> = sheets.iter().map(|sheet| sheet.code.as_str()).collect();
        assert_eq!(codes, ["2014", "anhui-2024", "dingxi-2008", "luan-2019", "monthly", "putian-2009"]);
        assert_eq!(sheets[2].rows.len(), 35, "定西 is known up to code 35");
        assert_eq!(sheets[0].rows.len(), 65);
    }

    #[test]
    fn a_fault_is_told_with_its_line() {
        assert_eq!(fault(&SMALL.replace("requests.answered.3.3", "requests.answerd")), (7, SheetFault::Fact("requests.answerd".into())));
        assert_eq!(fault(&SMALL.replace("answered.3.1", "received.pigeon")), (7, SheetFault::Fact("requests.received.pigeon".into())));
        assert_eq!(fault(&SMALL.replace("period:本期", "fortnight:旬")), (4, SheetFault::Column("fortnight:旬".into())));
        assert_eq!(fault(&SMALL.replace("\"3\"]", "\"9\"]")), (6, SheetFault::Row("9".into())));
        assert_eq!(fault(&SMALL.replace("code = \"3\"", "code = \"2\"")), (8, SheetFault::Twice("2".into())));
        assert_eq!(fault(&SMALL.replace("\"3\"]", "\"1\"]")), (6, SheetFault::Circle("1".into())));
        assert!(matches!(fault(&SMALL.replace("cycle = \"month\"", "cycle = \"weekly\"")), (3, SheetFault::Toml(_))));
        assert!(matches!(fault(&SMALL.replace("label = \"访问量\"", "labl = \"访问量\"")), (8, SheetFault::Toml(_))));
    }

    #[test]
    fn a_sum_waits_for_its_parts_and_a_blank_is_no_zero() {
        let sheet = Sheet::read("own.toml", SMALL).unwrap();
        let period = Period::read("2026-10").unwrap();
        let mut cube = Cube::default();
        let day = |month, day| jiff::civil::date(2026, month, day);
        cube.add("requests.answered", 1, day(10, 3), "3.1", Amount::whole(2));
        cube.add("requests.answered", 1, day(9, 3), "3.3.4", Amount::whole(5));
        cube.add("requests.answered", 1, day(10, 4), "3.4.1", Amount::whole(7));
        cube.add("requests.answered", 2, day(10, 4), "3.1", Amount::whole(100));
        let one = [(1, "office".to_owned())];
        let filled = sheet.fill(&cube, &period, &one);
        assert_eq!(filled, [vec![Figure::Blank; 2], vec![Figure::count(2), Figure::count(7)], vec![Figure::Blank; 2]]);
        let month = Window { from: period.from, to: period.to };
        cube.note("own", "3", 1, month, Amount::whole(30));
        let filled = sheet.fill(&cube, &period, &one);
        assert_eq!(filled[0], [Figure::count(32), Figure::count(37)]);
        assert_eq!(sheet.broken(&filled), []);
    }

    #[test]
    fn what_is_counted_must_be_the_sum_of_its_parts() {
        let sheet = Sheet::read("own.toml", &SMALL.replace("label = \"合计\"", "label = \"合计\", count = \"requests.answered\"")).unwrap();
        let period = Period::read("2026-10").unwrap();
        let mut cube = Cube::default();
        cube.add("requests.answered", 1, period.from, "3.4.1", Amount::whole(4));
        let filled = sheet.fill(&cube, &period, &[(1, "office".to_owned())]);
        let broken: Vec<_> = sheet.broken(&filled).into_iter().map(|(row, at, left, right)| (row.code.clone(), at, left, right)).collect();
        assert_eq!(broken[0], ("1".to_owned(), 0, Amount::whole(4), Amount::default()));
    }
}
