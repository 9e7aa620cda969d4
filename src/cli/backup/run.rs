use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use super::leftover::{self, Scratch};
use super::{RepositoryArgs, name_in_tags, names_of, needing, note_damage, place_of, record_of, swap};
use crate::backup::{
    Content, DATABASE_POSTGRES, DATABASE_SQLITE, DATABASE_TAG, Dump, Entry, HOW_TO, HOW_TO_PATH, MANIFEST, Manifest, NAME_TAG, Occasion,
    Purpose, RUN_TAG, Repository, RepositoryError, Snapshot, tool_missing, tool_version,
};
use crate::cli::columns::{left, report, right};
use crate::cli::faults;
use crate::clock::Clock;
use crate::context::{Context, Outcome};
use crate::db::backup_runs::{self, Damage, NewBackupRun};
use crate::db::{Db, DbError, Instant, Url, copy_file, digests, digests_at_rest, engine, settings};
use crate::failure::{Exit, Failure, of_file};
use crate::ledger;
use crate::say;
use crate::threads::ended;
use crate::view::Cell;

/// Back up the database, the attachments and the configuration as one snapshot
///
/// Writers are not held up. The snapshot carries a manifest with row counts and
/// digests of every table, taken in the same moment.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    repository: RepositoryArgs,
    /// Label kept with the snapshot
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    ctx.fits(&report("backup.run", columns()))?;
    let folder = args.repository.folder(ctx)?;
    let began = ctx.clock.now();
    let repository = args.repository.open(ctx, Purpose::Add).inspect_err(|error| {
        // A night without a backup, whatever kept it from beginning.
        if !ctx.globals.dry_run {
            let _ = note_failure(ctx, &folder, began, error);
        }
    })?;
    let url = ctx.url()?;
    if ctx.globals.dry_run {
        ctx.db()?;
        attachments_are_there(ctx)?;
        if matches!(url, Url::Postgres(_)) {
            tool_version("pg_dump").map_err(|error| missing_tool("pg_dump", error))?;
        }
        ctx.show(report("backup.run", columns()))?;
        ctx.remark(&say!("dry-run"));
        return Ok(Outcome::Done);
    }
    leftover::sweep(ctx, &url);
    let made = attachments_are_there(ctx).and_then(|()| match &url {
        Url::Sqlite(path) => of_sqlite(ctx, &repository, path, args.label.as_deref()),
        Url::Postgres(text) => of_postgres(ctx, &repository, text, args.label.as_deref()),
    });
    let (snapshot, manifest, vanished) = made.inspect_err(|error| {
        // The audit is to see it tomorrow; where even that cannot be written, what went wrong first is what is told.
        let _ = note_failure(ctx, &folder, began, error);
    })?;
    let record = record_of(&snapshot, &folder, "local", began, Clock::new(None).now(), Some(&manifest));
    let noted = patiently(|| {
        ctx.write(|db, log| {
            backup_runs::add(db, &record)?;
            log.push(ledger::Entry {
                verb: "backup run",
                table: Some("backup_run"),
                key: Some(snapshot.short_id.clone()),
                old: None,
                new: Some(
                    json!({ "snapshot": snapshot.id, "repository": record.repository, "rows": manifest.rows, "log_head": manifest.log_head }),
                ),
            });
            Ok(())
        })
    });
    let mut report = report("backup.run", columns());
    report.push(vec![
        snapshot.short_id.clone().into(),
        began.rfc3339().into(),
        manifest.engine.clone().into(),
        Cell::Int(manifest.tables.len() as i64),
        manifest.rows.into(),
        snapshot.bytes.into(),
        snapshot.added_bytes.into(),
        args.label.clone().into(),
    ]);
    for path in &vanished {
        report.warn("vanished", path);
    }
    ctx.show(report.with_summary("vanished", vanished.len()))?;
    ctx.remark(&say!("backup-run-done", id = snapshot.short_id.clone()));
    if !vanished.is_empty() {
        const SHOWN: usize = 5;
        let mut named = vanished.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
        if vanished.len() > SHOWN {
            named.push_str(" …");
        }
        ctx.remark(&say!("backup-vanished", n = vanished.len(), paths = named));
    }
    match beside_damage(ctx, &repository, &snapshot) {
        Ok(Leaning::Nothing) => {}
        Ok(Leaning::Beside(faults)) => {
            ctx.remark(&say!("backup-run-beside-damage", faults = faults));
            return Ok(Outcome::LookAtIt);
        }
        Ok(Leaning::On(faults)) => {
            ctx.remark(&say!("backup-run-on-damage", id = snapshot.short_id, faults = faults));
            return Ok(Outcome::Broken);
        }
        Err(error) => {
            ctx.remark(&say!("backup-run-unread", detail = format!("{error:#}")));
            return Ok(Outcome::LookAtIt);
        }
    }
    // The snapshot is there and whole, whether or not the database could be told.
    if let Err(error) = noted {
        ctx.remark(&say!("backup-run-not-noted", detail = format!("{error:#}")));
        return Ok(Outcome::LookAtIt);
    }
    Ok(if vanished.is_empty() { Outcome::Done } else { Outcome::LookAtIt })
}

