//! Rows on their way out, and the tools to make them.

use jiff::ToSpan;
use jiff::civil::Date;

use super::{FIRST_ID, Ground, Order};

/// One row of one table, as texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub table: &'static str,
    pub columns: &'static [&'static str],
    pub cells: Vec<Option<String>>,
}

/// Takes rows; a table's rows come together.
pub trait Sink<E> {
    /// Takes one row.
    ///
    /// # Errors
    /// What keeps it from being taken.
    fn row(&mut self, row: Row) -> Result<(), E>;

    /// Hangs a unit under another after both are there.
    ///
    /// # Errors
    /// What keeps it from being done.
    fn hang(&mut self, unit: i64, under: i64) -> Result<(), E>;

    /// Changes one text of a row that is there, behind everybody's back.
    ///
    /// # Errors
    /// What keeps it from being done.
    fn meddle(&mut self, change: &Meddling) -> Result<(), E>;
}

/// A text changed by a hand that had no business there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meddling {
    pub table: &'static str,
    pub column: &'static str,
    pub value: String,
    /// Column and text the row is found by.
    pub found_by: (&'static str, String),
}

/// Makes rows from one source of chance.
pub(super) struct Writer<'a, E> {
    pub(super) scale: usize,
    pub(super) today: Date,
    pub(super) ground: Ground,
    pub(super) rng: fastrand::Rng,
    sink: &'a mut dyn Sink<E>,
}

impl<'a, E> Writer<'a, E> {
    pub(super) fn new(order: &Order, ground: &Ground, sink: &'a mut dyn Sink<E>) -> Self {
        Self { scale: order.scale as usize, today: order.today, ground: *ground, rng: fastrand::Rng::with_seed(order.seed), sink }
    }

    pub(super) fn row(&mut self, table: &'static str, columns: &'static [&'static str], cells: Vec<Option<String>>) -> Result<(), E> {
        self.sink.row(Row { table, columns, cells })
    }

    pub(super) fn hang(&mut self, unit: i64, under: i64) -> Result<(), E> {
        self.sink.hang(unit, under)
    }

    pub(super) fn meddle(&mut self, change: &Meddling) -> Result<(), E> {
        self.sink.meddle(change)
    }

    /// One of a list.
    pub(super) fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.rng.usize(..list.len())]
    }

    /// A day so many to so many days ago.
    pub(super) fn days_ago(&mut self, from: i64, to: i64) -> Date {
        let days = self.rng.i64(from..=to);
        self.today.saturating_sub(days.days())
    }

    /// What looks like a SHA-256.
    pub(super) fn hash(&mut self) -> String {
        (0..8).map(|_| format!("{:08x}", self.rng.u32(..))).collect()
    }

    /// Office hours of a day, as an instant is stored.
    pub(super) fn in_office(&mut self, day: Date) -> String {
        let (hour, minute, second) = (self.rng.u8(8..18), self.rng.u8(0..60), self.rng.u8(0..60));
        format!("{day} {hour:02}:{minute:02}:{second:02}+08:00")
    }
}

/// What a cell can be made of.
pub(super) trait Cell {
    fn cell(self) -> Option<String>;
}

impl Cell for &str {
    fn cell(self) -> Option<String> {
        Some(self.to_owned())
    }
}
impl Cell for String {
    fn cell(self) -> Option<String> {
        Some(self)
    }
}
impl Cell for i64 {
    fn cell(self) -> Option<String> {
        Some(self.to_string())
    }
}
impl Cell for Date {
    fn cell(self) -> Option<String> {
        Some(self.to_string())
    }
}
impl Cell for bool {
    fn cell(self) -> Option<String> {
        flag(self)
    }
}
impl<T: Cell> Cell for Option<T> {
    fn cell(self) -> Option<String> {
        self.and_then(Cell::cell)
    }
}

/// Writes one row by the names of its columns.
macro_rules! put {
    ($writer:expr, $table:literal, { $($column:ident: $value:expr),+ $(,)? }) => {
        $writer.row($table, &[$(stringify!($column)),+], vec![$($crate::demo::row::Cell::cell($value)),+])
    };
}
pub(super) use put;

/// An instant as it is stored: a day and a clock reading, Beijing time.
pub(super) fn at(day: Date, clock: &str) -> String {
    format!("{day} {clock}:00+08:00")
}

/// A text cell.
pub(super) fn text(value: impl ToString) -> Option<String> {
    Some(value.to_string())
}

/// A truth cell, as every engine reads it.
pub(super) fn flag(value: bool) -> Option<String> {
    Some(if value { "1" } else { "0" }.to_owned())
}

/// The id of the `n`th row of a table.
pub(super) fn id(n: usize) -> i64 {
    FIRST_ID + n as i64
}
