use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::json;

use super::staging::manifest_of;
use super::{RepositoryArgs, place_of, record_of};
use crate::backup::{Fault, Purpose, Snapshot};
use crate::cli::columns::{left, report, right};
use crate::cli::faults;
use crate::clock::Clock;
use crate::context::{Context, Outcome};
use crate::db::backup_runs::{self, NewBackupRun};
use crate::db::{Instant, settings};
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
    let copied = here.copy_to(&there).map_err(|error| faults::of_repository(&args.to, error))?;
    // What cannot be read here is not there either, and somebody must know.
    let passed_over = here.unreadable().map_err(|error| faults::of_repository(here.folder(), error))?;
    let damage = there.check(args.all).map_err(|error| faults::of_repository(&args.to, error))?;
    let damage: Vec<String> = damage.iter().map(faults::of_fault).collect();
    copied.iter().for_each(|snapshot| report.push(line(snapshot)));
    for fault in &damage {
        report.warn("damage", fault);
    }
    if damage.is_empty() && !copied.is_empty() && ctx.url().is_ok() && ctx.db().is_ok() {
        let ids: Vec<&str> = copied.iter().map(|snapshot| snapshot.id.as_str()).collect();
        let folder = place_of(&args.to);
        let id = settings::get(ctx.db()?, settings::DATABASE_ID)?;
        // Those of other databases are for theirs to remember.
        let mut records = Vec::new();
        for snapshot in copied.iter().filter(|snapshot| id.is_some() && snapshot.database() == id.as_deref()) {
            let now = Clock::new(None).now();
            let manifest = manifest_of(&there, snapshot)?;
            records.push(NewBackupRun { verified_at: Some(now), ..record_of(snapshot, &args.to, "offsite", began, now, Some(&manifest)) });
        }
        ctx.write(|db, log| {
            for record in &records {
                backup_runs::remember(db, record)?;
            }
            log.push(Entry {
                verb: "backup copy",
                table: Some("backup_run"),
                key: None,
                old: None,
                new: Some(json!({ "snapshots": ids, "to": folder })),
            });
            Ok(())
        })?;
    }
    for id in &passed_over {
        report.warn("damaged", faults::of_fault(&Fault::Snapshot(id.clone())));
    }
    let n = copied.len().to_string();
    ctx.show(report)?;
    damage.iter().for_each(|fault| ctx.remark(fault));
    for id in &passed_over {
        ctx.remark(&say!("backup-passed-over", id = id[..8.min(id.len())].to_owned()));
    }
    ctx.remark(&say!("backup-copied", n = n, folder = Path::new(&args.to).display().to_string(), faults = damage.len().to_string()));
    Ok(if damage.is_empty() && passed_over.is_empty() { Outcome::Done } else { Outcome::Broken })
}
