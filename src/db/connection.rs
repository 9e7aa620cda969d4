//! One connection over SQLite and PostgreSQL, and the transaction every write goes through.

use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;

use super::error::{DbError, DbResult};

/// Runs the same body on whichever engine is behind `$db`; in the body `$conn`
/// is the engine's own connection.
macro_rules! on_each {
    ($db:expr, $conn:ident => $body:expr) => {
        match $db {
            $crate::db::Db::Sqlite($conn) => $body,
            #[cfg(feature = "postgres")]
            $crate::db::Db::Postgres($conn) => $body,
        }
    };
    ($db:expr, sqlite($lite:ident) => $on_lite:expr, postgres($pg:ident) => $on_pg:expr) => {
        match $db {
            $crate::db::Db::Sqlite($lite) => $on_lite,
            #[cfg(feature = "postgres")]
            $crate::db::Db::Postgres($pg) => $on_pg,
        }
    };
}

/// How much SQLite keeps of what it read: 64 MB.
const CACHE: &str = "PRAGMA cache_size = -65536";

/// An open database.
#[derive(diesel::MultiConnection)]
pub enum Db {
    Sqlite(SqliteConnection),
    #[cfg(feature = "postgres")]
    Postgres(PgConnection),
}

/// Which engine a database runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// The engine's name as printed in manifests and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// Where a database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Url {
    /// A file.
    Sqlite(PathBuf),
    /// A libpq connection string beginning with `postgres://` or `postgresql://`.
    Postgres(String),
}

impl Url {
    /// Reads `oa.db`, `sqlite:oa.db`, `sqlite:///var/lib/swj/oa.db` or `postgres://…`.
    pub fn parse(text: &str) -> Self {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Self::Postgres(text.to_owned());
        }
        let path = text.strip_prefix("sqlite:").unwrap_or(text);
        Self::Sqlite(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))
    }

    /// The engine it names.
    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// The URL as it may be shown: a password is masked.
    pub fn shown(&self) -> String {
        match self {
            Self::Sqlite(path) => path.display().to_string(),
            Self::Postgres(url) => masked(url),
        }
    }

    /// The short name a person must type to confirm danger: the file or database name.
    pub fn name(&self) -> String {
        match self {
            Self::Sqlite(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            Self::Postgres(url) => percent_decoded(database_in(url)),
        }
    }

    /// The same server, another database. A SQLite URL stays as it is.
    pub fn with_database(&self, name: &str) -> Self {
        match self {
            Self::Sqlite(_) => self.clone(),
            Self::Postgres(url) => {
                let (head, query) = url.split_once('?').map_or((url.as_str(), None), |(h, q)| (h, Some(q)));
                let scheme = head.find("://").map_or(0, |at| at + 3);
                let stem = head[scheme..].find('/').map_or(head, |slash| &head[..scheme + slash]);
                let kept: Vec<&str> = query.into_iter().flat_map(|q| q.split('&')).filter(|pair| !pair.starts_with("dbname=")).collect();
                let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
                Self::Postgres(format!("{stem}/{}{query}", percent_encoded(name)))
            }
        }
    }
}

/// As it stands in the URL; what the query says comes last, as libpq reads it.
fn database_in(url: &str) -> &str {
    let (head, query) = url.split_once('?').unwrap_or((url, ""));
    if let Some(named) = query.split('&').rev().find_map(|pair| pair.strip_prefix("dbname=")) {
        return named;
    }
    let rest = head.split_once("://").map_or(head, |(_, rest)| rest);
    rest.split_once('/').map_or("", |(_, name)| name)
}

/// Undoes the percent encoding of a part of a URL.
pub fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = (*first == b'%')
            .then(|| tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()).and_then(|hex| u8::from_str_radix(hex, 16).ok()))
            .flatten();
        bytes.push(hex.unwrap_or(*first));
        rest = if hex.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A name as a part of a URL.
