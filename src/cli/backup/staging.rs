//! A database on its way back: restored beside the target, proved there, then swapped in by rename.

use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::leftover::{self, Scratch};
use super::run::missing_tool;
use super::{named_openly, swap};
use crate::backup::{DumpRows, FORMAT, MANIFEST, Manifest, Repository, RepositoryError, Snapshot, feed};
use crate::cli::faults;
use crate::cli::interrupt::Litter;
use crate::context::Context;
use crate::db::access::{self, Access, Locale, Unapplied};
use crate::db::{Db, Url, copy_rows, engine, migrate_to, refill};
use crate::failure::{Exit, Failure, of_file};
use crate::say;

/// Reads a snapshot's manifest.
///
/// # Errors
/// The snapshot has none, or it is damaged.
pub(super) fn manifest_of(repository: &Repository, snapshot: &Snapshot) -> Result<Manifest> {
    let mut bytes = Vec::new();
    repository.read(snapshot, MANIFEST, &mut bytes).map_err(|error| not_in_it(repository, error))?;
    let manifest = serde_json::from_slice::<serde_json::Value>(&bytes).map_err(|error| unreadable(&error))?;
    // A later form may mean other things by the same words.
    if let Some(format) = manifest["format"].as_str().filter(|format| *format != FORMAT) {
        return Err(Failure::new("backup.newer-format", Exit::Conflict, say!("backup-newer-format", format = format.to_owned()))
            .hint(say!("database-newer-hint"))
            .into());
    }
    serde_json::from_value(manifest).map_err(|error| unreadable(&error).into())
}

fn unreadable(error: &serde_json::Error) -> Failure {
    Failure::new("backup.manifest", Exit::Integrity, say!("backup-manifest-damaged", detail = error.to_string()))
        .hint(say!("backup-manifest-hint"))
}

/// What every backup has, this snapshot has not: it is none of ours, or not whole.
pub(super) fn not_in_it(repository: &Repository, error: RepositoryError) -> Failure {
    match error {
        RepositoryError::NoSuchFile(path) => {
            Failure::new("backup.incomplete", Exit::Integrity, say!("backup-file-missing", path = path)).hint(say!("backup-manifest-hint"))
        }
        other => faults::of_repository(repository.folder(), other),
    }
}

/// A database being restored; removed again unless it was swapped in.
pub(crate) struct Staging {
    pub(crate) url: Url,
    target: Url,
    stamp: String,
    /// Made by us: what was there before is not ours to remove.
    made: bool,
    swapped: bool,
    litter: Option<Litter>,
    /// Beside a file: whoever sweeps sees whether we live.
    mark: Option<leftover::Mark>,
    /// Open as long as we live: the server is told so, and whoever sweeps asks it.
    alive: Option<Db>,
}

impl Staging {
    /// Restores the snapshot's database beside the target, on the target's engine whichever it was saved on.
    ///
    /// # Errors
    /// No space, a damaged snapshot, a server out of reach.
    pub(super) fn fill(
        ctx: &Context,
        repository: &Repository,
        snapshot: &Snapshot,
        manifest: &Manifest,
        target: &Url,
        stamp: &str,
        locale: Option<&Locale>,
    ) -> Result<Self> {
        let mut staging = Self::beside(target, "restoring", stamp);
        staging.make(locale)?;
        let saved = Saved { repository, snapshot, manifest };
        match &staging.url {
            Url::Sqlite(beside) if manifest.engine == "sqlite" => saved.write_file(beside)?,
            Url::Sqlite(beside) => {
                saved.fill_rows(&mut staging.tables_of(&manifest.schema_version)?, beside)?;
            }
            Url::Postgres(text) if manifest.engine == "postgres" => saved.feed_server(text)?,
            Url::Postgres(_) => {
                let scratch = Scratch::new(leftover::RESTORE, &std::env::temp_dir())?;
                let file = scratch.path().join("saved.db");
                saved.write_file(&file)?;
                let progress = ctx.progress(&say!("progress-copying"), Some(manifest.rows));
                copy_rows(&mut Db::open(&Url::Sqlite(file))?, &mut staging.tables_of(&manifest.schema_version)?, |n| progress.advance(n))?;
            }
        }
        if let (Url::Sqlite(beside), Url::Sqlite(path)) = (&staging.url, target) {
            // As open to others as what it replaces; to nobody where it replaces nothing. It belongs to whom the old one,
            // or the folder, belongs to: the superuser restores, the OA opens. Others than the superuser give nothing away.
            let there = std::fs::metadata(path);
            let mode = there.as_ref().map_or(0o600, |there| there.permissions().mode() & 0o777);
            if let Ok(owner) = there.or_else(|_| std::fs::metadata(swap::folder_of(path))) {
                let _ = std::os::unix::fs::chown(beside, Some(owner.uid()), Some(owner.gid()));
            }
            let dressed = std::fs::set_permissions(beside, std::fs::Permissions::from_mode(mode));
            dressed.and_then(|()| std::fs::File::open(beside)?.sync_all()).map_err(|error| of_file(beside, &error))?;
        }
        Ok(staging)
    }

