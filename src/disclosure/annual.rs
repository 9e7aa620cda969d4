//! The annual report (政府信息公开工作年度报告): its forms of 2019 and 2021 as data, and the
//! identities that must hold (disclosure.md 1.2).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::figure::{Amount, Figure};

/// The columns of table 三, as keys and as titles.
pub const COLUMNS: [(&str, &str); 7] = [
    ("natural_person", "自然人"),
    ("business", "商业企业"),
    ("research", "科研机构"),
    ("public_welfare", "社会公益组织"),
    ("legal_service", "法律服务机构"),
    ("other_org", "其他"),
    ("total", "总计"),
];

/// The groups of table 四, by the codes of their cells, and as titles.
pub const GROUPS: [(&str, &str); 3] = [("R", "行政复议"), ("L1", "未经复议直接起诉"), ("L2", "复议后起诉")];

/// The columns of a group of table 四.
pub const RESULTS: [&str; 5] = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"];

/// Titles of the three tables.
pub const TABLES: [&str; 3] = ["二、主动公开政府信息情况", "三、收到和处理政府信息公开申请情况", "四、政府信息公开行政复议、行政诉讼情况"];

/// Which form a year's report has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// 国办公开办函〔2019〕60号, for 2019 and 2020.
    Of2019,
    /// 国办公开办函〔2021〕30号.
    Of2021,
}

impl Form {
    /// The form of a year; none before 2019.
    pub fn of_year(year: i16) -> Option<Self> {
        match year {
            ..2019 => None,
            2019 | 2020 => Some(Self::Of2019),
            _ => Some(Self::Of2021),
        }
    }

    /// Its code among the forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::Of2019 => "2019",
            Self::Of2021 => "2021",
        }
    }

    /// The form of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Of2019, Self::Of2021].into_iter().find(|form| form.code() == code)
    }

    /// The rows of one of its tables (0, 1, 2), in order.
    pub fn rows(self, table: usize) -> impl Iterator<Item = &'static FormRow> {
        FORMS.iter().filter(move |row| row.form == self.code() && row.table == TABLES[table])
    }

    /// The value rows of table 三 but 一, 二, 总计 and 四: the results.
    pub fn results(self) -> impl Iterator<Item = &'static str> {
        self.rows(1).map(|row| row.code.as_str()).filter(|code| code.starts_with("3.") && *code != "3.7")
    }

    /// The value columns of a row of table 二: the words of the header above it.
    pub fn proactive_columns(self, code: &str) -> Vec<&'static str> {
        let mut header = Vec::new();
        for row in self.rows(0) {
            if row.code == "h" && row.label.contains('|') {
                header = row.label.split('|').skip(1).collect();
            } else if row.code == code {
                return header;
            }
        }
        Vec::new()
    }
}

/// One row of a form as the file knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormRow {
    pub form: String,
    pub table: String,
    /// `h` for a title or header row.
    pub code: String,
    /// Parts nested in each other, by `|`.
    pub label: String,
    pub unit: String,
}

static FORMS: LazyLock<Vec<FormRow>> = LazyLock::new(|| {
    let mut reader = csv::Reader::from_reader(include_str!("../../sql/data/disclosure_forms.csv").as_bytes());
    let rows = reader.records().filter_map(Result::ok);
    rows.map(|row| FormRow {
        form: row[0].to_owned(),
        table: row[1].to_owned(),
        code: row[3].to_owned(),
        label: row[4].to_owned(),
        unit: row[5].to_owned(),
    })
    .collect()
});

/// Every row of every form the file knows.
pub fn forms() -> &'static [FormRow] {
    &FORMS
}

/// A filled annual report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annual {
    pub org: String,
    pub year: i16,
    pub form: Form,
    /// Table 二 by row code.
    pub proactive: BTreeMap<String, Vec<Figure>>,
    /// Table 三 by row code.
    pub applications: BTreeMap<String, [Figure; 7]>,
    /// Table 四 by group.
    pub disputes: [[Figure; 5]; 3],
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Warning,
    Error,
}

