//! Questions to the engine itself: version, size, soundness.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::access::quoted;
use super::connection::{Db, Engine};
use super::error::{DbError, DbResult};
use super::raw::select_texts;

/// Databases of the server whose names begin so, by name; none where there is no server.
///
/// # Errors
/// The engine's.
pub fn databases_like(db: &mut Db, beginning: &str) -> DbResult<Vec<String>> {
    let sql = "SELECT datname FROM pg_database WHERE substr(datname, 1, length($1)) = $1 ORDER BY datname";
    let names = super::raw::select_texts(db, sql, &["datname"], &[super::raw::Value::Text(beginning.to_owned())])?;
    Ok(names.into_iter().map(|mut row| row.swap_remove(0)).collect())
}

/// The engine's version, such as `3.51.0` or `15.18`.
///
/// # Errors
/// The engine's.
pub fn version(db: &mut Db) -> DbResult<String> {
    let sql = on_each!(db,
        sqlite(_c) => "SELECT sqlite_version() AS v",
        postgres(_c) => "SELECT split_part(current_setting('server_version'), ' ', 1) AS v");
    Ok(one(select_texts(db, sql, &["v"], &[])?))
}

/// Size on disk in bytes, indexes included.
///
/// # Errors
/// The engine's.
pub fn bytes(db: &mut Db) -> DbResult<u64> {
    let sql = on_each!(db,
        sqlite(_c) => "SELECT CAST(c.page_count * s.page_size AS TEXT) AS v FROM pragma_page_count() c, pragma_page_size() s",
        postgres(_c) => "SELECT pg_database_size(current_database())::text AS v");
    Ok(one(select_texts(db, sql, &["v"], &[])?).parse().unwrap_or(0))
}

/// About how long a dump is: what the tables take up on a PostgreSQL server, without their indexes.
///
/// # Errors
/// The engine's; SQLite has no dump.
pub fn bytes_of_rows(db: &mut Db) -> DbResult<u64> {
    let sql =
        "SELECT sum(pg_table_size(oid))::text AS v FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace";
    Ok(one(select_texts(db, sql, &["v"], &[])?).parse().unwrap_or(0))
}

/// Where a server of this computer keeps its databases; none of another's, or where we may not know.
pub fn data_folder(db: &mut Db) -> Option<std::path::PathBuf> {
    if db.engine() == Engine::Sqlite {
        return None;
    }
    let sql = "SELECT current_setting('data_directory') AS v WHERE inet_server_addr() IS NULL";
    select_texts(db, sql, &["v"], &[]).ok()?.into_iter().flatten().next().map(Into::into)
}

/// How closely [`damage`] looks at a SQLite database; PostgreSQL knows but one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Pages, rows, what the indexes hold, CHECKs and foreign keys.
    Whole,
    /// Pages and the order of rows in them: of what is proved to be as it was.
    Structure,
}

/// Asks the engine for damage, as closely as `look` says. Empty means sound.
///
/// # Errors
/// The engine's, when it cannot even look.
pub fn damage(db: &mut Db, look: Look) -> DbResult<Vec<String>> {
    let mut found = Vec::new();
    if db.engine() == Engine::Sqlite {
        let sound = |rows: Vec<Vec<String>>| rows.into_iter().flatten().filter(|word| word != "ok");
        if look == Look::Structure {
            db.execute("PRAGMA ignore_check_constraints = ON")?;
            let words = select_texts(db, "SELECT quick_check AS v FROM pragma_quick_check()", &["v"], &[]);
            db.execute("PRAGMA ignore_check_constraints = OFF")?;
            return Ok(sound(words?).collect());
        }
        found.extend(sound(select_texts(db, "SELECT integrity_check AS v FROM pragma_integrity_check()", &["v"], &[])?));
        let orphans = "SELECT \"table\" || ' row ' || COALESCE(rowid, '?') || ' -> ' || parent AS v FROM pragma_foreign_key_check()";
        found.extend(select_texts(db, orphans, &["v"], &[])?.into_iter().map(|row| format!("orphan: {}", row[0])));
    } else {
        let invalid = "SELECT conrelid::regclass || ' ' || conname AS v FROM pg_constraint WHERE NOT convalidated \
             AND connamespace = current_schema()::regnamespace \
             UNION ALL SELECT indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
             WHERE NOT indisvalid AND c.relnamespace = current_schema()::regnamespace";
        found.extend(select_texts(db, invalid, &["v"], &[])?.into_iter().map(|row| format!("not valid: {}", row[0])));
    }
    Ok(found)
}

