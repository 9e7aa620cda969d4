//! A report as it was published: its rows found by their labels through misprints, its blanks kept.

use unicode_normalization::UnicodeNormalization;

use super::annual::{Annual, Broken, COLUMNS, Form, GROUPS, RESULTS, Severity};
use super::figure::{Amount, Figure};

/// What was read of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    pub annual: Annual,
    /// Doubts of the reading: E3, E4, E5.
    pub doubts: Vec<Broken>,
}

/// Below this likeness (0 to 1, with a bonus for the numbering) a label is another one.
const ALIKE: f64 = 0.6;

/// What equal numbering (`（七）`, `3.`, `一、`) and being part of each other add to the likeness of two labels.
const NUMBERED: f64 = 0.3;

/// From here on a label stands for itself wherever its row is.
const SURE: f64 = 0.85;

/// What is known of a document beside its text: what the operator says goes first, its name last.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    pub year: Option<i16>,
    pub year_in_name: Option<i16>,
    pub org: Option<&'a str>,
}

/// Why a document is no report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoReport {
    /// It says nowhere which year it is about.
    Year,
    /// It holds no table of results of requests.
    Tables,
}

/// Reads the tables of a document.
///
/// # Errors
/// It is no report, or nobody knows its year.
pub fn read(tables: &[Vec<Vec<String>>], text: &str, known: Known<'_>) -> Result<Read, NoReport> {
    let heading = text.lines().find(|line| line.contains("年度报告")).unwrap_or_default();
    let year = known.year.or_else(|| year_in(heading)).or(known.year_in_name).or_else(|| year_in(text)).ok_or(NoReport::Year)?;
    let old = tables.iter().flatten().flatten().any(|cell| cell.contains("新制作数量") || cell.contains("采购总金额"));
    let form = if old { Form::Of2019 } else { Form::of_year(year).ok_or(NoReport::Tables)? };
    let form = if old || year > 2020 { form } else { Form::Of2019 };
    let org = known.org.map_or_else(|| org_in(heading), str::to_owned);
    if let Some(read) = flat(tables, &org, year, form) {
        return Ok(read);
    }
    let mut read = Read { annual: Annual::blank(&org, year, form), doubts: Vec::new() };
    let mut found = 0;
    for table in tables {
        read.proactive(table);
        found += read.applications(table);
        read.disputes(table);
    }
    if found >= 5 { Ok(read) } else { Err(NoReport::Tables) }
}

/// A row of a table: its label, and what stands behind it.
struct Line<'a> {
    label: &'a str,
    /// Place of the label in the row.
    at: usize,
    cells: &'a [String],
}

/// A cell that is meant as a figure: a number, also with its unit behind it, a blank, a stroke, or 无; and whether it is
/// written plainly.
pub(super) fn figure(cell: &str) -> Option<(Figure, bool)> {
    if let Some(figure) = Figure::read(cell) {
        return Some((figure, true));
    }
    let bare = cell.trim();
    if matches!(bare, "无" | "没有" | "零" | "〇") {
        return Some((Figure::NotApplicable, false));
    }
    let number = bare.trim_end_matches(|c: char| "件万元个次条份例人".contains(c));
    let starts = number.chars().next().is_some_and(|c| c.is_ascii_digit() || ('０'..='９').contains(&c));
    Figure::read(number).filter(|_| starts && number != bare).map(|figure| (figure, false))
}

/// The label of a row is its last word before the first number; of a row of blanks, its last word.
fn line(row: &[String]) -> Option<Line<'_>> {
    let number = |cell: &String| figure(cell).is_some_and(|(figure, _)| figure != Figure::Blank);
    let end = row.iter().position(number).unwrap_or(row.len());
    let at = row[..end].iter().rposition(|cell| figure(cell).is_none())?;
    Some(Line { label: &row[at], at, cells: &row[at + 1..] })
}

impl Read {
    fn doubt(&mut self, rule: &'static str, place: (&str, &str, &str), found: &str) {
        self.doubts.push(Broken::warning(rule, place, found));
    }

