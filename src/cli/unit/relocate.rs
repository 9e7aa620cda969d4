use anyhow::Result;

use super::change::{Change, When, active};
use crate::cli::columns::{left, report};
use crate::cli::import::{moved, rule_broken};
use crate::context::{Context, Outcome};
use crate::db::Db;
use crate::db::units::{self, Unit};
use crate::failure::{Exit, Failure};
use crate::people::circle_if_moved;
use crate::say;

/// Hang a unit under another (划转)
///
/// Everything below it moves along. A move that would hang a unit on itself, on that day or on a later
/// one, is refused.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Code of the unit
    code: String,
    /// Code of the unit it belongs to from then on
    #[arg(long, value_name = "CODE")]
    to: String,
    #[command(flatten)]
    when: When,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let change = Change::new(ctx, "unit move", &args.when)?;
    let before = planned(ctx.db()?, &change, args)?;
    let (unit, old, new) = &before;
    let mut report = report("unit.move", vec![left("code"), left("before"), left("after"), left("effective_on")]);
    let code = |unit: &Unit| unit.code.clone();
    report.push(vec![unit.code.clone().into(), old.as_ref().map(code).into(), new.code.clone().into(), change.on.into()]);
    if unit.parent_id == Some(new.id) {
        ctx.show(report)?;
        ctx.remark(&say!("unit-nothing-to-change"));
        return Ok(Outcome::Done);
    }
    ctx.show_plan(&report)?;
    ctx.go_ahead(&say!("unit-move-question", code = unit.code.clone(), to = new.code.clone()))?;
    ctx.write(|db, log| {
        units::one_at_a_time(db)?;
        let now = planned(db, &change, args)?;
        if now != before {
            return Err(moved(&now.0.code));
        }
        change.hang(db, log, unit, old.as_ref(), new)?;
        change.relevel(db, log)
    })?;
    ctx.show(report)?;
    let (code, to) = (unit.code.clone(), new.code.clone());
    ctx.remark(&if ctx.globals.dry_run { say!("dry-run") } else { say!("unit-moved", code = code, to = to) });
    Ok(Outcome::Done)
}

/// The unit, what it hangs under, what it shall hang under.
fn planned(db: &mut Db, change: &Change, args: &Args) -> Result<(Unit, Option<Unit>, Unit)> {
    let unit = active(db, &args.code)?;
    let new = active(db, &args.to)?;
    let (all, _) = super::all(db)?;
    let old = unit.parent_id.and_then(|id| all.into_iter().find(|other| other.id == id));
    if unit.parent_id == Some(new.id) {
        return Ok((unit, old, new));
    }
    change.in_order(db, &unit)?;
    if new.opened_on.0 > change.on {
        return Err(not_there_yet(&new, change));
    }
    let (units, past) = Change::past(db)?;
    if let Some(day) = circle_if_moved(&units, &past, unit.id, new.id, change.on) {
        return Err(Failure::new("unit.circle", Exit::Conflict, format!("{} ({day})", rule_broken("unit-circle", &new.code)))
            .hint(say!("fix-unit-circle"))
            .into());
    }
    Ok((unit, old, new))
}

/// A successor or parent that was founded later.
pub(super) fn not_there_yet(unit: &Unit, change: &Change) -> anyhow::Error {
    let (code, on, since) = (unit.code.clone(), change.on.to_string(), unit.opened_on.to_string());
    Failure::new("unit.too-early", Exit::Conflict, say!("unit-too-early", code = code.clone(), on = on, since = since))
        .hint(say!("unit-too-early-hint", code = code))
        .into()
}
