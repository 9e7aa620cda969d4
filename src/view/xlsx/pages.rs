//! A document as a workbook: a sheet for each table, its merged cells as the form has them, and
//! native charts.

use rust_xlsxwriter::{Chart as Drawn, ChartType, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use super::super::document::{Block, Chart, Document, Grid};
use super::super::{Cell, Report, text};
use super::{column, sheet};

pub(super) fn write(workbook: &mut Workbook, document: &Document) -> Result<(), XlsxError> {
    let mut heading: Option<&str> = None;
    let mut names: Vec<String> = Vec::new();
    for block in &document.blocks {
        match block {
            Block::Heading(words) => heading = Some(words),
            Block::Text(_) => {}
            Block::Table(grid) => {
                let page = page(workbook, &mut names, &grid.name)?;
                table(page, grid, heading.take().unwrap_or(&document.title))?;
            }
            Block::Chart(chart) => {
                let page = page(workbook, &mut names, &chart.title)?;
                draw(page, chart)?;
            }
        }
    }
    Ok(())
}

fn page<'a>(workbook: &'a mut Workbook, names: &mut Vec<String>, name: &str) -> Result<&'a mut Worksheet, XlsxError> {
    let mut own = sheet::name(name);
    let mut n = 2;
    while names.contains(&own) {
        own = sheet::name(&format!("{n} {name}"));
        n += 1;
    }
    names.push(own.clone());
    workbook.add_worksheet().set_name(own)
}

fn table(page: &mut Worksheet, grid: &Grid, title: &str) -> Result<(), XlsxError> {
    let last = column(grid.widths.len().saturating_sub(1));
    let bold = Format::new().set_bold().set_font_size(14).set_align(FormatAlign::Center).set_align(FormatAlign::VerticalCenter);
    if last > 0 {
        page.merge_range(0, 0, 0, last, title, &bold)?;
    } else {
        page.write_string_with_format(0, 0, title, &bold)?;
    }
    page.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    for (at, width) in grid.widths.iter().enumerate() {
        page.set_column_width(column(at), f64::from(*width) * 2.1)?;
    }
    let words = Report::new("", Vec::new());
    // Excel does not make room for what it wraps in merged cells; nor do others in any.
    for row in 0..grid.rows {
        let in_row = grid.cells.iter().filter(|cell| cell.row == row && cell.rows == 1);
        let lines = in_row.map(|cell| {
            let width: u16 = grid.widths[cell.column..cell.column + cell.columns].iter().sum();
            text::human(&cell.content, &words, false).chars().count().div_ceil(usize::from(width.max(1)))
        });
        let lines = u16::try_from(lines.max().unwrap_or(1).max(1)).unwrap_or(1);
        page.set_row_height(u32::try_from(row + 1).unwrap_or(u32::MAX), 16.0 * f64::from(lines))?;
    }
    for cell in &grid.cells {
        let align = if cell.left { FormatAlign::Left } else { FormatAlign::Center };
        let format = Format::new().set_border(FormatBorder::Thin).set_align(align).set_align(FormatAlign::VerticalCenter).set_text_wrap();
        // The heading takes the first row.
        let row = u32::try_from(cell.row + 1).unwrap_or(u32::MAX);
        let (first, written) = (column(cell.column), text::human(&cell.content, &words, false));
        let number = match &cell.content {
            Cell::Int(number) => Some(*number as f64),
            Cell::Text(text) if !cell.header => text.parse::<f64>().ok().filter(|number| number.is_finite()),
            _ => None,
        };
        if cell.rows > 1 || cell.columns > 1 {
            let (bottom, right) = (row + u32::try_from(cell.rows - 1).unwrap_or(0), column(cell.column + cell.columns - 1));
            page.merge_range(row, first, bottom, right, &written, &format)?;
        }
        match number {
            Some(number) => page.write_number_with_format(row, first, number, &format)?,
            None => page.write_string_with_format(row, first, &written, &format)?,
        };
    }
    Ok(())
}

/// The figures, and the chart Excel draws from them.
fn draw(page: &mut Worksheet, chart: &Chart) -> Result<(), XlsxError> {
    let name = page.name();
    for (row, category) in chart.categories.iter().enumerate() {
        page.write_string(u32::try_from(row + 1).unwrap_or(u32::MAX), 0, category)?;
    }
    let rows = u32::try_from(chart.categories.len()).unwrap_or(u32::MAX);
    let mut drawn = Drawn::new(ChartType::Column);
    drawn.title().set_name(&chart.title);
    for (at, (title, values)) in chart.series.iter().enumerate() {
        let at = column(at + 1);
        page.write_string(0, at, title)?;
        for (row, value) in values.iter().enumerate() {
            page.write_number(u32::try_from(row + 1).unwrap_or(u32::MAX), at, *value as f64)?;
        }
        if rows > 0 {
            drawn.add_series().set_name((name.as_str(), 0, at)).set_categories((name.as_str(), 1, 0, rows, 0)).set_values((
                name.as_str(),
                1,
                at,
                rows,
                at,
            ));
        }
    }
    if rows > 0 && !chart.series.is_empty() {
        drawn.set_width(900).set_height(420);
        page.insert_chart(1, column(chart.series.len() + 2), &drawn)?;
    }
    Ok(())
}
