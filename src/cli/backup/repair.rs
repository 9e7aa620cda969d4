use anyhow::Result;
use serde_json::json;

use super::RepositoryArgs;
use crate::backup::Purpose;
use crate::cli::columns::{left, report};
use crate::cli::faults;
use crate::context::{Context, Outcome};
use crate::db::backup_runs::{self, Damage, Looked};
use crate::ledger::Entry;
use crate::say;

/// Set damaged packs aside, so that the next backup saves again what they held
///
/// Every byte is read. A damaged pack, or index, is moved into the folder `damaged` of the
/// repository, never deleted, and the index is written anew. Until then each backup thinks it
/// has what the pack held, and does not come back. Snapshots that need it are named: what is
/// still in the database or among the attachments `swj backup run` brings back to them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    repository: RepositoryArgs,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let mut report = report("backup.repair", vec![left("kind"), left("name"), left("change")]);
    ctx.fits(&report)?;
    let repository = args.repository.open(ctx, Purpose::Remove)?;
    let refuse = |error| faults::of_repository(repository.folder(), error);
    let repairs = repository.repairs().map_err(refuse)?;
    let lines = [("pack", "set_aside", &repairs.packs), ("pack", "missing", &repairs.missing), ("index", "set_aside", &repairs.indexes)];
    for (kind, change, ids) in lines {
        ids.iter().for_each(|id| report.push(vec![kind.into(), id.as_str().into(), change.into()]));
    }
    for id in &repairs.needing {
        report.push(vec!["snapshot".into(), id[..8.min(id.len())].into(), "damaged".into()]);
    }
    let outcome = if repairs.needing.is_empty() { Outcome::Done } else { Outcome::LookAtIt };
    if repairs.is_empty() {
        ctx.show(report)?;
        ctx.remark(&say!("backup-repair-nothing"));
        return Ok(outcome);
    }
    let (packs, snapshots) = (repairs.packs.len() + repairs.missing.len() + repairs.indexes.len(), repairs.needing.len());
    if ctx.globals.dry_run {
        ctx.show(report)?;
        ctx.remark(&say!("dry-run"));
        return Ok(outcome);
    }
    ctx.show_plan(&report)?;
    ctx.go_ahead(&say!("backup-repair-question", packs = packs.to_string(), snapshots = snapshots.to_string()))?;
    let (aside, lacking) = repository.repair(&repairs).map_err(refuse)?;
    if ctx.url().is_ok() && ctx.db().is_ok() {
        let at = ctx.clock.now();
        let mut whole: Vec<String> = repository.list().map_err(refuse)?.into_iter().map(|snapshot| snapshot.id).collect();
        whole.retain(|id| !lacking.contains(id));
        ctx.write(|db, log| {
            backup_runs::damaged(db, &lacking, Damage::Lost, at)?;
            // Every pack was read: what needs none of these is whole.
            backup_runs::verified(db, &whole, Looked { read: true, restored: false }, at)?;
            log.push(Entry {
                verb: "backup repair",
                table: Some("backup_run"),
                key: None,
                old: None,
                new: Some(json!({
                    "packs": repairs.packs, "missing": repairs.missing, "indexes": repairs.indexes, "damaged": lacking, "to": aside,
                })),
            });
            Ok(())
        })?;
    }
    ctx.show(report)?;
    ctx.remark(&say!("backup-repaired", packs = packs.to_string(), folder = aside.display().to_string()));
    ctx.remark(&say!("backup-run-next"));
    Ok(if lacking.is_empty() { Outcome::Done } else { Outcome::LookAtIt })
}