    /// Figures from cells, with a doubt for each that is no plain figure.
    fn figures(&mut self, cells: &[&String], table: &str, code: &str, column: impl Fn(usize) -> String) -> Vec<Figure> {
        let mut figures = Vec::new();
        for (at, cell) in cells.iter().enumerate() {
            let (found, plain) = figure(cell).unwrap_or((Figure::NotApplicable, false));
            if !plain {
                self.doubt("E5", (table, code, &column(at)), cell);
            }
            figures.push(found);
        }
        figures
    }

    /// Table 二: rows by their labels, within a table that is about 第二十条.
    fn proactive(&mut self, table: &[Vec<String>]) {
        let about = table.iter().flatten().any(|cell| cell.contains("第二十条") || cell.contains("信息内容"));
        if !about {
            return;
        }
        let form = self.annual.form;
        let known: Vec<(String, String)> =
            form.rows(0).filter(|row| row.code != "h").map(|row| (row.code.clone(), row.label.clone())).collect();
        for row in table {
            let Some(line) = line(row).filter(|line| !line.cells.is_empty()) else { continue };
            // A row of the other tables, where all stand in one.
            if line.cells.iter().filter(|cell| figure(cell).is_some_and(|(figure, _)| figure.number().is_some())).count() > 4 {
                continue;
            }
            let wanted = key(line.label);
            let alike = |label: &str| if key(label) == wanted { 1.0 } else { strsim::normalized_levenshtein(&key(label), &wanted) };
            let best = known.iter().map(|(code, label)| (code, label, alike(label))).max_by(|one, other| one.2.total_cmp(&other.2));
            let Some((code, label, _)) = best.filter(|(_, _, score)| *score >= ALIKE) else { continue };
            let named = line.cells.iter().collect::<Vec<_>>();
            let width = self.annual.proactive.get(code).map_or(0, Vec::len);
            let (own, more) = named.split_at(width.min(named.len()));
            if key(label) != wanted {
                self.doubt("E4", ("二", code, ""), line.label);
            }
            let more: Vec<String> = more.iter().filter_map(|cell| figure(cell)?.0.number()).map(|n| n.to_string()).collect();
            if !more.is_empty() {
                self.doubt("E3", ("二", code, ""), &more.join(" "));
            }
            let figures = self.figures(own, "二", code, |at| (at + 1).to_string());
            if let Some(cells) = self.annual.proactive.get_mut(code) {
                cells.iter_mut().zip(figures).for_each(|(cell, figure)| *cell = figure);
            }
        }
    }