/// How what was saved stands to damage the repository is known to hold.
enum Leaning {
    Nothing,
    /// It needs none of what is damaged.
    Beside(String),
    /// It does not come back whole: what was the same as before was not written again.
    On(String),
}

/// Where damage is known that no repair has set aside, looks again what of it there is, and whether the new snapshot needs
/// it.
fn beside_damage(ctx: &mut Context, repository: &Repository, snapshot: &Snapshot) -> Result<Leaning> {
    let refuse = |error| faults::of_repository(repository.folder(), error);
    let names = names_of(ctx.db()?, repository.folder())?;
    let Some(read) = backup_runs::unrepaired(ctx.db()?, &names)? else { return Ok(Leaning::Nothing) };
    let found = repository.harmed(read).map_err(refuse)?.faults;
    let needing = needing(repository, &found)?;
    let said = found.iter().map(faults::of_fault).collect::<Vec<_>>().join("; ");
    note_damage(ctx, "backup run", &needing, if read { Damage::All } else { Damage::Structure }, &said);
    Ok(match (found.is_empty(), needing.contains(&snapshot.id)) {
        (true, _) => Leaning::Nothing,
        (false, false) => Leaning::Beside(said),
        (false, true) => Leaning::On(said),
    })
}

/// Tries again for a minute while others keep the database busy.
pub(super) fn patiently(mut work: impl FnMut() -> Result<()>) -> Result<()> {
    let began = std::time::Instant::now();
    loop {
        match work() {
            Err(error)
                if matches!(error.downcast_ref::<DbError>(), Some(DbError::Busy(_))) && began.elapsed() < Duration::from_secs(60) => {}
            other => return other,
        }
    }
}

fn note_failure(ctx: &mut Context, folder: &Path, began: Instant, error: &anyhow::Error) -> Result<()> {
    let record = NewBackupRun {
        snapshot_id: None,
        repository: place_of(folder),
        kind: "full".to_owned(),
        target: "local".to_owned(),
        started_at: began,
        finished_at: Clock::new(None).now(),
        status: "failed".to_owned(),
        bytes: None,
        added_bytes: None,
        manifest_sha256: None,
        verified_at: None,
        read_at: None,
        label: None,
    };
    let detail = format!("{error:#}");
    ctx.write(|db, log| {
        backup_runs::add(db, &record)?;
        log.push(ledger::Entry {
            verb: "backup run",
            table: Some("backup_run"),
            key: None,
            old: None,
            new: Some(json!({ "failed": detail })),
        });
        Ok(())
    })
}

fn columns() -> Vec<crate::view::Column> {
    vec![left("snapshot"), left("at"), left("engine"), right("tables"), right("rows"), right("bytes"), right("added_bytes"), left("label")]
}

/// What was saved, what it says of itself, and what vanished meanwhile.
type Made = (Snapshot, Manifest, Vec<String>);

