use anyhow::Result;
use serde_json::json;

use super::staging::manifest_of;
use super::{RepositoryArgs, chosen, names_of, note_damage, record_of, unreadable_like};
use crate::backup::{Fault, Purpose};
use crate::cli::columns::{left, report};
use crate::cli::faults;
use crate::context::{Context, Outcome};
use crate::db::{Instant, backup_runs, settings};
use crate::failure::{Exit, Failure};
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
    let repository = match args.repository.open(ctx, Purpose::Read) {
        Ok(repository) => repository,
        Err(error) => {
            nothing_opens(ctx, args, &error);
            return Err(error);
        }
    };
    let refuse = |error| faults::of_repository(repository.folder(), error);
    let found = repository.check(args.all).map_err(refuse)?;
    let snapshot = chosen(ctx, &repository, &args.snapshot).inspect_err(|error| {
        note_damage(ctx, "backup verify", &unreadable_like(&repository, &args.snapshot), &format!("{error:#}"));
    })?;
    // Snapshots that cannot be read are damaged whichever of them was asked for.
    let mut lost: Vec<String> =
        found.iter().filter_map(|fault| if let Fault::Snapshot(id) = fault { Some(id.clone()) } else { None }).collect();
    let mut damage: Vec<String> = found.iter().map(faults::of_fault).collect();
    // One of a later form is not damaged, and not ours to judge.
    let manifest = match manifest_of(&repository, &snapshot) {
        Err(error) if !super::drill::tells_against(&error) => return Err(error),
        read => read,
    };
    match &manifest {
        Ok(manifest) => {
            let there = |(path, _): &(String, u64)| path.trim_start_matches('/') == manifest.database_path();
            match repository.files(&snapshot).map_err(refuse) {
                Ok(files) if files.iter().any(there) => {}
                Ok(_) => damage.push(say!("backup-file-missing", path = manifest.database_path())),
                Err(error) => damage.push(error.to_string()),
            }
        }
        Err(error) => damage.push(format!("{error:#}")),
    }
    if args.deep && damage.is_empty() {
        match super::drill::rehearse(ctx, &repository, &snapshot, None) {
            Ok(done) => {
                let differs = done.proofs.iter().filter(|proof| !proof.holds());
                damage.extend(differs.map(|proof| say!("backup-table-differs", table = proof.table.clone())));
                damage.extend(done.faults);
            }
            Err(error) if super::drill::tells_against(&error) => damage.push(format!("{error:#}")),
            Err(error) => return Err(error),
        }
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
    // That another one cannot be read says nothing of this one.
    if damage.len() > lost.len() {
        lost.push(snapshot.id.clone());
    }
    if ctx.url().is_ok() && ctx.db().is_ok() {
        let at = ctx.clock.now();
        let made = Instant::new(snapshot.time);
        let noted = ctx.write(|db, log| {
            // A run that could not note its snapshot, as the database was busy, is made good here.
            if settings::get(db, settings::DATABASE_ID)?.is_some_and(|id| snapshot.database() == Some(&id)) {
                backup_runs::remember(db, &record_of(&snapshot, repository.folder(), "local", made, made, manifest.as_ref().ok()))?;
            }
            if sound {
                backup_runs::verified(db, &snapshot.id, at)?;
            } else {
                backup_runs::damaged(db, &lost, at)?;
            }
            let result = if sound {
                json!({ "depth": depth, "result": "ok" })
            } else {
                json!({ "depth": depth, "result": "damaged", "faults": damage })
            };
            log.push(Entry {
                verb: "backup verify",
                table: Some("backup_run"),
                key: Some(snapshot.short_id.clone()),
                old: None,
                new: Some(result),
            });
            Ok(())
        });
        // Damage is told whether or not the database could be told of it.
        match noted {
            Err(error) if !sound => ctx.remark(&say!("backup-damage-not-noted", detail = format!("{error:#}"))),
            other => other?,
        }
    }
    ctx.show(report)?;
    ctx.remark(&if sound {
        say!("backup-verify-sound", id = snapshot.short_id)
    } else {
        say!("backup-verify-damaged", count = damage.len())
    });
    Ok(if sound { Outcome::Done } else { Outcome::Broken })
}

/// A repository that opens no more holds no good backup: all it is thought to hold is noted as damaged.
fn nothing_opens(ctx: &mut Context, args: &Args, error: &anyhow::Error) {
    if !error.downcast_ref::<Failure>().is_some_and(|failure| failure.exit == Exit::Integrity) || ctx.url().is_err() {
        return;
    }
    let (Ok(folder), Ok(db)) = (args.repository.folder(ctx), ctx.db()) else { return };
    let ids = names_of(db, &folder).and_then(|names| {
        let held = backup_runs::held(db)?;
        Ok(held.into_iter().filter(|(repository, _)| names.contains(repository)).map(|(_, id)| id).collect::<Vec<_>>())
    });
    note_damage(ctx, "backup verify", &ids.unwrap_or_default(), &format!("{error:#}"));
}
