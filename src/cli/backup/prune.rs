use anyhow::Result;
use serde_json::json;

use super::{RepositoryArgs, names_of, vanished_where_known};
use crate::backup::{Fault, Judged, Keep, Purpose, Repository, RepositoryError};
use crate::cli::columns::{left, report};
use crate::cli::faults;
use crate::context::{Context, Outcome};
use crate::db::backup_runs::{self, Known};
use crate::db::{Day, Instant};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;
use crate::view::Cell;

/// Forget old snapshots by rules, and free what only they needed
///
/// Of each day, week, month and year the newest is kept, as many as are named. Snapshots with a
/// label always stay, and so do the newest and the newest that was read to the last byte or
/// rehearsed; one found damaged counts for nothing. Without the database nothing is forgotten.
/// The plan is shown first. What is freed is marked now and removed by a pruning a day later, so
/// that a backup running beside is not robbed; --at-once removes it now. Interrupted, the next
/// run goes on.
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
    let judged = judged(ctx);
    let fates = repository.fates(keep, &judged, ctx.clock.now().timestamp()).map_err(refuse)?;
    // What somebody else removed is noted as gone by the next pruning.
    let gone = vanished_where_known(ctx, &repository);
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
    for id in &gone {
        let short = id[..8.min(id.len())].to_owned();
        report.push(vec![short.into(), Cell::Empty, Cell::Empty, Cell::Empty, "gone".into(), Cell::Empty]);
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
        .with_summary("freed_bytes", freed.removed)
        .with_summary("marked_bytes", freed.marked)
        .with_summary("waiting_bytes", freed.waiting);
    let (forgotten, kept) = (going.len().to_string(), (fates.len() - going.len()).to_string());
    let (removed, marked) = (freed.removed.to_string(), freed.marked.to_string());
    let outcome = if judged.unknown { Outcome::LookAtIt } else { Outcome::Done };
    let tell_the_rest = |ctx: &Context| {
        if freed.waiting > 0 {
            ctx.remark(&say!("backup-prune-waiting", bytes = freed.waiting.to_string()));
        }
        if judged.unknown {
            ctx.remark(&say!("backup-prune-unknown"));
        }
    };
    if ctx.globals.dry_run || (going.is_empty() && gone.is_empty() && freed.is_idle()) {
        ctx.show(report)?;
        ctx.remark(&say!("backup-prune-plan", forgotten = forgotten, kept = kept, removed = removed, marked = marked));
        tell_the_rest(ctx);
        return Ok(outcome);
    }
    ctx.show_plan(&report)?;
    ctx.go_ahead(&say!("backup-prune-question", forgotten = forgotten.clone(), kept = kept.clone()))?;
    // First the record: whoever is killed between is to have forgotten too much there, not to be missed for it.
    let noted = ctx.url().is_ok() && ctx.db().is_ok();
    if noted {
        let today = Day(ctx.clock.now().day());
        ctx.write(|db, log| {
            let names = names_of(db, repository.folder())?;
            backup_runs::expired(db, &names, &[going.as_slice(), &gone].concat(), Some(today))?;
            log.push(Entry {
                verb: "backup prune",
                table: Some("backup_run"),
                key: None,
                old: None,
                new: Some(json!({ "forgotten": going, "gone": gone, "freed_bytes": freed.removed, "marked_bytes": freed.marked })),
            });
            Ok(())
        })?;
    }
    if let Err(error) = repository.prune(&going, args.at_once, false) {
        if noted {
            still_there(ctx, &repository, &going, &error);
        }
        return Err(refuse(error).into());
    }
    ctx.show(report)?;
    ctx.remark(&say!("backup-pruned", forgotten = forgotten, kept = kept, removed = removed, marked = marked));
    tell_the_rest(ctx);
    Ok(outcome)
}

/// Takes back, as far as that can be done, that these are gone: what stopped the pruning is what is told.
fn still_there(ctx: &mut Context, repository: &Repository, going: &[String], error: &RepositoryError) {
    let Ok(listed) = repository.list() else { return };
    let left: Vec<String> = listed.into_iter().map(|snapshot| snapshot.id).filter(|id| going.contains(id)).collect();
    let _ = ctx.write(|db, log| {
        let names = names_of(db, repository.folder())?;
        backup_runs::expired(db, &names, &left, None)?;
        log.push(Entry {
            verb: "backup prune",
            table: Some("backup_run"),
            key: None,
            old: None,
            new: Some(json!({ "failed": error.to_string(), "still_there": left })),
        });
        Ok(())
    });
}

/// What the database knows of the snapshots; it may be what was lost.
fn judged(ctx: &mut Context) -> Judged {
    let Ok(known) = ctx.db().and_then(|db| Ok(backup_runs::known(db)?)) else {
        return Judged { unknown: true, ..Judged::default() };
    };
    let ids = |which: fn(&Known) -> bool| known.iter().filter(|(_, known)| which(known)).map(|(id, _)| id.clone()).collect();
    Judged { unknown: false, damaged: ids(|known| known.damaged_at.is_some()), proved: ids(Known::proved) }
}
