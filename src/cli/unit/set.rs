use anyhow::Result;
use serde_json::json;

use super::change::{active, needs_officer};
use crate::cli::columns::{left, report};
use crate::cli::import::{moved, remedy_of, rule_broken};
use crate::context::{Context, Outcome};
use crate::db::Db;
use crate::db::units::{self, NewUnit, Unit};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::people::needs_parent;
use crate::plan::Facts;
use crate::say;

/// Change what describes a unit
///
/// Names change by `unit rename`, parents by `unit move`: both keep their history. An empty value clears.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Code of the unit
    code: String,
    /// Kind of unit
    #[arg(long, value_parser = ["bureau", "office", "subordinate", "district", "external"])]
    kind: Option<String>,
    /// Unified social credit code
    #[arg(long)]
    uscc: Option<String>,
    /// Division code (GB/T 2260)
    #[arg(long, value_name = "CODE")]
    division: Option<String>,
    /// How it takes part in the OA
    #[arg(long, value_parser = ["full", "exchange", "none"])]
    oa_mode: Option<String>,
    /// First day
    #[arg(long, value_name = "DATE")]
    opened_on: Option<String>,
    /// Position in lists
    #[arg(long, value_name = "N")]
    sort_no: Option<i64>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    crate::cli::user::not_ahead(ctx)?;
    let opened_on = args.opened_on.as_deref().map(crate::context::parse_day).transpose()?;
    if let Some(day) = opened_on {
        super::not_to_come(ctx, day)?;
    }
    let (before, row) = planned(ctx.db()?, args, opened_on)?;
    let mut report = report("unit.set", vec![left("code"), left("field"), left("before"), left("after")]);
    let differences = differences(&before, &row);
    for (field, old, new) in &differences {
        report.push(vec![before.code.clone().into(), (*field).into(), old.clone().into(), new.clone().into()]);
    }
    if differences.is_empty() {
        ctx.show(report)?;
        ctx.remark(&say!("unit-nothing-to-change"));
        return Ok(Outcome::Done);
    }
    ctx.show_plan(&report)?;
    ctx.go_ahead(&say!("unit-set-question", code = before.code.clone()))?;
    ctx.write(|db, log| {
        units::one_at_a_time(db)?;
        if planned(db, args, opened_on)? != (before.clone(), row.clone()) {
            return Err(moved(&before.code));
        }
        units::edit(db, before.id, &row)?;
        let values = |new: bool| {
            let pick = |(field, old, value): &(&'static str, Option<String>, Option<String>)| {
                ((*field).to_owned(), json!(if new { value } else { old }))
            };
            serde_json::Value::Object(differences.iter().map(pick).collect())
        };
        log.push(Entry {
            verb: "unit set",
            table: Some("unit"),
            key: Some(before.code.clone()),
            old: Some(values(false)),
            new: Some(values(true)),
        });
        Ok(())
    })?;
    ctx.show(report)?;
    ctx.remark(&if ctx.globals.dry_run { say!("dry-run") } else { say!("unit-set-done", code = before.code) });
    Ok(Outcome::Done)
}

type Difference = (&'static str, Option<String>, Option<String>);

fn differences(unit: &Unit, row: &NewUnit) -> Vec<Difference> {
    let old = super::facts(unit, &std::collections::HashMap::new()).fields();
    let new = super::facts_of(row).fields();
    old.into_iter().zip(new).filter(|(old, new)| old.1 != new.1).map(|((field, old), (_, new))| (field, old, new)).collect()
}

fn planned(db: &mut Db, args: &Args, opened_on: Option<jiff::civil::Date>) -> Result<(Unit, NewUnit)> {
    let unit = active(db, &args.code)?;
    let mut row = super::as_row(&unit);
    let given = |text: &Option<String>, old: Option<String>| match text.as_deref().map(str::trim) {
        None => old,
        Some("") => None,
        Some(text) => Some(text.to_owned()),
    };
    row.uscc = given(&args.uscc, row.uscc);
    row.division_code = given(&args.division, row.division_code);
    if let Some(kind) = &args.kind {
        row.kind.clone_from(kind);
    }
    if let Some(mode) = &args.oa_mode {
        row.oa_mode.clone_from(mode);
    }
    row.sort_no = args.sort_no.unwrap_or(row.sort_no);
    if let Some(day) = opened_on {
        row.opened_on = day.into();
        let (all, _) = super::all(db)?;
        if let Some(parent) = all.iter().find(|other| Some(other.id) == unit.parent_id) {
            super::not_before_parent(parent, day)?;
        }
        let first = units::changes(db)?.into_iter().find(|change| change.unit_id == unit.id && change.kind != "open");
        if let Some(first) = first.filter(|first| first.effective_on.0 < day) {
            let (code, on, since) = (unit.code, day.to_string(), first.effective_on.to_string());
            return Err(Failure::new(
                "unit.opened-late",
                Exit::Conflict,
                say!("unit-opened-late", code = code.clone(), on = on, since = since),
            )
            .hint(say!("unit-too-early-hint", code = code))
            .into());
        }
    }
    // A code that is on record as it is is not asked about again.
    if let Some((column, rule, value)) = super::facts_of(&row).faults(Some(&super::facts_of(&super::as_row(&unit)))).first() {
        return Err(Failure::new("unit.rule", Exit::Usage, format!("{column}: {}", rule_broken(rule, value))).hint(remedy_of(rule)).into());
    }
    if row.parent_id.is_none() && needs_parent(&row.kind) && !needs_parent(&unit.kind) {
        return Err(super::no_parent(&unit.code));
    }
    let asked = needs_officer(&row.kind, &row.oa_mode) && !needs_officer(&unit.kind, &unit.oa_mode);
    if asked && !units::has_officer(db, unit.id)? {
        return Err(super::no_officer(&unit.code));
    }
    Ok((unit, row))
}
