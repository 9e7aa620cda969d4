use anyhow::Result;
use serde_json::json;

use super::change::{Change, When, active};
use crate::cli::columns::{left, report};
use crate::cli::import::{moved, on_one_line, remedy_of, rule_broken};
use crate::context::{Context, Outcome};
use crate::db::Db;
use crate::db::units::{self, NewUnit, Unit};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::people::names_noted;
use crate::say;

/// Rename a unit
///
/// The old name stays in the history; `unit show --as-of` shows it for the days it was in force.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Code of the unit
    code: String,
    /// New full name
    #[arg(long)]
    name: String,
    /// New short name; the full name if not given
    #[arg(long)]
    short_name: Option<String>,
    #[command(flatten)]
    when: When,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let name = args.name.trim().to_owned();
    let short = args.short_name.as_deref().map_or(name.as_str(), str::trim).to_owned();
    if name.is_empty() || short.is_empty() {
        return Err(Failure::new("unit.rule", Exit::Usage, rule_broken("value-missing", "--name")).hint(remedy_of("value-missing")).into());
    }
    on_one_line("unit.rule", &name)?;
    on_one_line("unit.rule", &short)?;
    let change = Change::new(ctx, "unit rename", &args.when)?;
    let before = planned(ctx.db()?, &change, &args.code)?;
    let mut report = report("unit.rename", vec![left("code"), left("before"), left("after"), left("effective_on")]);
    report.push(vec![before.code.clone().into(), before.name.clone().into(), name.clone().into(), change.on.into()]);
    if before.name == name && before.short_name == short {
        ctx.show(report)?;
        ctx.remark(&say!("unit-nothing-to-change"));
        return Ok(Outcome::Done);
    }
    ctx.show_plan(&report)?;
    ctx.go_ahead(&say!("unit-rename-question", code = before.code.clone(), name = name.clone()))?;
    ctx.write(|db, log| {
        units::one_at_a_time(db)?;
        let unit = planned(db, &change, &args.code)?;
        if unit != before {
            return Err(moved(&unit.code));
        }
        let noted = (names_noted(&unit.name, &unit.short_name), names_noted(&name, &short));
        let row = NewUnit { name: name.clone(), short_name: short.clone(), ..super::as_row(&unit) };
        units::edit(db, unit.id, &row)?;
        change.note(db, &unit, "rename", Some(noted.0), Some(noted.1))?;
        log.push(Entry {
            verb: change.verb,
            table: Some("unit"),
            key: Some(unit.code.clone()),
            old: Some(json!({ "name": unit.name, "short_name": unit.short_name })),
            new: Some(json!({ "name": name, "short_name": short, "effective_on": change.on.to_string(), "basis": change.basis })),
        });
        Ok(())
    })?;
    ctx.show(report)?;
    ctx.remark(&if ctx.globals.dry_run { say!("dry-run") } else { say!("unit-renamed", code = before.code, name = name) });
    Ok(Outcome::Done)
}

fn planned(db: &mut Db, change: &Change, code: &str) -> Result<Unit> {
    let unit = active(db, code)?;
    change.in_order(db, &unit)?;
    Ok(unit)
}
