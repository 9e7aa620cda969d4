//! A report as it was published: its rows found by their labels through misprints, its blanks kept.

use unicode_normalization::UnicodeNormalization;

use super::annual::{Annual, Broken, Form, GROUPS, Severity};
use super::figure::{Amount, Figure};

/// What was read of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    pub annual: Annual,
    /// Doubts of the reading: E2, E3, E4.
    pub doubts: Vec<Broken>,
}

/// Below this likeness (0 to 1) a label is another one.
const ALIKE: f64 = 0.6;

/// Reads the tables of a document; none when they hold no row of table 三. `year` and `org` are
/// what the file's name or the operator say, before what the text says.
pub fn read(tables: &[Vec<Vec<String>>], text: &str, year: Option<i16>, org: Option<&str>) -> Option<Read> {
    let heading = text.lines().find(|line| line.contains("年度报告")).unwrap_or_default();
    let year = year.or_else(|| year_in(heading)).or_else(|| year_in(text))?;
    let old = tables.iter().flatten().flatten().any(|cell| cell.contains("新制作数量") || cell.contains("采购总金额"));
    let form = if old { Form::Of2019 } else { Form::of_year(year)? };
    let form = if old || year > 2020 { form } else { Form::Of2019 };
    let org = org.map_or_else(|| org_in(heading), str::to_owned);
    if let Some(annual) = flat(tables, &org, year, form) {
        return Some(Read { annual, doubts: Vec::new() });
    }
    let mut annual = Annual::blank(&org, year, form);
    let mut doubts = Vec::new();
    let labels: Vec<(String, String)> = labels(form);
    let mut next = 0;
    let mut hits = 0;
    let mut seen_results = false;
    for row in tables.iter().flatten() {
        seen_results |= row.iter().any(|cell| cell.contains("结果维持"));
        let figures: Vec<Option<Figure>> = row.iter().map(|cell| Figure::read(cell)).collect();
        let Some(last) = figures.iter().rposition(Option::is_none) else {
            let numbers = figures.iter().flatten().filter(|figure| figure.number().is_some()).count();
            if seen_results && (row.len() >= 15 || numbers >= 10) {
                for (at, figure) in figures.into_iter().flatten().take(15).enumerate() {
                    annual.disputes[at / 5][at % 5] = figure;
                }
                if row[15.min(row.len())..].iter().any(|cell| !cell.is_empty()) {
                    doubts.push(Broken::warning("E3", ("四", "", ""), &row.len().to_string()));
                }
                seen_results = false;
            }
            continue;
        };
        let mut values: Vec<Figure> = figures[last + 1..].iter().copied().flatten().collect();
        // A label merged over several columns leaves blanks behind it in a workbook.
        let merged = values.iter().take_while(|figure| **figure == Figure::Blank).count().min(values.len().saturating_sub(7));
        values.drain(..merged);
        if values.is_empty() {
            continue;
        }
        let label = &row[last];
        let proactive = form.rows(0).filter(|row| row.code != "h").find(|row| key(&row.label) == key(label));
        if let Some(found) = proactive {
            if let Some(cells) = annual.proactive.get_mut(&found.code) {
                let more: Vec<String> =
                    values.iter().skip(cells.len()).filter_map(|figure| figure.number()).map(|n| n.to_string()).collect();
                if !more.is_empty() {
                    doubts.push(Broken::warning("E3", ("二", &found.code, ""), &more.join(" ")));
                }
                cells.iter_mut().zip(values).for_each(|(cell, figure)| *cell = figure);
            }
            continue;
        }
        // Rows of table 三 come in their order; a label only looks forward.
        let wanted = key(label);
        let alike = |(_, words): &(String, String)| strsim::normalized_levenshtein(&key(words), &wanted);
        let Some((at, score)) = labels[next..]
            .iter()
            .enumerate()
            .map(|(at, label)| (next + at, alike(label)))
            .max_by(|one, other| one.1.total_cmp(&other.1).then(other.0.cmp(&one.0)))
        else {
            continue;
        };
        if score < ALIKE || values.len() < 5 {
            continue;
        }
        let code = labels[at].0.clone();
        next = at + 1;
        hits += 1;
        if score < 1.0 {
            doubts.push(Broken::warning("E4", ("三", &code, ""), label));
        }
        let more: Vec<String> = values.iter().skip(7).filter_map(|figure| figure.number()).map(|n| n.to_string()).collect();
        if !more.is_empty() {
            doubts.push(Broken::warning("E3", ("三", &code, ""), &more.join(" ")));
        }
        let cells = std::array::from_fn(|at| values.get(at).copied().unwrap_or_default());
        if code == "3.6" && form == Form::Of2021 {
            annual.applications.retain(|code, _| !code.starts_with("3.6."));
        }
        annual.applications.insert(code, cells);
    }
    (hits >= 5).then_some(Read { annual, doubts })
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

/// Our own csv: one line per figure.
fn flat(tables: &[Vec<Vec<String>>], org: &str, year: i16, form: Form) -> Option<Annual> {
    let rows = tables.first()?;
    if rows.first()?.iter().map(String::as_str).ne(["table", "row", "label", "column", "column_label", "value"]) {
        return None;
    }
    let mut annual = Annual::blank(org, year, form);
    if rows.iter().any(|row| row.get(1).is_some_and(|code| code == "3.6")) {
        annual.applications.retain(|code, _| !code.starts_with("3.6."));
    }
    for row in &rows[1..] {
        let [table, code, _, column, _, value] = row.as_slice() else { continue };
        let Some(figure) = Figure::read(value) else { continue };
        match table.as_str() {
            "二" => {
                let at = column.parse::<usize>().unwrap_or(1).saturating_sub(1);
                if let Some(cell) = annual.proactive.get_mut(code).and_then(|cells| cells.get_mut(at)) {
                    *cell = figure;
                }
            }
            "三" => {
                if let Some(at) = super::annual::COLUMNS.iter().position(|(key, _)| key == column) {
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
    Some(annual)
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

fn org_in(heading: &str) -> String {
    let end = heading.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    heading[..end].trim_end_matches(['（', '(', '《']).to_owned()
}

/// D1: figures in the prose against the totals of the tables.
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
        let said = words.iter().find_map(|word| {
            let from = text.find(word)? + word.len();
            number_of_cases(&text[from..])
        });
        if let Some(said) = said.filter(|said| *said != wanted) {
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
    found
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
            let found = read(&rows(&report), &text, None, None).unwrap();
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
        let found = read(&tables, "", Some(2024), Some("局")).unwrap();
        let doubts: Vec<_> = found.doubts.iter().map(|doubt| format!("{} {}", doubt.rule, doubt.row)).collect();
        assert_eq!(doubts, ["E3 20.6.1", "E4 3.3.2"]);
        let rules: Vec<_> = found.annual.check().into_iter().map(|found| found.rule).collect();
        assert_eq!(rules, ["E2"]);
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
