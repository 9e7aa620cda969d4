use anyhow::Result;
use serde_json::json;

use super::staging::manifest_of;
use super::{RepositoryArgs, chosen, names_of, needing, note_damage, record_of, unreadable_like, vanished_where_known};
use crate::backup::{Fault, Purpose, RepositoryError};
use crate::cli::columns::{left, report};
use crate::cli::faults;
use crate::context::{Context, Outcome};
use crate::db::backup_runs::{self, Damage, Looked};
use crate::db::{Instant, settings};
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
    // Snapshots that are gone, or cannot be read, are damaged whichever of them was asked for.
    let gone = vanished_where_known(ctx, &repository);
    let snapshot = chosen(ctx, &repository, &args.snapshot).map_err(|error| {
        let unread = unreadable_like(&repository, &args.snapshot);
        note_damage(ctx, "backup verify", &[gone.as_slice(), &unread].concat(), Damage::Structure, &format!("{error:#}"));
        let asked = args.snapshot.to_ascii_lowercase();
        match gone.iter().find(|id| !asked.is_empty() && id.starts_with(&asked)) {
            Some(id) => refuse(RepositoryError::Damaged(Fault::SnapshotMissing(id.clone()))).into(),
            None => error,
        }
    })?;
    let unreadable = |fault: &Fault| if let Fault::Snapshot(id) = fault { Some(id.clone()) } else { None };
    let mut lost: Vec<String> = found.iter().filter_map(unreadable).chain(gone.iter().cloned()).collect();
    lost.extend(needing(&repository, &found)?);
    // What nobody can say whose it is counts against the one that was asked for.
    let mut own: Vec<String> = Vec::new();
    let nameless = found.iter().any(|fault| matches!(fault, Fault::Other(_)));
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
                Ok(_) => own.push(say!("backup-file-missing", path = manifest.database_path())),
                Err(error) => own.push(error.to_string()),
            }
        }
        Err(error) => own.push(format!("{error:#}")),
    }
    let mut by_restoring = false;
    if args.deep && own.is_empty() && !nameless && !lost.contains(&snapshot.id) {
        match super::drill::rehearse(ctx, &repository, &snapshot, None) {
            Ok(done) => {
                let differs = done.proofs.iter().filter(|proof| !proof.holds());
                own.extend(differs.map(|proof| say!("backup-table-differs", table = proof.table.clone())));
                own.extend(done.faults);
            }
            Err(error) if super::drill::tells_against(&error) => own.push(format!("{error:#}")),
            Err(error) => return Err(error),
        }
        by_restoring = !own.is_empty();
    }
    let itself_lost = nameless || !own.is_empty() || lost.contains(&snapshot.id);
    let depth = match (args.deep, args.all) {
        (true, _) => "deep",
        (false, true) => "all",
        (false, false) => "structure",
    };
    let by_look = if args.all { Damage::All } else { Damage::Structure };
    let said: Vec<String> = found.iter().map(faults::of_fault).chain(own.iter().cloned()).collect();
    // What every byte was read of is every snapshot of the repository.
    let mut sound: Vec<String> = Vec::new();
    if args.all && !nameless {
        let all = repository.list().map_err(refuse)?.into_iter().map(|snapshot| snapshot.id);
        sound.extend(all.filter(|id| !lost.contains(id) && (*id != snapshot.id || !itself_lost)));
    } else if !itself_lost {
        sound.push(snapshot.id.clone());
    }
    let mut stands = None;
    if ctx.url().is_ok() && ctx.db().is_ok() {
        let at = ctx.clock.now();
        let made = Instant::new(snapshot.time);
        let noted = ctx.write(|db, log| {
            // A run that could not note its snapshot, as the database was busy, is made good here.
            if settings::get(db, settings::DATABASE_ID)?.is_some_and(|id| snapshot.database() == Some(&id)) {
                backup_runs::remember(db, &record_of(&snapshot, repository.folder(), "local", made, made, manifest.as_ref().ok()))?;
            }
            backup_runs::verified(db, &sound, Looked { read: args.all, restored: false }, at)?;
            backup_runs::damaged(db, &lost, by_look, at)?;
            if itself_lost {
                let damage = if by_restoring { Damage::Restore } else { by_look };
                backup_runs::damaged(db, std::slice::from_ref(&snapshot.id), damage, at)?;
            } else if args.deep {
                backup_runs::verified(db, std::slice::from_ref(&snapshot.id), Looked { read: args.all, restored: true }, at)?;
            }
            let stands = if itself_lost { None } else { backup_runs::damaged_since(db, &snapshot.id)? };
            let result = if said.is_empty() && lost.is_empty() && stands.is_none() {
                json!({ "depth": depth, "result": "ok" })
            } else {
                json!({ "depth": depth, "result": "damaged", "faults": said, "snapshots": lost })
            };
            log.push(Entry {
                verb: "backup verify",
                table: Some("backup_run"),
                key: Some(snapshot.short_id.clone()),
                old: None,
                new: Some(result),
            });
            Ok(stands)
        });
        // Damage is told whether or not the database could be told of it.
        match noted {
            Ok(found) => stands = found,
            Err(error) if !said.is_empty() || !lost.is_empty() => {
                ctx.remark(&say!("backup-damage-not-noted", detail = format!("{error:#}")));
            }
            Err(error) => return Err(error),
        }
    }
    let short = |id: &str| id[..8.min(id.len())].to_owned();
    let mut damage: Vec<(Option<String>, String)> = Vec::new();
    let asked = Some(snapshot.short_id.clone()).filter(|_| itself_lost);
    damage.extend(said.iter().map(|fault| (asked.clone(), fault.clone())));
    damage.extend(gone.iter().map(|id| (Some(short(id)), faults::of_fault(&Fault::SnapshotMissing(id.clone())))));
    if let Some(since) = stands {
        damage.push((Some(snapshot.short_id.clone()), say!("backup-damage-stands", at = since.rfc3339())));
    }
    let unread: Vec<String> = found.iter().filter_map(unreadable).collect();
    let others = lost.iter().filter(|id| **id != snapshot.id && !gone.contains(id) && !unread.contains(id));
    damage.extend(others.map(|id| (Some(short(id)), say!("backup-needs-damaged"))));
    if !itself_lost && stands.is_none() {
        report.push(vec![snapshot.short_id.clone().into(), depth.into(), "ok".into(), Cell::Empty]);
    }
    for (of, fault) in &damage {
        report.push(vec![of.clone().into(), depth.into(), "damaged".into(), fault.as_str().into()]);
    }
    ctx.show(report)?;
    if damage.is_empty() {
        ctx.remark(&say!("backup-verify-sound", id = snapshot.short_id));
        return Ok(Outcome::Done);
    }
    ctx.remark(&say!("backup-verify-damaged", count = damage.len()));
    if found.iter().any(|fault| !matches!(fault, Fault::Snapshot(_) | Fault::Name(_))) {
        ctx.remark(&say!("backup-repair-next"));
    }
    if !gone.is_empty() {
        ctx.remark(&say!("backup-vanished-hint"));
    }
    Ok(Outcome::Broken)
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
    note_damage(ctx, "backup verify", &ids.unwrap_or_default(), Damage::Structure, &format!("{error:#}"));
}
