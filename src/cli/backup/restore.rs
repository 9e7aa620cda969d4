use std::path::Path;

use anyhow::Result;
use serde_json::json;

use super::staging::{Staging, manifest_of};
use super::{RepositoryArgs, chosen, record_of, swap};
use crate::backup::{Manifest, Proof, Purpose, Snapshot, prove};
use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};
use crate::db::{self, Db, DbError, Instant, TableDigest, Url, audit_logs, backup_runs, engine, settings};
use crate::failure::{Exit, Failure};
use crate::ledger::{self, Entry};
use crate::say;
use crate::view::{Cell, Report};

/// Bring a snapshot back as a database, prove it, and only then put it in place
///
/// Nothing is written over: the database is restored beside the target, its damage,
/// row counts, digests and log chain are checked, and a target that exists is set
/// aside by rename. The last line is the command that takes it all back.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Snapshot, or latest
    snapshot: String,
    /// Target: a file or postgres://…; -d if not given
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    #[command(flatten)]
    repository: RepositoryArgs,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    if !ctx.globals.dry_run {
        ctx.fits(&proof_report(&[], &[]))?;
    }
    let repository = args.repository.open(ctx, Purpose::Read)?;
    let target = match &args.to {
        Some(text) => Url::parse(text),
        None => ctx.url()?,
    };
    let target = swap::real(target)?;
    let snapshot = chosen(ctx, &repository, &args.snapshot)?;
    let manifest = manifest_of(&repository, &snapshot)?;
    if manifest.is_newer_than_us()? {
        return Err(Failure::new("backup.newer", Exit::Conflict, say!("backup-newer", version = manifest.schema_version.clone()))
            .hint(say!("database-newer-hint"))
            .into());
    }
    let there = target_state(&target, &snapshot, &manifest)?;
    let plan = plan(&snapshot, &manifest, &target, &there);
    if ctx.globals.dry_run {
        ctx.show(plan)?;
        ctx.remark(&say!("dry-run"));
        return Ok(Outcome::Done);
    }
    if there.exists {
        ctx.show_plan(&plan)?;
        ctx.go_ahead_by_name(&target.name())?;
    }
    enough_space(&target, &snapshot)?;
    for left in swap::named_beside(&target, "restoring").unwrap_or_default() {
        ctx.remark(&say!("backup-left-behind", name = left));
    }

    let stamp = swap::fresh_stamp(&target, ctx.clock.now())?;
    if swap::orphaned_logs(&target) {
        ctx.remark(&say!("backup-orphaned-logs", aside = swap::name_beside(&target, "before", &stamp)));
    }
    let staging = Staging::fill(ctx, &repository, &snapshot, &manifest, &target, &stamp)?;
    let examined = examine(ctx, &staging.url, &manifest.tables)?;
    let report = proof_report(&examined.proofs, &examined.damage);
    if !examined.same() {
        ctx.show(report)?;
        ctx.remark(&say!("backup-proof-failed"));
        return Ok(Outcome::Broken);
    }
    let undo = staging.swap(there.exists)?;
    ctx.use_database(Db::open(&target)?);
    // The snapshot was made before its own record was written: the database that came back is told of it.
    let at = Instant::new(snapshot.time);
    let record = record_of(&snapshot, &args.repository.folder(ctx)?, "local", at, at, &manifest);
    ctx.write(|db, log| {
        backup_runs::remember(db, &record)?;
        log.push(Entry {
            verb: "backup restore",
            table: None,
            key: Some(snapshot.short_id.clone()),
            old: None,
            new: Some(json!({ "snapshot": snapshot.id, "made_at": manifest.created_at, "set_aside": undo.as_ref().map(|(aside, _)| aside.clone()) })),
        });
        Ok(())
    })?;
    ctx.show(report)?;
    ctx.remark(&say!("backup-restored", id = snapshot.short_id, target = target.shown(), rows = manifest.rows.to_string()));
    if let Some((aside, command)) = undo {
        ctx.remark(&say!("backup-set-aside", aside = aside));
        ctx.remark(&say!("backup-undo", command = command));
    }
    match examined.log {
        Some(fault) => {
            ctx.remark(&fault);
            ctx.remark(&say!("backup-log-was-broken"));
            Ok(Outcome::LookAtIt)
        }
        None => Ok(Outcome::Done),
    }
}

/// What stands where the database is to go.
struct There {
    exists: bool,
    /// Log entries written since the snapshot, if it is the same database; what a restore loses.
    newer_entries: Option<i64>,
}