    /// A place beside the target with nothing in it yet.
    pub(crate) fn beside(target: &Url, doing: &str, stamp: &str) -> Self {
        let name = swap::name_beside(target, doing, stamp);
        let url = match target {
            Url::Sqlite(_) => Url::Sqlite(PathBuf::from(name)),
            Url::Postgres(_) => target.with_database(&name),
        };
        Self { url, target: target.clone(), stamp: stamp.to_owned(), made: false, swapped: false, litter: None, mark: None, alive: None }
    }

    /// Makes the place, which nobody may have made before: another restore of this second keeps its own.
    fn make(&mut self, locale: Option<&Locale>) -> Result<()> {
        match &self.url {
            Url::Sqlite(path) => {
                self.mark = Some(leftover::Mark::of(path).map_err(|error| of_file(path, &error))?);
                drop(private(path)?);
                self.litter = Some(Litter::at(path));
            }
            Url::Postgres(_) => {
                let at = self.target.with_database("postgres");
                let mut server = Db::open(&at)?;
                engine::make_scratch(&mut server, &self.url, locale)?;
                self.litter = Some(Litter::database(at, &self.url.name()));
                self.alive = Some(server);
            }
        }
        self.made = true;
        Ok(())
    }

    /// The database made, with the tables as they were at this step of the schema.
    pub(crate) fn made_as(&mut self, schema: &str) -> Result<Db> {
        self.make(None)?;
        self.tables_of(schema)
    }

    fn tables_of(&self, schema: &str) -> Result<Db> {
        let mut db = Db::open(&self.url)?;
        migrate_to(&mut db, schema)?;
        Ok(db)
    }

    /// Gives it, on a server, this access before anybody can get in.
    ///
    /// # Errors
    /// The server.
    pub(super) fn give(&self, access: &Access) -> Result<Unapplied> {
        Ok(access::give(&mut Db::open(&self.url)?, access, &self.url.name())?)
    }

    /// Puts the restored database in the target's place, on a server with this comment; the old one is set aside, never
    /// removed. Returns the name it was set aside under and the command that takes the swap back.
    ///
    /// # Errors
    /// The disk; sessions still connected to the old database.
    pub(crate) fn swap(mut self, exists: bool, comment: Option<&str>) -> Result<Option<(String, String)>> {
        let name = self.target.name();
        let aside = swap::name_beside(&self.target, "before", &self.stamp);
        let shown = quoted(&named_openly(&self.target));
        if exists {
            swap::exchange(&self.target, &self.url, &aside, Some(comment))?;
        } else {
            swap::put(&self.target, &self.url, &aside, Some(comment))?;
        }
        self.swapped = true;
        Ok(exists.then(|| (aside, format!("swj backup undo --to {shown} --confirm {}", quoted(&name)))))
    }
}

/// A snapshot's database on its way out of the repository.
struct Saved<'a> {
    repository: &'a Repository,
    snapshot: &'a Snapshot,
    manifest: &'a Manifest,
}

impl Saved<'_> {
    fn pour(&self, out: &mut dyn std::io::Write) -> std::result::Result<(), RepositoryError> {
        self.repository.read(self.snapshot, self.manifest.database_path(), out).map(drop)
    }

    /// Into a file that nobody else reads.
    fn write_file(&self, path: &Path) -> Result<()> {
        let opened = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
        let mut file = opened.map_err(|error| of_file(path, &error))?;
        self.pour(&mut file).map_err(|error| refused(path, error))?;
        Ok(file.sync_all().map_err(|error| of_file(path, &error))?)
    }

    /// Into an empty database of a server, by `psql`.
    fn feed_server(&self, url: &str) -> Result<()> {
        let mut damage = None;
        let fed = feed(url, |out| {
            self.pour(out).map_err(|error| {
                let told = std::io::Error::other(error.to_string());
                damage = Some(error).filter(|error| !matches!(error, RepositoryError::Io(_)));
                told
            })
        });
        // What stopped psql stands in its own words, unless it was we who stopped.
        match damage {
            Some(error) => Err(not_in_it(self.repository, error).into()),
            None => fed.map_err(|error| missing_tool("psql", error)),
        }
    }

    /// The rows of a dump into a database whose tables are there.
    fn fill_rows(&self, db: &mut Db, path: &Path) -> Result<()> {
        refill(db, |rows| {
            let mut failed = None;
            let mut push = |table: &str, columns: &[String], row| {
                rows.push(table, columns, row).map_err(|error| {
                    let told = std::io::Error::other(error.to_string());
                    failed = Some(error);
                    told
                })
            };
            let mut dump = DumpRows::new(&mut push);
            let poured = self.pour(&mut dump);
            let ended = poured.and_then(|()| Ok(dump.finish()?));
            match (failed, ended) {
                (Some(error), _) => Err(error.into()),
                (None, ended) => ended.map_err(|error| refused(path, error)),
            }
        })
    }
}

/// A word as a shell takes it whole.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// A new file of ours alone.
fn private(path: &Path) -> Result<std::fs::File> {
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    Ok(made.map_err(|error| of_file(path, &error))?)
}

/// A file that cannot be written is told by its name, a repository that cannot be read by its damage.
fn refused(path: &Path, error: RepositoryError) -> anyhow::Error {
    match error {
        RepositoryError::Io(error) => of_file(path, &error).into(),
        other => faults::of_repository(Path::new(""), other).into(),
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if self.swapped || !self.made {
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
                if let Some(server) = &mut self.alive {
                    let _ = engine::drop_database(server, &self.url.name(), true);
                }
            }
        }
    }
}
