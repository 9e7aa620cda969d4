//! The first large load of a catalogue: what PostgreSQL checks and indexes row by row is laid aside, and put back over
//! all rows at once, in the same transaction. Whatever breaks it off, everything stands as it stood.

use super::connection::Db;
use super::error::DbResult;

/// From so many new items on: below, putting back costs more than it saves.
const LARGE: u64 = 20_000;

/// What was laid aside: the statements that put it back, in their order.
#[must_use = "what was laid aside must be put back before the transaction ends"]
#[derive(Debug, Default)]
pub struct LaidAside(Vec<String>);

/// Lays aside the foreign keys and secondary indexes of items and versions for a load of `rows` items, if there is no
/// item yet. Nobody waits for long: when somebody else has one of the tables in use, or when the tables are another
/// role's, nothing is laid aside and the load takes its time. SQLite gains nothing by it: sorting costs it what
/// inserting does, and it cannot add a key to a table.
///
/// # Errors
/// The engine's.
pub fn lay_aside(db: &mut Db, rows: u64) -> DbResult<LaidAside> {
    if rows < LARGE {
        return Ok(LaidAside::default());
    }
    on_each!(db,
    sqlite(_c) => Ok(LaidAside::default()),
    postgres(conn) => Ok(on_postgres::lay_aside(conn).unwrap_or_default()))
}

impl LaidAside {
    /// Builds the indexes and adds the foreign keys again: every row is checked here.
    ///
    /// # Errors
    /// The engine's: a row that breaks a key ends the transaction as it would have when it was written.
    pub fn put_back(self, db: &mut Db) -> DbResult<()> {
        self.0.iter().try_for_each(|statement| db.execute(statement))
    }
}

#[cfg(feature = "postgres")]
mod on_postgres {
    use diesel::connection::SimpleConnection;
    use diesel::prelude::*;
    use diesel::sql_types::Text;

    use super::LaidAside;
    use crate::db::schema::license_item;

    /// The definitions as the server itself writes them: indexes first, then foreign keys. Primary keys stay, others point to them.
    const LAID_ASIDE: &str = "
        SELECT format('DROP INDEX %I', c.relname) AS drop, pg_get_indexdef(i.indexrelid) AS restore, 1 AS turn, c.relname AS name
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid IN ('license_item'::regclass, 'license_version'::regclass)
            AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)
        UNION ALL
        SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', k.conrelid::regclass, k.conname),
            format('ALTER TABLE %s ADD CONSTRAINT %I %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid)), 2, k.conname
        FROM pg_constraint k WHERE k.contype = 'f' AND k.conrelid IN ('license_item'::regclass, 'license_version'::regclass)
        ORDER BY turn, name";

    #[derive(QueryableByName)]
    struct Pair {
        #[diesel(sql_type = Text)]
        drop: String,
        #[diesel(sql_type = Text)]
        restore: String,
    }

    /// All of it or, behind a savepoint, nothing.
    pub(super) fn lay_aside(conn: &mut PgConnection) -> QueryResult<LaidAside> {
        conn.transaction(|conn| {
            conn.batch_execute("LOCK TABLE license_batch, license_organ, license_item, license_version IN ACCESS EXCLUSIVE MODE NOWAIT")?;
            let known: Option<i64> = license_item::table.select(license_item::id).first(conn).optional()?;
            if known.is_some() {
                return Ok(LaidAside::default());
            }
            let pairs: Vec<Pair> = diesel::sql_query(LAID_ASIDE).load(conn)?;
            for pair in &pairs {
                conn.batch_execute(&pair.drop)?;
            }
            Ok(LaidAside(pairs.into_iter().map(|pair| pair.restore).collect()))
        })
    }
}
