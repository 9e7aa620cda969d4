//! A report as it was published: its rows found by their labels through misprints, its blanks kept.

use unicode_normalization::UnicodeNormalization;

use super::annual::{Annual, Broken, COLUMNS, Form, GROUPS, RESULTS};
use super::figure::Figure;

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
    /// There was no form of this kind in that year.
    Form(i16),
}

/// Reads the tables of a document.
///
/// # Errors
/// It is no report, or nobody knows its year.
pub fn read(tables: &[Vec<Vec<String>>], text: &str, known: Known<'_>) -> Result<Read, NoReport> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let at = lines.iter().position(|line| line.contains("年度报告"));
    let heading = at.map_or("", |at| lines[at]);
    let cell_says = |words: &[&str]| tables.iter().flatten().flatten().any(|cell| words.iter().any(|word| cell.contains(word)));
    let old = cell_says(&["新制作数量", "采购总金额"]);
    // A year that only the prose names may be that of the law: a form that came later tells it is not the report's.
    let later = cell_says(&["逾期不补正", "本年制发件数", "现行有效件数"]);
    let guessed = || year_of_text(text).filter(|year| *year > 2020 || old || !later);
    let year = known.year.or_else(|| year_in(heading)).or(known.year_in_name).or_else(guessed).ok_or(NoReport::Year)?;
    let form = if old { Form::Of2019 } else { Form::of_year(year).ok_or(NoReport::Form(year))? };
    let form = if old || year > 2020 { form } else { Form::Of2019 };
    let org = known.org.map_or_else(|| org_about(&lines, at), str::to_owned);
    if let Some(read) = flat(tables, &org, year, form) {
        return Ok(read);
    }
    let mut read = Read { annual: Annual::blank(&org, year, form), doubts: Vec::new() };
    let mut found = 0;
    let mut three: Vec<Vec<Vec<String>>> = Vec::new();
    for table in tables {
        read.table_two(table);
        read.table_four(table);
        for part in parts_of_three(table) {
            // A table that goes on over a page or a sheet is one table: its next piece has no row the first has.
            match three.last_mut().filter(|whole| continues(whole, &part)) {
                // The heading stands again at the head of the page.
                Some(whole) => {
                    let heading = part.iter().take_while(|row| row.iter().all(|cell| is_heading(cell))).count();
                    whole.extend(part.into_iter().skip(heading));
                }
                None => three.push(part),
            }
        }
    }
    for part in &three {
        if found < 5 {
            found += read.applications(part);
            continue;
        }
        // Two bodies in one report, the bureau itself and all with it: each is checked, the first stands for the report.
        let mut other = Read { annual: Annual::blank(&org, year, form), doubts: Vec::new() };
        other.annual.proactive.clone_from(&read.annual.proactive);
        other.annual.disputes = read.annual.disputes;
        if other.applications(part) >= 5 {
            read.doubt("E3", ("三", "", ""), "2");
            let own = other.annual.check().into_iter().chain(other.doubts).filter(|found| found.table == "三");
            read.doubts.extend(own.map(|found| Broken { table: "三 (2)".to_owned(), ..found }));
        }
    }
    if found >= 5 { Ok(read) } else { Err(NoReport::Tables) }
}