    /// Table 三; returns how many of its rows were found.
    fn applications(&mut self, table: &[Vec<String>]) -> usize {
        let lines: Vec<(&[String], Line<'_>)> = table
            .iter()
            .filter_map(|row| Some((row.as_slice(), line(row)?)))
            .filter(|(_, line)| {
                line.cells.len() >= 5 && line.cells.iter().filter(|cell| figure(cell).is_some()).count() >= line.cells.len().min(7) - 2
            })
            .collect();
        let labels = labels(self.annual.form);
        let matched = aligned(&lines.iter().map(|(_, line)| line.label).collect::<Vec<_>>(), &labels);
        let found = matched.iter().flatten().count();
        if found < 5 {
            return 0;
        }
        let leaves = leaves(table);
        // In a workbook every row is as long as the others and figures stand under their heading; a page leaves out
        // what a merged label covers.
        let square = lines.iter().all(|(row, _)| row.len() == lines[0].0.len());
        let heading = table.iter().find_map(|row| row.iter().position(|cell| key(cell) == "自然人"));
        let earliest = lines.iter().map(|(row, line)| row.len() - line.cells.len()).max();
        let first = if square { heading.filter(|at| Some(*at) >= earliest).or(earliest) } else { None };
        let strange: Vec<String> = leaves.iter().filter(|(at, _)| at.is_none()).map(|(_, title)| title.clone()).collect();
        if !strange.is_empty() {
            self.doubt("E3", ("三", "", ""), &strange.join(" "));
        }
        for ((row, line), at) in lines.iter().zip(matched) {
            let Some((at, score)) = at else {
                self.doubt("E4", ("三", "", ""), line.label);
                continue;
            };
            let code = labels[at].0.clone();
            if score < 1.0 {
                self.doubt("E4", ("三", &code, ""), line.label);
            }
            let cells = &row[first.unwrap_or(line.at + 1).min(row.len())..];
            let of_form: Vec<&String> = if leaves.is_empty() {
                cells.iter().take(7).collect()
            } else {
                leaves.iter().zip(cells).filter(|((at, _), _)| at.is_some()).map(|(_, cell)| cell).collect()
            };
            let more = cells.iter().skip(leaves.len().max(7)).filter_map(|cell| figure(cell)?.0.number());
            let more: Vec<String> = more.map(|n| n.to_string()).collect();
            if !more.is_empty() {
                self.doubt("E3", ("三", &code, ""), &more.join(" "));
            }
            let figures = self.figures(&of_form, "三", &code, |at| COLUMNS[at.min(6)].0.to_owned());
            if code == "3.6" && self.annual.form == Form::Of2021 {
                self.annual.applications.retain(|code, _| !code.starts_with("3.6."));
            }
            self.annual.applications.insert(code, std::array::from_fn(|at| figures.get(at).copied().unwrap_or_default()));
        }
        found
    }

    /// Table 四: the first row of figures below its headings.
    fn disputes(&mut self, table: &[Vec<String>]) {
        let Some(head) = table.iter().rposition(|row| row.iter().any(|cell| cell.contains("结果维持"))) else { return };
        for row in &table[head + 1..] {
            let after = row.iter().rposition(|cell| figure(cell).is_none()).map_or(0, |at| at + 1);
            // A label before the figures, not a word among them.
            let after = if row.len() - after >= 10 { after } else { 0 };
            let cells = &row[after..];
            let numbers = cells.iter().filter(|cell| figure(cell).is_some_and(|(figure, _)| figure.number().is_some())).count();
            if cells.len() < 15 && numbers < 10 {
                continue;
            }
            if cells[15.min(cells.len())..].iter().any(|cell| !cell.trim().is_empty()) {
                self.doubt("E3", ("四", "", ""), &cells.len().to_string());
            }
            let column = |at: usize| RESULTS[at % 5].to_owned();
            let figures = self.figures(&cells.iter().take(15).collect::<Vec<_>>(), "四", "", column);
            for (at, figure) in figures.into_iter().enumerate() {
                self.annual.disputes[at / 5][at % 5] = figure;
            }
            return;
        }
    }
}

/// The columns of table 三 as its heading names them: their place in the form, none for what the form does not have.
/// Empty where the heading cannot be read.
fn leaves(table: &[Vec<String>]) -> Vec<(Option<usize>, String)> {
    let named = |row: &&Vec<String>, title: &str| row.iter().any(|cell| key(cell) == title);
    let Some(inner) = table.iter().find(|row| named(row, "商业企业")) else { return Vec::new() };
    let titles: Vec<&String> = inner.iter().filter(|cell| !cell.trim().is_empty()).collect();
    // One row of headings holds all, two hold them around each other.
    let all: Vec<String> = if titles.iter().any(|title| key(title) == "自然人") {
        titles.iter().skip_while(|title| key(title) != "自然人").map(|title| (*title).clone()).collect()
    } else {
        let inside = titles.iter().map(|title| (*title).clone());
        std::iter::once("自然人".to_owned()).chain(inside).chain(["总计".to_owned()]).collect()
    };
    let mut next = 0;
    let leaves: Vec<(Option<usize>, String)> = all
        .into_iter()
        .map(|title| {
            let place = COLUMNS.iter().enumerate().skip(next).find(|(_, (_, known))| key(known) == key(&title)).map(|(at, _)| at);
            next = place.map_or(next, |at| at + 1);
            (place, title)
        })
        .collect();
    let last = leaves.iter().rposition(|(at, _)| at.is_some()).map_or(0, |at| at + 1);
    let leaves = leaves[..last].to_vec();
    if leaves.iter().filter(|(at, _)| at.is_some()).count() == COLUMNS.len() { leaves } else { Vec::new() }
}

/// The numbering a label begins with.
fn numbering(label: &str) -> String {
    let plain: String = label.nfkc().filter(|c| !c.is_whitespace()).collect();
    plain.chars().take_while(|c| c.is_ascii_digit() || "一二三四五六七八九十()".contains(*c)).filter(|c| !"()".contains(*c)).collect()
}

/// How alike two labels are, with what equal numbering adds; 1 only for the same words.
fn likeness(one: &str, other: &str) -> f64 {
    let (a, b) = (key(one), key(other));
    if a == b {
        return 1.0;
    }
    let part = a.starts_with(&b) || b.starts_with(&a);
    let same = !numbering(one).is_empty() && numbering(one) == numbering(other);
    let bonus = if same { NUMBERED } else { 0.0 } + if part { NUMBERED / 2.0 } else { 0.0 };
    (strsim::normalized_levenshtein(&a, &b) + bonus).min(0.99)
}

/// Which label of the form each row has, and how sure that is. Rows come in the order of the form; what stands
/// elsewhere is taken where its words leave no doubt, and a row between two neighbours is the one that is missing there.
fn aligned(rows: &[&str], labels: &[(String, String)]) -> Vec<Option<(usize, f64)>> {
    let (n, m) = (rows.len(), labels.len());
    let score: Vec<Vec<f64>> = rows.iter().map(|row| labels.iter().map(|(_, label)| likeness(row, label)).collect()).collect();
    // The best sum of likenesses from row i and label j on.
    let mut best = vec![vec![0.0_f64; m + 1]; n + 1];
    for i in (0..n).rev() {
        for j in (0..m).rev() {
            let pair = if score[i][j] >= ALIKE { score[i][j] + best[i + 1][j + 1] } else { 0.0 };
            best[i][j] = pair.max(best[i + 1][j]).max(best[i][j + 1]);
        }
    }
    let mut matched = vec![None; n];
    let (mut i, mut j) = (0, 0);
    while i < n && j < m {
        if score[i][j] >= ALIKE && (best[i][j] - score[i][j] - best[i + 1][j + 1]).abs() < 1e-9 {
            matched[i] = Some((j, score[i][j]));
            (i, j) = (i + 1, j + 1);
        } else if (best[i][j] - best[i][j + 1]).abs() < 1e-9 {
            j += 1;
        } else {
            i += 1;
        }
    }
    for i in 0..n {
        if matched[i].is_some() {
            continue;
        }
        let taken: Vec<usize> = matched.iter().flatten().map(|(at, _)| *at).collect();
        let free = |at: &usize| !taken.contains(at);
        let sure = (0..m).filter(free).filter(|at| score[i][*at] >= SURE).max_by(|one, other| score[i][*one].total_cmp(&score[i][*other]));
        let before = matched[..i].iter().rev().flatten().map(|(at, _)| *at).next();
        let after = matched[i + 1..].iter().flatten().map(|(at, _)| *at).next();
        let alone = matched[..i].last().is_none_or(Option::is_some) && matched.get(i + 1).is_none_or(Option::is_some);
        let between = match (before, after) {
            (Some(before), Some(after)) if alone && after == before + 2 => Some(before + 1).filter(free),
            _ => None,
        };
        // A row that sums others up is none of the form.
        let sum = rows[i].contains("小计");
        matched[i] = sure.or(between.filter(|_| !sum)).map(|at| (at, score[i][at].min(0.99)));
    }
    matched
}

/// The rows of table 三 by code and own label, with the single row （六） of 2019 for reports that mix forms.
fn labels(form: Form) -> Vec<(String, String)> {
    let mut labels = Vec::new();
    for row in form.rows(1) {
        if row.code == "3.6.1" {
            labels.push(("3.6".to_owned(), "（六）其他处理".to_owned()));
        }
        labels.push((row.code.clone(), row.label.rsplit('|').next().unwrap_or_default().to_owned()));
    }
    labels
}

/// Our own csv, for programs or for Excel: one line per figure.
fn flat(tables: &[Vec<Vec<String>>], org: &str, year: i16, form: Form) -> Option<Read> {
    let rows = tables.first()?.get(1..)?;
    let own = |row: &Vec<String>| row.len() == 6 && ["二", "三", "四"].contains(&row[0].as_str()) && !row[1].is_empty();
    if rows.is_empty() || !rows.iter().all(own) {
        return None;
    }
    let mut read = Read { annual: Annual::blank(org, year, form), doubts: Vec::new() };
    if rows.iter().any(|row| row[1] == "3.6") {
        read.annual.applications.retain(|code, _| !code.starts_with("3.6."));
    }
    for row in rows {
        let (table, code, column) = (row[0].as_str(), &row[1], &row[3]);
        let Some(figure) = read.figures(&[&row[5]], table, code, |_| column.clone()).pop() else { continue };
        let annual = &mut read.annual;
        match table {
            "二" => {
                let at = column.parse::<usize>().unwrap_or(1).saturating_sub(1);
                if let Some(cell) = annual.proactive.get_mut(code).and_then(|cells| cells.get_mut(at)) {
                    *cell = figure;
                }
            }
            "三" => {
                if let Some(at) = COLUMNS.iter().position(|(key, _)| key == column) {
                    annual.applications.entry(code.clone()).or_default()[at] = figure;
                }
            }
            _ => {
                if let Some((group, n)) = code.split_once('.')
                    && let (Some(group), Ok(n @ 1..=5)) = (GROUPS.iter().position(|(key, _)| *key == group), n.parse::<usize>())
                {
                    annual.disputes[group][n - 1] = figure;
                }
            }
        }
    }
    Some(read)
}

/// A label to compare: NFKC, simplified, without numbering, quotes, points and white space.
fn key(label: &str) -> String {
    let plain: String = fast2s::convert(&label.nfkc().collect::<String>());
    let bare = plain.trim_start_matches(|c: char| c.is_ascii_digit() || "一二三四五六七八九十()（）、.,，。 ".contains(c));
    let kept: String = bare.chars().filter(|c| c.is_alphanumeric()).collect();
    // The numbering alone tells a short label from another: keep it when nothing else is left.
    if kept.is_empty() { plain } else { kept }
}

fn year_in(text: &str) -> Option<i16> {
    let letters: Vec<char> = text.chars().collect();
    letters.windows(5).find_map(|window| {
        let digits: String = window[..4].iter().collect();
        (window[4] == '年' && digits.starts_with("20")).then(|| digits.parse().ok()).flatten()
    })
}

/// The body a heading names, before or behind the year: 某局2024年…, 2024年某局…; empty where it names none.
fn org_in(heading: &str) -> String {
    let bare = heading.trim().trim_start_matches(['（', '(', '《']);
    let digits = bare.chars().take_while(char::is_ascii_digit).count();
    let bare = if digits == 4 { bare[4..].trim_start_matches("年度").trim_start_matches('年') } else { bare };
    let end = [bare.find(|c: char| c.is_ascii_digit()), bare.find("政府信息公开"), bare.find("年度报告")];
    let end = end.into_iter().flatten().min().unwrap_or(0);
    bare[..end].trim().trim_end_matches(['（', '(', '《']).trim_end_matches("关于").to_owned()
}

/// D1: figures in the prose against the totals of the tables; D2: parts and percentages in the prose itself.
pub fn prose(annual: &Annual, text: &str) -> Vec<Broken> {
    let total = |codes: &dyn Fn(&str) -> bool| {
        let cells: Vec<Amount> =
            annual.applications.iter().filter(|(code, _)| codes(code)).filter_map(|(_, row)| row[6].number()).collect();
        (!cells.is_empty()).then(|| cells.into_iter().fold(Amount::default(), |sum, n| sum + n))
    };
    type Codes = fn(&str) -> bool;
    let sayings: [(&[&str], &str, Codes); 6] = [
        (&["新收政府信息公开申请", "新收到政府信息公开申请", "新收申请"], "1", |code| code == "1"),
        (&["上年结转", "上年度结转"], "2", |code| code == "2"),
        (&["结转下年度继续办理", "结转下一年度"], "4", |code| code == "4"),
        (&["部分公开"], "3.2", |code| code == "3.2"),
        (&["不予公开"], "3.3", |code| code.starts_with("3.3.")),
        (&["予以公开"], "3.1", |code| code == "3.1"),
    ];
    let mut found = Vec::new();
    for (words, row, codes) in sayings {
        let Some(wanted) = total(&codes) else { continue };
        let said: Vec<Amount> = words
            .iter()
            .flat_map(|word| text.match_indices(word).filter_map(|(at, _)| number_of_cases(&text[at + word.len()..])))
            .collect();
        // A text names last year's figure too: only when none of its figures is the table's do they disagree.
        if let Some(said) = said.first().filter(|_| !said.contains(&wanted)) {
            found.push(Broken {
                rule: "D1",
                severity: Severity::Warning,
                table: "三".to_owned(),
                row: row.to_owned(),
                column: "total".to_owned(),
                left: said.to_string(),
                right: wanted.to_string(),
            });
        }
    }
    found.extend(parts(text));
    found
}

/// D2: parts that are more than their whole, or said to be all of it and are not; percentages of the whole.
///
/// A list after 其中 need not be complete, so a smaller sum says nothing unless the text says that these are all.
fn parts(text: &str) -> Vec<Broken> {
    let warn = |column: &str, left: String, right: String| Broken { right, ..Broken::warning("D2", ("", "", column), &left) };
    let mut found = Vec::new();
    for sentence in text.split(['。', '；', '\n']) {
        let Some((before, list)) = sentence.split_once("其中") else { continue };
        let Some(whole) = counts(before).pop() else { continue };
        let parts = counts(list);
        let sum = parts.iter().fold(Amount::default(), |sum, part| sum + *part);
        let complete = ["分别为", "分别是", "即"].iter().any(|word| list.contains(word));
        if sum > whole && parts.len() > 1 || parts.iter().any(|part| *part > whole) || (complete && parts.len() > 1 && sum != whole) {
            found.push(warn("parts", sum.to_string(), whole.to_string()));
        }
        for (share, percent) in percentages(list) {
            let (Some(part), Some(all)) = (share.as_whole(), whole.as_whole().filter(|all| *all > 0)) else { continue };
            let places = percent.split_once('.').map_or(0, |(_, places)| places.len());
            let Ok(said) = percent.parse::<f64>() else { continue };
            // Counts of a report are far below what a double holds exactly.
            #[allow(clippy::cast_precision_loss)]
            let right = part as f64 * 100.0 / all as f64;
            if (said - right).abs() > 0.5 / 10_f64.powi(i32::try_from(places).unwrap_or(0)) + 1e-9 {
                found.push(warn("percent", format!("{percent}%"), format!("{right:.places$}%")));
            }
        }
    }
    found
}

/// Every `12件` of a text.
fn counts(text: &str) -> Vec<Amount> {
    text.match_indices('件')
        .filter_map(|(at, _)| {
            let before = text[..at].trim_end();
            let digits = before.chars().rev().take_while(|c| c.is_ascii_digit() || *c == ',').count();
            Amount::read(&before[before.len() - digits..]).filter(|_| digits > 0)
        })
        .collect()
}

/// Every `12件，占…34.5%` of a text: the count and the percentage as written.
fn percentages(text: &str) -> Vec<(Amount, String)> {
    text.match_indices('件')
        .filter_map(|(at, word)| {
            let count = counts(&text[..at + word.len()]).pop()?;
            let behind = text[at + word.len()..].trim_start_matches(['，', ',', '（', '(']).strip_prefix('占')?;
            let behind = &behind[..behind.find(['件', '，', '、']).unwrap_or(behind.len())];
            let end = behind.find(['%', '％'])?;
            let digits = behind[..end].trim_end().chars().rev().take_while(|c| c.is_ascii_digit() || *c == '.').count();
            Some((count, behind[..end].trim_end()[behind[..end].trim_end().len() - digits..].to_owned())).filter(|_| digits > 0)
        })
        .collect()
}

/// `共12件` right behind the words: the number, when 件 follows it and nothing else comes between.
fn number_of_cases(after: &str) -> Option<Amount> {
    let rest = after.trim_start_matches(['的', '共', '计', '为', '有', '了', '：', ':', '数', '量', ' ']);
    let digits: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == ',').collect();
    let behind = rest[digits.len()..].trim_start();
    (!digits.is_empty() && behind.starts_with('件')).then(|| Amount::read(&digits)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disclosure::annual::tests::sound;

    /// The report as rows of cells, as a page would have them.
    fn rows(annual: &Annual) -> Vec<Vec<Vec<String>>> {
        let words = |figure: &Figure| figure.number().map(|n| n.to_string()).unwrap_or_default();
        let mut three = vec![vec!["申请人情况".to_owned()]];
        for row in annual.form.rows(1) {
            let mut cells: Vec<String> = row.label.split('|').map(str::to_owned).collect();
            cells.extend(annual.applications[&row.code].iter().map(words));
            three.push(cells);
        }
        let mut two = Vec::new();
        for row in annual.form.rows(0) {
            let mut cells: Vec<String> = row.label.split('|').map(str::to_owned).collect();
            cells.extend(annual.proactive.get(&row.code).into_iter().flatten().map(words));
            two.push(cells);
        }
        let four = vec![vec!["结果维持".to_owned(); 15], annual.disputes.iter().flatten().map(words).collect()];
        vec![two, three, four]
    }

    #[test]
    fn a_published_report_is_read_whole() {
        for year in [2019, 2024] {
            let report = sound(year);
            let text = format!("某市水务局{year}年政府信息公开工作年度报告");
            let found = read(&rows(&report), &text, Known::default()).unwrap();
            assert_eq!(found.doubts, []);
            assert_eq!(found.annual, report);
            assert_eq!(found.annual.check(), []);
        }
    }

    #[test]
    fn misprints_mixed_forms_and_extra_cells_are_read_and_said() {
        let mut report = sound(2024);
        for code in ["3.6.1", "3.6.2", "3.6.3"] {
            report.applications.insert(code.into(), [Figure::count(0); 7]);
        }
        let mut tables = rows(&report);
        for row in &mut tables[1] {
            for cell in row.iter_mut() {
                *cell = cell.replace("其他法律行政法规禁止公开", "其他法律行政止公开").replace("1.", "1、");
            }
        }
        tables[1].retain(|row| !row.iter().any(|cell| cell.contains("不再处理") || cell == "3.其他"));
        let six = vec!["（六）其他处理".to_owned(), "0".into(), "0".into(), "0".into(), "0".into(), "0".into(), "0".into(), "0".into()];
        let at = tables[1].iter().position(|row| row.iter().any(|cell| cell == "（七）总计")).unwrap();
        tables[1].insert(at, six);
        let penalty = tables[0].iter_mut().find(|row| row[0] == "行政处罚").unwrap();
        penalty.extend(["0".to_owned(), "0".to_owned()]);
        let found = read(&tables, "", Known { year: Some(2024), org: Some("局"), ..Known::default() }).unwrap();
        let doubts: Vec<_> = found.doubts.iter().map(|doubt| format!("{} {}", doubt.rule, doubt.row)).collect();
        assert_eq!(doubts, ["E3 20.6.1", "E4 3.3.2"]);
        let rules: Vec<_> = found.annual.check().into_iter().map(|found| found.rule).collect();
        assert_eq!(rules, ["E2"]);
    }

    fn doubts(tables: &[Vec<Vec<String>>]) -> (Annual, Vec<String>) {
        let found = read(tables, "", Known { year: Some(2024), org: Some("某市水务局"), ..Known::default() }).unwrap();
        let doubts = found.doubts.iter().map(|doubt| format!("{} {} {} {}", doubt.rule, doubt.row, doubt.column, doubt.left));
        (found.annual, doubts.collect())
    }

    #[test]
    fn a_word_in_a_cell_costs_no_other_cell() {
        let report = sound(2024);
        let mut tables = rows(&report);
        let row = tables[1].iter_mut().find(|row| row.iter().any(|cell| cell == "（一）予以公开")).unwrap();
        let last = row.len() - 1;
        row[last] += "件";
        let (annual, said) = doubts(&tables);
        assert_eq!(annual, report);
        assert_eq!(said, [format!("E5 3.1 total {}件", report.applications["3.1"][6].number().unwrap())]);
    }

    #[test]
    fn rows_are_known_by_number_and_words_in_any_order() {
        let report = sound(2024);
        let mut tables = rows(&report);
        for row in &mut tables[1] {
            for cell in row.iter_mut() {
                for (from, to) in
                    [("（七）总计", "（七）合计"), ("3.其他", "3.其他情形"), ("一、本年新收政府信息公开申请数量", "一、本年新收到的申请")]
                {
                    if cell == from {
                        to.clone_into(cell);
                    }
                }
            }
        }
        let (one, other) = (tables[1].len() - 3, tables[1].len() - 4);
        tables[1].swap(one, other);
        let sum = vec!["（三）不予公开小计".to_owned(), "0".into(), "0".into(), "0".into(), "0".into(), "0".into(), "0".into(), "0".into()];
        tables[1].push(sum);
        let (annual, said) = doubts(&tables);
        assert_eq!(annual, report);
        assert_eq!(said.iter().filter(|doubt| doubt.starts_with("E4")).count(), 4, "{said:?}");
        assert!(said.contains(&"E4   （三）不予公开小计".to_owned()), "{said:?}");
    }

    #[test]
    fn a_column_too_many_is_said_once_and_shifts_nothing() {
        let report = sound(2024);
        let mut tables = rows(&report);
        tables[1][0] = vec!["".into(), "申请人情况".into()];
        let head =
            [vec!["自然人", "法人或其他组织", "总计"], vec!["商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "法人小计"]];
        for (at, row) in head.into_iter().enumerate() {
            tables[1].insert(1 + at, row.into_iter().map(str::to_owned).collect());
        }
        for row in &mut tables[1][3..] {
            let at = row.len() - 1;
            row.insert(at, "77".to_owned());
            // A column for remarks, too.
            row.push(String::new());
        }
        let (annual, said) = doubts(&tables);
        assert_eq!(annual, report);
        assert_eq!(said, ["E3   法人小计"]);
    }

    #[test]
    fn a_workbook_with_blanks_for_zeros_keeps_its_columns() {
        let report = sound(2024);
        let mut tables = rows(&report);
        tables[1][0] = ["", "", "", "自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计", "备注"]
            .map(str::to_owned)
            .to_vec();
        for row in &mut tables[1][1..] {
            let labels = row.len() - 7;
            for _ in labels..3 {
                row.insert(labels, String::new());
            }
            for cell in &mut row[3..] {
                if cell == "0" {
                    cell.clear();
                }
            }
            row.push(String::new());
        }
        let (annual, said) = doubts(&tables);
        let same = report.applications.iter().all(|(code, row)| {
            row.iter()
                .zip(&annual.applications[code])
                .all(|(one, other)| one.number().unwrap_or_default() == other.number().unwrap_or_default())
        });
        assert!(same, "{annual:?}");
        assert_eq!(said, Vec::<String>::new());
    }

    #[test]
    fn normative_documents_go_by_either_name_and_four_may_have_a_label() {
        let report = sound(2024);
        let mut tables = rows(&report);
        for cell in tables[0].iter_mut().flatten().filter(|cell| *cell == "行政规范性文件") {
            "规范性文件".clone_into(cell);
        }
        tables[2][1].insert(0, "数量".to_owned());
        let (annual, said) = doubts(&tables);
        assert_eq!(annual, report);
        assert_eq!(said, ["E4 20.1.2  规范性文件"]);
    }

    #[test]
    fn a_body_is_named_before_or_behind_the_year() {
        assert_eq!(org_in("2023年北河区水务局政府信息公开工作年度报告"), "北河区水务局");
        assert_eq!(org_in("北河区水务局2023年政府信息公开工作年度报告"), "北河区水务局");
        assert_eq!(org_in("2023年度政府信息公开工作年度报告"), "");
    }

    #[test]
    fn parts_and_percentages_of_the_prose_are_worked_out_again() {
        let said = |text: &str| {
            parts(text).into_iter().map(|found| format!("{} {} {}", found.column, found.left, found.right)).collect::<Vec<_>>()
        };
        assert_eq!(said("办结申请20件，其中予以公开8件，占40%，部分公开6件，占30.0%。"), Vec::<String>::new());
        assert_eq!(said("办结申请20件，其中予以公开8件，占45%。"), ["percent 45% 40%"]);
        assert_eq!(said("办结申请20件，其中予以公开18件、部分公开6件。"), ["parts 24 20"]);
        assert_eq!(said("办结20件，其中三类分别为8件、6件、5件。"), ["parts 19 20"]);
        assert_eq!(said("公开信息300件，其中公文类12件、动态类100件。"), Vec::<String>::new(), "a list need not be complete");
    }

    #[test]
    fn prose_is_held_against_the_tables() {
        let report = sound(2024);
        assert_eq!(prose(&report, "2024年，新收政府信息公开申请16件，上年结转1件。其中予以公开9件，部分公开3件，不予公开0件。"), []);
        let found = prose(&report, "新收政府信息公开申请15件，上年结转1件");
        assert_eq!(
            found.iter().map(|found| (found.row.as_str(), found.left.as_str(), found.right.as_str())).collect::<Vec<_>>(),
            [("1", "15", "16")]
        );
        assert_eq!(prose(&report, "新收政府信息公开申请，同比增长15%"), []);
    }
}
