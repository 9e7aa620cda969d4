use anyhow::Result;
use serde_json::json;

use super::{RepositoryArgs, names_of};
use crate::backup::{Fault, Keep, Purpose};
use crate::cli::columns::{left, report};
use crate::cli::faults;
use crate::context::{Context, Outcome};
use crate::db::{Day, Instant, backup_runs};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;

/// Forget old snapshots by rules, and free what only they needed
///
/// Of each day, week, month and year the newest is kept, as many as are named. Snapshots with a
/// label always stay, and so do the newest and the newest that was verified. The plan is shown
/// first. What is freed is marked now and removed by a pruning a day later, so that a backup
/// running beside is not robbed; --at-once removes it now. Interrupted, the next run goes on.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("keep").required(true).multiple(true), override_usage = "swj backup prune [OPTIONS] --keep-daily <N>")]
pub(crate) struct Args {
    #[command(flatten)]
    repository: RepositoryArgs,
    /// Keep the newest N
    #[arg(long, value_name = "N", group = "keep")]
    keep_last: Option<u32>,
    /// Keep one of each of the last N days that have any
    #[arg(long, value_name = "N", group = "keep")]
    keep_daily: Option<u32>,
    /// Keep one of each of the last N weeks
    #[arg(long, value_name = "N", group = "keep")]
    keep_weekly: Option<u32>,
    /// Keep one of each of the last N months
    #[arg(long, value_name = "N", group = "keep")]
    keep_monthly: Option<u32>,
    /// Keep one of each of the last N years
    #[arg(long, value_name = "N", group = "keep")]
    keep_yearly: Option<u32>,
    /// Remove the data now; nothing else may use the repository meanwhile
    #[arg(long)]
    at_once: bool,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let keep = Keep {
        last: args.keep_last.unwrap_or(0),
        daily: args.keep_daily.unwrap_or(0),
        weekly: args.keep_weekly.unwrap_or(0),
        monthly: args.keep_monthly.unwrap_or(0),
        yearly: args.keep_yearly.unwrap_or(0),
    };
    if keep == Keep::default() {
        return Err(Failure::new("usage.keep", Exit::Usage, say!("backup-keep-nothing")).hint(say!("backup-keep-nothing-hint")).into());
    }
    let repository = args.repository.open(ctx, Purpose::Remove)?;
    let refuse = |error| faults::of_repository(repository.folder(), error);
    // The database may be what was lost: without it the newest alone is the last good one.
    let mut verified: Vec<(Instant, String)> = match ctx.db() {
        Ok(db) => backup_runs::verifications(db)?.into_iter().filter_map(|(id, at)| Some((at?, id?))).collect(),
        Err(_) => Vec::new(),
    };
    verified.sort();
    // Of each database the newest that was verified and is still there.
    let mut proved: Vec<String> = Vec::new();
    let there = repository.list().map_err(refuse)?;
    let mut seen: Vec<Option<String>> = Vec::new();
    for (_, id) in verified.into_iter().rev() {
        let Some(snapshot) = there.iter().find(|snapshot| snapshot.id == id) else { continue };
        let database = snapshot.database().map(str::to_owned);
        if !seen.contains(&database) {
            seen.push(database);
            proved.push(id);
        }
    }
    let fates = repository.fates(keep, &proved, ctx.clock.now().timestamp()).map_err(refuse)?;
    let going: Vec<String> = fates.iter().filter(|fate| fate.kept_for.is_empty()).map(|fate| fate.snapshot.id.clone()).collect();
    let mut report =
        report("backup.prune", vec![left("snapshot"), left("at"), left("database"), left("label"), left("change"), left("why")]);
    for fate in &fates {
        let goes = fate.kept_for.is_empty();
        report.push(vec![
            fate.snapshot.short_id.clone().into(),
            Instant::new(fate.snapshot.time).rfc3339().into(),
            fate.snapshot.database_name().map(str::to_owned).into(),
            Some(fate.snapshot.label.clone()).filter(|label| !label.is_empty()).into(),
            if goes { "forget" } else { "keep" }.into(),
            Some(fate.kept_for.join(" ")).filter(|why| !why.is_empty()).into(),
        ]);
    }
    let damaged = repository.unreadable().map_err(refuse)?;
    if !damaged.is_empty() {
        for id in &damaged {
            report.warn("damaged", faults::of_fault(&Fault::Snapshot(id.clone())));
        }
        ctx.show(report)?;
        for id in &damaged {
            ctx.remark(&say!("backup-list-damaged", id = id[..8.min(id.len())].to_owned()));
        }
        ctx.remark(&say!("backup-prune-damaged"));
        ctx.remark(&say!("backup-list-damaged-hint"));
        return Ok(Outcome::Broken);
    }
    let freed = repository.prune(&going, args.at_once, true).map_err(refuse)?;
    let report = report
        .with_summary("kept", fates.len() - going.len())
        .with_summary("forgotten", going.len())
        .with_summary("freed_bytes", freed.removed);
    if ctx.globals.dry_run || (going.is_empty() && freed.removed == 0) {
        ctx.show(report)?;
        ctx.remark(&say!(
            "backup-prune-plan",
            forgotten = going.len().to_string(),
            kept = (fates.len() - going.len()).to_string(),
            bytes = freed.removed.to_string()
        ));
        return Ok(Outcome::Done);
    }
    ctx.show_plan(&report)?;
    ctx.go_ahead(&say!("backup-prune-question", forgotten = going.len().to_string(), kept = (fates.len() - going.len()).to_string()))?;
    repository.prune(&going, args.at_once, false).map_err(refuse)?;
    if ctx.url().is_ok() && ctx.db().is_ok() {
        let today = Day(ctx.clock.now().day());
        ctx.write(|db, log| {
            let names = names_of(db, repository.folder())?;
            backup_runs::expired(db, &names, &going, today)?;
            log.push(Entry {
                verb: "backup prune",
                table: Some("backup_run"),
                key: None,
                old: None,
                new: Some(json!({ "forgotten": going, "freed_bytes": freed.removed })),
            });
            Ok(())
        })?;
    }
    let (forgotten, kept) = (going.len().to_string(), (fates.len() - going.len()).to_string());
    ctx.show(report)?;
    ctx.remark(&say!("backup-pruned", forgotten = forgotten, kept = kept, bytes = freed.removed.to_string()));
    Ok(Outcome::Done)
}
