use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::Result;
use serde_json::json;

use crate::cli::import::{Ask, ImportArgs, counted, empty_report, moved, plan_report, push, with_counts};
use crate::cli::layout::LayoutArgs;
use crate::cli::plan_file::{PlanArgs, Planned};
use crate::cli::user::{all_faults, rejects};
use crate::context::{Context, Outcome};
use crate::db::Db;
use crate::db::units::{self, Unit};
use crate::db::users;
use crate::ledger::Entry;
use crate::people::{Fate, Lookups, UNIT_FIELDS, UnitFacts, narrowed, needs_officer, needs_parent, read_unit, tree_order};
use crate::plan::{Change, Reject, compare_after};
use crate::say;

/// Import units from a table
///
/// Adds units that are not there and brings the others up to date; shows the plan,
/// asks, and writes all of it or nothing.
#[derive(Debug, clap::Args)]
#[command(mut_arg("file", |file| file.required(false).required_unless_present("apply_plan")))]
pub(crate) struct Args {
    #[command(flatten)]
    import: ImportArgs,
    #[command(flatten)]
    plan: PlanArgs,
    #[command(flatten)]
    layout: LayoutArgs,
    /// Hang the file's topmost units under this unit
    #[arg(long, value_name = "CODE", conflicts_with = "apply_plan")]
    under: Option<String>,
    /// Units the file does not name: keep, or report; closing one takes a successor
    #[arg(long, value_enum, default_value = "keep", value_name = "WHAT", conflicts_with = "apply_plan")]
    absent: Absent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Absent {
    Keep,
    Report,
}

const SCHEMA: &str = "swj.unit.plan/1";

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    crate::cli::user::not_ahead(ctx)?;
    args.plan.is_new()?;
    if let Some(path) = &args.plan.apply_plan {
        return carry_out(ctx, path);
    }
    let today = ctx.clock.today();
    let (units, codes) = super::all(ctx.db()?)?;
    let known: HashMap<String, UnitFacts> = units.iter().map(|unit| (unit.code.clone(), super::facts(unit, &codes))).collect();
    let closed: HashSet<&str> = units.iter().filter(|unit| unit.status != "active").map(|unit| unit.code.as_str()).collect();
    if let Some(code) = &args.under {
        super::known(ctx, code)?;
    }
    let layout = args.layout.layout();
    let fields = layout.as_ref().map_or(UNIT_FIELDS, |layout| layout.unit.fields(UNIT_FIELDS));
    let lookups = match &layout {
        Some(layout) => args.layout.lookups(ctx, &args.import, &layout.unit)?,
        None => Lookups::new(),
    };
    let officers: HashSet<i64> = users::units_with_officer(ctx.db()?)?.into_iter().collect();
    let officered: HashSet<&str> = units.iter().filter(|unit| officers.contains(&unit.id)).map(|unit| unit.code.as_str()).collect();
    let mut named = HashSet::new();
    let mut first_lines = HashMap::new();
    let mut out = Vec::new();
    let mut gathered = args.import.gather(ctx, fields, |row| {
        let mut row = row.clone();
        let mut faults = Vec::new();
        let says = match &layout {
            None => Fate::Status("active".to_owned()),
            Some(layout) => layout.translate(&layout.unit, fields, &mut row, &lookups).unwrap_or_else(|found| {
                faults = found;
                Fate::Status("active".to_owned())
            }),
        };
        narrowed(&mut row, fields, &|code| known.contains_key(code));
        let before = row.get("code").and_then(|code| known.get(code));
        match says {
            Fate::Deleted => return Ok(None),
            // An import neither closes a unit nor makes one that is closed already.
            Fate::Status(status) if status != "active" => {
                named.extend(row.get("code").map(str::to_owned));
                out.extend(before.map(|before| before.code.clone()));
                return Ok(None);
            }
            Fate::Status(_) => {}
        }
        named.extend(row.get("code").map(str::to_owned));
        first_lines.entry(row.get("code").unwrap_or_default().to_owned()).or_insert(row.line);
        let mut facts = all_faults(&row, faults, read_unit(&row, before, today))?;
        if let (None, Some(under)) = (&facts.parent, &args.under) {
            facts.parent = Some(under.clone()).filter(|under| *under != facts.code);
        }
        match &facts.parent {
            Some(code) if closed.contains(code.as_str()) && before.is_none_or(|before| before.parent.as_ref() != Some(code)) => {
                Err(rejects(&row, vec![("parent", "unit-is-closed", code.clone())]))
            }
            None if asks_parent(before, &facts) => Err(rejects(&row, vec![("parent", "unit-parent-missing", facts.code.clone())])),
            // Those of a new unit come with the list of people; one that is there has its people already.
            _ if before.is_some() && asks_officer(before, &facts) && !officered.contains(facts.code.as_str()) => {
                Err(rejects(&row, vec![("oa_mode", "unit-officer-missing", facts.code.clone())]))
            }
            _ => Ok(Some((row.line, facts, row.original().to_vec()))),
        }
    })?;
    let rows = std::mem::take(&mut gathered.rows);
    let all = rows.len();
    let mut rows: Vec<_> = rows.into_iter().flatten().collect();
    gathered.pass_over((all - rows.len()) as u64);
    reject_orphans(&mut rows, &mut gathered.rejects, &mut gathered.counts, &known);
    reject_circles(&mut rows, &mut gathered.rejects, &mut gathered.counts, &known);
    let mut plan = compare_after(&known, rows, first_lines);
    let source = args.import.file().file_name().unwrap_or_default().to_string_lossy().into_owned();
    let summary = gathered.planned(&mut plan);
    let planned = Planned { counts: summary.counts, changes: plan.changes, gone: Vec::new(), source };
    let mut report = plan_report("unit.import", &planned.changes);
    let wrong = if planned.changes.is_empty() { wrong_levels(&units) } else { Vec::new() };
    for (unit, level) in &wrong {
        push(&mut report, 0, "change", &unit.code, "level", Some(unit.level.to_string()), Some(level.to_string()));
    }
    out.retain(|code: &String| units.iter().any(|unit| unit.code == *code && unit.status == "active"));
    if !out.is_empty() {
        let sentence = say!("import-units-out", units = out.join(", "));
        ctx.remark(&sentence);
        report.warn("units-out", sentence);
    }
    let new = planned.changes.iter().filter(|change| change.before.is_none() && asks_officer(None, &change.after));
    let bare: Vec<&str> = new.map(|change| change.after.code.as_str()).collect();
    if !bare.is_empty() {
        let sentence = say!("import-units-without-officer", count = bare.len().to_string(), units = bare.join(", "));
        ctx.remark(&sentence);
        report.warn("units-without-officer", sentence);
    }
    if args.absent == Absent::Report {
        let absent: Vec<_> = units.iter().filter(|unit| unit.status == "active" && !named.contains(&unit.code)).collect();
        for unit in &absent {
            push(&mut report, 0, "absent", &unit.code, "status", Some(unit.status.clone()), None);
        }
        report = report.with_summary("absent", absent.len() as u64);
    }
    let summary = summary.and_writes(wrong.len() as u64);
    match &args.plan.plan {
        Some(path) => args.import.finish(ctx, summary.asking(Ask::Never), report, |ctx| planned.put_down(ctx, SCHEMA, path)),
        None => args.import.finish(ctx, summary, report, |ctx| write(ctx, planned.changes)),
    }
}

