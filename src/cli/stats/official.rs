//! The official layout of the annual report: tables of 14×4, 28×10 and 4×15 with their merged cells.

use crate::disclosure::annual::{Annual, COLUMNS, Form, GROUPS, RESULTS, TABLES};
use crate::disclosure::figure::Figure;
use crate::view::{Block, Cell, Document, Grid};

/// A figure as a cell.
pub(super) fn cell(figure: Figure) -> Cell {
    match figure {
        Figure::Blank => Cell::Empty,
        Figure::NotApplicable => Cell::NotApplicable,
        Figure::Number(amount) => amount.as_whole().map_or_else(|| Cell::Text(amount.to_string()), Cell::Int),
    }
}

/// The report as it is handed in; `lead` stands under 总体情况, `other` under 其他需要报告的事项.
pub(super) fn document(report: &Annual, lead: &[String], other: &[String]) -> Document {
    let mut blocks = vec![Block::Heading("一、总体情况".to_owned())];
    blocks.extend(lead.iter().cloned().map(Block::Text));
    let grids = [proactive(report), applications(report), disputes(report)];
    for (title, grid) in TABLES.iter().zip(grids) {
        blocks.push(Block::Heading((*title).to_owned()));
        blocks.push(Block::Table(grid));
    }
    blocks.push(Block::Heading("五、存在的主要问题及改进情况".to_owned()));
    blocks.push(Block::Heading("六、其他需要报告的事项".to_owned()));
    blocks.extend(other.iter().cloned().map(Block::Text));
    Document { title: format!("{}{}年政府信息公开工作年度报告", report.org, report.year), blocks }
}

fn figures(row: &[Figure]) -> Vec<Cell> {
    row.iter().copied().map(cell).collect()
}

/// Table 二: blocks under merged titles; a lone value spans three columns.
fn proactive(report: &Annual) -> Grid {
    let mut grid = Grid { name: TABLES[0].to_owned(), widths: vec![14, 10, 10, 10], ..Grid::default() };
    let mut parts = 3;
    for (at, row) in report.form.rows(0).enumerate() {
        if row.code != "h" {
            grid.label((at, 0), (1, 1), &row.label, true);
            let values = report.proactive.get(&row.code).cloned().unwrap_or_default();
            for (n, figure) in values.iter().take(parts).enumerate() {
                grid.figure((at, 1 + n), span(parts, n), cell(*figure));
            }
            let mut plain = vec![row.label.clone().into()];
            plain.extend((0..3).map(|n| values.get(n).map_or(Cell::Empty, |figure| cell(*figure))));
            grid.plain_rows.push(plain);
        } else if row.label.contains('|') {
            let words: Vec<&str> = row.label.split('|').collect();
            parts = words.len() - 1;
            grid.label((at, 0), (1, 1), words[0], false);
            for (n, word) in words[1..].iter().enumerate() {
                grid.label((at, 1 + n), (1, span(parts, n)), word, false);
            }
            let mut plain: Vec<Cell> = words.iter().map(|word| Cell::from(*word)).collect();
            plain.resize(4, Cell::Empty);
            grid.plain_rows.push(plain);
        } else {
            grid.label((at, 0), (1, 4), &row.label, true);
        }
    }
    grid.plain_header = vec![String::new(); 4];
    grid
}

/// How many of three value columns the `n`-th of `parts` values spans: the last takes what is left.
fn span(parts: usize, n: usize) -> usize {
    if n + 1 == parts { 3 - n } else { 1 }
}

