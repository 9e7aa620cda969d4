use std::collections::{HashMap, HashSet};

use anyhow::Result;

use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};
use crate::db::units::Unit;
use crate::view::{Cell, Report};

/// Show the units as a tree
///
/// With --as-of as it stood on that day.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only the branch under this unit
    code: Option<String>,
    /// Closed units too
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let (day, asked) = (ctx.clock.today(), ctx.globals.as_of.is_some());
    let (mut units, _) = super::as_they_stood(ctx.db()?, day)?;
    units.retain(|unit| unit.status == "active" || (args.all && !(asked && unit.status == "planned")));
    let mut children: HashMap<Option<i64>, Vec<&Unit>> = HashMap::new();
    let there: HashSet<i64> = units.iter().map(|unit| unit.id).collect();
    for unit in &units {
        // A unit whose parent is closed or hidden stands at the top, never lost.
        let parent = unit.parent_id.filter(|id| there.contains(id));
        children.entry(parent).or_default().push(unit);
    }
    let top: Vec<&Unit> = match &args.code {
        Some(code) => vec![units.iter().find(|unit| unit.code == *code).ok_or_else(|| super::unknown(code))?],
        None => children.get(&None).cloned().unwrap_or_default(),
    };
    let mut report = report("unit.tree", vec![left("tree"), left("code"), left("kind"), right("units_below")]);
    report.key = 1;
    let mut shown = HashSet::new();
    for unit in top {
        grow(&mut report, &children, unit, 0, &mut shown);
    }
    // Units above each other in a circle hang on nothing: each circle stands at the top, by one of its units.
    for unit in units.iter().filter(|_| args.code.is_none()) {
        if !shown.contains(&unit.id) {
            grow(&mut report, &children, unit, 0, &mut shown);
        }
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}

/// Adds a unit and what is below it; returns how many units that is without itself.
/// One that was shown already ends a circle.
fn grow(report: &mut Report, children: &HashMap<Option<i64>, Vec<&Unit>>, unit: &Unit, depth: usize, shown: &mut HashSet<i64>) -> i64 {
    shown.insert(unit.id);
    let at = report.rows.len();
    let name = format!("{}{}", "  ".repeat(depth), unit.short_name);
    report.push(vec![name.into(), unit.code.clone().into(), unit.kind.clone().into(), Cell::Empty]);
    let mut below = 0;
    for child in children.get(&Some(unit.id)).into_iter().flatten() {
        if !shown.contains(&child.id) {
            below += 1 + grow(report, children, child, depth + 1, shown);
        }
    }
    report.rows[at][3] = Cell::Int(below);
    below
}
