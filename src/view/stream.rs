//! Rows that are made while they are written, for a report too long to be held.

use std::io;
use std::rc::Rc;

use super::Cell;

type Make = dyn Fn(usize, &mut dyn FnMut(Vec<Cell>) -> io::Result<()>) -> io::Result<()>;

/// The rows of a long report. They can be made again and again, and come out the same.
#[derive(Clone)]
pub struct Stream {
    pub(super) rows: usize,
    make: Rc<Make>,
    pub(super) picked: Option<Vec<usize>>,
    veil: Option<fn(&mut Cell)>,
}

impl Stream {
    /// `make` hands the first so many of its `rows` to what it is given, one at a time.
    pub fn new(rows: usize, make: impl Fn(usize, &mut dyn FnMut(Vec<Cell>) -> io::Result<()>) -> io::Result<()> + 'static) -> Self {
        Self { rows, make: Rc::new(make), picked: None, veil: None }
    }

    /// Sends every cell through `veil` on its way.
    #[must_use]
    pub fn veiled(mut self, veil: fn(&mut Cell)) -> Self {
        self.veil = Some(veil);
        self
    }

    /// The rows with all their cells, also those the reader has left out.
    pub(super) fn whole(&self, each: &mut dyn FnMut(Vec<Cell>) -> io::Result<()>) -> io::Result<()> {
        (self.make)(self.rows, &mut |mut row| {
            if let Some(veil) = self.veil {
                row.iter_mut().for_each(veil);
            }
            each(row)
        })
    }

    pub(super) fn each(&self, each: &mut dyn FnMut(Vec<Cell>) -> io::Result<()>) -> io::Result<()> {
        self.whole(&mut |mut row| match &self.picked {
            Some(picked) => each(picked.iter().map(|index| std::mem::take(&mut row[*index])).collect()),
            None => each(row),
        })
    }
}

impl PartialEq for Stream {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows && self.picked == other.picked && Rc::ptr_eq(&self.make, &other.make)
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream").field("rows", &self.rows).finish_non_exhaustive()
    }
}