/// Tables and indexes of a SQLite database with a page that is none. Each page is looked at by itself, which takes a seventh of
/// what [`damage`] does; who digests the rows looks at those.
///
/// # Errors
/// The engine's, when it cannot even look.
pub fn broken_pages(db: &mut Db) -> DbResult<Vec<String>> {
    Ok(select_texts(db, "SELECT DISTINCT name AS v FROM dbstat WHERE pagetype = 'corrupted' ORDER BY name", &["v"], &[])?.concat())
}

/// Keeps everybody else out of a SQLite database until it is closed, and takes its log into it: the one file is all
/// there is of it. Nothing on PostgreSQL, which refuses to rename a database in use.
///
/// # Errors
/// [`DbError::Busy`] when somebody has it open; the engine's.
pub fn take_alone(db: &mut Db) -> DbResult<()> {
    if db.engine() == Engine::Sqlite {
        db.execute("PRAGMA journal_mode = DELETE")?;
        if journal(db)? == "wal" {
            return Err(DbError::Busy("the database is open elsewhere".into()));
        }
        db.execute("BEGIN EXCLUSIVE")?;
    }
    Ok(())
}

/// Makes ready for one load that makes up nearly all of a SQLite database: nobody else has it meanwhile, so that each page
/// is written once, in its place, and not into the log and from there; and a key to another row is not looked up for every
/// row, which is for the load to answer for. Where somebody has the database open, it is loaded through the log, beside
/// them. Nothing on PostgreSQL. [`end_load`] follows, whatever came of the load.
///
/// # Errors
/// The engine's.
pub fn begin_load(db: &mut Db) -> DbResult<Load> {
    if db.engine() != Engine::Sqlite {
        return Ok(Load(None));
    }
    let begun = begin_alone(db);
    if begun.is_err() {
        // What went wrong first is what is told.
        let _ = end_load(db, Load(None));
    }
    begun
}

fn begin_alone(db: &mut Db) -> DbResult<Load> {
    // What a statement for many rows would need to be taken back stays in memory: a few pages.
    db.execute("PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 0")?;
    // Exclusive before the log is left: nobody comes in between.
    let alone = db.execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = TRUNCATE; BEGIN EXCLUSIVE; COMMIT");
    let load = match alone {
        Ok(()) if journal(db)? == LOADING => Load(Writeback::of(&file_of(db)?)),
        Ok(()) | Err(DbError::Busy(_)) => {
            into_log(db)?;
            Load(None)
        }
        Err(error) => return Err(error),
    };
    db.execute("PRAGMA busy_timeout = 5000")?;
    Ok(load)
}

/// Ends what [`begin_load`] began.
///
/// # Errors
/// The engine's.
pub fn end_load(db: &mut Db, load: Load) -> DbResult<()> {
    drop(load);
    if db.engine() == Engine::Sqlite {
        let shared = into_log(db);
        db.execute("PRAGMA foreign_keys = ON; PRAGMA temp_store = FILE")?;
        shared?;
    }
    Ok(())
}

/// Lets readers and a writer into a SQLite database at once again, after a load that was killed.
///
/// # Errors
/// The engine's.
pub fn share(db: &mut Db) -> DbResult<()> {
    if db.engine() == Engine::Sqlite && journal(db)? == LEFT { into_log(db) } else { Ok(()) }
}

/// A load that was begun, for [`end_load`].
#[must_use = "what was begun must be ended"]
pub struct Load(Option<Writeback>);

impl Load {
    /// Whether the disk took all that was written so far: asked before the load is committed, as a disk may tell a fault
    /// only once.
    ///
    /// # Errors
    /// The disk's.
    pub fn written(&mut self) -> DbResult<()> {
        self.0.take().map_or(Ok(()), Writeback::end).map_err(|error| DbError::Other(error.to_string()))
    }
}

/// Has the disk write, every half second, what a load has given to the system so far; at the end all of it would be waited
/// for.
struct Writeback {
    done: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

impl Writeback {
    /// None where the file cannot be opened once more, or there is no thread to be had: the load then waits at its end.
    fn of(path: &Path) -> Option<Self> {
        // Never closed: who closes a file loses every lock the process has on it, SQLite's as well.
        let file: &'static File = Box::leak(Box::new(File::open(path).ok()?));
        let done = Arc::new((Mutex::new(false), Condvar::new()));
        let told = Arc::clone(&done);
        let write = move || {
            let (done, changed) = &*told;
            let mut ended = done.lock().unwrap_or_else(PoisonError::into_inner);
            while !*ended {
                ended = changed.wait_timeout(ended, Duration::from_millis(500)).unwrap_or_else(PoisonError::into_inner).0;
                if !*ended {
                    drop(ended);
                    file.sync_data()?;
                    ended = done.lock().unwrap_or_else(PoisonError::into_inner);
                }
            }
            Ok(())
        };
        let thread = std::thread::Builder::new().spawn(write).ok()?;
        Some(Self { done, thread: Some(thread) })
    }

