//! What is made on the way and removed again, and what commands that were killed left of it.
//!
//! A killed command cleans up nothing, yet the system takes its locks back. What bears our mark and is locked by nobody
//! is of one that is dead: the next command removes it.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::swap::{folder_of, named_beside};
use crate::cli::interrupt::Litter;
use crate::context::Context;
use crate::db::{Db, Url, engine};
use crate::say;

/// What the folders of a run begin with; beside the database, for they hold a copy of it.
pub(super) const RUN: &str = ".swj-backup-";
/// And those of a rehearsal or of a look into a snapshot.
pub(super) const DRILL: &str = "swj-drill-";
/// And those of a restore that copies rows.
pub(super) const RESTORE: &str = "swj-restoring-";

/// Locked as long as the command lives that made the folder.
const OWNER: &str = ".swj-owner";

/// A folder for what is not to stay.
pub(crate) struct Scratch {
    folder: TempDir,
    _litter: Litter,
    _held: File,
}

/// Makes a file that is locked as long as what is returned stays open: whoever finds it finds it locked.
///
/// # Errors
/// The disk.
fn locked(mark: &Path) -> std::io::Result<File> {
    let making = PathBuf::from(format!("{}-new", mark.display()));
    let mut held = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&making)?;
    // A file system without locks: nobody will take it for dead.
    let _ = held.lock();
    writeln!(held, "pid {}", std::process::id())?;
    std::fs::rename(&making, mark)?;
    Ok(held)
}

/// The mark of a SQLite file that is being restored or copied beside its target. The file itself is not locked with it:
/// over a network such a lock would keep SQLite out.
pub(super) struct Mark {
    path: PathBuf,
    _litter: Litter,
    _held: File,
}

impl Mark {
    /// Marks `file`, which is not there yet.
    ///
    /// # Errors
    /// The disk.
    pub(super) fn of(file: &Path) -> std::io::Result<Self> {
        let path = mark_of(file);
        let litter = Litter::at(&path);
        let held = locked(&path)?;
        Ok(Self { path, _litter: litter, _held: held })
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

fn mark_of(file: &Path) -> PathBuf {
    PathBuf::from(format!("{}-owner", file.display()))
}

/// Whether a mark is of a command that is dead: it is there, and locked by nobody.
fn is_dead(mark: &Path) -> bool {
    let opened = OpenOptions::new().read(true).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed()).open(mark);
    opened.is_ok_and(|mark| mark.try_lock().is_ok())
}

/// Removes a half-made file of a dead command, with its logs and its mark; whether it did.
fn sweep_file(file: &Path) -> bool {
    let mark = mark_of(file);
    if !is_dead(&mark) || std::fs::remove_file(file).is_err() {
        return false;
    }
    for end in super::swap::LOGS {
        let _ = std::fs::remove_file(format!("{}{end}", file.display()));
    }
    let _ = std::fs::remove_file(mark);
    true
}

impl Scratch {
    /// Makes one.
    ///
    /// # Errors
    /// The disk.
    pub(super) fn new(prefix: &str, place: &Path) -> std::io::Result<Self> {
        let folder = tempfile::Builder::new().prefix(prefix).tempdir_in(place)?;
        let litter = Litter::at(folder.path());
        let held = locked(&folder.path().join(OWNER))?;
        Ok(Self { folder, _litter: litter, _held: held })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes the folders of dead commands in a place; returns those it removed.
fn sweep_folders(place: &Path, prefix: &str) -> Vec<PathBuf> {
    let us = rustix::process::geteuid().as_raw();
    let entries = std::fs::read_dir(place).into_iter().flatten().flatten();
    let ours = entries.filter(|entry| {
        entry.file_name().to_string_lossy().starts_with(prefix)
            && entry.path().symlink_metadata().is_ok_and(|found| found.is_dir() && found.uid() == us)
    });
    let dead = ours.map(|entry| entry.path()).filter(|folder| is_dead(&folder.join(OWNER)) && std::fs::remove_dir_all(folder).is_ok());
    dead.collect()
}

/// Removes what dead commands left: copies beside this database and in the temporary folder, databases on its server.
/// Each is named. Returns what lies beside it and cannot be told to be of a dead one.
pub(super) fn sweep(ctx: &Context, url: &Url) -> Vec<String> {
    let temporary = std::env::temp_dir();
    let mut removed = sweep_folders(&temporary, DRILL);
    removed.extend(sweep_folders(&temporary, RESTORE));
    if let Url::Sqlite(path) = url {
        removed.extend(sweep_folders(folder_of(path), RUN));
    }
    let mut names: Vec<String> = removed.iter().map(|path| path.display().to_string()).collect();
    let mut left = Vec::new();
    let beside = |word| named_beside(url, word).unwrap_or_default();
    for name in beside("restoring").into_iter().chain(beside("copying")) {
        let swept = match url {
            Url::Sqlite(_) => sweep_file(Path::new(&name)),
            Url::Postgres(_) => sweep_database(url, &name),
        };
        if swept { names.push(name) } else { left.push(name) }
    }
    for name in names {
        ctx.remark(&say!("backup-swept", name = name));
    }
    left
}

/// Whether it was a dead command's and is gone. One that anybody is connected to stays: it is not dropped by force.
fn sweep_database(url: &Url, name: &str) -> bool {
    let dropped = Db::open(&url.with_database("postgres")).and_then(|mut server| {
        let dead = engine::is_scratch(&mut server, name)? && engine::claim(&mut server, name)?;
        if dead { engine::drop_database(&mut server, name, false).map(|()| true) } else { Ok(false) }
    });
    dropped.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_made_file_goes_with_its_command_and_one_without_a_mark_stays() {
        let place = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            let path = place.path().join(name);
            std::fs::write(&path, "half").unwrap();
            path
        };
        let (living, dead, other) = (file("a.restoring-1"), file("a.restoring-2"), file("a.restoring-3"));
        let _alive = Mark::of(&living).unwrap();
        let gone = Mark::of(&dead).unwrap();
        let (mark, log) = (gone.path.clone(), file("a.restoring-2-wal"));
        // Killed: the mark stays, the lock does not.
        let Mark { _held, .. } = &gone;
        _held.unlock().unwrap();
        std::mem::forget(gone);
        assert_eq!([&living, &dead, &other].map(|path| sweep_file(path)), [false, true, false]);
        assert!(!dead.exists() && !mark.exists() && !log.exists() && living.exists() && other.exists());
    }

    #[test]
    fn what_a_dead_command_left_goes_and_what_a_living_one_has_stays() {
        let place = tempfile::tempdir().unwrap();
        let living = Scratch::new(RUN, place.path()).unwrap();
        let dead = Scratch::new(RUN, place.path()).unwrap();
        let gone = dead.path().to_owned();
        std::fs::write(gone.join("database.sqlite3"), "all of it").unwrap();
        // Killed: the folder stays, the lock does not.
        std::mem::forget(dead.folder);
        drop(dead._held);
        let others = place.path().join(format!("{RUN}notes"));
        std::fs::create_dir(&others).unwrap();
        std::fs::write(others.join("mine"), "no mark of ours").unwrap();
        assert_eq!(sweep_folders(place.path(), RUN), std::slice::from_ref(&gone));
        assert!(!gone.exists() && living.path().exists() && others.join("mine").exists());
    }
}
