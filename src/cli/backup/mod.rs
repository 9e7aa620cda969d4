//! `swj backup`: snapshots of the database, and bringing one back.

mod copy;
mod drill;
mod init;
mod key;
mod leftover;
mod list;
mod prune;
mod repair;
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
use crate::db::backup_runs::{self, Damage, NewBackupRun};
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
    Repair(repair::Args),
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
            Self::Repair(args) => repair::run(ctx, args),
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
        let gone = ctx.any_db().and_then(|mut db| vanished(&mut db, &repository).ok()).unwrap_or_default();
        if let Some(id) = gone.into_iter().next() {
            return Err(refuse(RepositoryError::Damaged(Fault::SnapshotMissing(id))).into());
        }
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
    let ours = ctx.url().map(|url| names_of_url(&url)).unwrap_or_default();
    let of_mine = all.iter().filter(|snapshot| mine.is_some() && snapshot.database() == mine.as_deref());
    if let Some(found) = of_mine.max_by_key(|snapshot| snapshot.order()) {
        return of_our_name(found, &ours);
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
    databases.dedup();
    let names_of_one = databases.len() > 1 && databases.windows(2).all(|two| two[0].0 == two[1].0);
    if names_of_one && let Some(found) = all.iter().max_by_key(|snapshot| snapshot.order()) {
        return of_our_name(found, &ours);
    }
    databases.dedup_by_key(|(id, _)| *id);
    if databases.len() > 1 {
        let names: Vec<&str> = databases.into_iter().map(|(_, name)| name).collect();
        return Err(Failure::new("backup.several-databases", Exit::Usage, say!("backup-several-databases", names = names.join(", ")))
            .hint(say!("backup-several-databases-hint"))
            .into());
    }
    all.into_iter().max_by_key(Snapshot::order).ok_or_else(|| refuse(RepositoryError::NoSuchSnapshot(id.to_owned())).into())
}

/// What snapshots of a database call it: its name, and that of the file a link leads to.
fn names_of_url(url: &Url) -> Vec<String> {
    let mut names = vec![name_in_tags(url)];
    if let Url::Sqlite(path) = url
        && let Ok(real) = path.canonicalize()
    {
        names.push(name_in_tags(&Url::Sqlite(real)));
    }
    names
}

/// A database's name as it stands in a tag.
fn name_in_tags(url: &Url) -> String {
    url.name().replace(',', " ")
}

/// A restored copy has the identity of what it is a copy of: its newest snapshot is not production's latest.
fn of_our_name(newest: &Snapshot, ours: &[String]) -> Result<Snapshot> {
    match newest.database_name() {
        Some(name) if !ours.iter().any(|our| our == name) => {
            let said = say!("backup-another-name", newest = name.to_owned(), ours = ours.first().cloned().unwrap_or_default());
            Err(Failure::new("backup.another-name", Exit::Conflict, said)
                .hint(say!("backup-another-name-hint", id = newest.short_id.clone()))
                .into())
        }
        _ => Ok(newest.clone()),
    }
}

/// The snapshots the database noted in this repository whose files are not there: what a pruning removes it notes.
fn vanished(db: &mut Db, repository: &Repository) -> Result<Vec<String>> {
    // What is held first: a backup running beside notes a snapshot only once it is there.
    let names = names_of(db, repository.folder())?;
    let mut held: Vec<String> = backup_runs::held(db)?.into_iter().filter(|(name, _)| names.contains(name)).map(|(_, id)| id).collect();
    let refuse = |error| faults::of_repository(repository.folder(), error);
    let there = repository.list().map_err(refuse)?;
    let unreadable = repository.unreadable().map_err(refuse)?;
    held.retain(|id| !unreadable.contains(id) && !there.iter().any(|snapshot| snapshot.id == *id));
    held.sort_unstable();
    held.dedup();
    Ok(held)
}

/// The same where the database can be asked; none where it cannot.
fn vanished_where_known(ctx: &mut Context, repository: &Repository) -> Vec<String> {
    if ctx.url().is_err() {
        return Vec::new();
    }
    ctx.db().and_then(|db| vanished(db, repository)).unwrap_or_default()
}

/// The snapshots that need what these faults name; all of them where no index tells.
fn needing(repository: &Repository, faults: &[Fault]) -> Result<Vec<String>> {
    if faults.is_empty() {
        return Ok(Vec::new());
    }
    match repository.needing(faults) {
        Err(RepositoryError::Damaged(_)) => {
            let all = repository.list().map_err(|error| faults::of_repository(repository.folder(), error))?;
            Ok(all.into_iter().map(|snapshot| snapshot.id).collect())
        }
        found => Ok(found.map_err(|error| faults::of_repository(repository.folder(), error))?),
    }
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
fn note_damage(ctx: &mut Context, verb: &'static str, ids: &[String], damage: Damage, detail: &str) {
    if ids.is_empty() || ctx.globals.dry_run || ctx.url().is_err() || ctx.db().is_err() {
        return;
    }
    let at = ctx.clock.now();
    let noted = ctx.write(|db, log| {
        if backup_runs::damaged(db, ids, damage, at)? > 0 {
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
        read_at: None,
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

    /// `--password-file`, a systemd credential, the configuration, or the terminal.
    fn password(&self, ctx: &Context, new: bool) -> Result<String> {
        ctx.password(self.password_source(ctx).as_deref(), &say!("backup-password"), new)
    }

    /// The file the password comes from; none where the terminal is asked.
    pub(crate) fn password_source(&self, ctx: &Context) -> Option<PathBuf> {
        let credential =
            std::env::var_os("CREDENTIALS_DIRECTORY").map(|folder| PathBuf::from(folder).join("swj.backup")).filter(|path| path.is_file());
        // Whoever runs as a unit may not read the file the configuration names: the credential is that file.
        self.password_file.clone().or(credential).or_else(|| ctx.config.path("backup.password_file"))
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