fn percent_encoded(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    name.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn masked(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let Some((login, host)) = authority.rsplit_once('@') else { return format!("{scheme}://{authority}{}", secrets_masked(tail)) };
    let user = login.split(':').next().unwrap_or(login);
    let mask = if login.contains(':') { ":***" } else { "" };
    format!("{scheme}://{user}{mask}@{host}{}", secrets_masked(tail))
}

/// `?password=…` and `?sslpassword=…` are passwords too.
fn secrets_masked(tail: &str) -> String {
    let Some((path, query)) = tail.split_once('?') else { return tail.to_owned() };
    let shown = |pair: &str| match pair.split_once('=') {
        Some((key, _)) if key.ends_with("password") => format!("{key}=***"),
        _ => pair.to_owned(),
    };
    format!("{path}?{}", query.split('&').map(shown).collect::<Vec<_>>().join("&"))
}

impl Db {
    /// Opens a database that must exist.
    ///
    /// # Errors
    /// [`DbError::NoSuchDatabase`], [`DbError::Unreachable`], [`DbError::Refused`],
    /// [`DbError::NotADatabase`] and what the engine adds.
    pub fn open(url: &Url) -> DbResult<Self> {
        match url {
            Url::Sqlite(path) if !path.is_file() => Err(DbError::NoSuchDatabase(path.display().to_string())),
            Url::Sqlite(path) => Self::sqlite(path),
            Url::Postgres(text) => Self::postgres(text),
        }
    }

    /// Opens a database, creating the file or the database on the server when it is not there.
    ///
    /// # Errors
    /// As [`Db::open`], without [`DbError::NoSuchDatabase`] for files.
    pub fn create(url: &Url) -> DbResult<Self> {
        match url {
            Url::Sqlite(path) => {
                // It holds password hashes and personal data: nobody but its owner reads it. A file that is there keeps
                // its mode, and what cannot be made SQLite says.
                let _ = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
                Self::sqlite(path)
            }
            Url::Postgres(text) => match Self::postgres(text) {
                Err(DbError::NoSuchDatabase(_)) => {
                    create_on_server(url, None)?;
                    Self::postgres(text)
                }
                other => other,
            },
        }
    }

    /// Makes a database on a server; one that is there is refused, never used.
    ///
    /// # Errors
    /// The engine's; nothing is made in a file, which is made where it is opened.
    pub fn create_new(url: &Url) -> DbResult<()> {
        create_on_server(url, None)
    }

    /// Makes a database on a server that sorts and compares like another.
    ///
    /// # Errors
    /// It is there already; the server does not have this locale.
    pub(super) fn create_like(url: &Url, locale: &super::access::Locale) -> DbResult<()> {
        create_on_server(url, Some(locale))
    }

    fn sqlite(path: &Path) -> DbResult<Self> {
        // A name such as `file:x` or `:memory:` is a file's name here, not SQLite's language.
        let plain = if path.is_absolute() { path.to_owned() } else { Path::new(".").join(path) };
        let name = plain.to_str().ok_or_else(|| DbError::Other(format!("{} is not UTF-8", path.display())))?;
        let read_only = for_reading_only(path);
        let mut conn = SqliteConnection::establish(read_only.as_deref().unwrap_or(name)).map_err(|error| match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => DbError::NoSuchDatabase(path.display().to_string()),
            _ => DbError::ReadOnly(format!("{}: {error}", path.display())),
        })?;
        // FULL: a committed change must survive a power cut, as the audit log promises.
        conn.batch_execute(
            "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; \
             PRAGMA temp_store = FILE;",
        )
        .and_then(|()| conn.batch_execute(CACHE))
        .and_then(|()| conn.batch_execute("SELECT count(*) FROM sqlite_master"))
        .map_err(|error| match DbError::from(error) {
            DbError::NotADatabase(_) => DbError::NotADatabase(path.to_owned()),
            DbError::Malformed(text) => DbError::Malformed(format!("{}: {text}", path.display())),
            DbError::Other(text) if text.contains("unable to open") => DbError::ReadOnly(format!("{}: {text}", path.display())),
            other => other,
        })?;
        Ok(Self::Sqlite(conn))
    }

    #[cfg(feature = "postgres")]
    fn postgres(url: &str) -> DbResult<Self> {
        let mut conn = PgConnection::establish(url).map_err(|error| unreachable(url, &error.to_string()))?;
        // Legal dates are Beijing dates whatever the host's zone; see db/types.rs. A plan kept from when a table was
        // empty would read the whole of it for every row of a large import: each query is planned anew.
        conn.batch_execute(
            "SET TIME ZONE 'Asia/Shanghai'; SET jit = off; SET lock_timeout = '5s'; SET plan_cache_mode = force_custom_plan; SET datestyle = 'ISO, YMD'; SET client_min_messages = warning; \
             SET standard_conforming_strings = on",
        )?;
        Ok(Self::Postgres(conn))
    }

    #[cfg(not(feature = "postgres"))]
    fn postgres(_: &str) -> DbResult<Self> {
        Err(DbError::NoPostgres)
    }

    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Runs `work` in one transaction that writes: all of it, or nothing.
    ///
    /// SQLite takes the write lock at the start (`BEGIN IMMEDIATE`), so that a plan
    /// read inside cannot be overtaken before it is written.
    ///
    /// # Errors
    /// What `work` returns, or the engine's failure to begin or commit.
    pub fn all_or_nothing<T, E: From<DbError>>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        self.transaction_of(Kind::Write, Ending::Kept, work)
    }

    /// Runs `work` in one read-only transaction: every query sees the same moment.
    ///
    /// # Errors
    /// What `work` returns, or the engine's failure to begin or commit.
    pub fn one_picture<T, E: From<DbError>>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        self.transaction_of(Kind::Read, Ending::Kept, work)
    }

    /// Like [`Db::one_picture`], the engine itself refuses whatever would write, and what a function wrote all the same is
    /// taken back.
    ///
    /// # Errors
    /// As [`Db::one_picture`].
    pub fn reading<T, E: From<DbError>>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        // PostgreSQL's picture is read-only by itself.
        let lite = self.engine() == Engine::Sqlite;
        if lite {
            self.execute("PRAGMA query_only = ON")?;
        }
        let read = self.transaction_of(Kind::Read, Ending::TakenBack, work);
        if lite {
            self.execute("PRAGMA query_only = OFF")?;
        }
        read
    }

    /// Keeps little of what is read for the length of some work: who passes once over all there is reads nothing twice.
    ///
    /// # Errors
    /// The engine's, or that of the work.
    pub fn passing_through<T, E: From<DbError>>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let lite = self.engine() == Engine::Sqlite;
        if lite {
            self.execute("PRAGMA cache_size = -4096")?;
        }
        let done = work(self);
        if lite {
            self.execute(CACHE)?;
        }
        done
    }

    /// Lets nothing write any more through this connection.
    ///
    /// # Errors
    /// The engine's.
    pub fn read_only(&mut self) -> DbResult<()> {
        let words = on_each!(self,
            sqlite(_c) => "PRAGMA query_only = ON",
            postgres(_c) => "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY");
        self.execute(words)
    }

    fn transaction_of<T, E: From<DbError>>(
        &mut self,
        kind: Kind,
        ending: Ending,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        on_each!(self,
            sqlite(conn) => AnsiTransactionManager::begin_transaction_sql(conn, kind.on_sqlite()),
            postgres(conn) => AnsiTransactionManager::begin_transaction_sql(conn, kind.on_postgres()))
        .map_err(DbError::from)?;
        match work(self) {
            Ok(value) => {
                match ending {
                    Ending::Kept => <Self as Connection>::TransactionManager::commit_transaction(self),
                    Ending::TakenBack => <Self as Connection>::TransactionManager::rollback_transaction(self),
                }
                .map_err(DbError::from)?;
                Ok(value)
            }
            Err(error) => {
                // The first error is the one to report; a failed rollback only repeats it.
                let _ = <Self as Connection>::TransactionManager::rollback_transaction(self);
                Err(error)
            }
        }
    }

    /// Runs the one statement a text holds, as it stands; a second one in it is not run.
    ///
    /// # Errors
    /// The engine's.
    pub fn execute_one(&mut self, sql: &str) -> DbResult<()> {
        on_each!(self, conn => diesel::sql_query(sql).execute(conn))?;
        Ok(())
    }

    /// Runs statements that return nothing.
    ///
    /// # Errors
    /// The engine's.
    pub fn execute(&mut self, sql: &str) -> DbResult<()> {
        on_each!(self, conn => conn.batch_execute(sql)).map_err(DbError::from)
    }
}

