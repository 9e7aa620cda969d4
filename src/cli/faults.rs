//! Failures of the quiet rooms, put into words.

use std::path::Path;

use crate::backup::{Fault, RepositoryError};
use crate::failure::{Exit, Failure, of_file};
use crate::intake::{Hint, IntakeError, RowFault, RowFaultKind};
use crate::plan::Reject;
use crate::say;

/// Errors that know their words pass; nothing else needs a translation here yet.
pub(crate) fn explain(error: anyhow::Error) -> anyhow::Error {
    error
}

/// A table that cannot be used as a whole.
pub(crate) fn of_intake(path: &Path, error: &IntakeError) -> Failure {
    let shown = path.display().to_string();
    let refuse = |code, exit, message: String, hint: String| Failure::new(code, exit, message).hint(hint).in_file(path);
    match error {
        IntakeError::NotFound => {
            Failure::new("intake.not-found", Exit::NotFound, say!("intake-not-found", path = shown)).hint(say!("intake-not-found-hint"))
        }
        IntakeError::Folder => {
            Failure::new("intake.folder", Exit::Usage, say!("intake-folder", path = shown)).hint(say!("intake-folder-hint"))
        }
        IntakeError::Unreadable(error) => of_file(path, error),
        IntakeError::Empty => {
            Failure::new("intake.empty", Exit::Conflict, say!("intake-empty", path = shown)).hint(say!("intake-empty-hint"))
        }
        IntakeError::OnlyBlankRows => {
            Failure::new("intake.blank", Exit::Conflict, say!("intake-blank", path = shown)).hint(say!("intake-blank-hint"))
        }
        IntakeError::NotATable { hint } => {
            Failure::new("intake.not-a-table", Exit::Conflict, say!("intake-not-a-table", path = shown, kind = kind(hint)))
                .hint(say!("intake-not-a-table-hint"))
        }
        IntakeError::UnknownEncoding(name) => refuse(
            "intake.unknown-encoding",
            Exit::Usage,
            say!("intake-unknown-encoding", name = name.clone()),
            say!("intake-unknown-encoding-hint"),
        ),
        IntakeError::NotText { offset, line } => {
            refuse("intake.not-text", Exit::Conflict, say!("intake-not-text", offset = offset.to_string()), say!("intake-not-text-hint"))
                .at_line(*line)
        }
        IntakeError::NoHeader { best, missing } => {
            let hint = best.first().map_or_else(
                || say!("intake-no-header-hint-none"),
                |(line, cells, _)| say!("intake-no-header-hint", line = line.to_string(), cells = cells.join(" | ")),
            );
            refuse("intake.no-header", Exit::Conflict, say!("intake-no-header", missing = missing.join(", ")), hint)
        }
        IntakeError::NoSheet { wanted, known } => refuse(
            "intake.no-sheet",
            Exit::Usage,
            say!("intake-no-sheet", wanted = wanted.clone()),
            say!("intake-no-sheet-hint", known = known.join(", ")),
        ),
        IntakeError::BadWorkbook(detail) => refuse(
            "intake.bad-workbook",
            Exit::Conflict,
            say!("intake-bad-workbook", detail = detail.clone()),
            say!("intake-bad-workbook-hint"),
        ),
        IntakeError::TooLarge { bytes } => refuse(
            "intake.too-large",
            Exit::Conflict,
            say!("intake-too-large", gib = (bytes >> 30).to_string()),
            say!("intake-too-large-hint"),
        ),
        IntakeError::AmbiguousHeader { lines } => {
            let lines = lines.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            refuse(
                "intake.ambiguous-header",
                Exit::Conflict,
                say!("intake-ambiguous-header", lines = lines),
                say!("intake-ambiguous-header-hint"),
            )
        }
        IntakeError::UnknownField { field, known } => refuse(
            "intake.unknown-field",
            Exit::Usage,
            say!("intake-unknown-field", field = field.clone()),
            say!("intake-unknown-field-hint", known = known.join(", ")),
        ),
        IntakeError::UnknownColumn { column, known } => refuse(
            "intake.unknown-column",
            Exit::Usage,
            say!("intake-unknown-column", column = column.clone()),
            say!("intake-unknown-column-hint", known = known.join(", ")),
        ),
        IntakeError::DuplicateColumn { field, columns } => refuse(
            "intake.duplicate-column",
            Exit::Conflict,
            say!("intake-duplicate-column", field = (*field).to_owned(), columns = columns.join(", ")),
            say!("intake-duplicate-column-hint", field = (*field).to_owned()),
        ),
    }
}

/// Names of file kinds are the same in both languages.
fn kind(hint: &Hint) -> &'static str {
    match hint {
        Hint::Xlsx => "XLSX",
        Hint::Xls => "XLS",
        Hint::Pdf => "PDF",
        Hint::Html => "HTML",
        Hint::Json => "JSON",
        Hint::BoxDrawing => "┌─┐",
        Hint::Binary => "binary",
    }
}

