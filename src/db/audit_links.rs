//! The links of the audit log's chain with their entries, millions of them one after the other.

use std::ops::{ControlFlow, Range};

use diesel::connection::{DefaultLoadingMode, LoadConnection};
use diesel::deserialize;
use diesel::result::Error::DeserializationError;
use diesel::row::Row;
use diesel::sql_types::{BigInt, Nullable};
use diesel::sqlite::Sqlite;

use super::connection::Db;
use super::error::DbResult;
use super::raw::cell;
use super::types::push_string;

/// One link of the chain with its entry in the canonical form, as far as the engine can write it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    pub no: i64,
    pub log_seq: i64,
    pub prev_hash: String,
    pub entry_hash: String,
    /// All fields of the entry, a JSON array; empty where the entry is gone.
    pub form: String,
    /// Where the old and the new value stand in it, as the engine keeps them.
    pub documents: [Range<usize>; 2],
    /// Whether the engine itself lets nothing but JSON stand there.
    pub only_json: bool,
    /// Whether the entry is without something that each must have.
    lacking: bool,
}

/// Calls `each` with the links of numbers `from` to `to`, in their order, until it breaks off. There are millions of them:
/// one link is filled again and again.
///
/// # Errors
/// The engine's: also where something in an entry cannot be read at all.
pub fn links(db: &mut Db, from: i64, to: i64, mut each: impl FnMut(&Link) -> ControlFlow<()>) -> DbResult<()> {
    let mut link = Link::default();
    on_each!(db,
    sqlite(conn) => {
        let query = diesel::sql_query(
            "SELECT s.no, s.log_seq, s.prev_hash, s.entry_hash, l.seq, l.op_id, l.at, l.actor, l.os_user, l.host, l.source, l.verb, \
             l.subject_table, l.subject_key, l.old_value, l.new_value, l.reason, l.result \
             FROM audit_seal s LEFT JOIN audit_log l ON l.seq = s.log_seq WHERE s.no BETWEEN ?1 AND ?2 ORDER BY s.no",
        );
        for row in LoadConnection::<DefaultLoadingMode>::load(conn, query.bind::<BigInt, _>(from).bind::<BigInt, _>(to))? {
            link.on_sqlite(&row?).map_err(DeserializationError)?;
            if each(&link).is_break() {
                break;
            }
        }
    },
    postgres(conn) => {
        link.only_json = true;
        on_postgres::links(conn, from, to, &mut link, each)?;
    });
    Ok(())
}

/// Which fields of an entry may be missing: actor, table and key of the subject, reason.
const MAY_BE_NULL: [usize; 4] = [3, 8, 9, 12];

impl Link {
    /// Takes the next row: the link itself, then its entry.
    fn on_sqlite<'row>(&mut self, row: &impl Row<'row, Sqlite>) -> deserialize::Result<()> {
        self.begin(row.get_value::<BigInt, i64, usize>(0)?, row.get_value::<BigInt, i64, usize>(1)?);
        for (at, hash) in [(2, &mut self.prev_hash), (3, &mut self.entry_hash)] {
            cell(row, at, |text| text.unwrap_or_default().clone_into(hash))?;
        }
        if row.get_value::<Nullable<BigInt>, Option<i64>, usize>(4)?.is_none() {
            return Ok(());
        }
        self.open();
        for place in 1..10 {
            cell(row, 4 + place, |text| self.text(place, text))?;
        }
        for at in 0..2 {
            cell(row, 14 + at, |text| self.document(at, text, |text, form| form.push_str(text)))?;
        }
        for place in 12..14 {
            cell(row, 4 + place, |text| self.text(place, text))?;
        }
        self.close();
        Ok(())
    }

    /// Takes the next link; its entry is not there yet.
    fn begin(&mut self, no: i64, log_seq: i64) {
        (self.no, self.log_seq) = (no, log_seq);
        self.form.clear();
        self.documents = [0..0, 0..0];
        self.lacking = false;
    }

    /// The form begins with the number of the entry.
    fn open(&mut self) {
        self.form.push('[');
        self.form.push_str(&self.log_seq.to_string());
    }

    /// The next field of the form, the `place`th of an entry.
    fn text(&mut self, place: usize, text: Option<&str>) {
        self.form.push(',');
        match text {
            Some(text) => push_string(text, &mut self.form),
            None => {
                self.form.push_str("null");
                self.lacking |= !MAY_BE_NULL.contains(&place);
            }
        }
    }

    /// The form is at its end; of an entry without what each must have there is none.
    fn close(&mut self) {
        self.form.push(']');
        if self.lacking {
            self.form.clear();
            self.documents = [0..0, 0..0];
        }
    }

    /// The old or the new value.
    fn document(&mut self, which: usize, text: Option<&str>, push: impl FnOnce(&str, &mut String)) {
        self.form.push(',');
        let begin = self.form.len();
        match text {
            None => self.form.push_str("null"),
            Some(text) => push(text, &mut self.form),
        }
        self.documents[which] = begin..self.form.len();
    }
}

