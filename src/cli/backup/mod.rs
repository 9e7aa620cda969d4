//! `swj backup`: snapshots of the database, and bringing one back.

mod copy;
mod drill;
mod init;
mod key;
mod leftover;
mod list;
mod prune;
mod restore;
mod run;
mod schedule;
mod show;
mod staging;
mod swap;
mod undo;
mod verify;
mod watch;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
pub(crate) use restore::examine;
pub(crate) use staging::Staging;
pub(crate) use swap::{fresh_stamp, named_beside};

use serde_json::json;
use sha2::{Digest, Sha256};

use super::faults;
use crate::backup::{Fault, Manifest, Purpose, Repository, RepositoryError, Snapshot, without_password};
use crate::context::{Context, Outcome};
use crate::db::backup_runs::{self, NewBackupRun};
use crate::db::{Db, Instant, Url, hex, settings};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;

/// Backups
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Init(init::Args),
    Run(run::Args),
    List(list::Args),
    Verify(verify::Args),
    Show(show::Args),
    Restore(restore::Args),
    Undo(undo::Args),
    Drill(drill::Args),
    Prune(prune::Args),
    Copy(copy::Args),
    #[command(subcommand)]
    Key(key::Command),
    Schedule(schedule::Args),
}

impl Command {
    pub(crate) fn run(&self, ctx: &mut Context) -> Result<Outcome> {
        match self {
            Self::Init(args) => init::run(ctx, args),
            Self::Run(args) => run::run(ctx, args),
            Self::List(args) => list::run(ctx, args),
            Self::Verify(args) => verify::run(ctx, args),
            Self::Show(args) => show::run(ctx, args),
            Self::Restore(args) => restore::run(ctx, args),
            Self::Undo(args) => undo::run(ctx, args),
            Self::Drill(args) => drill::run(ctx, args),
            Self::Prune(args) => prune::run(ctx, args),
            Self::Copy(args) => copy::run(ctx, args),
            Self::Key(command) => command.run(ctx),
            Self::Schedule(args) => schedule::run(ctx, args),
        }
    }
}

/// How many snapshots the repository holds; none where it, or its password's file, is not known. Never asks.
pub(crate) fn look(ctx: &Context, args: &RepositoryArgs) -> Option<Result<usize>> {
    let folder = args.folder(ctx).ok()?;
    args.password_source(ctx)?;
    Some(args.open(ctx, Purpose::Read).and_then(|repository| {
        let refuse = |error| faults::of_repository(&folder, error);
        if let Some(id) = repository.unreadable().map_err(refuse)?.into_iter().next() {
            return Err(refuse(RepositoryError::Damaged(Fault::Snapshot(id))).into());
        }
        Ok(repository.list().map_err(refuse)?.len())
    }))
}

/// The snapshot of this id; `latest` is the latest of the database in use. Where that one is lost and the repository
/// holds several, it must be named.
fn chosen(ctx: &Context, repository: &Repository, id: &str) -> Result<Snapshot> {
    let refuse = |error| faults::of_repository(repository.folder(), error);
    if id != "latest" {
        return Ok(repository.find(id).map_err(refuse)?);
    }
    let all = repository.list().map_err(refuse)?;
    // The latest may be among those that cannot be read.
    for id in repository.unreadable().map_err(refuse)? {
        ctx.remark(&say!("backup-passed-over", id = id[..8.min(id.len())].to_owned()));
    }
    // A connection of its own, closed at once: a restore renames the database, which nobody may use meanwhile.
    let here = ctx.url().ok().and_then(|url| Db::open(&url).ok());
    let mine = here.and_then(|mut db| settings::get(&mut db, settings::DATABASE_ID).ok().flatten());
    let of_mine = all.iter().filter(|snapshot| mine.is_some() && snapshot.database() == mine.as_deref());
    if let Some(found) = of_mine.max_by_key(|snapshot| snapshot.order()) {
        return Ok(found.clone());
    }
    // A database that is there and was never saved here is not to be replaced by another one's latest.
    if mine.is_some() && !all.is_empty() {
        return Err(Failure::new("backup.none-of-this", Exit::NotFound, say!("backup-none-of-this"))
            .hint(say!("backup-none-of-this-hint"))
            .into());
    }
    let mut databases: Vec<(&str, &str)> =
        all.iter().filter_map(|snapshot| Some((snapshot.database()?, snapshot.database_name()?))).collect();
    databases.sort_unstable();
    databases.dedup_by_key(|(id, _)| *id);
    if databases.len() > 1 {
        let names: Vec<&str> = databases.into_iter().map(|(_, name)| name).collect();
        return Err(Failure::new("backup.several-databases", Exit::Usage, say!("backup-several-databases", names = names.join(", ")))
            .hint(say!("backup-several-databases-hint"))
            .into());
    }
    all.into_iter().max_by_key(Snapshot::order).ok_or_else(|| refuse(RepositoryError::NoSuchSnapshot(id.to_owned())).into())
}

/// A repository by the one name it has whichever way it was named.
fn place_of(folder: &Path) -> String {
    let absolute = folder.canonicalize().or_else(|_| std::path::absolute(folder));
    absolute.as_deref().unwrap_or(folder).display().to_string()
}

