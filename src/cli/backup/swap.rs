//! One database in another's place, in one step: whoever looks, or is killed, finds the old one or the new one, whole.

use std::path::{Path, PathBuf};

use anyhow::Result;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use sha2::{Digest, Sha256};

use crate::db::{Db, DbError, Instant, Url, engine, hex};
use crate::failure::{Exit, Failure, of_file};
use crate::say;

/// What a database beside the target is called: after it, what for, and a moment. A server keeps 63 bytes of a name and
/// cuts the rest in silence: a long name is shortened and told apart by a digest.
pub(super) fn name_beside(target: &Url, word: &str, stamp: &str) -> String {
    match target {
        Url::Sqlite(path) => format!("{}.{word}-{stamp}", path.display()),
        Url::Postgres(_) => format!("{}_{word}_{stamp}", short(&target.name())),
    }
}

/// At most 33 bytes: `_restoring_drill` and 14 digits fit behind them.
fn short(name: &str) -> String {
    if name.len() <= 33 {
        return name.to_owned();
    }
    let mut end = 24;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}_{}", &name[..end], &hex(&Sha256::digest(name))[..8])
}

/// A moment that no database beside the target bears yet, and later than all they bear, whatever the clock says: the
/// newest by name is the newest.
///
/// # Errors
/// The disk, the server.
pub(crate) fn fresh_stamp(target: &Url, now: Instant) -> Result<String> {
    let now = now.local().strftime("%Y%m%d%H%M%S").to_string();
    let mut newest = None;
    for word in ["before", "undone", "restoring", "copying"] {
        let stamps = named_beside(target, word)?;
        newest = newest.max(stamps.iter().filter_map(|name| name.get(name.len().checked_sub(14)?..)?.parse::<u64>().ok()).max());
    }
    Ok(match newest {
        Some(taken) if now.parse::<u64>().is_ok_and(|now| now <= taken) => format!("{:014}", taken + 1),
        _ => now,
    })
}

/// The file a path leads to: a link stays a link, and what it names is replaced.
pub(crate) fn real(target: Url) -> Result<Url> {
    match target {
        Url::Sqlite(path) if path.is_symlink() => {
            let real = path.canonicalize().map_err(|error| of_file(&path, &error))?;
            Ok(Url::Sqlite(real))
        }
        other => Ok(other),
    }
}

/// Whether the logs of a database that is gone lie beside the target: whatever comes there would be read with them.
pub(super) fn orphaned_logs(target: &Url) -> bool {
    matches!(target, Url::Sqlite(path) if !path.exists() && LOGS.iter().any(|end| beside(path, end).exists()))
}

/// The comment a database on a server has from then on, in the same step; the outer none leaves the one it has.
pub(super) type Said<'a> = Option<Option<&'a str>>;

/// Puts the database `comer` in the target's place, which is free; logs without their database go aside.
///
/// # Errors
/// The disk, the server; somebody made a database of that name meanwhile.
pub(super) fn put(target: &Url, comer: &Url, aside: &str, said: Said<'_>) -> Result<()> {
    match (target, comer) {
        (Url::Sqlite(target), Url::Sqlite(comer)) => {
            let whole = settle(comer);
            // The name is taken before anything is touched: what somebody made there meanwhile keeps its logs.
            std::fs::OpenOptions::new().write(true).create_new(true).open(target).map_err(|error| came_meanwhile(target, &error))?;
            let placed = set_logs_aside(target, Path::new(aside))
                .and_then(|()| std::fs::rename(comer, target).map_err(|error| of_file(target, &error).into()));
            if placed.is_err() && std::fs::metadata(target).is_ok_and(|there| there.len() == 0) {
                let _ = std::fs::remove_file(target);
            }
            placed?;
            arrived(target, comer, whole);
        }
        _ => rename(target, &[(&comer.name(), &target.name())], said)?,
    }
    Ok(())
}