/// `+3`, `增3` and `减2` as 本年增/减 is filled in.
fn change(cell: &str) -> String {
    let bare = cell.trim();
    let number = |rest: &str| rest.trim().chars().next().is_some_and(|c| c.is_ascii_digit() || ('０'..='９').contains(&c));
    let strip = |signs: &[char]| bare.strip_prefix(signs).map(|rest| rest.trim_start_matches(['加', '少'])).filter(|rest| number(rest));
    if let Some(rest) = strip(&['+', '＋', '增']) {
        rest.to_owned()
    } else if let Some(rest) = strip(&['减']) {
        format!("-{rest}")
    } else {
        cell.to_owned()
    }
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

/// The label of a row of table 三: the last cell before the figures that is like one of the form's labels, so that a
/// word among the figures costs one figure and not the row; else as [`line`].
fn line_of_three<'a>(row: &'a [String], first: Option<usize>, labels: &[(String, String)]) -> Option<Line<'a>> {
    if let Some(first) = first {
        let at = row[..first.min(row.len())].iter().rposition(|cell| !cell.trim().is_empty())?;
        return figure(&row[at]).is_none().then(|| Line { label: &row[at], at, cells: &row[first.min(row.len())..] });
    }
    // Numbers of lines may stand before the labels.
    let numbers = row.iter().take_while(|cell| figure(cell).is_some()).count();
    let row = if numbers < 3 { &row[numbers..] } else { row };
    let number = |cell: &String| figure(cell).is_some_and(|(figure, _)| figure != Figure::Blank);
    let end = row.iter().position(number).unwrap_or(row.len());
    let alike = |cell: &String| figure(cell).is_none() && labels.iter().any(|(_, label)| likeness(cell, label) >= ALIKE);
    let cut = numbers * usize::from(numbers < 3);
    match row[..end].iter().rposition(alike).filter(|at| row.len() - at > 5) {
        Some(at) => Some(Line { label: &row[at], at: at + cut, cells: &row[at + 1..] }),
        None => line(row).map(|line| Line { at: line.at + cut, ..line }),
    }
}

/// The pieces of a sheet that are tables 三: from one heading to the next, or to the heading of another table. A table
/// without a heading is one piece.
fn parts_of_three(table: &[Vec<String>]) -> Vec<Vec<Vec<String>>> {
    let says = |row: &[String], words: &[&str]| row.iter().any(|cell| words.contains(&key(cell).as_str()));
    let heads: Vec<usize> = (0..table.len())
        .filter(|at| {
            says(&table[*at], &["自然人"]) || (says(&table[*at], &["商业企业"]) && (*at == 0 || !says(&table[*at - 1], &["自然人"])))
        })
        .collect();
    let ends = |row: &[String]| row.iter().any(|cell| cell.contains("结果维持")) || says(row, &["信息内容"]);
    if heads.is_empty() {
        // Without a heading it is another table, or the rest of one that began on the page before.
        return if table.iter().any(|row| ends(row)) { Vec::new() } else { vec![table.to_vec()] };
    }
    heads
        .iter()
        .enumerate()
        .map(|(n, from)| {
            let to = heads.get(n + 1).copied().unwrap_or(table.len());
            let to = (*from..to).find(|at| ends(&table[*at])).unwrap_or(to);
            table[*from..to].to_vec()
        })
        .collect()
}

/// Whether a cell belongs to the headings of table 三, or is blank.
fn is_heading(cell: &str) -> bool {
    let words = key(cell);
    cell.trim().is_empty()
        || COLUMNS.iter().any(|(_, title)| key(title) == words)
        || ["申请人情况", "法人或其他组织", "法人小计", "小计"].iter().any(|title| words.starts_with(title))
        || cell.contains("勾稽关系")
}

