//! How a command ends: exit codes, and errors that say what to do next.

use std::path::Path;

use crate::db::DbError;
use crate::say;

/// The exit codes of `swj-exit-codes(7)`. They never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// Failed at run time; nothing was changed.
    Failed = 1,
    /// Usage or configuration.
    Usage = 2,
    /// Finished, look at it: rejects, findings, a broken identity.
    LookAtIt = 3,
    /// No such object.
    NotFound = 4,
    /// Exists, changed meanwhile, or the input was refused as a whole.
    Conflict = 5,
    /// Not permitted.
    NotPermitted = 6,
    /// Busy or unreachable: worth a retry.
    Busy = 7,
    /// Confirmation needed and no terminal, or cancelled.
    NotConfirmed = 8,
    /// Corrupt backup, broken log, failed proof.
    Integrity = 9,
}

/// An error a person can act on.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Stable word for scripts, such as `unit.unknown`.
    pub code: &'static str,
    pub exit: Exit,
    pub message: String,
    pub hint: Option<String>,
    pub place: Place,
}

/// Where in the input the trouble is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub file: Option<String>,
    pub line: Option<u64>,
    pub column: Option<String>,
}

impl Failure {
    /// An error with its code, exit code and sentence.
    pub fn new(code: &'static str, exit: Exit, message: String) -> Self {
        Self { code, exit, message, hint: None, place: Place::default() }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: String) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Adds the file it is about.
    #[must_use]
    pub fn in_file(mut self, file: &Path) -> Self {
        self.place.file = Some(file.display().to_string());
        self
    }

    /// Adds the line of the file.
    #[must_use]
    pub fn at_line(mut self, line: u64) -> Self {
        self.place.line = Some(line);
        self
    }

    /// Turns any error into one a person can act on.
    pub fn of(error: anyhow::Error) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(failure) => return failure,
            Err(error) => error,
        };
        match error.downcast::<DbError>() {
            Ok(error) => Self::of_database(error),
            Err(error) => Self::new("failed", Exit::Failed, format!("{error:#}")),
        }
    }

    fn of_database(error: DbError) -> Self {
        match error {
            DbError::NoSuchDatabase(name) => Self::new("database.missing", Exit::NotFound, say!("database-missing", name = name.clone()))
                .hint(say!("database-missing-hint", name = name)),
            DbError::NotADatabase(path) => {
                Self::new("database.not-a-database", Exit::Failed, say!("database-foreign", path = path.display().to_string()))
                    .hint(say!("database-foreign-hint"))
            }
            DbError::Malformed(detail) => Self::new("database.damaged", Exit::Integrity, say!("database-damaged", detail = detail))
                .hint(say!("database-damaged-hint")),
            DbError::OtherProgram(table) => {
                Self::new("database.other-program", Exit::Conflict, say!("database-other-program", table = table))
                    .hint(say!("database-other-program-hint"))
            }
            DbError::Forbidden(detail) => Self::new("database.forbidden", Exit::NotPermitted, say!("database-forbidden", detail = detail))
                .hint(say!("database-forbidden-hint")),
            DbError::BadUrl(detail) => {
                Self::new("database.url", Exit::Usage, say!("database-bad-url", detail = detail)).hint(say!("database-bad-url-hint"))
            }
            DbError::ReadOnly(detail) => Self::new("database.read-only", Exit::Failed, say!("database-read-only", detail = detail))
                .hint(say!("database-read-only-hint")),
            DbError::Busy(detail) => {
                Self::new("database.busy", Exit::Busy, say!("database-busy", detail = detail)).hint(say!("database-busy-hint"))
            }
            DbError::Unreachable(detail) => Self::new("database.unreachable", Exit::Busy, say!("database-unreachable", detail = detail))
                .hint(say!("database-unreachable-hint")),
            DbError::Refused(detail) => Self::new("database.refused", Exit::NotPermitted, say!("database-refused", detail = detail))
                .hint(say!("database-refused-hint")),
            DbError::Rule { constraint, message } => {
                Self::new("database.rule", Exit::Conflict, say!("database-rule", constraint = constraint, message = message))
                    .hint(say!("database-rule-hint"))
            }
            DbError::Schema(detail) => {
                Self::new("database.schema", Exit::Conflict, say!("database-schema", detail = detail)).hint(say!("database-schema-hint"))
            }
            DbError::NoPostgres => {
                Self::new("database.no-postgres", Exit::Usage, say!("database-no-postgres")).hint(say!("database-no-postgres-hint"))
            }
            DbError::Other(detail) => Self::new("database.failed", Exit::Failed, say!("database-failed", detail = detail)),
        }
    }

    /// The error as one JSON document for stderr.
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "schema": "swj.error/1",
            "error": {
                "code": self.code,
                "exit": self.exit as u8,
                "message": self.message,
                "hint": self.hint,
                "where": { "file": self.place.file, "line": self.place.line, "column": self.place.column },
            }
        })
    }
}

/// What a person reads: the sentence, the place, the hint.
impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        let place = [self.place.file.clone(), self.place.line.map(|line| line.to_string()), self.place.column.clone()];
        let place: Vec<_> = place.into_iter().flatten().collect();
        if !place.is_empty() {
            write!(f, " ({})", place.join(":"))?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

/// A file that could not be read or written, in words, with the errno kept.
pub fn of_file(path: &Path, error: &std::io::Error) -> Failure {
    use std::io::ErrorKind;
    let path_text = path.display().to_string();
    let (code, exit, message) = match error.kind() {
        ErrorKind::NotFound => ("file.missing", Exit::NotFound, say!("file-missing", path = path_text)),
        ErrorKind::PermissionDenied => ("file.not-permitted", Exit::Failed, say!("file-not-permitted", path = path_text)),
        ErrorKind::IsADirectory => ("file.is-folder", Exit::Usage, say!("file-is-folder", path = path_text)),
        ErrorKind::ReadOnlyFilesystem => ("file.read-only", Exit::Failed, say!("file-read-only", path = path_text)),
        ErrorKind::StorageFull => ("file.disk-full", Exit::Failed, say!("file-disk-full", path = path_text)),
        _ => ("file.failed", Exit::Failed, say!("file-failed", path = path_text, detail = error.to_string())),
    };
    let hint = if error.kind() == ErrorKind::StorageFull { say!("file-disk-full-hint") } else { say!("file-hint") };
    Failure::new(code, exit, message).hint(hint)
}