/// Puts the database `comer` in the target's place and the target under the name `aside`.
///
/// # Errors
/// Exit 7 where somebody still uses the target; the disk, the server.
pub(super) fn exchange(target: &Url, comer: &Url, aside: &str, said: Said<'_>) -> Result<()> {
    match (target, comer) {
        (Url::Sqlite(target), Url::Sqlite(comer)) => exchange_files(target, comer, Path::new(aside)),
        _ => rename(target, &[(&target.name(), aside), (&comer.name(), &target.name())], said),
    }
}

/// The databases beside the target that are called after it, this word and a moment, oldest first: `before` what
/// restores set aside, `restoring` what a restore that was killed left half made. A name of somebody else's making, such
/// as `oa_before_upgrade`, is none of them.
///
/// # Errors
/// The disk, the server.
pub(crate) fn named_beside(target: &Url, word: &str) -> Result<Vec<String>> {
    let mut found = match target {
        Url::Sqlite(path) => {
            let folder = folder_of(path);
            let begin = format!("{}.{word}-", path.file_name().unwrap_or_default().to_string_lossy());
            let entries = std::fs::read_dir(folder).map_err(|error| of_file(folder, &error))?;
            let moments = entries.flatten().filter_map(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                name.strip_prefix(&begin).filter(|stamp| is_stamp(stamp)).map(str::to_owned)
            });
            moments.map(|moment| format!("{}.{word}-{moment}", path.display())).collect::<Vec<_>>()
        }
        Url::Postgres(_) => {
            let begin = format!("{}_{word}_", short(&target.name()));
            let found = engine::databases_like(&mut Db::open(&target.with_database("postgres"))?, &begin)?;
            found.into_iter().filter(|name| name.strip_prefix(&begin).is_some_and(is_stamp)).collect()
        }
    };
    found.sort();
    Ok(found)
}

/// Fourteen digits, as [`fresh_stamp`] gives them; a rehearsal's begin with its word.
fn is_stamp(text: &str) -> bool {
    let digits = text.strip_prefix("drill").unwrap_or(text);
    digits.len() == 14 && digits.bytes().all(|b| b.is_ascii_digit())
}