/// The name to open a file by that we may not write to: an auditor reads, and leaves nothing beside the file that its
/// owner would trip over. While somebody writes his log or journal stands beside it and counts too; where none stands, nobody does.
fn for_reading_only(path: &Path) -> Option<String> {
    let may_write = |path: &Path| rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok();
    // Log and journal stand beside the file, not beside a link to it.
    let path = path.canonicalize().ok().filter(|path| path.is_file())?;
    if may_write(&path) && path.parent().is_some_and(may_write) {
        return None;
    }
    let name = path.to_str()?.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let written = ["-wal", "-journal"].iter().any(|end| PathBuf::from(format!("{}{end}", path.display())).exists());
    let how = if written { "mode=ro" } else { AS_IT_STANDS };
    Some(format!("file:{name}?{how}"))
}

/// How a file is opened that nobody is expected to write to: SQLite takes no lock on it.
const AS_IT_STANDS: &str = "mode=ro&immutable=1";

/// Whether a SQLite file would be read without a lock that keeps others from writing to it.
pub(super) fn is_read_unlocked(path: &Path) -> bool {
    for_reading_only(path).is_some_and(|name| name.ends_with(AS_IT_STANDS))
}

/// What becomes of what a transaction did.
#[derive(Clone, Copy)]
enum Ending {
    Kept,
    TakenBack,
}

