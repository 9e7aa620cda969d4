//! `swj unit`: the bureau's units (单位).

mod add;
pub(crate) mod change;
mod close;
mod export;
mod history;
mod import;
mod list;
mod merge;
mod relocate;
mod rename;
mod set;
mod show;
mod split;
mod tree;

use std::collections::HashMap;

use anyhow::Result;
use jiff::civil::Date;

use crate::cli::import::{remedy_of, rule_broken};
use crate::context::{Context, Outcome};
use crate::db::Db;
use crate::db::units::{self, NewUnit, Unit, UnitFilter};
use crate::failure::{Exit, Failure};
use crate::people::{Past, Standing, UnitFacts, below, stood_on};
use crate::say;

/// Units of the bureau
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Add(add::Args),
    Set(set::Args),
    Move(relocate::Args),
    Rename(rename::Args),
    Merge(merge::Args),
    Split(split::Args),
    Close(close::Args),
    History(history::Args),
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
            Self::Set(args) => set::run(ctx, args),
            Self::Move(args) => relocate::run(ctx, args),
            Self::Rename(args) => rename::run(ctx, args),
            Self::Merge(args) => merge::run(ctx, args),
            Self::Split(args) => split::run(ctx, args),
            Self::Close(args) => close::run(ctx, args),
            Self::History(args) => history::run(ctx, args),
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

/// A unit's row as the history reads it.
fn standing(unit: &Unit) -> Standing {
    Standing {
        id: unit.id,
        code: unit.code.clone(),
        name: unit.name.clone(),
        short_name: unit.short_name.clone(),
        parent: unit.parent_id,
        opened_on: unit.opened_on.0,
        closed_on: unit.closed_on.map(|day| day.0),
    }
}

/// The history of all units, in the order of effect.
fn past(db: &mut Db) -> Result<Vec<Past>> {
    let changes = units::changes(db)?;
    Ok(changes.iter().map(|row| Past::read(row.unit_id, &row.kind, row.effective_on.0, row.old_value.as_deref())).collect())
}

/// Every unit as it was named, hung and open on `day`; those that were closed by then, or come later, are marked so.
fn as_they_stood(db: &mut Db, day: Date) -> Result<(Vec<Unit>, HashMap<i64, String>)> {
    let (units, codes) = all(db)?;
    let past = past(db)?;
    // What was closed by then keeps its last name and place.
    let open_ended: Vec<Standing> = units.iter().map(|unit| Standing { opened_on: Date::MIN, closed_on: None, ..standing(unit) }).collect();
    let then: HashMap<i64, Standing> = stood_on(&open_ended, &past, day).into_iter().map(|unit| (unit.id, unit)).collect();
    let level = |id: i64| {
        let above = std::iter::successors(then.get(&id).and_then(|unit| unit.parent), |id| then.get(id).and_then(|unit| unit.parent));
        above.take(import::MOST_LEVELS + 1).count() as i64
    };
    let redrawn = units.iter().any(|unit| then.get(&unit.id).is_some_and(|was| was.parent != unit.parent_id));
    let mut stood: Vec<Unit> = units
        .into_iter()
        .filter_map(|mut unit| {
            let was = then.get(&unit.id)?;
            unit.name.clone_from(&was.name);
            unit.short_name.clone_from(&was.short_name);
            unit.parent_id = was.parent;
            if redrawn {
                unit.level = level(unit.id);
            }
            unit.status = match unit.closed_on.map(|day| day.0) {
                _ if unit.opened_on.0 > day => "planned".to_owned(),
                Some(closed) if day < closed => "active".to_owned(),
                // A row that was closed without a day is closed.
                _ => unit.status,
            };
            unit.closed_on = unit.closed_on.filter(|closed| closed.0 <= day);
            Some(unit)
        })
        .collect();
    stood.sort_by(|a, b| (a.level, a.sort_no, &a.code).cmp(&(b.level, b.sort_no, &b.code)));
    Ok((stood, codes))
}

/// A unit on the OA has an information officer; a new one has nobody yet.
pub(crate) fn no_officer(code: &str) -> anyhow::Error {
    Failure::new("unit.no-officer", Exit::Conflict, say!("unit-no-officer", code = code))
        .hint(say!("unit-no-officer-hint", code = code))
        .into()
}

/// Every unit but the bureau and those outside belongs to another.
fn no_parent(code: &str) -> anyhow::Error {
    Failure::new("unit.no-parent", Exit::Usage, rule_broken("unit-parent-missing", code)).hint(remedy_of("unit-parent-missing")).into()
}

/// A unit does not begin on a day to come: until then it and those below it would stand in no tree.
fn not_to_come(ctx: &Context, opened_on: Date) -> Result<()> {
    if opened_on > ctx.clock.now().day() {
        return Err(Failure::new("unit.not-yet", Exit::Usage, say!("unit-not-yet", on = opened_on.to_string()))
            .hint(say!("unit-not-yet-hint"))
            .into());
    }
    Ok(())
}

/// A unit does not begin before the one it belongs to.
fn not_before_parent(parent: &Unit, opened_on: Date) -> Result<()> {
    if opened_on < parent.opened_on.0 {
        let (code, on, since) = (parent.code.clone(), opened_on.to_string(), parent.opened_on.to_string());
        return Err(Failure::new("unit.too-early", Exit::Conflict, say!("unit-too-early", code = code.clone(), on = on, since = since))
            .hint(say!("unit-before-parent-hint", code = code))
            .into());
    }
    Ok(())
}

/// The row ids of a unit and of everything below it.
///
/// # Errors
/// No such unit; the database.
pub(crate) fn with_those_below(db: &mut Db, code: &str) -> Result<Vec<i64>> {
    let (units, codes) = all(db)?;
    let parents = units.iter().map(|unit| (unit.code.as_str(), unit.parent_id.and_then(|id| codes.get(&id)).map(String::as_str)));
    let found = below(code, parents);
    if found.is_empty() {
        return Err(unknown(code));
    }
    Ok(units.iter().filter(|unit| found.contains(unit.code.as_str())).map(|unit| unit.id).collect())
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

/// A unit's row as one to write.
fn as_row(unit: &Unit) -> NewUnit {
    NewUnit {
        code: unit.code.clone(),
        name: unit.name.clone(),
        short_name: unit.short_name.clone(),
        kind: unit.kind.clone(),
        parent_id: unit.parent_id,
        level: unit.level,
        uscc: unit.uscc.clone(),
        division_code: unit.division_code.clone(),
        oa_mode: unit.oa_mode.clone(),
        status: unit.status.clone(),
        opened_on: unit.opened_on,
        closed_on: unit.closed_on,
        sort_no: unit.sort_no,
    }
}

/// A row to write as facts to judge; its parent is not among them.
fn facts_of(row: &NewUnit) -> UnitFacts {
    UnitFacts {
        code: row.code.clone(),
        name: row.name.clone(),
        short_name: row.short_name.clone(),
        kind: row.kind.clone(),
        parent: None,
        uscc: row.uscc.clone(),
        division_code: row.division_code.clone(),
        oa_mode: row.oa_mode.clone(),
        opened_on: row.opened_on.0,
        sort_no: row.sort_no,
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