impl Severity {
    /// Stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// An identity that does not hold, or a doubt about a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// `A1` … `E5`.
    pub rule: &'static str,
    pub severity: Severity,
    /// 二, 三 or 四; empty for the report as a whole.
    pub table: String,
    pub row: String,
    pub column: String,
    pub left: String,
    pub right: String,
}

impl Broken {
    fn error(rule: &'static str, (table, row, column): (&str, &str, &str), left: Amount, right: Amount) -> Self {
        Self {
            rule,
            severity: Severity::Error,
            table: table.to_owned(),
            row: row.to_owned(),
            column: column.to_owned(),
            left: left.to_string(),
            right: right.to_string(),
        }
    }

    /// A doubt.
    pub fn warning(rule: &'static str, (table, row, column): (&str, &str, &str), found: &str) -> Self {
        Self {
            rule,
            severity: Severity::Warning,
            table: table.to_owned(),
            row: row.to_owned(),
            column: column.to_owned(),
            left: found.to_owned(),
            right: String::new(),
        }
    }

    /// Left less right.
    pub fn difference(&self) -> Option<Amount> {
        Some(Amount::read(&self.left)? - Amount::read(&self.right)?)
    }
}

impl Annual {
    /// A report without figures.
    pub fn blank(org: &str, year: i16, form: Form) -> Self {
        let proactive = form
            .rows(0)
            .filter(|row| row.code != "h")
            .map(|row| (row.code.clone(), vec![Figure::Blank; form.proactive_columns(&row.code).len()]))
            .collect();
        let applications = form.rows(1).map(|row| (row.code.clone(), [Figure::Blank; 7])).collect();
        Self { org: org.to_owned(), year, form, proactive, applications, disputes: [[Figure::Blank; 5]; 3] }
    }

    fn row(&self, code: &str) -> [Figure; 7] {
        self.applications.get(code).copied().unwrap_or_default()
    }

    /// The result rows the report has: a report that mixes forms has 3.6 alone or its three items.
    fn result_rows(&self) -> impl Iterator<Item = (&String, &[Figure; 7])> {
        self.applications.iter().filter(|(code, _)| code.starts_with("3.") && *code != "3.7")
    }