#[cfg(feature = "postgres")]
mod on_postgres {
    use std::ops::ControlFlow;

    use diesel::connection::{DefaultLoadingMode, LoadConnection};
    use diesel::deserialize;
    use diesel::pg::Pg;
    use diesel::prelude::*;
    use diesel::result::Error::DeserializationError;
    use diesel::row::Row;
    use diesel::sql_types::BigInt;

    use super::Link;
    use crate::db::audit_logs::LogEntry;
    use crate::db::error::DbResult;
    use crate::db::raw::cell;
    use crate::db::schema::{audit_log, audit_seal};
    use crate::db::sorted::sort_keys;
    use crate::db::types::{Instant, sql};

    /// Two queries, put together here: joined by the server, each entry costs a search of its own.
    pub(super) fn links(
        conn: &mut PgConnection,
        from: i64,
        to: i64,
        link: &mut Link,
        mut each: impl FnMut(&Link) -> ControlFlow<()>,
    ) -> DbResult<()> {
        let seals = audit_seal::table.filter(audit_seal::no.between(from, to)).order(audit_seal::no);
        let seals = seals.select((audit_seal::no, audit_seal::log_seq, audit_seal::prev_hash, audit_seal::entry_hash));
        let seals: Vec<(i64, i64, String, String)> = seals.load(conn)?;
        let numbers = || seals.iter().map(|seal| seal.1);
        let (lowest, highest) = (numbers().min().unwrap_or(0), numbers().max().unwrap_or(0));
        let query = audit_log::table.order(audit_log::seq).select(<LogEntry as Selectable<Pg>>::construct_selection()).into_boxed();
        // Sealed out of order they may lie far apart.
        let near = highest.saturating_sub(lowest) < 4 * seals.len() as i64;
        let query = match near {
            true => query.filter(audit_log::seq.between(lowest, highest)),
            false => query.filter(audit_log::seq.eq_any(numbers().collect::<Vec<_>>())),
        };
        let mut entries = Vec::with_capacity(seals.len());
        for row in LoadConnection::<DefaultLoadingMode>::load(conn, query)? {
            let row = row?;
            entries.push((row.get_value::<BigInt, i64, usize>(0).map_err(DeserializationError)?, row));
        }
        let mut instant = None;
        for (no, log_seq, prev_hash, entry_hash) in seals {
            (link.prev_hash, link.entry_hash) = (prev_hash, entry_hash);
            let first = entries.partition_point(|entry| entry.0 < log_seq);
            let mut found = entries[first..].iter().take_while(|entry| entry.0 == log_seq);
            let mut next = found.next();
            // A second entry of one number, which a table that inherits can hold, is a second link.
            loop {
                link.begin(no, log_seq);
                if let Some((_, row)) = next {
                    link.on_postgres(row, &mut instant).map_err(DeserializationError)?;
                }
                if each(link).is_break() {
                    return Ok(());
                }
                next = found.next();
                if next.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }

    impl Link {
        /// Takes an entry; what one command wrote bears one instant, which is kept with its text.
        fn on_postgres<'row>(&mut self, row: &impl Row<'row, Pg>, instant: &mut Option<(Instant, String)>) -> deserialize::Result<()> {
            self.open();
            cell(row, 1, |text| self.text(1, text))?;
            let at = row.get_value::<sql::Moment, Instant, usize>(2)?;
            if instant.as_ref().is_none_or(|(last, _)| *last != at) {
                *instant = Some((at, at.stored()));
            }
            self.text(2, instant.as_ref().map(|(_, text)| text.as_str()));
            for place in 3..10 {
                cell(row, place, |text| self.text(place, text))?;
            }
            for at in 0..2 {
                cell(row, 10 + at, |value| {
                    // A jsonb comes as its version and its text.
                    let text = value.map(|text| text.strip_prefix('\u{1}').ok_or("a document of an unknown version")).transpose()?;
                    self.document(at, text, sort_keys);
                    deserialize::Result::Ok(())
                })??;
            }
            for place in 12..14 {
                cell(row, place, |text| self.text(place, text))?;
            }
            self.close();
            Ok(())
        }
    }
}
