use anyhow::Result;
use serde_json::json;

use super::staging::manifest_of;
use super::{RepositoryArgs, chosen, record_of};
use crate::backup::Purpose;
use crate::cli::columns::{left, report};
use crate::cli::faults;
use crate::context::{Context, Outcome};
use crate::db::{Instant, backup_runs, settings};
use crate::ledger::Entry;
use crate::say;
use crate::view::Cell;

/// Verify a snapshot: structure, every byte with --all, a restored copy with --deep
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Snapshot, or latest
    #[arg(default_value = "latest")]
    snapshot: String,
    #[command(flatten)]
    repository: RepositoryArgs,
    /// Read and check every byte of the repository
    #[arg(long)]
    all: bool,
    /// Restore the database into a scratch place and prove it by its digests and log chain
    #[arg(long)]
    deep: bool,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let mut report = report("backup.verify", vec![left("snapshot"), left("check"), left("result"), left("detail")]);
    ctx.fits(&report)?;
    let repository = args.repository.open(ctx, Purpose::Read)?;
    let refuse = |error| faults::of_repository(repository.folder(), error);
    let snapshot = chosen(ctx, &repository, &args.snapshot)?;
    let mut damage = repository.check(args.all).map_err(refuse)?;
    let manifest = manifest_of(&repository, &snapshot);
    match &manifest {
        Ok(manifest) => {
            let files = repository.files(&snapshot).map_err(refuse)?;
            if !files.iter().any(|(path, _)| path.trim_start_matches('/') == manifest.database_path()) {
                damage.push(say!("backup-file-missing", path = manifest.database_path()));
            }
        }
        Err(error) => damage.push(format!("{error:#}")),
    }
    if args.deep && damage.is_empty() {
        let done = super::drill::rehearse(ctx, &repository, &snapshot, None)?;
        damage.extend(done.faults);
        damage.extend(
            done.proofs.iter().filter(|proof| !proof.holds()).map(|proof| say!("backup-table-differs", table = proof.table.clone())),
        );
    }
    let sound = damage.is_empty();
    let depth = match (args.deep, args.all) {
        (true, _) => "deep",
        (false, true) => "all",
        (false, false) => "structure",
    };
    if sound {
        report.push(vec![snapshot.short_id.clone().into(), depth.into(), "ok".into(), Cell::Empty]);
    }
    for fault in &damage {
        report.push(vec![snapshot.short_id.clone().into(), depth.into(), "damaged".into(), fault.as_str().into()]);
    }
    if sound && ctx.url().is_ok() && ctx.db().is_ok() {
        let at = ctx.clock.now();
        let made = Instant::new(snapshot.time);
        let folder = args.repository.folder(ctx)?;
        ctx.write(|db, log| {
            // A run that could not note its snapshot, as the database was busy, is made good here.
            if let Ok(manifest) = &manifest
                && settings::get(db, settings::DATABASE_ID)?.as_deref() == snapshot.database()
            {
                backup_runs::remember(db, &record_of(&snapshot, &folder, "local", made, made, manifest))?;
            }
            backup_runs::verified(db, &snapshot.id, at)?;
            log.push(Entry {
                verb: "backup verify",
                table: Some("backup_run"),
                key: Some(snapshot.short_id.clone()),
                old: None,
                new: Some(json!({ "depth": depth, "result": "ok" })),
            });
            Ok(())
        })?;
    }
    ctx.show(report)?;
    ctx.remark(&if sound {
        say!("backup-verify-sound", id = snapshot.short_id)
    } else {
        say!("backup-verify-damaged", count = damage.len())
    });
    Ok(if sound { Outcome::Done } else { Outcome::Broken })
}
