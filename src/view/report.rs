use std::io;

use super::{Cell, Document, Inspection, Stream};

/// The side a column keeps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// A column: an English key for programs, a title for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub key: &'static str,
    pub title: String,
    pub align: Align,
}

impl Column {
    /// Makes a column for words.
    pub fn left(key: &'static str, title: impl Into<String>) -> Self {
        Column { key, title: title.into(), align: Align::Left }
    }

    /// Makes a column for numbers.
    pub fn right(key: &'static str, title: impl Into<String>) -> Self {
        Column { key, title: title.into(), align: Align::Right }
    }
}

/// Something a reader of the report should know; the code is stable, the message is translated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub code: &'static str,
    pub message: String,
}

/// What a command has to say, before it is known in which format.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Noun and verb: `user.list` becomes `swj.user.list/1` in json.
    pub schema: &'static str,
    pub title: Option<String>,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
    /// More rows, after those held: made while they are written.
    pub stream: Option<Stream>,
    /// The column that `ids` prints. Once the reader has left it out by [`super::shape`], the
    /// number means nothing: ask [`Report::key_column`].
    pub key: usize,
    /// Totals and the like, for json only.
    pub summary: Vec<(&'static str, Cell)>,
    pub warnings: Vec<Warning>,
    /// The words for a boolean, for people.
    pub yes: String,
    pub no: String,
    /// Lines under the table.
    pub notes: Vec<String>,
    /// The official layout, for paper and screen; programs get the rows.
    pub document: Option<Document>,
    /// What an inspection says beside its findings.
    pub inspection: Option<Box<Inspection>>,
    /// When it was made, where that is not the moment of writing: RFC 3339.
    pub made_at: Option<String>,
    /// Further members of the json document.
    pub members: Vec<(&'static str, serde_json::Value)>,
    /// How many rows there were before a limit cut some of them off.
    pub truncated: Option<usize>,
    /// The keys of the rows, kept here once their column has been left out.
    pub(super) kept_keys: Option<Vec<Cell>>,
    /// The key's place in a row nothing was left out of.
    pub(super) whole_key: usize,
}

impl Report {
    /// Starts a report without rows, whose first column is the key.
    pub fn new(schema: &'static str, columns: Vec<Column>) -> Self {
        Report {
            schema,
            title: None,
            columns,
            rows: Vec::new(),
            stream: None,
            key: 0,
            summary: Vec::new(),
            warnings: Vec::new(),
            yes: "yes".to_owned(),
            no: "no".to_owned(),
            notes: Vec::new(),
            document: None,
            inspection: None,
            made_at: None,
            members: Vec::new(),
            truncated: None,
            kept_keys: None,
            whole_key: 0,
        }
    }

    /// Adds a row, which has one cell for each column.
    pub fn push(&mut self, row: Vec<Cell>) {
        debug_assert_eq!(row.len(), self.columns.len(), "in {}", self.schema);
        self.rows.push(row);
    }

    /// Sets the heading.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets the words for booleans.
    #[must_use]
    pub fn with_words(mut self, yes: impl Into<String>, no: impl Into<String>) -> Self {
        self.yes = yes.into();
        self.no = no.into();
        self
    }

    /// Adds a total, or another fact about the whole, for json.
    #[must_use]
    pub fn with_summary(mut self, key: &'static str, value: impl Into<Cell>) -> Self {
        self.summary.push((key, value.into()));
        self
    }

    /// Adds a line under the table.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds a warning, for json.
    pub fn warn(&mut self, code: &'static str, message: impl Into<String>) {
        self.warnings.push(Warning { code, message: message.into() });
    }

    /// Tells which column is the key, unless the reader has left it out.
    pub fn key_column(&self) -> Option<usize> {
        match self.kept_keys {
            None if self.key < self.columns.len() => Some(self.key),
            _ => None,
        }
    }

    /// How many rows there are, held or not.
    pub fn len(&self) -> usize {
        self.rows.len() + self.stream.as_ref().map_or(0, |stream| stream.rows)
    }

    /// Leaves rows out beyond so many, and notes how many there were.
    pub fn cap(&mut self, most: usize) {
        let total = self.len();
        if total > most {
            self.truncated.get_or_insert(total);
            self.rows.truncate(most);
            let held = self.rows.len();
            if let Some(stream) = &mut self.stream {
                stream.rows = stream.rows.min(most - held);
            }
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Hands out the rows one at a time.
    ///
    /// # Errors
    /// What `each` returns, or what the rows are made from.
    pub(super) fn each(&self, each: &mut dyn FnMut(&[Cell]) -> io::Result<()>) -> io::Result<()> {
        self.rows.iter().try_for_each(|row| each(row))?;
        self.stream.as_ref().map_or(Ok(()), |stream| stream.each(&mut |row| each(&row)))
    }

    /// The key of each row, also when its column has been left out.
    pub(super) fn each_key(&self, each: &mut dyn FnMut(&Cell) -> io::Result<()>) -> io::Result<()> {
        self.keys().try_for_each(&mut *each)?;
        let key = if self.stream.as_ref().is_some_and(|stream| stream.picked.is_some()) { self.whole_key } else { self.key };
        self.stream.as_ref().map_or(Ok(()), |stream| stream.whole(&mut |row| row.get(key).map_or(Ok(()), &mut *each)))
    }

    /// The same report with all its rows held, for formats that need them together.
    pub(super) fn gathered(&self) -> io::Result<std::borrow::Cow<'_, Self>> {
        if self.stream.is_none() {
            return Ok(std::borrow::Cow::Borrowed(self));
        }
        let mut whole = self.clone();
        whole.stream = None;
        self.stream.as_ref().map_or(Ok(()), |stream| {
            stream.each(&mut |row| {
                whole.rows.push(row);
                Ok(())
            })
        })?;
        Ok(std::borrow::Cow::Owned(whole))
    }

    /// The key of each row held, also when its column has been left out.
    pub fn keys(&self) -> Box<dyn Iterator<Item = &Cell> + '_> {
        match &self.kept_keys {
            Some(keys) => Box::new(keys.iter()),
            None => Box::new(self.rows.iter().filter_map(|row| row.get(self.key))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_column_is_the_key_until_told_otherwise() {
        let columns = vec![Column::left("login", "Login"), Column::right("id", "No.")];
        let mut report = Report::new("user.list", columns);
        report.push(vec!["lihua".into(), 7.into()]);
        assert_eq!(report.keys().collect::<Vec<_>>(), [&Cell::from("lihua")]);

        report.key = 1;
        assert_eq!(report.keys().collect::<Vec<_>>(), [&Cell::Int(7)]);
    }

    #[test]
    #[should_panic(expected = "user.list")]
    #[cfg(debug_assertions)]
    fn a_row_of_another_length_is_a_mistake() {
        Report::new("user.list", vec![Column::left("login", "Login")]).push(vec![]);
    }
}