/// Whether a unit, as it shall be and was not before, belongs to none though its kind does.
fn asks_parent(before: Option<&UnitFacts>, after: &UnitFacts) -> bool {
    let bare = |unit: &UnitFacts| needs_parent(&unit.kind) && unit.parent.is_none();
    bare(after) && !before.is_some_and(bare)
}

/// Whether a unit, as it shall be and was not before, needs an information officer (信息员).
fn asks_officer(before: Option<&UnitFacts>, after: &UnitFacts) -> bool {
    let asks = |unit: &UnitFacts| needs_officer(&unit.kind, &unit.oa_mode);
    asks(after) && !before.is_some_and(asks)
}

/// Carries out a plan written earlier.
fn carry_out(ctx: &mut Context, path: &Path) -> Result<Outcome> {
    ctx.fits(&empty_report("unit.import"))?;
    let planned: Planned<UnitFacts> = Planned::take_up(ctx, SCHEMA, path)?;
    let (counts, writes) = (planned.counts, planned.writes());
    let report = with_counts(plan_report("unit.import", &planned.changes), &counts, &[])
        .with_summary("outcome", if counts.rejected == 0 { "complete" } else { "partial" });
    if writes > 0 {
        ctx.show_plan(&report)?;
        Ask::Plainly.put(ctx, writes)?;
        write(ctx, planned.changes)?;
    }
    ctx.show(report)?;
    ctx.remark(&counted(&counts));
    match (writes, ctx.globals.dry_run) {
        (0, _) => ctx.remark(&say!("import-nothing")),
        (_, true) => ctx.remark(&say!("dry-run")),
        _ => {}
    }
    Ok(Outcome::Done)
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
            let parent = match &facts.parent {
                Some(code) => Some(by_code.get(code).cloned().ok_or_else(|| moved(code))?),
                None => None,
            };
            let officer = match by_code.get(&facts.code).map(|unit| unit.id) {
                Some(id) => units::has_officer(db, id)?,
                None => false,
            };
            if change.before.is_some() && asks_officer(change.before.as_ref(), facts) && !officer {
                return Err(moved(&facts.code));
            }
            let moves = change.before.as_ref().is_none_or(|before| before.parent != facts.parent);
            if let Some(parent) = parent.as_ref().filter(|parent| moves && parent.status != "active") {
                return Err(moved(&parent.code));
            }
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
        // A plan carried out later may meet a tree that has grown otherwise since.
        let parents: HashMap<i64, Option<i64>> = by_code.values().map(|unit| (unit.id, unit.parent_id)).collect();
        for unit in facts.iter().filter_map(|facts| by_code.get(&facts.code)) {
            let above = std::iter::successors(unit.parent_id, |id| parents.get(id).copied().flatten());
            if above.take(MOST_LEVELS + 1).count() > MOST_LEVELS {
                return Err(moved(&unit.code));
            }
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