#[derive(Clone, Copy)]
enum Kind {
    Write,
    Read,
}

impl Kind {
    fn on_sqlite(self) -> &'static str {
        match self {
            Self::Write => "BEGIN IMMEDIATE",
            Self::Read => "BEGIN",
        }
    }

    #[cfg(feature = "postgres")]
    fn on_postgres(self) -> &'static str {
        match self {
            Self::Write => "BEGIN",
            Self::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }
}

#[cfg(feature = "postgres")]
fn unreachable(url: &str, message: &str) -> DbError {
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    let name = masked(url);
    if says(&["does not exist"]) && says(&["database \""]) {
        DbError::NoSuchDatabase(name)
    } else if says(&["authentication failed", "no password supplied", "no pg_hba.conf entry", "role \""]) {
        DbError::Refused(format!("{name}: {message}"))
    } else if says(&["invalid URI", "invalid connection option", "invalid sslmode", "invalid port", "invalid integer value"]) {
        DbError::BadUrl(format!("{name}: {}", message.trim()))
    } else {
        DbError::Unreachable(format!("{name}: {}", message.trim()))
    }
}

fn create_on_server(url: &Url, locale: Option<&super::access::Locale>) -> DbResult<()> {
    let Url::Postgres(server) = url.with_database("postgres") else { return Ok(()) };
    let mut db = Db::postgres(&server)?;
    let name = url.name().replace('"', "\"\"");
    let locale = locale.map_or_else(|| "LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'".to_owned(), super::access::Locale::words);
    db.execute(&format!("CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' {locale}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_path_is_a_sqlite_file() {
        assert_eq!(Url::parse("oa.db"), Url::Sqlite("oa.db".into()));
        assert_eq!(Url::parse("sqlite:oa.db"), Url::Sqlite("oa.db".into()));
        assert_eq!(Url::parse("sqlite:///var/oa.db"), Url::Sqlite("/var/oa.db".into()));
    }

    #[test]
    fn a_password_is_never_shown() {
        let url = Url::parse("postgres://swj:p@ss@db1,db2/oa?sslmode=verify-full");
        assert_eq!(url.shown(), "postgres://swj:***@db1,db2/oa?sslmode=verify-full");
        assert_eq!(url.name(), "oa");
        assert_eq!(Url::parse("postgres://h/oa?password=x&sslmode=y").shown(), "postgres://h/oa?password=***&sslmode=y");
    }

    #[test]
    fn the_database_is_replaced_and_the_parameters_kept() {
        let url = Url::parse("postgres:///oa?host=/tmp/x").with_database("postgres");
        assert_eq!(url, Url::Postgres("postgres:///postgres?host=/tmp/x".into()));
        let named = Url::parse("postgres:///other?host=/tmp/x&dbname=oa");
        assert_eq!(named.name(), "oa");
        assert_eq!(named.with_database("postgres"), Url::Postgres("postgres:///postgres?host=/tmp/x".into()));
    }

    #[test]
    fn a_name_of_strange_letters_is_encoded_in_the_url_and_nowhere_else() {
        let url = Url::parse("postgres:///%E6%B0%B4%20oa%2Fx?host=/tmp");
        assert_eq!(url.name(), "水 oa/x");
        assert_eq!(url.with_database("水 oa/x"), url);
        assert_eq!(url.with_database(&url.name()).name(), url.name());
    }
}
