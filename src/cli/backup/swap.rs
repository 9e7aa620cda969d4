//! One database in another's place, in one step: whoever looks, or is killed, finds the old one or the new one, whole.

use std::path::{Path, PathBuf};

use anyhow::Result;
use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::db::{Db, DbError, Url, engine};
use crate::failure::{Exit, Failure, of_file};
use crate::say;

/// Puts the database `comer` in the target's place, which is free.
///
/// # Errors
/// The disk, the server; somebody made a database of that name meanwhile.
pub(super) fn put(target: &Url, comer: &Url) -> Result<()> {
    match (target, comer) {
        (Url::Sqlite(target), Url::Sqlite(comer)) => {
            let whole = alone(comer).is_ok();
            let placed = match renameat_with(CWD, comer, CWD, target, RenameFlags::NOREPLACE) {
                Err(error) if unsupported(error) => std::fs::rename(comer, target),
                other => other.map_err(Into::into),
            };
            placed.map_err(|error| of_file(target, &error))?;
            arrived(target, comer, whole);
        }
        _ => rename(target, &[(&comer.name(), &target.name())])?,
    }
    Ok(())
}

/// Puts the database `comer` in the target's place and the target under the name `aside`.
///
/// # Errors
/// Exit 7 where somebody still uses the target; the disk, the server.
pub(super) fn exchange(target: &Url, comer: &Url, aside: &str) -> Result<()> {
    match (target, comer) {
        (Url::Sqlite(target), Url::Sqlite(comer)) => exchange_files(target, comer, Path::new(aside)),
        _ => rename(target, &[(&target.name(), aside), (&comer.name(), &target.name())]),
    }
}

/// The databases beside the target that are called after it, this word and a moment, oldest first: `before` what
/// restores set aside, `restoring` what a restore that was killed left half made.
///
/// # Errors
/// The disk, the server.
pub(crate) fn named_beside(target: &Url, word: &str) -> Result<Vec<String>> {
    let mut found = match target {
        Url::Sqlite(path) => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let begin = format!("{}.{word}-", path.file_name().unwrap_or_default().to_string_lossy());
            let entries = std::fs::read_dir(folder).map_err(|error| of_file(folder, &error))?;
            let moments = entries.flatten().filter_map(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                name.strip_prefix(&begin).filter(|stamp| stamp.bytes().all(|b| b.is_ascii_digit())).map(str::to_owned)
            });
            moments.map(|moment| format!("{}.{word}-{moment}", path.display())).collect::<Vec<_>>()
        }
        Url::Postgres(_) => {
            engine::databases_like(&mut Db::open(&target.with_database("postgres"))?, &format!("{}_{word}_", target.name()))?
        }
    };
    found.sort();
    Ok(found)
}

fn exchange_files(target: &Path, comer: &Path, aside: &Path) -> Result<()> {
    let failed = |error: std::io::Error| of_file(target, &error);
    let whole = alone(comer).is_ok();
    // Held until the exchange is done; its log is within it from here on.
    let held = match alone(target) {
        Ok(held) => Some(held),
        Err(DbError::Busy(_)) => return Err(in_use(&Url::Sqlite(target.to_owned()).name())),
        // Damaged, or no database: that is why one restores. Its log goes with it.
        Err(_) => {
            move_logs(target, aside);
            None
        }
    };
    // The comer, whole and proved, waits under the name the target is to have: killed here, there are both.
    std::fs::rename(comer, aside).map_err(failed)?;
    match renameat_with(CWD, aside, CWD, target, RenameFlags::EXCHANGE) {
        Ok(()) => {}
        // A file system that cannot exchange, such as NFS: two steps, and between them both lie beside the target.
        Err(error) if unsupported(error) => {
            std::fs::rename(target, comer).map_err(failed)?;
            std::fs::rename(aside, target).map_err(failed)?;
            std::fs::rename(comer, aside).map_err(failed)?;
        }
        Err(error) => {
            std::fs::rename(aside, comer).map_err(failed)?;
            return Err(failed(error.into()).into());
        }
    }
    drop(held);
    arrived(target, comer, whole);
    Ok(())
}

/// The comer is in the target's place: open to all again; one that is damaged takes its log along.
fn arrived(target: &Path, comer: &Path, whole: bool) {
    if whole {
        // Whoever got in first has it as it is: slower for two at once, and no worse.
        let _ = Db::open(&Url::Sqlite(target.to_owned())).and_then(|mut db| engine::share_again(&mut db));
    } else {
        move_logs(comer, target);
    }
    sync_folder(target);
}

/// Opens a database that nobody else may use until it is closed; it has no log beside it then.
fn alone(path: &Path) -> std::result::Result<Db, DbError> {
    let mut db = Db::open(&Url::Sqlite(path.to_owned()))?;
    engine::take_alone(&mut db)?;
    Ok(db)
}

fn unsupported(error: rustix::io::Errno) -> bool {
    use rustix::io::Errno;
    [Errno::INVAL, Errno::NOSYS, Errno::OPNOTSUPP].contains(&error)
}

/// The log files of a SQLite database go where it goes.
fn move_logs(from: &Path, to: &Path) {
    for end in ["-wal", "-shm"] {
        // A log that cannot be moved belongs to a database that cannot be read either.
        let _ = std::fs::rename(beside(from, end), beside(to, end));
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    PathBuf::from(format!("{}{end}", path.display()))
}

/// A rename is on disk only when its folder is.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(folder) = std::fs::File::open(folder) {
        let _ = folder.sync_all();
    }
}

/// All of these renames on the target's server, or none.
fn rename(target: &Url, pairs: &[(&str, &str)]) -> Result<()> {
    let mut server = Db::open(&target.with_database("postgres"))?;
    match engine::rename_databases(&mut server, pairs) {
        Err(DbError::Other(message)) if message.contains("being accessed by other users") => Err(in_use(&target.name())),
        other => Ok(other?),
    }
}

fn in_use(name: &str) -> anyhow::Error {
    Failure::new("backup.target-in-use", Exit::Busy, say!("backup-target-in-use", name = name))
        .hint(say!("backup-target-in-use-hint"))
        .into()
}
