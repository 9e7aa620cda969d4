use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::json;

use super::staging::manifest_of;
use super::{RepositoryArgs, needing, place_of, record_of, vanished_where_known};
use crate::backup::{Copied, Fault, Purpose, Snapshot};
use crate::cli::columns::{left, report, right};
use crate::cli::faults;
use crate::clock::Clock;
use crate::context::{Context, Outcome};
use crate::db::backup_runs::{self, Damage, Looked, NewBackupRun};
use crate::db::{Instant, settings};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;

/// Copy to a second repository, off site, what it does not hold yet, and verify it there
///
/// The other repository has its own password; it is made with `swj backup init`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    repository: RepositoryArgs,
    /// The other repository (folder)
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// File with the other repository's password
    #[arg(long, value_name = "FILE")]
    to_password_file: PathBuf,
    /// Read every byte of the other repository afterwards
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    ctx.vet()?;
    let from = args.repository.folder(ctx)?;
    if place_of(&from) == place_of(&args.to) {
        return Err(Failure::new("backup.copy-same", Exit::Usage, say!("backup-copy-same")).hint(say!("backup-copy-same-hint")).into());
    }
    let here = args.repository.open(ctx, Purpose::Read)?;
    let other = RepositoryArgs { repository: Some(args.to.clone()), password_file: Some(args.to_password_file.clone()) };
    let there = other.open(ctx, Purpose::Add)?;
    let mut report = report("backup.copy", vec![left("snapshot"), left("at"), left("label"), right("bytes")]);
    let line = |snapshot: &Snapshot| {
        vec![
            snapshot.short_id.clone().into(),
            Instant::new(snapshot.time).rfc3339().into(),
            Some(snapshot.label.clone()).filter(|label| !label.is_empty()).into(),
            snapshot.bytes.into(),
        ]
    };
    if ctx.globals.dry_run {
        let wanted = here.not_yet_in(&there).map_err(|error| faults::of_repository(&args.to, error))?;
        wanted.iter().for_each(|snapshot| report.push(line(snapshot)));
        ctx.show(report)?;
        ctx.remark(&say!("dry-run"));
        return Ok(Outcome::Done);
    }
    let began = ctx.clock.now();
    let refuse_there = |error| faults::of_repository(&args.to, error);
    let Copied { snapshots: copied, faults: here_damaged, left_out } = here.copy_to(&there).map_err(refuse_there)?;
    // What cannot be read here is not there either, and somebody must know.
    let passed_over = here.unreadable().map_err(|error| faults::of_repository(here.folder(), error))?;
    let lost_here: Vec<String> = left_out.iter().map(|snapshot| snapshot.id.clone()).collect();
    let found = there.check(args.all).map_err(refuse_there)?;
    let mut lost = needing(&there, &found)?;
    lost.extend(there.unreadable().map_err(refuse_there)?);
    let gone = vanished_where_known(ctx, &there);
    lost.extend(gone.iter().cloned());
    // Where it is not said which, all that came is suspect.
    let nameless = found.iter().any(|fault| matches!(fault, Fault::Other(_)));
    let looked_at = if args.all { there.list().map_err(refuse_there)? } else { copied.clone() };
    let sound: Vec<&Snapshot> = looked_at.iter().filter(|snapshot| !nameless && !lost.contains(&snapshot.id)).collect();
    copied.iter().for_each(|snapshot| report.push(line(snapshot)));
    let at_home: Vec<String> = here_damaged.iter().map(faults::of_fault).collect();
    let missing = gone.iter().map(|id| faults::of_fault(&Fault::SnapshotMissing(id.clone())));
    let damage: Vec<String> = found.iter().map(faults::of_fault).chain(missing).collect();
    for fault in at_home.iter().chain(&damage) {
        report.warn("damage", fault);
    }
    if ctx.url().is_ok() && ctx.db().is_ok() {
        let ids: Vec<&str> = copied.iter().map(|snapshot| snapshot.id.as_str()).collect();
        let folder = place_of(&args.to);
        let id = settings::get(ctx.db()?, settings::DATABASE_ID)?;
        let known = backup_runs::known(ctx.db()?)?;
        // Those of other databases are for theirs to remember.
        let mut records = Vec::new();
        for snapshot in sound.iter().filter(|snapshot| id.is_some() && snapshot.database() == id.as_deref()) {
            if known.contains_key(&snapshot.id) {
                continue;
            }
            let now = Clock::new(None).now();
            let manifest = manifest_of(&there, snapshot)?;
            records.push(NewBackupRun { verified_at: Some(now), ..record_of(snapshot, &args.to, "offsite", began, now, Some(&manifest)) });
        }
        let sound: Vec<String> = sound.iter().map(|snapshot| snapshot.id.clone()).collect();
        let now = ctx.clock.now();
        ctx.write(|db, log| {
            for record in &records {
                backup_runs::remember(db, record)?;
            }
            if args.all {
                backup_runs::verified(db, &sound, Looked { read: true, restored: false }, now)?;
            }
            backup_runs::damaged(db, &lost, if args.all { Damage::All } else { Damage::Structure }, now)?;
            // Here every byte was read to find it.
            backup_runs::damaged(db, &lost_here, Damage::All, now)?;
            backup_runs::damaged(db, &passed_over, Damage::Structure, now)?;
            log.push(Entry {
                verb: "backup copy",
                table: Some("backup_run"),
                key: None,
                old: None,
                new: Some(json!({ "snapshots": ids, "to": folder, "left_out": lost_here, "damaged": lost })),
            });
            Ok(())
        })?;
    }
    for id in &passed_over {
        report.warn("damaged", faults::of_fault(&Fault::Snapshot(id.clone())));
    }
    for snapshot in &left_out {
        report.warn("left-out", say!("backup-copy-left-out", id = snapshot.short_id.clone()));
    }
    let n = copied.len().to_string();
    ctx.show(report)?;
    at_home.iter().chain(&damage).for_each(|fault| ctx.remark(fault));
    for id in &passed_over {
        ctx.remark(&say!("backup-passed-over", id = id[..8.min(id.len())].to_owned()));
    }
    for snapshot in &left_out {
        ctx.remark(&say!("backup-copy-left-out", id = snapshot.short_id.clone()));
    }
    if !at_home.is_empty() {
        ctx.remark(&say!("backup-repair-next"));
    }
    ctx.remark(&say!("backup-copied", n = n, folder = Path::new(&args.to).display().to_string(), faults = damage.len().to_string()));
    let whole = damage.is_empty() && lost.is_empty() && lost_here.is_empty() && passed_over.is_empty();
    Ok(if whole { Outcome::Done } else { Outcome::Broken })
}
