//! What can go wrong between us and a database, sorted by what the caller can do about it.

use std::path::PathBuf;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// Result of everything in this room.
pub type DbResult<T> = Result<T, DbError>;

/// A database failure, by what can be done about it.
#[derive(Debug)]
pub enum DbError {
    /// No file at this path, or no database of this name on the server.
    NoSuchDatabase(String),
    /// The file exists but is no SQLite database.
    NotADatabase(PathBuf),
    /// The file is a SQLite database with broken pages.
    Malformed(String),
    /// The database holds tables of another program; one of them is named.
    OtherProgram(String),
    /// The server's role may not do this.
    Forbidden(String),
    /// The connection string has a fault.
    BadUrl(String),
    /// The file, its folder or the server refuses writing.
    ReadOnly(String),
    /// Somebody else holds the lock, or a deadlock was broken: worth a retry.
    Busy(String),
    /// No server answers: worth a retry.
    Unreachable(String),
    /// The server refused the login.
    Refused(String),
    /// A unique, foreign key or check rule of the schema was broken.
    Rule { constraint: String, message: String },
    /// The schema is not the one this program knows.
    Schema(String),
    /// This build has no PostgreSQL inside.
    NoPostgres,
    /// Anything else.
    Other(String),
}

impl std::fmt::Display for DbError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoSuchDatabase(name) => write!(f, "no such database: {name}"),
            Self::NotADatabase(path) => write!(f, "not a database: {}", path.display()),
            Self::Rule { constraint, message } => write!(f, "{message} ({constraint})"),
            Self::OtherProgram(table) => write!(f, "not a database of swj: it holds the table {table}"),
            Self::NoPostgres => f.write_str("built without PostgreSQL"),
            Self::ReadOnly(text)
            | Self::Busy(text)
            | Self::Unreachable(text)
            | Self::Refused(text)
            | Self::Malformed(text)
            | Self::Forbidden(text)
            | Self::BadUrl(text)
            | Self::Schema(text)
            | Self::Other(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for DbError {}

impl From<DieselError> for DbError {
    fn from(error: DieselError) -> Self {
        let DieselError::DatabaseError(kind, info) = &error else {
            return Self::Other(error.to_string());
        };
        let message = info.message().to_owned();
        match kind {
            DatabaseErrorKind::UniqueViolation
            | DatabaseErrorKind::ForeignKeyViolation
            | DatabaseErrorKind::CheckViolation
            | DatabaseErrorKind::NotNullViolation => {
                Self::Rule { constraint: info.constraint_name().map_or_else(|| constraint_in(&message), str::to_owned), message }
            }
            DatabaseErrorKind::ReadOnlyTransaction => Self::ReadOnly(message),
            DatabaseErrorKind::SerializationFailure => Self::Busy(message),
            DatabaseErrorKind::ClosedConnection => Self::Unreachable(message),
            _ => by_message(message),
        }
    }
}

/// Sorts what diesel reports as unknown by the engine's own words.
fn by_message(message: String) -> DbError {
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&["database is locked", "database table is locked", "deadlock detected", "could not obtain lock", "due to lock timeout"]) {
        DbError::Busy(message)
    } else if says(&["readonly database", "read-only", "attempt to write a readonly"]) {
        DbError::ReadOnly(message)
    } else if says(&["malformed"]) {
        DbError::Malformed(message)
    } else if says(&["permission denied", "must be owner of"]) {
        DbError::Forbidden(message)
    } else if says(&["file is not a database", "not a database"]) {
        DbError::NotADatabase(PathBuf::new())
    } else if says(&[
        "terminating connection",
        "server closed the connection",
        "the database system is",
        "no connection to the server",
        "could not receive data",
    ]) {
        DbError::Unreachable(message)
    } else if says(&["is append-only"]) {
        DbError::Rule { constraint: "append_only".into(), message }
    } else {
        DbError::Other(message)
    }
}

/// SQLite names the constraint or the columns in its message only.
fn constraint_in(message: &str) -> String {
    message.rsplit_once("failed: ").map_or_else(String::new, |(_, name)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_database_is_worth_a_retry() {
        assert!(matches!(by_message("database is locked".into()), DbError::Busy(_)));
        assert!(matches!(by_message("ERROR: deadlock detected".into()), DbError::Busy(_)));
    }

    #[test]
    fn sqlite_names_the_broken_rule_at_the_end_of_its_message() {
        assert_eq!(constraint_in("UNIQUE constraint failed: unit.code"), "unit.code");
        assert_eq!(constraint_in("something else"), "");
    }
}
