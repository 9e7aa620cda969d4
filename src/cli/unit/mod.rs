//! `swj unit`: the bureau's units (单位).

mod add;
mod export;
mod import;
mod list;
mod show;
mod tree;

use std::collections::HashMap;

use anyhow::Result;

use crate::cli::import::{remedy_of, rule_broken};
use crate::context::{Context, Outcome};
use crate::db::Db;
use crate::db::units::{self, NewUnit, Unit, UnitFilter};
use crate::failure::{Exit, Failure};
use crate::people::UnitFacts;
use crate::say;

/// Units of the bureau
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Add(add::Args),
    List(list::Args),
    Tree(tree::Args),
    Show(show::Args),
    Import(import::Args),
    Export(export::Args),
}

impl Command {
    pub(crate) fn run(&self, ctx: &mut Context) -> Result<Outcome> {
        match self {
            Self::Add(args) => add::run(ctx, args),
            Self::List(args) => list::run(ctx, args),
            Self::Tree(args) => tree::run(ctx, args),
            Self::Show(args) => show::run(ctx, args),
            Self::Import(args) => import::run(ctx, args),
            Self::Export(args) => export::run(ctx, args),
        }
    }
}

/// Every unit, and the code of each by row id.
fn all(db: &mut Db) -> Result<(Vec<Unit>, HashMap<i64, String>)> {
    let units = units::list(db, &UnitFilter::default())?;
    let codes = units.iter().map(|unit| (unit.id, unit.code.clone())).collect();
    Ok((units, codes))
}

/// Refuses a unit that is not there.
pub(crate) fn known(ctx: &mut Context, code: &str) -> Result<()> {
    crate::db::units::by_code(ctx.db()?, code)?.map(|_| ()).ok_or_else(|| unknown(code))
}

/// No such unit: says where to look.
pub(crate) fn unknown(code: &str) -> anyhow::Error {
    Failure::new("unit.unknown", Exit::NotFound, say!("unit-unknown", code = code)).hint(say!("unit-unknown-hint")).into()
}

/// A unit that was closed takes nothing new.
pub(crate) fn closed(code: &str) -> anyhow::Error {
    Failure::new("unit.closed", Exit::Conflict, say!("unit-closed", code = code)).hint(say!("unit-closed-hint")).into()
}

/// The rules an import of units holds hold for one unit too.
fn refuse_faults(facts: &UnitFacts) -> Result<()> {
    match facts.faults(None).first() {
        None => Ok(()),
        Some((column, rule, value)) => {
            Err(Failure::new("unit.rule", Exit::Usage, format!("{column}: {}", rule_broken(rule, value))).hint(remedy_of(rule)).into())
        }
    }
}

/// A unit's row as facts to compare with.
fn facts(unit: &Unit, codes: &HashMap<i64, String>) -> UnitFacts {
    UnitFacts {
        code: unit.code.clone(),
        name: unit.name.clone(),
        short_name: unit.short_name.clone(),
        kind: unit.kind.clone(),
        parent: unit.parent_id.and_then(|id| codes.get(&id).cloned()),
        uscc: unit.uscc.clone(),
        division_code: unit.division_code.clone(),
        oa_mode: unit.oa_mode.clone(),
        opened_on: unit.opened_on.0,
        sort_no: unit.sort_no,
    }
}

/// Facts as a row to write under `parent`.
fn row(facts: &UnitFacts, parent: Option<&Unit>) -> NewUnit {
    NewUnit {
        code: facts.code.clone(),
        name: facts.name.clone(),
        short_name: facts.short_name.clone(),
        kind: facts.kind.clone(),
        parent_id: parent.map(|unit| unit.id),
        level: parent.map_or(0, |unit| unit.level + 1),
        uscc: facts.uscc.clone(),
        division_code: facts.division_code.clone(),
        oa_mode: facts.oa_mode.clone(),
        status: "active".to_owned(),
        opened_on: facts.opened_on.into(),
        closed_on: None,
        sort_no: facts.sort_no,
    }
}