/// A row that is no row, as a reject.
pub(crate) fn of_row(fault: RowFault) -> Reject {
    let (rule, value) = match &fault.kind {
        RowFaultKind::Ragged { expected, found } => ("ragged-row", format!("{found} ≠ {expected}")),
        RowFaultKind::BadQuote => ("bad-quote", String::new()),
    };
    Reject { line: fault.line, column: "", rule, value, cells: fault.cells }
}

/// What is damaged in a repository, as a clause.
pub(crate) fn of_fault(fault: &Fault) -> String {
    let short = |id: &str| id.chars().take(8).collect::<String>();
    match fault {
        Fault::Snapshot(id) => say!("fault-snapshot", id = short(id)),
        Fault::SnapshotMissing(id) => say!("fault-snapshot-missing", id = short(id)),
        Fault::Index(id) => say!("fault-index", id = short(id)),
        Fault::Key(id) => say!("fault-key", id = short(id)),
        Fault::NoKey => say!("fault-no-key"),
        Fault::Config => say!("fault-config"),
        Fault::NoConfig => say!("fault-no-config"),
        Fault::Pack(id) => say!("fault-pack", id = short(id)),
        Fault::PackMissing(id) => say!("fault-pack-missing", id = short(id)),
        Fault::PackSize(id) => say!("fault-pack-size", id = short(id)),
        Fault::Trees => say!("fault-trees"),
        Fault::File(path) => say!("fault-file", path = path.clone()),
        Fault::Name(path) => say!("fault-name", path = path.clone()),
        Fault::Other(detail) => say!("fault-other", detail = detail.clone()),
    }
}

/// A repository that cannot be used.
pub(crate) fn of_repository(folder: &Path, error: RepositoryError) -> Failure {
    let shown = folder.display().to_string();
    match error {
        RepositoryError::NotFound(path) => Failure::new(
            "backup.repository-missing",
            Exit::NotFound,
            say!("backup-repository-missing", folder = path.display().to_string()),
        )
        .hint(say!("backup-repository-missing-hint")),
        RepositoryError::AlreadyExists(path) => {
            Failure::new("backup.repository-exists", Exit::Conflict, say!("backup-repository-exists", folder = path.display().to_string()))
                .hint(say!("backup-repository-exists-hint"))
        }
        RepositoryError::NotEmpty(path) => {
            Failure::new("backup.folder-not-empty", Exit::Conflict, say!("backup-folder-not-empty", folder = path.display().to_string()))
                .hint(say!("backup-folder-not-empty-hint"))
        }
        RepositoryError::WrongPassword => {
            Failure::new("backup.wrong-password", Exit::NotPermitted, say!("backup-wrong-password", folder = shown))
                .hint(say!("backup-wrong-password-hint"))
        }
        RepositoryError::NoSuchSnapshot(id) => {
            Failure::new("backup.no-snapshot", Exit::NotFound, say!("backup-no-snapshot", id = id)).hint(say!("backup-no-snapshot-hint"))
        }
        RepositoryError::Ambiguous(id, n) => {
            Failure::new("backup.ambiguous", Exit::NotFound, say!("backup-ambiguous", id = id, n = n)).hint(say!("backup-ambiguous-hint"))
        }
        RepositoryError::NoSuchFile(path) => {
            Failure::new("backup.no-file", Exit::NotFound, say!("backup-no-file", path = path)).hint(say!("backup-no-file-hint"))
        }
        RepositoryError::NoSuchKey(id) => {
            Failure::new("backup.no-key", Exit::NotFound, say!("backup-no-key", id = id)).hint(say!("backup-no-key-hint"))
        }
        RepositoryError::KeyInUse => {
            Failure::new("backup.key-in-use", Exit::Conflict, say!("backup-key-in-use")).hint(say!("backup-key-in-use-hint"))
        }
        RepositoryError::Busy(holder) if holder.is_empty() => {
            Failure::new("backup.busy", Exit::Busy, say!("backup-busy-read")).hint(say!("backup-busy-hint"))
        }
        RepositoryError::Busy(holder) => {
            Failure::new("backup.busy", Exit::Busy, say!("backup-busy", holder = holder)).hint(say!("backup-busy-hint"))
        }
        RepositoryError::Damaged(fault) => {
            let hint = match &fault {
                Fault::NoConfig | Fault::Config => say!("backup-damaged-config-hint"),
                Fault::NoKey | Fault::Key(_) => say!("backup-damaged-key-hint"),
                Fault::Snapshot(_) => say!("backup-damaged-snapshot-hint"),
                Fault::SnapshotMissing(_) => say!("backup-vanished-hint"),
                Fault::Index(_) => say!("backup-damaged-index-hint"),
                Fault::File(_) | Fault::Trees => say!("backup-damaged-file-hint"),
                _ => say!("backup-damaged-hint"),
            };
            Failure::new("backup.damaged", Exit::Integrity, say!("backup-damaged", detail = of_fault(&fault))).hint(hint)
        }
        RepositoryError::Io(error) => of_file(folder, &error),
        RepositoryError::Other(detail) => Failure::new("backup.failed", Exit::Failed, say!("backup-failed", detail = detail)),
    }
}
