//! Reading the rows out of what `pg_dump` wrote, without a PostgreSQL: the server may be what was lost.

use std::io::{Error, Result, Write};

/// Where the rows of a dump go: table, columns, cells.
pub type Rows<'a> = dyn FnMut(&str, &[String], Vec<Option<String>>) -> Result<()> + 'a;

/// Takes a dump in plain format, written to it in any pieces, and hands its rows on. What is no row is left out:
/// the tables are made by our own steps.
pub struct DumpRows<'a> {
    rows: &'a mut Rows<'a>,
    rest: Vec<u8>,
    block: Option<(String, Vec<String>)>,
}

impl<'a> DumpRows<'a> {
    /// Begins.
    pub fn new(rows: &'a mut Rows<'a>) -> Self {
        Self { rows, rest: Vec::new(), block: None }
    }

    /// Tells whether the dump ended where it should.
    ///
    /// # Errors
    /// It ended amid a table.
    pub fn finish(self) -> Result<()> {
        match self.block {
            Some((table, _)) => Err(Error::other(format!("the dump ends amid {table}"))),
            None => Ok(()),
        }
    }

    fn line(&mut self, line: &[u8]) -> Result<()> {
        let line = std::str::from_utf8(line).map_err(|error| Error::other(format!("the dump is not UTF-8: {error}")))?;
        let Some((table, columns)) = &self.block else {
            self.block = head(line);
            return Ok(());
        };
        if line == "\\." {
            self.block = None;
            return Ok(());
        }
        if table == HISTORY {
            return Ok(());
        }
        let cells: Vec<_> = line.split('\t').map(cell).collect();
        if cells.len() != columns.len() {
            return Err(Error::other(format!("a row of {table} has {} cells instead of {}", cells.len(), columns.len())));
        }
        (self.rows)(table, columns, cells)
    }
}

/// diesel's own table: which steps were applied our steps note themselves.
const HISTORY: &str = "__diesel_schema_migrations";

impl Write for DumpRows<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let mut from = bytes;
        while let Some(at) = from.iter().position(|byte| *byte == b'\n') {
            if self.rest.is_empty() {
                self.line(&from[..at])?;
            } else {
                let mut line = std::mem::take(&mut self.rest);
                line.extend_from_slice(&from[..at]);
                self.line(&line)?;
            }
            from = &from[at + 1..];
        }
        self.rest.extend_from_slice(from);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// `COPY public.unit (id, code, "order") FROM stdin;`
fn head(line: &str) -> Option<(String, Vec<String>)> {
    let (table, columns) = line.strip_prefix("COPY ")?.strip_suffix(") FROM stdin;")?.split_once(" (")?;
    let plain = |name: &str| name.trim_matches('"').to_owned();
    Some((plain(table.rsplit('.').next()?), columns.split(", ").map(plain).collect()))
}

/// Undoes the escapes of `COPY`'s text format; `\N` is NULL.
fn cell(text: &str) -> Option<String> {
    if text == "\\N" {
        return None;
    }
    if !text.contains('\\') {
        return Some(text.to_owned());
    }
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        plain.push(match (letter, letter == '\\') {
            (_, false) => letter,
            _ => match letters.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                Some('b') => '\u{8}',
                Some('f') => '\u{c}',
                Some('v') => '\u{b}',
                Some(other) => other,
                None => '\\',
            },
        });
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_out_of_a_dump_however_it_is_cut() {
        let dump = "--\nCREATE TABLE public.unit (id bigint);\nCOPY public.unit (id, \"order\", name) FROM stdin;\n\
             1\t\\N\t水务局\n2\t\ta\\tb\\\\c\\nd\n\\.\nSELECT 1;\nCOPY public.__diesel_schema_migrations (version) FROM stdin;\n1\n\\.\n";
        for size in [1, 3, 7, 4096] {
            let mut seen = Vec::new();
            let mut rows = |table: &str, columns: &[String], row: Vec<Option<String>>| {
                seen.push((table.to_owned(), columns.join(","), row));
                Ok(())
            };
            let mut reader = DumpRows::new(&mut rows);
            dump.as_bytes().chunks(size).for_each(|piece| reader.write_all(piece).unwrap());
            reader.finish().unwrap();
            let row =
                |cells: [Option<&str>; 3]| ("unit".to_owned(), "id,order,name".to_owned(), cells.map(|c| c.map(str::to_owned)).to_vec());
            assert_eq!(seen, [row([Some("1"), None, Some("水务局")]), row([Some("2"), Some(""), Some("a\tb\\c\nd")])]);
        }
    }

    #[test]
    fn a_dump_cut_short_is_told() {
        let mut rows = |_: &str, _: &[String], _: Vec<Option<String>>| Ok(());
        let mut reader = DumpRows::new(&mut rows);
        reader.write_all(b"COPY public.unit (id) FROM stdin;\n1\n").unwrap();
        assert!(reader.finish().is_err());
    }
}
