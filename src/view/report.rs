use super::{Cell, Document};

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
    /// Further members of the json document.
    pub members: Vec<(&'static str, serde_json::Value)>,
    /// How many rows there were before a limit cut some of them off.
    pub truncated: Option<usize>,
    /// The keys of the rows, kept here once their column has been left out.
    pub(super) kept_keys: Option<Vec<Cell>>,
}

impl Report {
    /// Starts a report without rows, whose first column is the key.
    pub fn new(schema: &'static str, columns: Vec<Column>) -> Self {
        Report {
            schema,
            title: None,
            columns,
            rows: Vec::new(),
            key: 0,
            summary: Vec::new(),
            warnings: Vec::new(),
            yes: "yes".to_owned(),
            no: "no".to_owned(),
            notes: Vec::new(),
            document: None,
            members: Vec::new(),
            truncated: None,
            kept_keys: None,
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

    /// The key of each row, also when its column has been left out.
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