fn exchange_files(target: &Path, comer: &Path, aside: &Path) -> Result<()> {
    let failed = |error: std::io::Error| of_file(target, &error);
    let whole = settle(comer);
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
    // The comer, whole and proved, waits under the name the target is to have: killed here, there are both. What has
    // that name already is somebody's only copy.
    match renameat_with(CWD, comer, CWD, aside, RenameFlags::NOREPLACE) {
        Err(error) if unsupported(error) && !aside.exists() => std::fs::rename(comer, aside).map_err(failed)?,
        other => other.map_err(|error| of_file(aside, &error.into()))?,
    }
    match renameat_with(CWD, aside, CWD, target, RenameFlags::EXCHANGE) {
        Ok(()) => {}
        // A file system that cannot exchange, such as NFS: two steps, and between them both lie beside the target, the
        // old one under a name that nobody takes for half made.
        Err(error) if unsupported(error) => {
            let leaving = beside(aside, "-leaving");
            std::fs::rename(target, &leaving).map_err(failed)?;
            std::fs::rename(aside, target).map_err(failed)?;
            std::fs::rename(&leaving, aside).map_err(failed)?;
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

/// The comer is in the target's place; one that is damaged takes its log along.
fn arrived(target: &Path, comer: &Path, whole: bool) {
    if !whole {
        move_logs(comer, target);
    }
    sync_folder(target);
}

/// Makes the comer one file, open to readers and a writer at once from the moment it is in place; whether it is whole.
fn settle(comer: &Path) -> bool {
    Db::open(&Url::Sqlite(comer.to_owned())).and_then(|mut db| engine::settle(&mut db)).is_ok() && !beside(comer, "-wal").exists()
}

fn came_meanwhile(target: &Path, error: &std::io::Error) -> anyhow::Error {
    if error.kind() != std::io::ErrorKind::AlreadyExists {
        return of_file(target, error).into();
    }
    let target = target.display().to_string();
    Failure::new("backup.target-came", Exit::Conflict, say!("backup-target-came", target = target))
        .hint(say!("backup-target-came-hint"))
        .into()
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
    for end in LOGS {
        // A log that cannot be moved belongs to a database that cannot be read either.
        let _ = std::fs::rename(beside(from, end), beside(to, end));
    }
}

/// What SQLite keeps beside a database.
pub(super) const LOGS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Logs whose database was moved away are not of the one that comes, and may be all there is of the other's last hour.
fn set_logs_aside(target: &Path, aside: &Path) -> Result<()> {
    for end in LOGS.iter().filter(|end| beside(target, end).exists()) {
        std::fs::rename(beside(target, end), beside(aside, end)).map_err(|error| of_file(target, &error))?;
    }
    Ok(())
}

pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn beside(path: &Path, end: &str) -> PathBuf {
    PathBuf::from(format!("{}{end}", path.display()))
}

/// A rename is on disk only when its folder is.
fn sync_folder(path: &Path) {
    if let Ok(folder) = std::fs::File::open(folder_of(path)) {
        let _ = folder.sync_all();
    }
}

/// All of these renames on the target's server, or none.
fn rename(target: &Url, pairs: &[(&str, &str)], said: Said<'_>) -> Result<()> {
    let mut server = Db::open(&target.with_database("postgres"))?;
    let name = target.name();
    match engine::rename_databases(&mut server, pairs, said.map(|text| (name.as_str(), text))) {
        Err(DbError::Other(message)) if message.contains("being accessed by other users") => Err(in_use(&target.name())),
        other => Ok(other?),
    }
}

/// Refuses a server on which we may make no database.
///
/// # Errors
/// Exit 6; the server.
pub(super) fn may_make(target: &Url) -> Result<()> {
    let mut server = Db::open(&target.with_database("postgres"))?;
    if engine::may_create_databases(&mut server)? {
        return Ok(());
    }
    Err(Failure::new("backup.no-createdb", Exit::NotPermitted, say!("backup-no-createdb")).hint(say!("backup-no-createdb-hint")).into())
}

/// Refuses a target that somebody uses, before an hour's work is done for it.
///
/// # Errors
/// Exit 7; the server.
pub(super) fn free(target: &Url) -> Result<()> {
    match engine::others(target)? {
        Some(others) if others > 0 => Err(in_use(&target.name())),
        _ => Ok(()),
    }
}

fn in_use(name: &str) -> anyhow::Error {
    Failure::new("backup.target-in-use", Exit::Busy, say!("backup-target-in-use", name = name))
        .hint(say!("backup-target-in-use-hint"))
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_made_meanwhile_keeps_its_logs() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let (comer, target) = (at("m.db.restoring-20261123090000"), at("m.db"));
        std::fs::write(&comer, "").unwrap();
        for name in ["m.db", "m.db-wal", "m.db-shm"] {
            std::fs::write(at(name), name).unwrap();
        }
        let aside = at("m.db.before-20261123090000").display().to_string();
        let put = put(&Url::Sqlite(target), &Url::Sqlite(comer.clone()), &aside, None);
        assert_eq!(put.unwrap_err().downcast::<Failure>().unwrap().code, "backup.target-came");
        assert!(comer.exists());
        for name in ["m.db", "m.db-wal", "m.db-shm"] {
            assert_eq!(std::fs::read_to_string(at(name)).unwrap(), name);
        }
    }

    #[test]
    fn only_our_own_names_are_stamps() {
        assert!(is_stamp("20261123090000") && is_stamp("drill20261123090000"));
        assert!(!is_stamp("upgrade") && !is_stamp("20991231") && !is_stamp("2026112309000x") && !is_stamp(""));
    }
}
