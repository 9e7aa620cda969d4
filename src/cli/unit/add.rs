use anyhow::Result;

use super::change::needs_officer;
use crate::cli::columns::{left, report};
use crate::cli::import::{on_one_line, rule_broken};
use crate::context::{Context, Outcome};
use crate::db::units::{self, NewUnitChange};
use crate::db::users;
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::people::{UnitFacts, first_mode, needs_parent};
use crate::say;

/// Add a unit
///
/// An office or subordinate unit takes part in the OA (`unit set --oa-mode full`) once it has an information
/// officer; until then it is not connected.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Code of the new unit, unique
    code: String,
    /// Full name
    #[arg(long)]
    name: String,
    /// Short name; the full name if not given
    #[arg(long)]
    short_name: Option<String>,
    /// Kind of unit
    #[arg(long, default_value = "subordinate", value_parser = ["bureau", "office", "subordinate", "district", "external"])]
    kind: String,
    /// Code of the unit it belongs to
    #[arg(long, value_name = "CODE")]
    parent: Option<String>,
    /// Unified social credit code
    #[arg(long)]
    uscc: Option<String>,
    /// Division code (GB/T 2260)
    #[arg(long, value_name = "CODE")]
    division: Option<String>,
    /// How it takes part in the OA; by its kind if not given
    #[arg(long, value_parser = ["full", "exchange", "none"])]
    oa_mode: Option<String>,
    /// First day; today if not given
    #[arg(long, value_name = "DATE")]
    opened_on: Option<String>,
    /// Position in lists
    #[arg(long, default_value_t = 0, value_name = "N")]
    sort_no: i64,
    /// Basis document (依据文件)
    #[arg(long, value_name = "TEXT")]
    basis: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    crate::cli::user::not_ahead(ctx)?;
    let opened_on = match &args.opened_on {
        Some(text) => crate::context::parse_day(text)?,
        None => ctx.clock.today(),
    };
    let facts = UnitFacts {
        code: args.code.trim().to_owned(),
        name: args.name.trim().to_owned(),
        short_name: args.short_name.as_deref().unwrap_or(&args.name).trim().to_owned(),
        kind: args.kind.clone(),
        parent: args.parent.clone(),
        uscc: args.uscc.clone(),
        division_code: args.division.clone(),
        oa_mode: args.oa_mode.clone().unwrap_or_else(|| first_mode(&args.kind).to_owned()),
        opened_on,
        sort_no: args.sort_no,
    };
    on_one_line("unit.rule", &facts.name)?;
    on_one_line("unit.rule", &facts.short_name)?;
    super::refuse_faults(&facts)?;
    super::not_to_come(ctx, opened_on)?;
    if needs_officer(&facts.kind, &facts.oa_mode) {
        return Err(super::no_officer(&facts.code));
    }
    let (at, actor, basis) = (ctx.clock.now(), ctx.actor().login, args.basis.clone());
    let unit = ctx.write(|db, log| {
        units::one_at_a_time(db)?;
        if units::by_code(db, &facts.code)?.is_some() {
            return Err(Failure::new("unit.exists", Exit::Conflict, say!("unit-exists", code = facts.code.clone()))
                .hint(say!("unit-exists-hint", code = facts.code.clone()))
                .into());
        }
        let parent = match &facts.parent {
            Some(code) => Some(units::by_code(db, code)?.ok_or_else(|| super::unknown(code))?),
            None => None,
        };
        if parent.is_none() && needs_parent(&facts.kind) {
            return Err(super::no_parent(&facts.code));
        }
        if let Some(parent) = &parent {
            super::not_before_parent(parent, opened_on)?;
            if parent.status != "active" {
                return Err(super::closed(&parent.code));
            }
            if parent.level as usize >= super::import::MOST_LEVELS {
                return Err(Failure::new("unit.too-deep", Exit::Conflict, rule_broken("unit-too-deep", &parent.code))
                    .hint(say!("fix-unit-too-deep"))
                    .into());
            }
        }
        let unit = units::add(db, &super::row(&facts, parent.as_ref()))?;
        let done_by = match &actor {
            Some(login) => users::by_login(db, login)?.map(|user| user.id),
            None => None,
        };
        let opened = NewUnitChange {
            unit_id: unit.id,
            kind: "open",
            effective_on: unit.opened_on,
            old_value: None,
            new_value: Some(unit.name.clone()),
            basis_doc_no: basis,
            done_by,
            done_at: Some(at),
        };
        units::note(db, &opened)?;
        log.push(Entry {
            verb: "unit add",
            table: Some("unit"),
            key: Some(unit.code.clone()),
            old: None,
            new: Some(unit.logged(facts.parent.as_deref())),
        });
        Ok(unit)
    })?;
    let mut report = report("unit.add", vec![left("code"), left("name"), left("kind"), left("parent"), left("status")]);
    report.push(vec![unit.code.into(), unit.name.clone().into(), unit.kind.into(), facts.parent.into(), unit.status.into()]);
    ctx.show(report)?;
    ctx.remark(&if ctx.globals.dry_run { say!("dry-run") } else { say!("unit-added", name = unit.name) });
    Ok(Outcome::Done)
}
