use std::path::Path;

use anyhow::Result;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::staging::{Staging, manifest_of};
use super::{RepositoryArgs, chosen};
use crate::backup::{Manifest, Proof, Snapshot, prove};
use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};
use crate::db::{self, Db, DbError, Instant, Url, audit_logs, backup_runs, engine, hex};
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
    let repository = args.repository.open(ctx)?;
    let target = match &args.to {
        Some(text) => Url::parse(text),
        None => ctx.url()?,
    };
    let snapshot = chosen(ctx, &repository, &args.snapshot)?;
    let manifest = manifest_of(&repository, &snapshot)?;
    if manifest.is_newer_than_us()? {
        return Err(Failure::new("backup.newer", Exit::Conflict, say!("backup-newer", version = manifest.schema_version.clone()))
            .hint(say!("database-newer-hint"))
            .into());
    }
    let there = target_state(&target, &manifest)?;
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

    let stamp = ctx.clock.now().local().strftime("%Y%m%d%H%M%S").to_string();
    let progress = ctx.progress(&say!("progress-restoring"), None);
    let staging = Staging::fill(&repository, &snapshot, &manifest, &target, &stamp)?;
    drop(progress);
    let (proofs, faults) = examine(ctx, &staging.url, &manifest)?;
    let holds = faults.is_empty() && proofs.iter().all(Proof::holds);
    let report = proof_report(&proofs, &faults);
    if !holds {
        ctx.show(report)?;
        ctx.remark(&say!("backup-proof-failed"));
        return Ok(Outcome::Broken);
    }
    let undo = staging.swap(there.exists)?;
    ctx.use_database(Db::open(&target)?);
    // The snapshot was made before its own record was written: the database that came back is told of it.
    let record = backup_runs::NewBackupRun {
        snapshot_id: snapshot.id.clone(),
        repository: args.repository.folder(ctx)?.display().to_string(),
        kind: "full".to_owned(),
        target: "local".to_owned(),
        started_at: Instant::new(snapshot.time),
        finished_at: Instant::new(snapshot.time),
        status: "ok".to_owned(),
        bytes: i64::try_from(snapshot.bytes).unwrap_or(i64::MAX),
        added_bytes: i64::try_from(snapshot.added_bytes).unwrap_or(i64::MAX),
        manifest_sha256: hex(&Sha256::digest(manifest.to_bytes())),
        label: Some(snapshot.label.clone()).filter(|label| !label.is_empty()),
    };
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
    Ok(Outcome::Done)
}

/// What stands where the database is to go.
struct There {
    exists: bool,
    /// Log entries written since the snapshot, if it is the same database; what a restore loses.
    newer_entries: Option<i64>,
}

fn target_state(target: &Url, manifest: &Manifest) -> Result<There> {
    match Db::open(target) {
        Err(DbError::NoSuchDatabase(_)) => Ok(There { exists: false, newer_entries: None }),
        // Damaged or foreign: that is why one restores; it is set aside all the same.
        Err(DbError::NotADatabase(_)) => Ok(There { exists: true, newer_entries: None }),
        Err(error) => Err(error.into()),
        Ok(mut db) => {
            let entries = audit_logs::count(&mut db).ok();
            Ok(There { exists: true, newer_entries: entries.map(|now| (now - manifest.log_entries).max(0)) })
        }
    }
}

fn plan(snapshot: &Snapshot, manifest: &Manifest, target: &Url, there: &There) -> Report {
    let mut report = report("backup.restore", vec![left("field"), left("value")]);
    let mut line = |field: &str, value: String| report.push(vec![field.into(), value.into()]);
    line("snapshot", snapshot.short_id.clone());
    line("made_at", manifest.created_at.clone());
    line("host", manifest.host.clone());
    line("engine", format!("{} {}", manifest.engine, manifest.engine_version));
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

/// Damage, digests and log chain of the restored database, then its migration if it is older.
pub(super) fn examine(ctx: &Context, url: &Url, manifest: &Manifest) -> Result<(Vec<Proof>, Vec<String>)> {
    let mut db = Db::open(url)?;
    let mut faults = engine::damage(&mut db)?;
    let progress = ctx.progress(&say!("progress-digesting"), Some(manifest.rows));
    let found = db::digests(&mut db, |digest| progress.advance(digest.rows))?;
    let proofs = prove(&manifest.tables, &found);
    let verdict = ledger::verify(&mut db, |_| {})?;
    if let Some((no, _)) = verdict.broken {
        faults.push(say!("log-broken", no = no.to_string()));
    }
    if faults.is_empty() && proofs.iter().all(Proof::holds) {
        db::migrate(&mut db)?;
    }
    Ok((proofs, faults))
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