    fn end(mut self) -> std::io::Result<()> {
        self.stop()
    }

    fn stop(&mut self) -> std::io::Result<()> {
        let (done, changed) = &*self.done;
        *done.lock().unwrap_or_else(PoisonError::into_inner) = true;
        changed.notify_all();
        let ended = self.thread.take().map(JoinHandle::join);
        ended.map_or(Ok(()), |ended| ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    }
}

impl Drop for Writeback {
    fn drop(&mut self) {
        // Dropped with a load that failed for a reason of its own.
        let _ = self.stop();
    }
}

/// The file of a SQLite database, wherever a link to it stands.
///
/// # Errors
/// The engine's.
pub(super) fn file_of(db: &mut Db) -> DbResult<PathBuf> {
    Ok(PathBuf::from(one(select_texts(db, "SELECT file AS v FROM pragma_database_list() WHERE name = 'main'", &["v"], &[])?)))
}

/// How a SQLite connection that loads keeps its journal.
const LOADING: &str = "truncate";
/// How it is kept where a load was killed, or could not give the database back.
const LEFT: &str = "delete";

/// Writes go into the log from now on. Where somebody has the database open just now it is left to the next writer.
fn into_log(db: &mut Db) -> DbResult<()> {
    // A lock is given up with the next reading.
    db.execute("PRAGMA locking_mode = NORMAL; PRAGMA busy_timeout = 1000")?;
    let shared = match journal(db)?.as_str() {
        "wal" => Ok(()),
        _ => match db.execute("SELECT count(*) FROM sqlite_master; PRAGMA journal_mode = WAL") {
            Err(DbError::Busy(_)) => db.execute("PRAGMA journal_mode = DELETE"),
            done => done,
        },
    };
    db.execute("PRAGMA busy_timeout = 5000")?;
    match shared {
        Err(DbError::Busy(_)) => Ok(()),
        done => done,
    }
}

/// Whether we may make databases on a PostgreSQL server.
///
/// # Errors
/// The engine's.
pub fn may_create_databases(server: &mut Db) -> DbResult<bool> {
    let sql = "SELECT (rolcreatedb OR rolsuper)::text AS v FROM pg_roles WHERE rolname = current_user";
    Ok(one(select_texts(server, sql, &["v"], &[])?) == "true")
}

/// Tables of other schemas of a PostgreSQL database, with their schema; a manifest does not count them.
///
/// # Errors
/// The engine's.
pub fn tables_elsewhere(db: &mut Db) -> DbResult<Vec<String>> {
    if db.engine() == Engine::Sqlite {
        return Ok(Vec::new());
    }
    let sql = "SELECT schemaname || '.' || tablename AS v FROM pg_tables WHERE schemaname <> current_schema() \
               AND schemaname NOT LIKE 'pg\\_%' AND schemaname <> 'information_schema' ORDER BY v";
    Ok(select_texts(db, sql, &["v"], &[])?.into_iter().flatten().collect())
}

/// How many others are connected to a database now, by what the server or the kernel's table of locks says; nothing is
/// locked to find out. None where neither can tell.
///
/// # Errors
/// The server's.
pub fn others(url: &super::Url) -> DbResult<Option<usize>> {
    match url {
        super::Url::Sqlite(path) => Ok(lockers(path)),
        super::Url::Postgres(_) => {
            let mut server = Db::open(&url.with_database("postgres"))?;
            let sql = "SELECT count(*)::text AS v FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()";
            let name = url.name();
            // A session we have just closed ourselves takes a moment to go.
            for _ in 0..20 {
                let found = one(select_texts(&mut server, sql, &["v"], &[super::raw::Value::Text(name.clone())])?);
                if found == "0" {
                    return Ok(Some(0));
                }
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
            let found = one(select_texts(&mut server, sql, &["v"], &[super::raw::Value::Text(name)])?);
            Ok(found.parse().ok())
        }
    }
}

/// Other processes that hold a lock on a file, as Linux lists them; every open connection of SQLite holds one.
fn lockers(path: &std::path::Path) -> Option<usize> {
    use std::os::unix::fs::MetadataExt;
    let inode = std::fs::metadata(path).ok()?;
    let (major, minor) = (rustix::fs::major(inode.dev()), rustix::fs::minor(inode.dev()));
    let place = format!("{major:02x}:{minor:02x}:{}", inode.ino());
    let us = std::process::id().to_string();
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    let holders = locks.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        // `->` marks who only waits.
        let [_, "POSIX", _, _, pid, file, ..] = words[..] else { return None };
        (file == place && pid != us).then(|| pid.to_owned())
    });
    Some(holders.collect::<std::collections::BTreeSet<_>>().len())
}

/// Lets readers and a writer into a SQLite database at once, and takes its log into it: once it is closed, the one file
/// is all there is of it.
///
/// # Errors
/// The engine's.
pub fn settle(db: &mut Db) -> DbResult<()> {
    if db.engine() == Engine::Sqlite { db.execute("PRAGMA journal_mode = WAL; PRAGMA wal_checkpoint(TRUNCATE)") } else { Ok(()) }
}

/// How a SQLite connection keeps its journal, in SQLite's word.
///
/// # Errors
/// The engine's.
pub(super) fn journal(db: &mut Db) -> DbResult<String> {
    let rows = select_texts(db, "SELECT journal_mode AS v FROM pragma_journal_mode()", &["v"], &[])?;
    Ok(rows.into_iter().flatten().next().unwrap_or_default())
}

/// Renames databases of a PostgreSQL server: all of the pairs, or none. The one that `comment` names is said to be that.
///
/// # Errors
/// The engine's; sessions are connected to one of them.
pub fn rename_databases(server: &mut Db, pairs: &[(&str, &str)], comment: Option<(&str, Option<&str>)>) -> DbResult<()> {
    server.all_or_nothing(|server| {
        for (from, to) in pairs {
            server.execute(&format!("ALTER DATABASE {} RENAME TO {}", quoted(from), quoted(to)))?;
        }
        comment.map_or(Ok(()), |(name, text)| comment_on(server, name, text))
    })
}

fn comment_on(server: &mut Db, name: &str, text: Option<&str>) -> DbResult<()> {
    let text = text.map_or_else(|| "NULL".to_owned(), |text| format!("'{}'", text.replace('\'', "''")));
    server.execute(&format!("COMMENT ON DATABASE {} IS {text}", quoted(name)))
}

/// What a database says of itself that stays only while a command runs.
const SCRATCH: &str = "made by swj for the time of one command";

/// Makes a database that is not to stay, with this locale or else the toolkit's own. As long as `server` is open it counts
/// as in use; whoever is killed gives it up.
///
/// # Errors
/// The engine's; a database of that name is there, or the server lacks the locale.
pub fn make_scratch(server: &mut Db, url: &super::Url, locale: Option<&super::access::Locale>) -> DbResult<()> {
    claim(server, &url.name())?;
    locale.map_or_else(|| Db::create_new(url), |locale| Db::create_like(url, locale))?;
    comment_on(server, &url.name(), Some(SCRATCH))
}

/// Whether [`make_scratch`] made it, and nobody has given it another meaning since.
///
/// # Errors
/// The engine's.
pub fn is_scratch(server: &mut Db, name: &str) -> DbResult<bool> {
    let sql = "SELECT shobj_description(oid, 'pg_database') AS v FROM pg_database WHERE datname = $1";
    Ok(one(select_texts(server, sql, &["v"], &[super::raw::Value::Text(name.to_owned())])?) == SCRATCH)
}

/// Takes a name for as long as `server` is open; false where somebody else has it.
///
/// # Errors
/// The engine's.
pub fn claim(server: &mut Db, name: &str) -> DbResult<bool> {
    let sql = "SELECT pg_try_advisory_lock(hashtextextended('swj scratch ' || $1, 0))::text AS v";
    Ok(one(select_texts(server, sql, &["v"], &[super::raw::Value::Text(name.to_owned())])?) == "true")
}

/// Removes a database of a server, if it is there; by force also where somebody is connected to it.
///
/// # Errors
/// The engine's.
pub fn drop_database(server: &mut Db, name: &str, by_force: bool) -> DbResult<()> {
    let force = if by_force { " WITH (FORCE)" } else { "" };
    server.execute(&format!("DROP DATABASE IF EXISTS {}{force}", quoted(name)))
}

/// Exports this transaction's snapshot so that `pg_dump` sees the same moment.
///
/// # Errors
/// The engine's.
pub fn export_snapshot(db: &mut Db) -> DbResult<String> {
    Ok(one(select_texts(db, "SELECT pg_export_snapshot() AS v", &["v"], &[])?))
}

fn one(rows: Vec<Vec<String>>) -> String {
    rows.into_iter().flatten().next().unwrap_or_default()
}