/// A copy of the file beside the database, digested there and saved. The attachments are saved while it is made: its
/// moment comes before theirs, so what it speaks of is among them.
fn of_sqlite(ctx: &mut Context, repository: &Repository, path: &Path, label: Option<&str>) -> Result<Made> {
    let home = swap::folder_of(path);
    let staging = Scratch::new(leftover::RUN, home).map_err(|error| of_file(home, &error))?;
    let copy = staging.path().join(DATABASE_SQLITE);
    let about = engine::bytes(ctx.db()?)?;
    let database_id = settings::get(ctx.db()?, settings::DATABASE_ID)?.unwrap_or_default();
    let (at, host, files) = (ctx.clock.now().rfc3339(), ctx.actor().host, attachments(ctx).is_some());
    // Told twice: when the copy's moment is settled, and when it is whole.
    let (tell, told) = mpsc::channel();
    let took = OnceLock::new();
    let digest = || {
        let began = std::time::Instant::now();
        copy_file::<anyhow::Error>(path, &copy, || _ = tell.send(())).map_err(|error| match error.downcast::<std::io::Error>() {
            Ok(error) if error.kind() == std::io::ErrorKind::StorageFull => of_file(&copy, &error).into(),
            Ok(error) => of_file(path, &error).into(),
            Err(error) => error,
        })?;
        let _ = (took.set(began.elapsed()), tell.send(()));
        drop(tell);
        let copied = Url::Sqlite(copy.clone());
        let mut db = Db::open(&copied)?;
        // Digests read the rows; an index that could not be read would keep the database from coming back.
        let (broken, tables) = std::thread::scope(|scope| {
            let looked = scope.spawn(|| Db::open(&copied)?.passing_through(engine::broken_pages));
            let tables = digests_at_rest(&copied, |_| {});
            (ended(looked), tables)
        });
        let (broken, tables) = (broken?, tables?);
        if !broken.is_empty() {
            return Err(DbError::Malformed(format!("{}: {}", path.display(), broken.join(", "))).into());
        }
        Ok(Manifest::of(&mut db, tables, at, host, files)?)
    };
    let made = together(digest, |manifest, stop| {
        // Where it is never told, the copy was not made, which its own thread explains.
        let _ = told.recv();
        let ready = copy.clone();
        let whole = move || told.recv().map(|()| ready).map_err(|_| std::io::Error::other("the copy was not made"));
        let database = Entry { path: DATABASE_SQLITE.into(), content: Content::FileLater(Box::new(whole), about) };
        save(ctx, repository, entries(ctx, manifest, database), &database_id, label, stop)
    })?;
    if let Some(took) = took.get().filter(|_| ctx.globals.verbose > 0) {
        ctx.remark(&say!("backup-copied-beside", seconds = format!("{:.3}", took.as_secs_f64())));
    }
    Ok(made)
}

/// Digests and dump see the same exported snapshot; the dump is piped, never on our disk.
fn of_postgres(ctx: &mut Context, repository: &Repository, url: &str, label: Option<&str>) -> Result<Made> {
    ctx.db()?;
    let mut db = Db::open(&Url::Postgres(url.to_owned()))?;
    db.one_picture(|db| {
        let exported = engine::export_snapshot(db)?;
        let about = engine::bytes_of_rows(db)?;
        let database_id = settings::get(db, settings::DATABASE_ID)?.unwrap_or_default();
        let (at, host, files) = (ctx.clock.now().rfc3339(), ctx.actor().host, attachments(ctx).is_some());
        let dump = Dump::start(url, &exported).map_err(|error| missing_tool("pg_dump", error))?;
        together(
            || {
                let tables = digests(db, |_| {})?;
                Ok(Manifest::of(db, tables, at, host, files)?)
            },
            |manifest, stop| {
                // What pg_dump refuses it refuses at its first word: not to be heard only after all attachments are saved.
                let mut dump = BufReader::new(dump);
                dump.fill_buf().map_err(|error| faults::of_repository(repository.folder(), RepositoryError::Io(error)))?;
                let database = Entry { path: DATABASE_POSTGRES.into(), content: Content::Pipe(Box::new(dump), about) };
                save(ctx, repository, entries(ctx, manifest, database), &database_id, label, stop)
            },
        )
    })
}

/// Digests while it saves: the manifest is the last thing of a snapshot, and most of what a run costs.
fn together(
    digest: impl FnOnce() -> Result<Manifest> + Send,
    save: impl FnOnce(Entry, &Arc<AtomicBool>) -> Result<(Snapshot, Vec<String>)>,
) -> Result<Made> {
    let (tell, told) = mpsc::channel();
    let make = move || told.recv().map_err(|_| std::io::Error::other("the digests were not made"));
    let stop = Arc::new(AtomicBool::new(false));
    let stop_saving = Arc::clone(&stop);
    std::thread::scope(|scope| {
        let digesting = scope.spawn(move || {
            let manifest = digest().inspect_err(|_| stop_saving.store(true, Ordering::Relaxed))?;
            // Who saves may have given up meanwhile, and says why.
            let _ = tell.send(manifest.to_bytes());
            anyhow::Ok(manifest)
        });
        // From here on we, and the threads that save for us, give way to who digests: a large table is the work of one thread,
        // what is saved of many.
        let _ = rustix::process::nice(5);
        let saved = save(Entry { path: MANIFEST.into(), content: Content::Later(Box::new(make)) }, &stop);
        let manifest = ended(digesting)?;
        let (snapshot, vanished) = saved?;
        Ok((snapshot, manifest, vanished))
    })
}