/// Table 三: three columns of labels, three rows of header.
fn applications(report: &Annual) -> Grid {
    const HEAD: usize = 3;
    let mut grid = Grid { name: TABLES[1].to_owned(), widths: vec![5, 7, 16, 6, 6, 6, 7, 7, 6, 6], ..Grid::default() };
    grid.label((0, 0), (HEAD, 3), "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）", false);
    grid.label((0, 3), (1, 7), "申请人情况", false);
    grid.label((1, 3), (2, 1), COLUMNS[0].1, false);
    grid.label((1, 4), (1, 5), "法人或其他组织", false);
    for (at, (_, title)) in COLUMNS[1..6].iter().enumerate() {
        grid.label((2, 4 + at), (1, 1), title, false);
    }
    grid.label((1, 9), (2, 1), COLUMNS[6].1, false);
    let rows: Vec<_> = rows_of(report);
    let split: Vec<Vec<&str>> = rows.iter().map(|(_, label)| label.split('|').collect()).collect();
    for (at, parts) in split.iter().enumerate() {
        let row = HEAD + at;
        let above = at.checked_sub(1).map(|at| &split[at]);
        for (level, part) in parts.iter().enumerate() {
            let last = level + 1 == parts.len();
            let same = |other: &Vec<&str>| !last && other.len() > level + 1 && other[..=level] == parts[..=level];
            if above.is_some_and(same) {
                continue;
            }
            let deep = split[at..].iter().take_while(|other| same(other)).count().max(1);
            let wide = if last { 3 - level } else { 1 };
            grid.label((row, level), (deep, wide), part, last || wide > 1);
        }
        let values = report.applications.get(&rows[at].0).copied().unwrap_or_default();
        for (n, figure) in values.iter().enumerate() {
            grid.figure((row, 3 + n), 1, cell(*figure));
        }
        for (level, part) in parts.iter().enumerate().take(parts.len() - 1) {
            // A heading of its own line where a group begins.
            if above.is_none_or(|above| above.get(level) != Some(part)) {
                let mut heading = vec![Cell::from(format!("{}{part}", "  ".repeat(level)))];
                heading.resize(8, Cell::Empty);
                grid.plain_rows.push(heading);
            }
        }
        let name = parts.last().copied().unwrap_or_default();
        let mut plain = vec![Cell::from(format!("{}{name}", "  ".repeat(parts.len() - 1)))];
        plain.extend(figures(&values));
        grid.plain_rows.push(plain);
    }
    grid.plain_header = std::iter::once(String::new()).chain(COLUMNS.iter().map(|(_, title)| (*title).to_owned())).collect();
    grid
}

/// The rows the report has, by code and label: a report that mixes forms keeps its own.
fn rows_of(report: &Annual) -> Vec<(String, String)> {
    let mixed = report.form == Form::Of2021 && report.applications.contains_key("3.6");
    let mut rows: Vec<(String, String)> = Vec::new();
    for row in report.form.rows(1) {
        match row.code.as_str() {
            "3.6.1" if mixed => rows.push(("3.6".to_owned(), "三、本年度办理结果|（六）其他处理".to_owned())),
            code if mixed && code.starts_with("3.6.") => {}
            _ => rows.push((row.code.clone(), row.label.clone())),
        }
    }
    rows
}

/// Table 四: one row of fifteen figures under three rows of header.
fn disputes(report: &Annual) -> Grid {
    let mut grid = Grid { name: TABLES[2].to_owned(), widths: vec![5; 15], ..Grid::default() };
    grid.label((0, 0), (2, 5), GROUPS[0].1, false);
    grid.label((0, 5), (1, 10), "行政诉讼", false);
    grid.label((1, 5), (1, 5), GROUPS[1].1, false);
    grid.label((1, 10), (1, 5), GROUPS[2].1, false);
    for (group, row) in report.disputes.iter().enumerate() {
        for (at, figure) in row.iter().enumerate() {
            grid.label((2, group * 5 + at), (1, 1), RESULTS[at], false);
            grid.figure((3, group * 5 + at), 1, cell(*figure));
        }
        let mut plain = vec![Cell::from(GROUPS[group].1)];
        plain.extend(figures(row));
        grid.plain_rows.push(plain);
    }
    grid.plain_header = std::iter::once(String::new()).chain(RESULTS.iter().map(|title| (*title).to_owned())).collect();
    grid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_have_the_official_size_and_no_hole() {
        let report = Annual::blank("局", 2024, Form::Of2021);
        for (grid, rows, columns) in [(proactive(&report), 14, 4), (applications(&report), 28, 10), (disputes(&report), 4, 15)] {
            assert_eq!((grid.rows, grid.widths.len()), (rows, columns), "{}", grid.name);
            for row in 0..rows {
                for column in 0..columns {
                    let covering = grid.cells.iter().filter(|cell| {
                        (cell.row..cell.row + cell.rows).contains(&row) && (cell.column..cell.column + cell.columns).contains(&column)
                    });
                    assert_eq!(covering.count(), 1, "{} {row} {column}", grid.name);
                }
            }
        }
        let table = applications(&report);
        assert_eq!(table.at(5, 0).map(|cell| (cell.rows, cell.columns)), Some((22, 1)), "三 stands over its results");
        assert_eq!(table.at(7, 1).map(|cell| cell.rows), Some(8), "（三）不予公开 has eight rows");
    }
}
