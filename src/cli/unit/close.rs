use anyhow::Result;

use super::change::{Change, Owned, When, active, closure, closure_of, not_the_organisation};
use crate::cli::import::moved;
use crate::context::{Context, Outcome};
use crate::db::Db;
use crate::db::units::{self, Unit};
use crate::failure::{Exit, Failure};
use crate::say;

/// Close a unit (撤销)
///
/// A unit that still owns people, open papers, running cases, open requests or units is refused unless
/// a successor takes all of it over in the same transaction. The unit stays for the past.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Code of the unit
    code: String,
    /// Code of the unit that takes over what it owns
    #[arg(long, value_name = "CODE")]
    successor: Option<String>,
    #[command(flatten)]
    when: When,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let change = Change::new(ctx, "unit close", &args.when)?;
    end(ctx, &change, "close", "unit.close", std::slice::from_ref(&args.code), args.successor.as_deref())?;
    Ok(Outcome::Done)
}

/// Closes units, each with what it owns going to the successor.
pub(super) fn end(
    ctx: &mut Context,
    change: &Change,
    kind: &'static str,
    schema: &'static str,
    codes: &[String],
    successor: Option<&str>,
) -> Result<()> {
    let (units, heir) = planned(ctx.db()?, change, codes, successor)?;
    let mut report = closure(schema);
    let mut before = Vec::new();
    for unit in &units {
        let owned = Owned::of(ctx.db()?, unit)?;
        closure_of(&mut report, unit, &owned, successor, change.on);
        before.push(owned.counts());
        if heir.is_none() && !owned.counts().is_empty() {
            // Said before anything is asked.
            return Err(owned.refusal(unit));
        }
    }
    ctx.show_plan(&report)?;
    ctx.go_ahead(&say!("unit-close-question", codes = codes.join(", ")))?;
    ctx.write(|db, log| {
        units::one_at_a_time(db)?;
        let now = planned(db, change, codes, successor)?;
        if now != (units.clone(), heir.clone()) {
            return Err(moved(&codes.join(", ")));
        }
        for unit in &units {
            let unit = active(db, &unit.code)?;
            change.dissolve(db, log, &unit, kind, heir.as_ref())?;
            if let Some(heir) = heir.as_ref().filter(|_| kind == "merge") {
                change.note(db, heir, kind, Some(unit.code.clone()), Some(heir.code.clone()))?;
            }
        }
        change.relevel(db, log)
    })?;
    ctx.show(report)?;
    let said = say!("unit-closed-done", codes = codes.join(", "));
    ctx.remark(&if ctx.globals.dry_run { say!("dry-run") } else { said });
    Ok(())
}

fn planned(db: &mut Db, change: &Change, codes: &[String], successor: Option<&str>) -> Result<(Vec<Unit>, Option<Unit>)> {
    let heir = successor.map(|code| active(db, code)).transpose()?;
    let mut units = Vec::new();
    for code in codes {
        let unit = active(db, code)?;
        not_the_organisation(db, &unit)?;
        change.in_order(db, &unit)?;
        change.nothing_below_later(db, &unit)?;
        if heir.as_ref().is_some_and(|heir| heir.id == unit.id) || units.contains(&unit) {
            return Err(Failure::new("unit.itself", Exit::Usage, say!("unit-itself", code = code.clone()))
                .hint(say!("unit-itself-hint"))
                .into());
        }
        units.push(unit);
    }
    if let Some(heir) = heir.as_ref().filter(|heir| heir.opened_on.0 > change.on) {
        return Err(super::relocate::not_there_yet(heir, change));
    }
    Ok((units, heir))
}