    /// Every identity of the report itself that does not hold: A1, A2, A3, B1, and E1, E2, E5.
    pub fn check(&self) -> Vec<Broken> {
        let mut found = Vec::new();
        let (new, carried, all, left) = (self.row("1"), self.row("2"), self.row("3.7"), self.row("4"));
        for (at, (key, _)) in COLUMNS.iter().enumerate() {
            let number = |row: &[Figure; 7]| row[at].number();
            let zero = |row: &[Figure; 7]| number(row).unwrap_or_default();
            if let (Some(new), Some(all)) = (number(&new), number(&all)) {
                let (come, gone) = (new + zero(&carried), all + zero(&left));
                if come != gone {
                    found.push(Broken::error("A1", ("三", "1+2=3.7+4", key), come, gone));
                }
            }
            let parts: Vec<Amount> = self.result_rows().filter_map(|(_, row)| number(row)).collect();
            if let (Some(all), false) = (number(&all), parts.is_empty()) {
                let sum = parts.into_iter().fold(Amount::default(), |sum, part| sum + part);
                if sum != all {
                    found.push(Broken::error("A2", ("三", "3.7", key), all, sum));
                }
            }
        }
        for (code, row) in &self.proactive {
            let blank = row.iter().enumerate().filter(|(_, figure)| **figure == Figure::Blank).map(|(at, _)| (at + 1).to_string());
            let blank: Vec<String> = blank.collect();
            if !blank.is_empty() {
                found.push(Broken::warning("E1", ("二", code, &blank.join(" ")), ""));
            }
        }
        for (code, row) in &self.applications {
            let parts: Vec<Amount> = row[..6].iter().filter_map(|figure| figure.number()).collect();
            if let (Some(total), false) = (row[6].number(), parts.is_empty()) {
                let sum = parts.into_iter().fold(Amount::default(), |sum, part| sum + part);
                if sum != total {
                    found.push(Broken::error("A3", ("三", code, "total"), total, sum));
                }
            }
            let blanks: Vec<&str> =
                COLUMNS.iter().zip(row).filter(|(_, figure)| **figure == Figure::Blank).map(|((key, _), _)| *key).collect();
            if !blanks.is_empty() {
                found.push(Broken::warning("E1", ("三", code, &blanks.join(" ")), ""));
            }
            for ((key, _), figure) in COLUMNS.iter().zip(row) {
                odd(&mut found, ("三", code, key), *figure);
            }
        }
        for ((code, _), row) in GROUPS.iter().zip(&self.disputes) {
            let parts: Vec<Amount> = row[..4].iter().filter_map(|figure| figure.number()).collect();
            if let (Some(total), false) = (row[4].number(), parts.is_empty()) {
                let sum = parts.into_iter().fold(Amount::default(), |sum, part| sum + part);
                if sum != total {
                    found.push(Broken::error("B1", ("四", code, "总计"), total, sum));
                }
            }
            let blanks: Vec<&str> =
                RESULTS.iter().zip(row).filter(|(_, figure)| **figure == Figure::Blank).map(|(title, _)| *title).collect();
            if !blanks.is_empty() {
                found.push(Broken::warning("E1", ("四", code, &blanks.join(" ")), ""));
            }
            for (title, figure) in RESULTS.iter().zip(row) {
                odd(&mut found, ("四", code, title), *figure);
            }
        }
        for (code, row) in &self.proactive {
            // Amounts of money may have places; counts may not.
            for (at, figure) in row.iter().enumerate().filter(|_| !code.starts_with("20.8") && !code.starts_with("20.9")) {
                let increase = self.form == Form::Of2019 && at == 1;
                if !increase {
                    odd(&mut found, ("二", code, &(at + 1).to_string()), *figure);
                }
            }
        }
        if self.form == Form::Of2021 && self.applications.contains_key("3.6") {
            found.push(Broken::warning("E2", ("三", "3.6", ""), "2019"));
        }
        found
    }

    /// The identities between this report and that of the year before: C1 and C2.
    pub fn check_against(&self, before: &Self) -> Vec<Broken> {
        let mut found = Vec::new();
        for (at, (key, _)) in COLUMNS.iter().enumerate() {
            if let (Some(left), Some(carried)) = (before.row("4")[at].number(), self.row("2")[at].number())
                && left != carried
            {
                found.push(Broken::error("C1", ("三", "2", key), carried, left));
            }
        }
        if self.form == Form::Of2021 && before.form == Form::Of2021 {
            for code in ["20.1.1", "20.1.2"] {
                let number =
                    |report: &Self, at: usize| report.proactive.get(code).and_then(|row| row.get(at)).and_then(|figure| figure.number());
                if let (Some(made), Some(gone), Some(valid), Some(last)) =
                    (number(self, 0), number(self, 1), number(self, 2), number(before, 2))
                {
                    let wanted = last + made - gone;
                    if valid != wanted {
                        found.push(Broken::error("C2", ("二", code, "现行有效件数"), valid, wanted));
                    }
                }
            }
        }
        found
    }
}

