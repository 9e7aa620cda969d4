use std::collections::{HashMap, HashSet};

use anyhow::Result;
use serde_json::json;

use crate::cli::import::{ImportArgs, moved, plan_report, push};
use crate::context::{Context, Outcome};
use crate::db::Db;
use crate::db::units::{self, Unit};
use crate::ledger::Entry;
use crate::people::{UNIT_FIELDS, UnitFacts, read_unit, tree_order};
use crate::plan::{Change, Reject, compare};

/// Import units from a table
///
/// Adds units that are not there and brings the others up to date; shows the plan,
/// asks, and writes all of it or nothing.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    import: ImportArgs,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let today = ctx.clock.today();
    let (units, codes) = super::all(ctx.db()?)?;
    let known: HashMap<String, UnitFacts> = units.iter().map(|unit| (unit.code.clone(), super::facts(unit, &codes))).collect();
    let mut gathered = args.import.gather(ctx, UNIT_FIELDS, |row| {
        let known = row.get("code").and_then(|code| known.get(code));
        read_unit(row, known, today).map(|facts| (row.line, facts, row.original().to_vec()))
    })?;
    reject_orphans(&mut gathered.rows, &mut gathered.rejects, &mut gathered.counts, &known);
    reject_circles(&mut gathered.rows, &mut gathered.rejects, &mut gathered.counts, &known);
    let rows = std::mem::take(&mut gathered.rows);
    let mut plan = compare(&known, rows);
    let mut report = plan_report("unit.import", &plan.changes);
    let wrong = if plan.changes.is_empty() { wrong_levels(&units) } else { Vec::new() };
    for (unit, level) in &wrong {
        push(&mut report, 0, "change", &unit.code, "level", Some(unit.level.to_string()), Some(level.to_string()));
    }
    let summary = gathered.planned(&mut plan).and_writes(wrong.len() as u64);
    args.import.finish(ctx, summary, report, |ctx| write(ctx, plan.changes))
}

/// Rejects rows whose parent is nowhere, or that stand in a circle.
fn reject_orphans(
    rows: &mut Vec<(u64, UnitFacts, Vec<String>)>,
    rejects: &mut Vec<Reject>,
    counts: &mut crate::plan::Counts,
    known: &HashMap<String, UnitFacts>,
) {
    let facts: Vec<_> = rows.iter().map(|(_, facts, _)| facts.clone()).collect();
    let Err(stuck) = tree_order(&facts, &|code| known.contains_key(code)) else { return };
    let in_file: HashSet<_> = facts.iter().map(|unit| unit.code.as_str()).collect();
    let stuck: HashSet<usize> = stuck.into_iter().collect();
    let mut kept = Vec::with_capacity(rows.len());
    for (at, (line, facts, cells)) in std::mem::take(rows).into_iter().enumerate() {
        if !stuck.contains(&at) {
            kept.push((line, facts, cells));
            continue;
        }
        let parent = facts.parent.clone().unwrap_or_default();
        let rule = if in_file.contains(parent.as_str()) { "unit-parent-stuck" } else { "unit-parent-unknown" };
        rejects.push(Reject { line, column: "parent", rule, value: parent, cells });
        counts.read += 1;
        counts.rejected += 1;
    }
    *rows = kept;
}

/// Rejects rows that, together with what is there already, would hang a unit on itself or deeper than six levels.
fn reject_circles(
    rows: &mut Vec<(u64, UnitFacts, Vec<String>)>,
    rejects: &mut Vec<Reject>,
    counts: &mut crate::plan::Counts,
    known: &HashMap<String, UnitFacts>,
) {
    let mut parents: HashMap<&str, Option<&str>> = known.values().map(|unit| (unit.code.as_str(), unit.parent.as_deref())).collect();
    let facts: Vec<UnitFacts> = rows.iter().map(|(_, facts, _)| facts.clone()).collect();
    parents.extend(facts.iter().map(|unit| (unit.code.as_str(), unit.parent.as_deref())));
    // How far the deepest unit below each stands under it.
    let mut below: HashMap<&str, usize> = HashMap::new();
    for code in parents.keys() {
        let above = std::iter::successors(Some(*code), |code| parents.get(code).copied().flatten());
        for (distance, above) in above.take(MOST_LEVELS + 2).enumerate() {
            let deepest = below.entry(above).or_default();
            *deepest = (*deepest).max(distance);
        }
    }
    let mut kept = Vec::with_capacity(rows.len());
    for (line, facts, cells) in std::mem::take(rows) {
        let above = std::iter::successors(facts.parent.as_deref(), |code| parents.get(code).copied().flatten());
        let above: Vec<&str> = above.take(MOST_LEVELS + 1).collect();
        let rule = if above.contains(&facts.code.as_str()) {
            "unit-circle"
        } else if above.len() + below.get(facts.code.as_str()).copied().unwrap_or(0) > MOST_LEVELS {
            "unit-too-deep"
        } else {
            kept.push((line, facts, cells));
            continue;
        };
        rejects.push(Reject { line, column: "parent", rule, value: facts.parent.clone().unwrap_or_default(), cells });
        counts.read += 1;
        counts.rejected += 1;
    }
    *rows = kept;
}

