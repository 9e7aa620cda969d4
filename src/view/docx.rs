//! A Word document: headings, paragraphs, tables with merged cells.

use std::io::{self, Cursor, Write};

use docx_rs::{
    AlignmentType, Docx, PageMargin, PageOrientationType, Paragraph, Run, RunFonts, Style, StyleType, Table, TableAlignmentType, TableCell,
    TableRow, VAlignType, VMergeType, WidthType,
};

use super::document::{Block, Chart, Document, Grid};
use super::{Cell, Paper, Report, text};

/// Twentieths of a point: the width of one Chinese character at nine points.
const CHARACTER: usize = 190;
/// The text width of an A4 page on its side.
const PAGE: usize = 14_000;

pub(super) fn write(report: &Report, _: &Paper, out: &mut dyn Write) -> io::Result<()> {
    let document = Document::of(report);
    let fonts = || RunFonts::new().east_asia("SimSun").ascii("Times New Roman");
    let mut docx = Docx::new()
        .page_size(16_838, 11_906)
        .page_orient(PageOrientationType::Landscape)
        .page_margin(PageMargin::new().top(1_134).bottom(1_134).left(1_134).right(1_134))
        .default_fonts(fonts())
        .default_size(21)
        .add_style(Style::new("Heading1", StyleType::Paragraph).name("heading 1").size(28).bold())
        .add_paragraph(Paragraph::new().align(AlignmentType::Center).add_run(Run::new().add_text(plain(&document.title)).size(36).bold()));
    for block in &document.blocks {
        docx = match block {
            Block::Heading(words) => {
                docx.add_paragraph(Paragraph::new().style("Heading1").add_run(Run::new().add_text(plain(words)).size(28).bold()))
            }
            Block::Text(words) => docx.add_paragraph(Paragraph::new().add_run(Run::new().add_text(plain(words)))),
            Block::Table(grid) => docx.add_table(table(grid, report)).add_paragraph(Paragraph::new()),
            Block::Chart(chart) => docx.add_table(figures(chart)).add_paragraph(Paragraph::new()),
        };
    }
    let mut bytes = Cursor::new(Vec::new());
    docx.build().pack(&mut bytes).map_err(io::Error::other)?;
    out.write_all(&bytes.into_inner())
}

fn table(grid: &Grid, report: &Report) -> Table {
    let total: usize = grid.widths.iter().map(|width| usize::from(*width)).sum::<usize>().max(1);
    let one = CHARACTER.min(PAGE / total);
    let widths: Vec<usize> = grid.widths.iter().map(|width| usize::from(*width) * one).collect();
    let rows = (0..grid.rows).map(|row| {
        let mut cells = Vec::new();
        let mut column = 0;
        while column < widths.len() {
            let Some(cell) = grid.covering(row, column) else {
                cells.push(TableCell::new().width(widths[column], WidthType::Dxa).add_paragraph(Paragraph::new()));
                column += 1;
                continue;
            };
            let width = widths[cell.column..(cell.column + cell.columns).min(widths.len())].iter().sum();
            let mut made = TableCell::new().width(width, WidthType::Dxa).vertical_align(VAlignType::Center);
            if cell.columns > 1 {
                made = made.grid_span(cell.columns);
            }
            if cell.rows > 1 {
                made = made.vertical_merge(if cell.row == row { VMergeType::Restart } else { VMergeType::Continue });
            }
            let words = if cell.row == row { text::human(&cell.content, report, false) } else { String::new() };
            let align = if cell.left { AlignmentType::Left } else { AlignmentType::Center };
            cells.push(made.add_paragraph(Paragraph::new().align(align).add_run(Run::new().add_text(plain(&words)).size(18))));
            column = cell.column + cell.columns;
        }
        TableRow::new(cells)
    });
    Table::new(rows.collect()).set_grid(widths.clone()).align(TableAlignmentType::Center)
}

/// A chart as its figures: Word draws none from outside.
fn figures(chart: &Chart) -> Table {
    let mut grid = Grid { widths: vec![14; chart.series.len() + 1], ..Grid::default() };
    grid.label((0, 0), (1, 1), &chart.title, false);
    for (at, (name, _)) in chart.series.iter().enumerate() {
        grid.label((0, at + 1), (1, 1), name, false);
    }
    for (row, category) in chart.categories.iter().enumerate() {
        grid.label((row + 1, 0), (1, 1), category, true);
        for (at, (_, values)) in chart.series.iter().enumerate() {
            grid.figure((row + 1, at + 1), 1, values.get(row).copied().map_or(Cell::Empty, Cell::Int));
        }
    }
    table(&grid, &Report::new("chart", Vec::new()))
}
/// A text without the control characters XML cannot hold.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c }).collect()
}
