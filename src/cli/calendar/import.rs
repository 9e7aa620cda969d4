use std::collections::{BTreeSet, HashMap};

use anyhow::Result;
use serde_json::json;

use crate::calendar::{CALENDAR_FIELDS, DayFacts, DayKind, read_calendar_day};
use crate::cli::import::{ImportArgs, plan_report};
use crate::context::{Context, Outcome};
use crate::db::Db;
use crate::db::calendar::{self as table, CalendarDay};
use crate::ledger::Entry;
use crate::plan::{Change, Plan, compare};

/// Import the days of a State Council notice
///
/// A table with day, kind (off 休, work 班, plain 平), name and notice number; `calendar show
/// -f csv` writes one. A day of kind plain is taken out. Days not in the file stay. The due
/// days of open cases are worked out anew.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    import: ImportArgs,
    /// Also take out days of the file's years that the file does not name
    #[arg(long)]
    full: bool,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let known = known(ctx.db()?)?;
    let mut gathered =
        args.import.gather(ctx, CALENDAR_FIELDS, |row| read_calendar_day(row).map(|facts| (row.line, facts, row.original().to_vec())))?;
    let rows = std::mem::take(&mut gathered.rows);
    let mut plan = planned(&known, rows, args.full);
    let report = plan_report("calendar.import", &plan.changes);
    let summary = gathered.planned(&mut plan);
    args.import.finish(ctx, summary, report, |ctx| write(ctx, &plan.changes))
}

/// The days the database has, by date.
pub(super) fn known(db: &mut Db) -> Result<HashMap<String, DayFacts>> {
    let days = table::all(db)?;
    Ok(days.into_iter().map(|day| (day.day.to_string(), DayFacts::new(day.day.0, day.is_workday, day.name, day.source))).collect())
}

/// The plan of an import. A plain day that is not in the calendar is nothing to do.
pub(super) fn planned(known: &HashMap<String, DayFacts>, rows: Vec<(u64, DayFacts, Vec<String>)>, full: bool) -> Plan<DayFacts> {
    let years: BTreeSet<i16> = rows.iter().map(|(_, facts, _)| facts.day.year()).collect();
    let named: BTreeSet<_> = rows.iter().map(|(_, facts, _)| facts.day).collect();
    let mut plan = compare(known, rows);
    let before = plan.changes.len();
    plan.changes.retain(|change| change.before.is_some() || change.after.kind != DayKind::Plain);
    let idle = (before - plan.changes.len()) as u64;
    plan.counts.added -= idle;
    plan.counts.unchanged += idle;
    if full {
        let mut gone: Vec<&DayFacts> = known.values().filter(|day| years.contains(&day.day.year()) && !named.contains(&day.day)).collect();
        gone.sort_by_key(|day| day.day);
        for day in gone {
            let differences = vec![("kind", Some(day.kind.word().to_owned()), Some("plain".to_owned()))];
            plan.changes.push(Change { line: 0, before: Some(day.clone()), after: day.plain(), differences });
            // Not a row of the file: read and withdrawn rise together.
            plan.counts.read += 1;
            plan.counts.withdrawn += 1;
        }
    }
    plan
}

fn write(ctx: &mut Context, changes: &[Change<DayFacts>]) -> Result<()> {
    let logged = |facts: &DayFacts| json!({"kind": facts.kind.word(), "name": facts.name, "notice_no": facts.notice_no});
    let first_day = ctx.config.get("calendar.pause_counts_first_day") == Some("true");
    let today = ctx.clock.today();
    let consulted_from = crate::cli::request::setting(ctx);
    let (moved, moved_requests, moved_items) = ctx.write(|db, log| {
        for change in changes {
            let after = &change.after;
            if change.before.is_some() {
                table::remove(db, after.day.into())?;
            }
            if after.kind != DayKind::Plain {
                table::add(
                    db,
                    &CalendarDay {
                        day: after.day.into(),
                        is_workday: after.kind == DayKind::Work,
                        name: after.name.clone(),
                        source: after.notice_no.clone(),
                    },
                )?;
            }
            log.push(Entry {
                verb: "calendar import",
                table: Some("calendar_day"),
                key: Some(after.day.to_string()),
                old: change.before.as_ref().map(logged),
                new: Some(logged(after)),
            });
        }
        let workdays = super::read(db, first_day)?;
        let cases = crate::cli::case::recompute(db, log, workdays.clone(), today)?;
        let items = crate::cli::disclosure::recompute(db, log, &workdays)?;
        Ok((cases, crate::cli::request::recompute(db, log, workdays, today, consulted_from)?, items))
    })?;
    if moved_items > 0 {
        ctx.remark(&crate::say!("calendar-moved-items", count = moved_items.to_string()));
    }
    if moved > 0 {
        ctx.remark(&crate::say!("calendar-moved-cases", count = moved.to_string()));
    }
    if moved_requests > 0 {
        ctx.remark(&crate::say!("calendar-moved-requests", count = moved_requests.to_string()));
    }
    Ok(())
}
