//! `swj backup`: snapshots of the database, and bringing one back.

mod copy;
mod drill;
mod init;
mod key;
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

use sha2::{Digest, Sha256};

use super::faults;
use crate::backup::{Manifest, Purpose, Repository, RepositoryError, Snapshot, without_password};
use crate::context::{Context, Outcome};
use crate::db::backup_runs::NewBackupRun;
use crate::db::{Db, Instant, Url, hex, settings};
use crate::failure::{Exit, Failure};
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
        let all = repository.list().map_err(|error| faults::of_repository(&folder, error))?;
        Ok(all.len())
    }))
}

/// The snapshot of this id; `latest` is the latest of the database in use. Where that one is lost and the repository
/// holds several, it must be named.
fn chosen(ctx: &Context, repository: &Repository, id: &str) -> Result<Snapshot> {
    let refuse = |error| faults::of_repository(repository.folder(), error);
    if id != "latest" {
        return Ok(repository.find(id).map_err(refuse)?);
    }
    let all = repository.readable().map_err(refuse)?;
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

/// What the database is to remember of a snapshot.
fn record_of(snapshot: &Snapshot, folder: &Path, target: &str, began: Instant, ended: Instant, manifest: &Manifest) -> NewBackupRun {
    NewBackupRun {
        snapshot_id: Some(snapshot.id.clone()),
        repository: folder.display().to_string(),
        kind: "full".to_owned(),
        target: target.to_owned(),
        started_at: began,
        finished_at: ended,
        status: "ok".to_owned(),
        bytes: Some(i64::try_from(snapshot.bytes).unwrap_or(i64::MAX)),
        added_bytes: Some(i64::try_from(snapshot.added_bytes).unwrap_or(i64::MAX)),
        manifest_sha256: Some(hex(&Sha256::digest(manifest.to_bytes()))),
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
        // A dry run changes nothing, whatever it is for.
        let purpose = if ctx.globals.dry_run { Purpose::Read } else { purpose };
        let actor = ctx.actor();
        let who = format!("{}@{} pid {} {}", actor.login_or_user(), actor.host, std::process::id(), ctx.clock.now());
        let watcher = Arc::new(watch::Bars::new(ctx.globals.quiet || ctx.format().is_machine()));
        Repository::open(&folder, &self.password(ctx, false)?, watcher, purpose, &who)
            .map_err(|error| super::faults::of_repository(&folder, error).into())
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
