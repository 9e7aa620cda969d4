//! A report as it is handed in: headings, text, tables with merged cells, charts.

use std::io::{self, Write};

use super::{Align, Cell, Column, Paper, Report, table};

/// The parts of a report in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    pub title: String,
    pub blocks: Vec<Block>,
}

/// One part.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    Heading(String),
    Text(String),
    Table(Grid),
    Chart(Chart),
}

/// A table in its official layout.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    /// Of its sheet in a workbook.
    pub name: String,
    pub rows: usize,
    /// Widths of the columns, in Chinese characters.
    pub widths: Vec<u16>,
    pub cells: Vec<GridCell>,
    /// The same figures without merged cells, for a terminal.
    pub plain_header: Vec<String>,
    pub plain_rows: Vec<Vec<Cell>>,
}

/// One cell, with how many rows and columns it spans.
#[derive(Clone, Debug, PartialEq)]
pub struct GridCell {
    pub row: usize,
    pub column: usize,
    pub rows: usize,
    pub columns: usize,
    pub content: Cell,
    pub header: bool,
    /// Label text keeps to the left; figures and headers stand in the middle.
    pub left: bool,
}

/// Bars side by side for every category.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    pub title: String,
    pub categories: Vec<String>,
    pub series: Vec<(String, Vec<i64>)>,
}

impl Grid {
    /// Adds a header or label cell.
    pub fn label(&mut self, (row, column): (usize, usize), (rows, columns): (usize, usize), text: &str, left: bool) {
        self.place(GridCell { row, column, rows, columns, content: text.into(), header: true, left });
    }

    /// Adds a figure.
    pub fn figure(&mut self, (row, column): (usize, usize), columns: usize, content: Cell) {
        self.place(GridCell { row, column, rows: 1, columns, content, header: false, left: false });
    }

    fn place(&mut self, cell: GridCell) {
        self.rows = self.rows.max(cell.row + cell.rows);
        self.cells.push(cell);
    }

    /// What stands at a place: the cell that begins there.
    pub fn at(&self, row: usize, column: usize) -> Option<&GridCell> {
        self.cells.iter().find(|cell| cell.row == row && cell.column == column)
    }

    /// The cell that covers a place.
    pub fn covering(&self, row: usize, column: usize) -> Option<&GridCell> {
        self.cells
            .iter()
            .find(|cell| (cell.row..cell.row + cell.rows).contains(&row) && (cell.column..cell.column + cell.columns).contains(&column))
    }

    /// The grid of any report: its columns and rows.
    fn of(report: &Report) -> Self {
        let widest = |at: usize| {
            let cells = report.rows.iter().map(|row| super::text::human(&row[at], report, false).chars().count());
            cells.max().unwrap_or(0).max(report.columns[at].title.chars().count()).clamp(4, 40)
        };
        let mut grid = Self {
            name: report.title.clone().unwrap_or_else(|| report.schema.to_owned()),
            widths: (0..report.columns.len()).map(|at| u16::try_from(widest(at)).unwrap_or(40)).collect(),
            ..Self::default()
        };
        for (at, column) in report.columns.iter().enumerate() {
            grid.label((0, at), (1, 1), &column.title, false);
        }
        for (row, cells) in report.rows.iter().enumerate() {
            for (at, cell) in cells.iter().enumerate() {
                let left = report.columns[at].align == Align::Left;
                let content = Cell::Text(super::text::human(cell, report, false));
                grid.place(GridCell { row: row + 1, column: at, rows: 1, columns: 1, content, header: false, left });
            }
        }
        grid
    }
}

impl Document {
    /// The document of a report: its own, or one table of its rows.
    pub(super) fn of(report: &Report) -> std::borrow::Cow<'_, Self> {
        match &report.document {
            Some(document) => std::borrow::Cow::Borrowed(document),
            None => {
                let mut blocks = vec![Block::Table(Grid::of(report))];
                blocks.extend(report.notes.iter().cloned().map(Block::Text));
                let title = report.title.clone().unwrap_or_else(|| format!("swj {}", report.schema.replace('.', " ")));
                std::borrow::Cow::Owned(Self { title, blocks })
            }
        }
    }

    /// Headings, text and plain tables, as a terminal takes them; charts are for paper.
    pub(super) fn write_text(&self, report: &Report, paper: &Paper, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", self.title)?;
        for block in &self.blocks {
            match block {
                Block::Heading(text) => writeln!(out, "\n{text}")?,
                Block::Text(text) => writeln!(out, "{text}")?,
                Block::Chart(_) => {}
                Block::Table(grid) => {
                    let columns = grid.plain_header.iter().enumerate();
                    let columns = columns.map(|(at, title)| if at == 0 { Column::left("", title) } else { Column::right("", title) });
                    let mut plain = Report::new(report.schema, columns.collect());
                    plain.rows.clone_from(&grid.plain_rows);
                    table::write(&plain, paper, out)?;
                }
            }
        }
        Ok(())
    }
}