/// The names under which the database has noted this repository, its own among them: older records have it as it was
/// typed, and a path that leads elsewhere from here says nothing.
fn names_of(db: &mut Db, folder: &Path) -> Result<Vec<String>> {
    let place = place_of(folder);
    let mut names: Vec<String> = backup_runs::held(db)?.into_iter().map(|(repository, _)| repository).collect();
    names.retain(|name| place_of(Path::new(name)) == place);
    names.push(place);
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// The full ids of those snapshots that cannot be read whose id begins so.
fn unreadable_like(repository: &Repository, id: &str) -> Vec<String> {
    let wanted = id.to_ascii_lowercase();
    let mut ids = repository.unreadable().unwrap_or_default();
    ids.retain(|found| !wanted.is_empty() && found.starts_with(&wanted));
    ids
}

/// Notes in the database, where there is one, that these snapshots were found damaged. What was found is told either
/// way; a database that cannot be told is no reason to keep it back.
fn note_damage(ctx: &mut Context, verb: &'static str, ids: &[String], detail: &str) {
    if ids.is_empty() || ctx.globals.dry_run || ctx.url().is_err() || ctx.db().is_err() {
        return;
    }
    let at = ctx.clock.now();
    let noted = ctx.write(|db, log| {
        if backup_runs::damaged(db, ids, at)? > 0 {
            log.push(Entry {
                verb,
                table: Some("backup_run"),
                key: ids.first().map(|id| id[..8.min(id.len())].to_owned()),
                old: None,
                new: Some(json!({ "damaged": ids, "detail": detail })),
            });
        }
        Ok(())
    });
    if let Err(error) = noted {
        ctx.remark(&say!("backup-damage-not-noted", detail = format!("{error:#}")));
    }
}

/// What the database is to remember of a snapshot; without a manifest where it cannot be read.
fn record_of(
    snapshot: &Snapshot,
    folder: &Path,
    target: &str,
    began: Instant,
    ended: Instant,
    manifest: Option<&Manifest>,
) -> NewBackupRun {
    NewBackupRun {
        snapshot_id: Some(snapshot.id.clone()),
        repository: place_of(folder),
        kind: "full".to_owned(),
        target: target.to_owned(),
        started_at: began,
        finished_at: ended,
        status: "ok".to_owned(),
        bytes: Some(i64::try_from(snapshot.bytes).unwrap_or(i64::MAX)),
        added_bytes: Some(i64::try_from(snapshot.added_bytes).unwrap_or(i64::MAX)),
        manifest_sha256: manifest.map(|manifest| hex(&Sha256::digest(manifest.to_bytes()))),
        verified_at: None,
        label: Some(snapshot.label.clone()).filter(|label| !label.is_empty()),
    }
}

/// A database as a command names it that others may read: without its password, which libpq asks for or finds in
/// ~/.pgpass, and with any other secret hidden.
fn named_openly(url: &Url) -> String {
    match url {
        Url::Sqlite(path) => path.display().to_string(),
        Url::Postgres(text) => Url::parse(&without_password(text).0).shown(),
    }
}

/// Where the repository is and how it opens.
#[derive(Debug, clap::Args)]
pub(crate) struct RepositoryArgs {
    /// Backup repository (folder)
    #[arg(long, value_name = "FOLDER")]
    repository: Option<PathBuf>,
    /// File with the repository's password
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl RepositoryArgs {
    pub(crate) fn folder(&self, ctx: &Context) -> Result<PathBuf> {
        self.repository.clone().or_else(|| ctx.config.path("backup.repository")).ok_or_else(|| {
            Failure::new("backup.no-repository", Exit::Usage, say!("backup-no-repository")).hint(say!("backup-no-repository-hint")).into()
        })
    }

    /// `--password-file`, the configuration, a systemd credential, or the terminal.
    fn password(&self, ctx: &Context, new: bool) -> Result<String> {
        ctx.password(self.password_source(ctx).as_deref(), &say!("backup-password"), new)
    }

    /// The file the password comes from; none where the terminal is asked.
    pub(crate) fn password_source(&self, ctx: &Context) -> Option<PathBuf> {
        let credential =
            std::env::var_os("CREDENTIALS_DIRECTORY").map(|folder| PathBuf::from(folder).join("swj.backup")).filter(|path| path.is_file());
        self.password_file.clone().or_else(|| ctx.config.path("backup.password_file")).or(credential)
    }

    fn open(&self, ctx: &Context, purpose: Purpose) -> Result<Repository> {
        let folder = self.folder(ctx)?;
        let refuse = |error| faults::of_repository(&folder, error);
        let actor = ctx.actor();
        let who = format!("{}@{} pid {} {}", actor.login_or_user(), actor.host, std::process::id(), ctx.clock.now());
        let watcher = Arc::new(watch::Bars::new(ctx.globals.quiet || ctx.format().is_machine()));
        let password = self.password(ctx, false)?;
        // A dry run changes nothing, whatever it is for, and meets what the command itself would.
        if ctx.globals.dry_run {
            let free = Repository::could_be_opened(&folder, purpose, &who);
            let repository = Repository::open(&folder, &password, watcher, Purpose::Read, &who).map_err(refuse)?;
            free.map_err(refuse)?;
            return Ok(repository);
        }
        Ok(Repository::open(&folder, &password, watcher, purpose, &who).map_err(refuse)?)
    }
}

#[cfg(test)]
mod tests {
    use super::named_openly;
    use crate::db::Url;

    #[test]
    fn no_secret_stands_where_others_read() {
        let named = |text: &str| named_openly(&Url::parse(text));
        assert_eq!(named("postgres://swj:geheim@db/oa?password=geheim&sslpassword=geheim"), "postgres://swj@db/oa?sslpassword=***");
        assert_eq!(named("postgres:///oa?host=/run&password=geheim"), "postgres:///oa?host=/run");
        assert_eq!(named("oa.db"), "oa.db");
    }
}