/// Levels below the top (schema).
pub(super) const MOST_LEVELS: usize = 6;

fn write(ctx: &mut Context, changes: Vec<Change<UnitFacts>>) -> Result<()> {
    let facts: Vec<_> = changes.iter().map(|change| change.after.clone()).collect();
    let order = tree_order(&facts, &|_| true).unwrap_or_else(|stuck| stuck);
    let (on, now) = (ctx.clock.today(), ctx.clock.now());
    ctx.write(|db, log| {
        units::one_at_a_time(db)?;
        let (units, codes) = super::all(db)?;
        let mut by_code: HashMap<String, Unit> = units.into_iter().map(|unit| (unit.code.clone(), unit)).collect();
        for at in order {
            let (change, facts) = (&changes[at], &facts[at]);
            let parent = facts.parent.as_ref().and_then(|code| by_code.get(code)).cloned();
            let mut row = super::row(facts, parent.as_ref());
            let before = by_code.get(&facts.code).cloned();
            if before.as_ref().map(|unit| super::facts(unit, &codes)) != change.before {
                return Err(moved(&facts.code));
            }
            if let Some(unit) = &before {
                // An import neither closes a unit nor opens it again.
                row.status.clone_from(&unit.status);
                row.closed_on = unit.closed_on;
            }
            let after = match &before {
                None => units::add(db, &row)?,
                Some(unit) => {
                    super::change::edit_noted(db, unit, &row, on, now)?;
                    units::by_code(db, &facts.code)?.ok_or_else(|| super::unknown(&facts.code))?
                }
            };
            log.push(Entry {
                verb: "unit import",
                table: Some("unit"),
                key: Some(facts.code.clone()),
                old: before.as_ref().map(|unit| unit.logged(unit.parent_id.and_then(|id| codes.get(&id)).map(String::as_str))),
                new: Some(after.logged(facts.parent.as_deref())),
            });
            debug_assert_eq!(change.after.code, after.code);
            by_code.insert(after.code.clone(), after);
        }
        relevel(db, log)
    })
}

/// A unit that moved takes everything below it to the right level.
fn relevel(db: &mut Db, log: &mut Vec<Entry>) -> Result<()> {
    let (units, _) = super::all(db)?;
    for (unit, level) in wrong_levels(&units) {
        units::set_level(db, unit.id, level)?;
        log.push(Entry {
            verb: "unit import",
            table: Some("unit"),
            key: Some(unit.code.clone()),
            old: Some(json!({ "level": unit.level })),
            new: Some(json!({ "level": level })),
        });
    }
    Ok(())
}

/// Units whose level is not how many stand above them, with what it should be.
fn wrong_levels(units: &[Unit]) -> Vec<(&Unit, i64)> {
    let parents: HashMap<i64, Option<i64>> = units.iter().map(|unit| (unit.id, unit.parent_id)).collect();
    let level = |unit: &Unit| {
        let above = std::iter::successors(unit.parent_id, |id| parents.get(id).copied().flatten());
        // More levels, or a circle, imports reject; what is there already an audit tells.
        above.take(MOST_LEVELS + 1).count()
    };
    units
        .iter()
        .map(|unit| (unit, level(unit)))
        .filter(|(unit, level)| *level <= MOST_LEVELS && *level as i64 != unit.level)
        .map(|(unit, level)| (unit, level as i64))
        .collect()
}