/// Whether a piece goes on with what another began: it has none of the other's labels, whether or not it repeats its
/// heading.
fn continues(whole: &[Vec<String>], part: &[Vec<String>]) -> bool {
    let labels = |rows: &[Vec<String>]| -> Vec<String> { rows.iter().filter_map(|row| Some(key(line(row)?.label))).collect() };
    let before = labels(whole);
    let own: Vec<String> = labels(part).into_iter().filter(|label| label.chars().count() > 6).collect();
    // A piece with a heading must say something of its own to be told from a second body's table.
    let headed = part.iter().flatten().any(|cell| key(cell) == "自然人");
    let wide = |rows: &[Vec<String>]| rows.iter().map(Vec::len).max().unwrap_or(0);
    // 其他 stands more than once in the form itself.
    (!headed || !own.is_empty()) && wide(part) >= 8 && wide(whole) >= 8 && own.iter().all(|label| !before.contains(label))
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

    /// Table 二, wherever it stands. What goes on over a page fills what is still blank; a table that says again what was
    /// said is another body's.
    fn table_two(&mut self, table: &[Vec<String>]) {
        let about = table.iter().flatten().any(|cell| cell.contains("第二十条") || cell.contains("信息内容"));
        if !about {
            return;
        }
        let mut other = Self { annual: Annual::blank(&self.annual.org, self.annual.year, self.annual.form), doubts: Vec::new() };
        other.proactive(table);
        let said =
            |annual: &Annual, code: &str| annual.proactive.get(code).is_some_and(|row| row.iter().any(|cell| cell.number().is_some()));
        let filled: Vec<String> = other.annual.proactive.keys().filter(|code| said(&other.annual, code)).cloned().collect();
        if filled.iter().any(|code| said(&self.annual, code)) {
            self.doubt("E3", ("二", "", ""), "2");
            let own = other.annual.check().into_iter().chain(other.doubts).filter(|found| found.table == "二" && found.rule != "E1");
            self.doubts.extend(own.map(|found| Broken { table: "二 (2)".to_owned(), ..found }));
            return;
        }
        for (code, row) in other.annual.proactive {
            if row.iter().any(|cell| *cell != Figure::Blank) {
                self.annual.proactive.insert(code, row);
            }
        }
        self.doubts.extend(other.doubts);
    }

    /// Rows by their labels, within a table that is about 第二十条.
    fn proactive(&mut self, table: &[Vec<String>]) {
        let form = self.annual.form;
        let known: Vec<(String, String)> =
            form.rows(0).filter(|row| row.code != "h").map(|row| (row.code.clone(), row.label.clone())).collect();
        for row in table {
            // The label is what is like one of the form's, so that words in a cell cost that cell alone.
            let labelled = |cell: &String| {
                figure(cell).is_none() && known.iter().any(|(_, label)| strsim::normalized_levenshtein(&key(label), &key(cell)) >= SURE)
            };
            let own = row.iter().rposition(labelled).map(|at| Line { label: &row[at], at, cells: &row[at + 1..] });
            let Some(line) = own.or_else(|| line(row)).filter(|line| !line.cells.is_empty()) else { continue };
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
            let signed: Vec<String> = own.iter().map(|cell| change(cell)).collect();
            let own: Vec<&String> = signed.iter().collect();
            let figures = self.figures(&own, "二", code, |at| (at + 1).to_string());
            if let Some(cells) = self.annual.proactive.get_mut(code) {
                cells.iter_mut().zip(figures).for_each(|(cell, figure)| *cell = figure);
            }
        }
    }

    /// Table 三; returns how many of its rows were found.
    fn applications(&mut self, table: &[Vec<String>]) -> usize {
        let labels = labels(self.annual.form);
        // In a workbook every row is as long as the others and figures stand under their heading; a page leaves out
        // what a merged label covers.
        let square = table.iter().all(|row| row.len() == table[0].len());
        let leaves = leaves(table);
        let heading = leaves.first.or_else(|| table.iter().find_map(|row| row.iter().position(|cell| key(cell) == "自然人")));
        let headings = table.iter().rposition(|row| row.iter().any(|cell| matches!(key(cell).as_str(), "自然人" | "商业企业")));
        let first = heading.filter(|_| square);
        let lines: Vec<(&[String], Line<'_>)> = table[headings.map_or(0, |at| at + 1)..]
            .iter()
            .filter_map(|row| Some((row.as_slice(), line_of_three(row, first, &labels)?)))
            .filter(|(_, line)| {
                let cells = &line.cells[..line.cells.len().min(9)];
                let figures = cells.iter().filter(|cell| figure(cell).is_some()).count();
                let words = line.cells.iter().any(|cell| !cell.trim().is_empty());
                cells.len() >= 5
                    && figures >= cells.len().min(7) - 2
                    && (words || labels.iter().any(|(_, label)| likeness(line.label, label) >= SURE))
            })
            .collect();
        let matched = aligned(&lines.iter().map(|(_, line)| line.label).collect::<Vec<_>>(), &labels);
        let found = matched.iter().flatten().count();
        if found < 5 {
            return 0;
        }
        let leaves = leaves.columns;
        let strange: Vec<String> = leaves.iter().filter(|(at, _)| at.is_none()).map(|(_, title)| title.clone()).collect();
        if !strange.is_empty() {
            self.doubt("E3", ("三", "", ""), &strange.join(" "));
        }
        for ((row, line), at) in lines.iter().zip(matched) {
            let Some((at, score)) = at else {
                // A title or a remark has no figures.
                if line.cells.iter().any(|cell| figure(cell).is_some_and(|(figure, _)| figure.number().is_some())) {
                    self.doubt("E4", ("三", "", ""), line.label);
                }
                continue;
            };
            let code = labels[at].0.clone();
            if score < 1.0 {
                self.doubt("E4", ("三", &code, ""), line.label);
            }
            let cells = &row[first.unwrap_or(line.at + 1).min(row.len())..];
            let places: Vec<(usize, &String)> = if leaves.is_empty() {
                cells.iter().take(7).enumerate().collect()
            } else {
                leaves.iter().zip(cells).filter_map(|((at, _), cell)| Some((((*at)?), cell))).collect()
            };
            let of_form: Vec<&String> = places.iter().map(|(_, cell)| *cell).collect();
            let more = cells.iter().skip(leaves.len().max(7)).filter_map(|cell| figure(cell)?.0.number());
            let more: Vec<String> = more.map(|n| n.to_string()).collect();
            if !more.is_empty() {
                self.doubt("E3", ("三", &code, ""), &more.join(" "));
            }
            let figures = self.figures(&of_form, "三", &code, |at| COLUMNS[places[at].0].0.to_owned());
            if code == "3.6" && self.annual.form == Form::Of2021 {
                self.annual.applications.retain(|code, _| !code.starts_with("3.6."));
            }
            let mut row = [Figure::Blank; 7];
            places.iter().zip(figures).for_each(|((at, _), figure)| row[*at] = figure);
            self.annual.applications.insert(code, row);
        }
        found
    }

    /// Table 四; a second one is another body's.
    fn table_four(&mut self, table: &[Vec<String>]) {
        let mut other = Self { annual: Annual::blank(&self.annual.org, self.annual.year, self.annual.form), doubts: Vec::new() };
        other.disputes(table);
        let said = |annual: &Annual| annual.disputes.iter().flatten().any(|cell| cell.number().is_some());
        if said(&self.annual) && said(&other.annual) {
            self.doubt("E3", ("四", "", ""), "2");
            let own = other.annual.check().into_iter().chain(other.doubts).filter(|found| found.table == "四");
            self.doubts.extend(own.map(|found| Broken { table: "四 (2)".to_owned(), ..found }));
        } else if !said(&self.annual) {
            if other.annual.disputes.iter().flatten().any(|cell| *cell != Figure::Blank) {
                self.annual.disputes = other.annual.disputes;
            }
            self.doubts.extend(other.doubts);
        }
    }

    /// The first row of figures below the headings of table 四.
    fn disputes(&mut self, table: &[Vec<String>]) {
        // Two of its headings make the row of headings, whatever is misprinted in the others.
        let heads = |row: &[String]| {
            let found = RESULTS[..4].iter().filter(|title| row.iter().any(|cell| likeness(cell, title) >= ALIKE));
            found.count() >= 2 || row.iter().any(|cell| cell.contains("结果维持"))
        };
        let Some(head) = table.iter().rposition(|row| heads(row)) else { return };
        let cells_of = |row: &'_ [String]| {
            if row.len() >= 15 {
                // Labels may stand before the fifteen, and words among them.
                return row.iter().take_while(|cell| figure(cell).is_none()).count().min(row.len() - 15);
            }
            let after = row.iter().rposition(|cell| figure(cell).is_none()).map_or(0, |at| at + 1);
            if row.len() - after >= 10 { after } else { 0 }
        };
        let numbers = |row: &[String]| {
            row[cells_of(row)..].iter().filter(|cell| figure(cell).is_some_and(|(figure, _)| figure.number().is_some())).count()
        };
        let below = &table[head + 1..];
        let whole = |row: &&Vec<String>| row.len() - cells_of(row) >= 15;
        // A row of blanks is what merged headings leave behind, unless there is nothing else.
        let row = below.iter().find(|row| (whole(row) && numbers(row) > 0) || numbers(row) >= 10).or_else(|| below.iter().find(whole));
        if let Some(row) = row {
            let cells = &row[cells_of(row)..];
            if cells[15.min(cells.len())..].iter().any(|cell| !cell.trim().is_empty()) {
                self.doubt("E3", ("四", "", ""), &cells.len().to_string());
            }
            let column = |at: usize| RESULTS[at % 5].to_owned();
            let figures = self.figures(&cells.iter().take(15).collect::<Vec<_>>(), "四", "", column);
            for (at, figure) in figures.into_iter().enumerate() {
                self.annual.disputes[at / 5][at % 5] = figure;
            }
        }
    }
}