fn target_state(target: &Url, snapshot: &Snapshot, manifest: &Manifest) -> Result<There> {
    match Db::open(target) {
        Err(DbError::NoSuchDatabase(_)) => Ok(There { exists: false, newer_entries: None }),
        // Damaged or foreign: that is why one restores; it is set aside all the same.
        Err(DbError::NotADatabase(_) | DbError::Malformed(_)) => Ok(There { exists: true, newer_entries: None }),
        Err(error) => Err(error.into()),
        Ok(mut db) => {
            // Of another database's entries nothing can be said, but that they all go.
            let id = settings::get(&mut db, settings::DATABASE_ID).ok().flatten();
            let entries = audit_logs::count(&mut db).ok().filter(|_| id.is_some() && id.as_deref() == snapshot.database());
            Ok(There { exists: true, newer_entries: entries.map(|now| (now - manifest.log_entries).max(0)) })
        }
    }
}

fn plan(snapshot: &Snapshot, manifest: &Manifest, target: &Url, there: &There) -> Report {
    let mut report = report("backup.restore", vec![left("field"), left("value")]);
    let mut line = |field: &str, value: String| report.push(vec![field.into(), value.into()]);
    line("snapshot", snapshot.short_id.clone());
    line("made_at", manifest.created_at.clone());
    line("database", snapshot.database_name().unwrap_or("-").to_owned());
    line("host", manifest.host.clone());
    line("engine", format!("{} {}", manifest.engine, manifest.engine_version));
    if manifest.engine != target.engine().name() {
        line("copied_as_rows", format!("{} -> {}", manifest.engine, target.engine().name()));
    }
    line("tables", manifest.tables.len().to_string());
    line("rows", manifest.rows.to_string());
    line("bytes", snapshot.bytes.to_string());
    line("target", target.shown());
    line("target_exists", there.exists.to_string());
    line("log_entries_lost", there.newer_entries.map_or_else(|| "-".to_owned(), |n| n.to_string()));
    line("free_bytes", free_bytes(target).map_or_else(|| "-".to_owned(), |n| n.to_string()));
    // Read, decrypt, write and digest together were measured at 30 to 60 MB a second.
    line("minutes_about", (snapshot.bytes / 30_000_000 / 60 + 1).to_string());
    report
}

fn free_bytes(target: &Url) -> Option<u64> {
    let Url::Sqlite(path) = target else { return None };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    rustix::fs::statvfs(folder).ok().map(|fs| fs.f_bavail * fs.f_frsize)
}

fn enough_space(target: &Url, snapshot: &Snapshot) -> Result<()> {
    match free_bytes(target) {
        Some(free) if free < snapshot.bytes => Err(Failure::new(
            "backup.no-space",
            Exit::Failed,
            say!("backup-no-space", free = free.to_string(), needed = snapshot.bytes.to_string()),
        )
        .into()),
        _ => Ok(()),
    }
}

/// What the proof of a database that came back, or was copied, has shown.
pub(crate) struct Examined {
    pub(crate) proofs: Vec<Proof>,
    /// What the engine found damaged.
    pub(crate) damage: Vec<String>,
    /// Where the log's chain is broken. With every table equal it was broken before: something to look into, and no
    /// reason to leave the office without its database.
    pub(crate) log: Option<String>,
}

impl Examined {
    /// Whether it is the database that was promised.
    pub(crate) fn same(&self) -> bool {
        self.damage.is_empty() && self.proofs.iter().all(Proof::holds)
    }
}

/// Damage, digests and log chain of the restored database, then its migration if it is older.
pub(crate) fn examine(ctx: &Context, url: &Url, promised: &[TableDigest]) -> Result<Examined> {
    let mut db = Db::open(url)?;
    let damage = engine::damage(&mut db)?;
    let progress = ctx.progress(&say!("progress-digesting"), Some(promised.iter().map(|digest| digest.rows).sum()));
    let found = db::digests(&mut db, |rows| progress.advance(rows))?;
    drop(progress);
    let proofs = prove(promised, &found);
    let verdict = ledger::verify(&mut db, |_| {})?;
    let log = verdict.broken.map(|(no, _)| say!("log-broken", no = no.to_string()));
    let examined = Examined { proofs, damage, log };
    if examined.same() {
        db::migrate(&mut db)?;
    }
    Ok(examined)
}

fn proof_report(proofs: &[Proof], faults: &[String]) -> Report {
    let mut report = report("backup.restore", vec![left("table"), right("rows_expected"), right("rows"), left("sha256"), left("equal")]);
    for proof in proofs {
        report.push(vec![
            proof.table.clone().into(),
            proof.expected.as_ref().map(|digest| digest.rows).map_or(Cell::Empty, Into::into),
            proof.found.as_ref().map(|digest| digest.rows).map_or(Cell::Empty, Into::into),
            proof.found.as_ref().map(|digest| digest.sha256.clone()).into(),
            Cell::Bool(proof.holds()),
        ]);
    }
    for fault in faults {
        report.warn("damage", fault);
    }
    let equal = proofs.iter().filter(|proof| proof.holds()).count();
    report.with_summary("tables", proofs.len()).with_summary("equal", equal)
}