/// The folder of attachments, if one is configured.
fn attachments(ctx: &Context) -> Option<PathBuf> {
    ctx.config.path("attachments.folder")
}

/// A folder that is configured and not there, such as one that is not mounted tonight, is no backup without it.
fn attachments_are_there(ctx: &Context) -> Result<()> {
    let Some(folder) = attachments(ctx) else { return Ok(()) };
    let refuse = |error| of_file(&folder, &error).hint(say!("backup-attachments-hint"));
    std::fs::read_dir(&folder).map_err(refuse)?;
    // Who closes the file as an attachment loses every lock we have on it as a database, and half of it would be saved.
    if let Url::Sqlite(path) = ctx.url()?
        && path.canonicalize().is_ok_and(|path| folder.canonicalize().is_ok_and(|folder| path.starts_with(folder)))
    {
        let said = say!("backup-attachments-hold-database", folder = folder.display().to_string(), database = path.display().to_string());
        return Err(Failure::new("backup.attachments-hold-database", Exit::Conflict, said)
            .hint(say!("backup-attachments-hold-database-hint"))
            .into());
    }
    Ok(())
}

fn entries(ctx: &Context, manifest: Entry, database: Entry) -> Vec<Entry> {
    let mut entries = vec![database, manifest];
    let config: String =
        ctx.config.all().map(|(key, value)| format!("# {}\n{key} = {:?}\n", value.origin, shown(key, &value.text))).collect();
    entries.push(Entry { path: "config.toml".into(), content: Content::Bytes(config.into_bytes()) });
    entries.push(Entry { path: HOW_TO_PATH.into(), content: Content::Bytes(HOW_TO.into()) });
    if let Some(folder) = attachments(ctx) {
        entries.push(Entry { path: "attachments".into(), content: Content::Folder(folder) });
    }
    entries
}

/// A snapshot is encrypted, yet no database password belongs in it.
fn shown(key: &str, text: &str) -> String {
    if key == "database.url" && !text.is_empty() { Url::parse(text).shown() } else { text.to_owned() }
}

fn save(
    ctx: &Context,
    repository: &Repository,
    entries: Vec<Entry>,
    database_id: &str,
    label: Option<&str>,
    stop: &Arc<AtomicBool>,
) -> Result<(Snapshot, Vec<String>)> {
    let at = ctx.clock.now().timestamp();
    // A repository may hold several databases: `latest` is the latest of one.
    let (database, name) = (format!("{DATABASE_TAG}{database_id}"), format!("{NAME_TAG}{}", name_in_tags(&ctx.url()?)));
    let refuse = |error| faults::of_repository(repository.folder(), error);
    let before = repository.list().map_err(refuse)?;
    let newest = before.iter().filter(|old| old.database() == Some(database_id)).max_by_key(|old| old.order());
    if newest.is_some_and(|newest| newest.time > at) {
        ctx.remark(&say!("backup-clock-back"));
    }
    let run = format!("{RUN_TAG}{}", newest.map_or(0, |newest| newest.order().0) + 1);
    let (label, host, tags) = (label.unwrap_or_default(), ctx.actor().host, ["swj", &database, &name, &run]);
    Ok(repository.save(entries, &Occasion { label, host: &host, time: at, tags: &tags, stop }).map_err(refuse)?)
}

/// `pg_dump` or `psql` is not installed: says which package has it.
pub(super) fn missing_tool(name: &str, error: std::io::Error) -> anyhow::Error {
    if tool_missing(&error) {
        return Failure::new("backup.tool-missing", Exit::Failed, say!("backup-tool-missing", tool = name))
            .hint(say!("backup-tool-missing-hint"))
            .into();
    }
    // What the server or the way to it lacked says nothing of what was to be read in.
    let code = if error.kind() == std::io::ErrorKind::Other { "backup.tool-failed" } else { "backup.tool-stopped" };
    Failure::new(code, Exit::Failed, say!("backup-tool-failed", detail = error.to_string())).into()
}