/// The columns of table 三 as its heading names them.
#[derive(Default)]
struct Leaves {
    /// Where each stands in the form, none for what the form does not have; empty where the heading cannot be read.
    columns: Vec<(Option<usize>, String)>,
    /// Place of the first of them in its row.
    first: Option<usize>,
}

fn leaves(table: &[Vec<String>]) -> Leaves {
    let named = |row: &&Vec<String>, title: &str| row.iter().any(|cell| key(cell) == title);
    let Some(inner) = table.iter().find(|row| named(row, "商业企业")) else { return Leaves::default() };
    // One row of headings holds all, two hold the organisations within their own.
    // Where every place of a merged heading is filled, the lower row says it all.
    let outer = if named(&inner, "自然人") { inner } else { table.iter().find(|row| named(row, "自然人")).unwrap_or(inner) };
    let begins = |cell: &String| matches!(key(cell).as_str(), "自然人" | "总计" | "小计" | "法人小计");
    let first = outer.iter().position(begins);
    let titles = |row: &[String]| row.iter().filter(|cell| !cell.trim().is_empty()).cloned().collect::<Vec<_>>();
    let mut all = Vec::new();
    for title in titles(&outer[first.unwrap_or(0)..]) {
        if !std::ptr::eq(outer, inner) && key(&title).starts_with("法人或其他组织") {
            all.extend(titles(inner));
        } else {
            all.push(title);
        }
    }
    let mut taken = [false; 7];
    let columns: Vec<(Option<usize>, String)> = all
        .into_iter()
        .map(|title| {
            let place = (0..COLUMNS.len()).find(|at| !taken[*at] && key(COLUMNS[*at].1) == key(&title));
            if let Some(at) = place {
                taken[at] = true;
            }
            (place, title)
        })
        .collect();
    let last = columns.iter().rposition(|(at, _)| at.is_some()).map_or(0, |at| at + 1);
    if taken.iter().all(|taken| *taken) { Leaves { columns: columns[..last].to_vec(), first } } else { Leaves::default() }
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
    let mut score: Vec<Vec<f64>> = rows.iter().map(|row| labels.iter().map(|(_, label)| likeness(row, label)).collect()).collect();
    for row in &mut score {
        // Who has a label to the letter is no misprint of another.
        if row.contains(&1.0) {
            row.iter_mut().filter(|score| **score < 1.0).for_each(|score| *score = 0.0);
        }
    }
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
        matched[i] = sure.or(between.filter(|_| !sum)).map(|at| (at, score[i][at]));
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

/// The year a text names first: `2025年`, `２０２５年`, `二〇二五年`.
fn year_in(text: &str) -> Option<i16> {
    let digit = |c: char| match c {
        '0'..='9' => c.to_digit(10),
        '０'..='９' => Some(c as u32 - '０' as u32),
        '〇' | '○' | 'Ｏ' | '零' => Some(0),
        _ => "一二三四五六七八九".chars().position(|one| one == c).and_then(|at| u32::try_from(at + 1).ok()),
    };
    let letters: Vec<char> = text.chars().collect();
    letters.windows(5).find_map(|window| {
        let digits = window[..4].iter().map(|c| digit(*c)).collect::<Option<Vec<u32>>>()?;
        let year = digits.into_iter().fold(0, |year, digit| year * 10 + digit);
        (window[4] == '年' && (2000..2100).contains(&year)).then(|| i16::try_from(year).ok()).flatten()
    })
}

/// The year a text is about: the one whose first day it counts from, else the one it names most.
fn year_of_text(text: &str) -> Option<i16> {
    let four_before = |at: usize| text[..at].char_indices().rev().nth(3).map_or(0, |(at, _)| at);
    let from = text.match_indices("年1月1日").find_map(|(at, word)| year_in(&text[four_before(at)..at + word.len()]));
    let mut named: Vec<(i16, usize)> = Vec::new();
    for (at, word) in text.match_indices('年') {
        if let Some(year) = year_in(&text[four_before(at)..at + word.len()]) {
            match named.iter_mut().find(|(other, _)| *other == year) {
                Some((_, n)) => *n += 1,
                None => named.push((year, 1)),
            }
        }
    }
    let most = named.iter().map(|(_, n)| *n).max();
    from.or_else(|| named.iter().find(|(_, n)| Some(*n) == most).map(|(year, _)| *year))
}

/// The body a report is of: named in its heading, behind it (年度报告-某局), or on the line above.
fn org_about(lines: &[&str], at: Option<usize>) -> String {
    let Some(at) = at else { return String::new() };
    let named = org_in(lines[at]);
    if !named.is_empty() {
        return named;
    }
    let body = |text: &str| {
        let bare = text.trim_matches(|c: char| c.is_whitespace() || "-—_－（）()《》".contains(c));
        // 来源：某局 and 发布时间：… are the page's.
        if bare.contains(['：', ':']) || ["来源", "发布", "作者", "编辑"].iter().any(|word| bare.starts_with(word)) {
            return None;
        }
        let ends = ["局", "委", "委员会", "厅", "办", "办公室", "政府", "中心", "会", "院", "所", "处", "部", "站", "公司", "集团"];
        (bare.chars().count() <= 30 && ends.iter().any(|end| bare.ends_with(end))).then(|| bare.to_owned())
    };
    let behind = lines[at].split_once("年度报告").and_then(|(_, rest)| body(rest));
    behind.or_else(|| at.checked_sub(1).and_then(|above| body(lines[above]))).unwrap_or_default()
}

/// The body a heading names, before or behind the year: 某局2024年…, 2024年某局…; empty where it names none.
fn org_in(heading: &str) -> String {
    let bare = heading.trim().trim_start_matches(['（', '(', '《']);
    let numeral = |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c) || "〇○零一二三四五六七八九".contains(c);
    // 2024年, ２０２４年 or 二〇二四年 in front.
    let begins = bare.chars().take(4).all(numeral) && bare.chars().nth(4) == Some('年');
    let rest: String = bare.chars().skip(4).collect();
    let bare = if begins { rest.trim_start_matches("年度").trim_start_matches('年') } else { bare };
    let four: Vec<(usize, char)> = bare.char_indices().collect();
    let year = four.windows(5).find(|five| five[..4].iter().all(|(_, c)| numeral(*c)) && five[4].1 == '年').map(|five| five[0].0);
    let end = [year, bare.find(|c: char| c.is_ascii_digit()), bare.find("政府信息公开"), bare.find("年度报告")];
    let end = end.into_iter().flatten().min().unwrap_or(0);
    bare[..end].trim().trim_end_matches(['（', '(', '《']).trim_end_matches("关于").to_owned()
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

    /// The headings of table 三 over two rows, as published pages have them.
    fn headed(table: &mut Vec<Vec<String>>) {
        let head = [
            vec!["申请人情况"],
            vec!["自然人", "法人或其他组织", "总计"],
            vec!["商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他"],
        ];
        table.splice(0..1, head.into_iter().map(|row| row.into_iter().map(str::to_owned).collect()));
    }

    #[test]
    fn a_heading_said_again_on_the_next_page_parts_no_table() {
        let report = sound(2024);
        let mut tables = rows(&report);
        headed(&mut tables[1]);
        let mut rest = tables[1].split_off(12);
        let heading: Vec<Vec<String>> = tables[1][..3].to_vec();
        rest.splice(0..0, heading);
        tables.insert(2, rest);
        assert_eq!(doubts(&tables), (report, Vec::new()));
    }

    #[test]
    fn of_two_bodies_every_table_is_checked() {
        let report = sound(2024);
        let mut tables = rows(&report);
        let mut second = rows(&report);
        second[2][1][4] = "99".to_owned();
        tables.extend(second);
        let (annual, said) = doubts(&tables);
        assert_eq!(annual, report);
        assert!(said.contains(&"B1 R 总计 99".to_owned()), "{said:?}");
        assert_eq!(said.iter().filter(|doubt| doubt.starts_with("E3")).count(), 3, "one for each table: {said:?}");
    }

    #[test]
    fn words_in_tables_two_and_four_cost_their_cell() {
        let mut report = sound(2024);
        let mut tables = rows(&report);
        let permit = tables[0].iter_mut().find(|row| row[0] == "行政许可").unwrap();
        permit[1] = "见附件".to_owned();
        tables[2][1][0] = "无此项".to_owned();
        report.proactive.insert("20.5.1".into(), vec![Figure::NotApplicable]);
        report.disputes[0][0] = Figure::NotApplicable;
        let (annual, said) = doubts(&tables);
        assert_eq!(annual, report);
        assert_eq!(said, ["E5 20.5.1 1 见附件", "E5  结果维持 无此项"]);
    }

    #[test]
    fn merged_headings_that_were_filled_shift_nothing() {
        let report = sound(2024);
        let mut tables = rows(&report);
        let upper =
            ["", "", "", "自然人", "法人或其他组织", "法人或其他组织", "法人或其他组织", "法人或其他组织", "法人或其他组织", "总计"];
        let lower = ["", "", "", "自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"];
        for row in &mut tables[1][1..] {
            let labels = row.len() - 7;
            for _ in labels..3 {
                row.insert(labels, row[labels - 1].clone());
            }
        }
        tables[1].splice(0..1, [upper, lower].map(|row| row.map(str::to_owned).to_vec()));
        assert_eq!(doubts(&tables), (report, Vec::new()));
    }

    #[test]
    fn the_year_is_what_the_text_is_about() {
        assert_eq!(year_of_text("依照2019年修订的条例，列2024年1月1日至2024年12月31日的数据"), Some(2024));
        assert_eq!(year_of_text("2019年条例。2023年，本局…2023年全年"), Some(2023));
        assert_eq!(year_of_text("二〇二四年1月1日起"), Some(2024));
        assert_eq!(year_of_text("全年"), None);
    }

    #[test]
    fn a_body_is_named_before_or_behind_the_year() {
        assert_eq!(org_in("2023年北河区水务局政府信息公开工作年度报告"), "北河区水务局");
        assert_eq!(org_in("北河区水务局2023年政府信息公开工作年度报告"), "北河区水务局");
        assert_eq!(org_in("2023年度政府信息公开工作年度报告"), "");
        assert_eq!(org_about(&["来源：市水务局", "2023年政府信息公开工作年度报告"], Some(1)), "");
        assert_eq!(org_about(&["市水务局", "2023年政府信息公开工作年度报告"], Some(1)), "市水务局");
    }
}