/// E5: a count that is negative or has places.
fn odd(found: &mut Vec<Broken>, place: (&str, &str, &str), figure: Figure) {
    if let Some(number) = figure.number()
        && (number.negative() || number.as_whole().is_none())
    {
        found.push(Broken::warning("E5", place, &number.to_string()));
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A report in which everything holds.
    pub(in crate::disclosure) fn sound(year: i16) -> Annual {
        let mut report = Annual::blank("某市水务局", year, Form::of_year(year).unwrap());
        let row = |cells: [i64; 6]| {
            let mut row = [Figure::Blank; 7];
            row.iter_mut().zip(cells).for_each(|(cell, n)| *cell = Figure::count(n));
            row[6] = Figure::count(cells.iter().sum());
            row
        };
        report.applications.values_mut().for_each(|cells| *cells = row([0; 6]));
        for (code, cells) in [
            ("1", [12, 3, 0, 0, 1, 0]),
            ("2", [1, 0, 0, 0, 0, 0]),
            ("3.1", [7, 2, 0, 0, 0, 0]),
            ("3.2", [2, 0, 0, 0, 1, 0]),
            ("3.4.1", [3, 0, 0, 0, 0, 0]),
            ("3.7", [12, 2, 0, 0, 1, 0]),
            ("4", [1, 1, 0, 0, 0, 0]),
        ] {
            report.applications.insert(code.to_owned(), row(cells));
        }
        for (group, n) in report.disputes.iter_mut().zip([2, 0, 1]) {
            *group = [n, 0, 0, 1, n + 1].map(Figure::count);
        }
        for (code, cells) in &mut report.proactive {
            let values: &[i64] = if code.starts_with("20.1") { &[2, 1, 9] } else { &[4, 0, 4] };
            cells.iter_mut().zip(values).for_each(|(cell, n)| *cell = Figure::count(*n));
        }
        report
    }

    #[test]
    fn the_forms_have_the_official_shape() {
        assert_eq!(Form::Of2021.rows(1).count(), 25);
        assert_eq!(Form::Of2019.rows(1).count(), 23);
        assert_eq!(Form::Of2021.rows(0).count(), 14);
        assert_eq!(Form::Of2021.rows(2).count(), 15);
        assert_eq!(Form::Of2021.proactive_columns("20.1.2"), ["本年制发件数", "本年废止件数", "现行有效件数"]);
        assert_eq!(Form::Of2021.proactive_columns("20.6.2"), ["本年处理决定数量"]);
        assert_eq!(Form::Of2021.results().count(), 21);
    }

    #[test]
    fn a_sound_report_raises_nothing() {
        assert_eq!(sound(2024).check(), []);
        assert_eq!(sound(2019).check(), []);
    }

    #[test]
    fn every_broken_identity_is_named_and_no_other() {
        let broken = |change: &dyn Fn(&mut Annual)| {
            let mut report = sound(2024);
            change(&mut report);
            report.check().into_iter().map(|found| format!("{} {} {}", found.rule, found.row, found.column)).collect::<Vec<_>>()
        };
        let set = |code: &'static str, at: usize, n: i64| {
            move |report: &mut Annual| report.applications.get_mut(code).unwrap()[at] = Figure::count(n)
        };
        assert_eq!(broken(&set("4", 6, 3)), ["A1 1+2=3.7+4 total", "A3 4 total"]);
        assert_eq!(broken(&set("3.1", 0, 8)), ["A2 3.7 natural_person", "A3 3.1 total"]);
        assert_eq!(broken(&|report| report.disputes[0][4] = Figure::count(2)), ["B1 R 总计"]);
        assert_eq!(broken(&|report| report.applications.get_mut("3.5.2").unwrap()[3] = Figure::Blank), ["E1 3.5.2 public_welfare"]);
        assert_eq!(broken(&|report| report.disputes[1][0] = Figure::Number(Amount::read("-1").unwrap())), ["B1 L1 总计", "E5 L1 结果维持"]);
    }

    #[test]
    fn a_year_follows_from_the_year_before() {
        let (mut before, mut after) = (sound(2023), sound(2024));
        after.applications.insert("2".into(), before.row("4"));
        before.proactive.insert("20.1.1".into(), [2, 1, 8].map(Figure::count).to_vec());
        before.proactive.insert("20.1.2".into(), [2, 1, 8].map(Figure::count).to_vec());
        assert_eq!(after.check_against(&before), []);
        before.applications.get_mut("4").unwrap()[1] = Figure::count(5);
        before.proactive.insert("20.1.2".into(), [2, 1, 7].map(Figure::count).to_vec());
        let rules: Vec<_> = after.check_against(&before).into_iter().map(|found| (found.rule, found.left, found.right)).collect();
        assert_eq!(rules, [("C1", "1".into(), "5".into()), ("C2", "9".into(), "8".into())]);
    }
}
