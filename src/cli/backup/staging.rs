//! A database on its way back: restored beside the target, proved there, then swapped in by rename.

use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::run::missing_tool;
use crate::backup::{MANIFEST, Manifest, Repository, Snapshot, feed};
use crate::cli::faults;
use crate::cli::interrupt::Litter;
use crate::db::{Db, DbError, Url};
use crate::failure::{Exit, Failure, of_file};
use crate::say;

/// Reads a snapshot's manifest.
///
/// # Errors
/// The snapshot has none, or it is damaged.
pub(super) fn manifest_of(repository: &Repository, snapshot: &Snapshot) -> Result<Manifest> {
    let mut bytes = Vec::new();
    repository.read(snapshot, MANIFEST, &mut bytes).map_err(|error| faults::of_repository(Path::new(""), error))?;
    serde_json::from_slice(&bytes).map_err(|error| {
        Failure::new("backup.manifest", Exit::Integrity, say!("backup-manifest-damaged", detail = error.to_string())).into()
    })
}

/// A database being restored; removed again unless it was swapped in.
pub(super) struct Staging {
    pub(super) url: Url,
    target: Url,
    stamp: String,
    swapped: bool,
    _litter: Option<Litter>,
}

impl Staging {
    /// Restores the snapshot's database beside the target.
    ///
    /// # Errors
    /// Another engine, no space, a damaged snapshot.
    pub(super) fn fill(repository: &Repository, snapshot: &Snapshot, manifest: &Manifest, target: &Url, stamp: &str) -> Result<Self> {
        if manifest.engine != target.engine().name() {
            return Err(Failure::new("backup.other-engine", Exit::Conflict, say!("backup-other-engine", engine = manifest.engine.clone()))
                .hint(say!("backup-other-engine-hint"))
                .into());
        }
        let read = |out: &mut dyn std::io::Write| {
            repository.read(snapshot, manifest.database_path(), out).map(|_| ()).map_err(|error| std::io::Error::other(error.to_string()))
        };
        match target {
            Url::Sqlite(path) => {
                let beside = PathBuf::from(format!("{}.restoring-{stamp}", path.display()));
                let staging = Self {
                    _litter: Some(Litter::at(&beside)),
                    url: Url::Sqlite(beside.clone()),
                    target: target.clone(),
                    stamp: stamp.to_owned(),
                    swapped: false,
                };
                let write = || -> std::io::Result<()> {
                    // As open to others as what it replaces; to nobody where it replaces nothing.
                    let mode = std::fs::metadata(path).map_or(0o600, |there| there.permissions().mode() & 0o777);
                    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
                    read(&mut file)?;
                    file.set_permissions(std::fs::Permissions::from_mode(mode))?;
                    file.sync_all()
                };
                write().map_err(|error| of_file(&beside, &error))?;
                Ok(staging)
            }
            Url::Postgres(_) => {
                let url = target.with_database(&format!("{}_restoring_{stamp}", target.name()));
                drop(Db::create(&url)?);
                let staging = Self { url: url.clone(), target: target.clone(), stamp: stamp.to_owned(), swapped: false, _litter: None };
                let Url::Postgres(text) = &url else { unreachable!("a server URL stays one") };
                feed(text, read).map_err(|error| missing_tool("psql", error))?;
                Ok(staging)
            }
        }
    }

    /// Puts the restored database in the target's place; the old one is set aside, never removed.
    /// Returns the name it was set aside under and the command that takes the swap back.
    ///
    /// # Errors
    /// The disk; sessions still connected to the old database.
    pub(super) fn swap(mut self, exists: bool) -> Result<Option<(String, String)>> {
        let aside = match (&self.url, &self.target) {
            (Url::Sqlite(staged), Url::Sqlite(target)) => {
                let aside = exists.then(|| format!("{}.before-{}", target.display(), self.stamp));
                if let Some(aside) = &aside {
                    set_aside(target, aside).map_err(|error| of_file(target, &error))?;
                }
                if let Err(error) = std::fs::rename(staged, target) {
                    if let Some(aside) = &aside {
                        set_aside(Path::new(aside), &target.to_string_lossy()).map_err(|error| of_file(target, &error))?;
                    }
                    return Err(of_file(target, &error).into());
                }
                for end in ["-wal", "-shm"] {
                    // Left by our own reading of the staged copy; empty by now.
                    let _ = std::fs::remove_file(format!("{}{end}", staged.display()));
                }
                sync_folder(target);
                aside.map(|aside| (aside, format!("swj backup undo --to {0} --confirm {1}", target.display(), self.target.name())))
            }
            _ => {
                let mut server = Db::open(&self.target.with_database("postgres"))?;
                let (name, staged) = (self.target.name(), self.url.name());
                let aside = exists.then(|| format!("{name}_before_{}", self.stamp));
                if let Some(aside) = &aside {
                    rename_database(&mut server, &name, aside)?;
                }
                if let Err(error) = rename_database(&mut server, &staged, &name) {
                    if let Some(aside) = &aside {
                        rename_database(&mut server, aside, &name)?;
                    }
                    return Err(error);
                }
                // Without the password: libpq asks for it or finds it in ~/.pgpass.
                let url = self.target.shown().replace(":***@", "@");
                aside.map(|aside| (aside, format!("swj backup undo --to '{url}' --confirm {name}")))
            }
        };
        self.swapped = true;
        Ok(aside)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if self.swapped {
            return;
        }
        // What cannot be removed now says by its name what it is.
        match &self.url {
            Url::Sqlite(path) => {
                for end in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(format!("{}{end}", path.display()));
                }
            }
            Url::Postgres(_) => {
                if let Ok(mut server) = Db::open(&self.target.with_database("postgres")) {
                    let _ = server.execute(&format!("DROP DATABASE IF EXISTS \"{}\"", self.url.name()));
                }
            }
        }
    }
}

/// Renames a SQLite database with its log files, which belong to it.
pub(super) fn set_aside(target: &Path, aside: &str) -> std::io::Result<()> {
    for end in ["-wal", "-shm", ""] {
        let from = PathBuf::from(format!("{}{end}", target.display()));
        if from.exists() {
            std::fs::rename(from, format!("{aside}{end}"))?;
        }
    }
    Ok(())
}

/// A rename is on disk only when its folder is.
pub(super) fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(folder) = std::fs::File::open(folder) {
        let _ = folder.sync_all();
    }
}

pub(super) fn rename_database(server: &mut Db, from: &str, to: &str) -> Result<()> {
    match server.execute(&format!("ALTER DATABASE \"{from}\" RENAME TO \"{to}\"")) {
        Err(DbError::Other(message)) if message.contains("being accessed by other users") => {
            Err(Failure::new("backup.target-in-use", Exit::Busy, say!("backup-target-in-use", name = from))
                .hint(say!("backup-target-in-use-hint"))
                .into())
        }
        other => Ok(other?),
    }
}
