//! What moving, renaming, closing, merging and splitting units share: the day, the basis, what a unit still owns.

use std::collections::HashMap;

use anyhow::Result;
use jiff::civil::Date;
use serde_json::json;

use crate::cli::columns::{left, report, right};
use crate::cli::import::rule_broken;
use crate::context::Context;
use crate::db::holdings::{self, Holding};
use crate::db::units::{self, NewUnit, NewUnitChange, Unit};
use crate::db::{Db, Instant, settings, users};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
pub(super) use crate::people::needs_officer;
use crate::people::{Past, Standing, last_below, names_noted};
use crate::say;
use crate::view::Report;

/// When a change of the structure takes effect, and by which document.
#[derive(Debug, clap::Args)]
pub(super) struct When {
    /// Effective date; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// Basis document (依据文件)
    #[arg(long, value_name = "TEXT")]
    basis: Option<String>,
}

/// The hand that changes units in one transaction.
pub(super) struct Change {
    pub verb: &'static str,
    pub on: Date,
    pub basis: Option<String>,
    pub at: Instant,
    actor: Option<String>,
}

impl Change {
    /// A day to come is refused: whoever looks today must not see a structure that is not in force.
    pub fn new(ctx: &Context, verb: &'static str, when: &When) -> Result<Self> {
        crate::cli::user::not_ahead(ctx)?;
        let today = ctx.clock.today();
        let on = when.on.as_deref().map(crate::context::parse_day).transpose()?.unwrap_or(today);
        if on > today {
            return Err(Failure::new("unit.not-yet", Exit::Usage, say!("unit-not-yet", on = on.to_string()))
                .hint(say!("unit-not-yet-hint"))
                .into());
        }
        let basis = when.basis.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        Ok(Self { verb, on, basis, at: ctx.clock.now(), actor: ctx.actor().login })
    }

    /// Writes a row of the history; none is ever changed.
    pub fn note(&self, db: &mut Db, unit: &Unit, kind: &'static str, old: Option<String>, new: Option<String>) -> Result<()> {
        let done_by = match &self.actor {
            Some(login) => users::by_login(db, login)?.map(|user| user.id),
            None => None,
        };
        let change = NewUnitChange {
            unit_id: unit.id,
            kind,
            effective_on: self.on.into(),
            old_value: old,
            new_value: new,
            basis_doc_no: self.basis.clone(),
            done_by,
            done_at: Some(self.at),
        };
        Ok(units::note(db, &change)?)
    }

    /// The units as rows, with the history to read them by.
    pub fn past(db: &mut Db) -> Result<(Vec<Standing>, Vec<Past>)> {
        let (units, _) = super::all(db)?;
        Ok((units.iter().map(super::standing).collect(), super::past(db)?))
    }

    /// History grows at its end: nothing is inserted before what a unit is on record with.
    pub fn in_order(&self, db: &mut Db, unit: &Unit) -> Result<()> {
        let last = units::changes(db)?.iter().rev().find(|change| change.unit_id == unit.id).map(|change| change.effective_on.0);
        let since = last.unwrap_or(unit.opened_on.0).max(unit.opened_on.0);
        if self.on >= since {
            return Ok(());
        }
        let (code, on, since) = (unit.code.clone(), self.on.to_string(), since.to_string());
        Err(Failure::new("unit.too-early", Exit::Conflict, say!("unit-too-early", code = code.clone(), on = on, since = since))
            .hint(say!("unit-too-early-hint", code = code))
            .into())
    }

    /// A unit does not end before a day on which another still hung under it; those that hang there now go to the successor.
    pub fn nothing_below_later(&self, db: &mut Db, unit: &Unit) -> Result<()> {
        let (all, _) = super::all(db)?;
        let undated = |other: &Unit| other.status == "closed" && other.closed_on.is_none();
        let handed_on = |other: &&Unit| other.status == "active" && other.parent_id == Some(unit.id) || undated(other);
        let but: Vec<i64> = all.iter().filter(handed_on).map(|other| other.id).collect();
        let units: Vec<Standing> = all.iter().map(super::standing).collect();
        let Some((since, child)) = last_below(&units, &super::past(db)?, &super::standing(unit), self.on, &but) else { return Ok(()) };
        let (code, on, since) = (unit.code.clone(), self.on.to_string(), since.to_string());
        Err(Failure::new(
            "unit.too-early",
            Exit::Conflict,
            say!("unit-below-later", code = code.clone(), on = on, child = child, since = since),
        )
        .hint(say!("unit-too-early-hint", code = code))
        .into())
    }

    /// Hangs a unit under another and notes it.
    pub fn hang(&self, db: &mut Db, log: &mut Vec<Entry>, unit: &Unit, before: Option<&Unit>, under: &Unit) -> Result<()> {
        let before = before.map(|unit| unit.code.clone());
        units::hang(db, unit.id, under.id)?;
        self.note(db, unit, "move", before.clone(), Some(under.code.clone()))?;
        log.push(Entry {
            verb: self.verb,
            table: Some("unit"),
            key: Some(unit.code.clone()),
            old: Some(json!({ "parent": before })),
            new: Some(json!({ "parent": under.code, "effective_on": self.on.to_string(), "basis": self.basis })),
        });
        Ok(())
    }

    /// Brings every level to the number of units above; too deep is refused.
    pub fn relevel(&self, db: &mut Db, log: &mut Vec<Entry>) -> Result<()> {
        let (all, _) = super::all(db)?;
        let parents: HashMap<i64, Option<i64>> = all.iter().map(|unit| (unit.id, unit.parent_id)).collect();
        for unit in &all {
            let above = std::iter::successors(unit.parent_id, |id| parents.get(id).copied().flatten());
            let level = above.take(super::import::MOST_LEVELS + 1).count();
            if level as i64 == unit.level {
                continue;
            }
            if level > super::import::MOST_LEVELS {
                return Err(Failure::new("unit.too-deep", Exit::Conflict, rule_broken("unit-too-deep", &unit.code))
                    .hint(say!("fix-unit-too-deep"))
                    .into());
            }
            units::set_level(db, unit.id, level as i64)?;
            log.push(Entry {
                verb: self.verb,
                table: Some("unit"),
                key: Some(unit.code.clone()),
                old: Some(json!({ "level": unit.level })),
                new: Some(json!({ "level": level })),
            });
        }
        Ok(())
    }

    /// Closes a unit: what it owns and the units below go to `successor` in the same transaction.
    pub fn dissolve(&self, db: &mut Db, log: &mut Vec<Entry>, unit: &Unit, kind: &'static str, successor: Option<&Unit>) -> Result<()> {
        let owned = Owned::of(db, unit)?;
        match successor {
            Some(successor) => self.hand_on(db, log, unit, successor, &owned)?,
            None if !owned.is_empty() => return Err(owned.refusal(unit)),
            None => {}
        }
        let code = successor.map(|unit| unit.code.clone());
        units::close(db, unit.id, self.on.into(), successor.map(|unit| unit.id))?;
        self.note(db, unit, kind, Some(unit.name.clone()), code.clone())?;
        log.push(Entry {
            verb: self.verb,
            table: Some("unit"),
            key: Some(unit.code.clone()),
            old: Some(json!({ "status": unit.status })),
            new: Some(json!({ "status": "closed", "closed_on": self.on.to_string(), "successor": code, "basis": self.basis })),
        });
        Ok(())
    }

    fn hand_on(&self, db: &mut Db, log: &mut Vec<Entry>, unit: &Unit, successor: &Unit, owned: &Owned) -> Result<()> {
        let (all, _) = super::all(db)?;
        let parent = unit.parent_id.and_then(|id| all.iter().find(|other| other.id == id));
        let parents: HashMap<i64, Option<i64>> = all.iter().map(|unit| (unit.id, unit.parent_id)).collect();
        let above: Vec<i64> = std::iter::successors(Some(successor.id), |id| parents.get(id).copied().flatten()).take(all.len()).collect();
        for child in &owned.children {
            // The branch the successor stands in goes up; the others go to it.
            let under = if above.contains(&child.id) { parent } else { Some(successor) };
            let Some(under) = under else {
                return Err(Failure::new("unit.top", Exit::Conflict, say!("unit-top", code = unit.code.clone()))
                    .hint(say!("unit-top-hint"))
                    .into());
            };
            self.in_order(db, child)?;
            self.hang(db, log, child, Some(unit), under)?;
        }
        holdings::move_posts(db, unit.id, successor.id, self.on.into())?;
        holdings::give_units(db, unit.id, successor.id)?;
        log.extend(entries(self.verb, &owned.things, &unit.code, &successor.code));
        for key in holdings::move_serials(db, unit.id, successor.id, self.on.year().into())? {
            let (old, new) = (Some(json!({ "held_by": unit.code })), Some(json!({ "held_by": successor.code })));
            log.push(Entry { verb: self.verb, table: Some("doc_serial"), key: Some(key), old, new });
        }
        Ok(())
    }
}

/// Brings a unit's row up to date from a table: a new name and a new parent are noted in the history like any other.
pub(super) fn edit_noted(db: &mut Db, unit: &Unit, row: &NewUnit, on: Date, at: Instant) -> Result<()> {
    units::edit(db, unit.id, row)?;
    let change = |kind: &'static str, old: Option<String>, new: Option<String>| NewUnitChange {
        unit_id: unit.id,
        kind,
        effective_on: on.into(),
        old_value: old,
        new_value: new,
        basis_doc_no: None,
        done_by: None,
        done_at: Some(at),
    };
    if (&unit.name, &unit.short_name) != (&row.name, &row.short_name) {
        let (old, new) = (names_noted(&unit.name, &unit.short_name), names_noted(&row.name, &row.short_name));
        units::note(db, &change("rename", Some(old), Some(new)))?;
    }
    if unit.parent_id != row.parent_id {
        let (_, codes) = super::all(db)?;
        let code = |id: Option<i64>| id.and_then(|id| codes.get(&id).cloned());
        units::note(db, &change("move", code(unit.parent_id), code(row.parent_id)))?;
    }
    Ok(())
}

/// One log entry for each thing that went from one holder to another.
pub(crate) fn entries<'a>(verb: &'static str, things: &'a [Holding], from: &'a str, to: &'a str) -> impl Iterator<Item = Entry> + 'a {
    things.iter().filter(|thing| thing.table.is_some()).map(move |thing| Entry {
        verb,
        table: thing.table,
        key: Some(thing.key.clone()),
        old: Some(json!({ "held_by": from })),
        new: Some(json!({ "held_by": to })),
    })
}

/// What a unit still owns.
pub(super) struct Owned {
    pub things: Vec<Holding>,
    pub children: Vec<Unit>,
}

impl Owned {
    pub fn of(db: &mut Db, unit: &Unit) -> Result<Self> {
        let things = holdings::of_unit(db, unit.id)?;
        let (all, _) = super::all(db)?;
        let children = all.into_iter().filter(|child| child.parent_id == Some(unit.id) && child.status == "active").collect();
        Ok(Self { things, children })
    }

    fn is_empty(&self) -> bool {
        self.things.is_empty() && self.children.is_empty()
    }

    /// How many of what.
    pub fn counts(&self) -> Vec<(&'static str, i64)> {
        let mut counts = counted(&self.things);
        if !self.children.is_empty() {
            counts.push(("units", self.children.len() as i64));
        }
        counts
    }

    pub fn refusal(&self, unit: &Unit) -> anyhow::Error {
        let what = self.counts().iter().map(|(kind, count)| format!("{kind} {count}")).collect::<Vec<_>>().join(", ");
        Failure::new("unit.still-owns", Exit::Conflict, say!("unit-still-owns", code = unit.code.clone(), what = what))
            .hint(say!("unit-still-owns-hint"))
            .into()
    }
}

/// Things by kind, in the order they are listed.
pub(crate) fn counted(things: &[Holding]) -> Vec<(&'static str, i64)> {
    let mut counts: Vec<(&'static str, i64)> = Vec::new();
    for thing in things {
        match counts.last_mut().filter(|(kind, _)| *kind == thing.kind) {
            Some((_, count)) => *count += 1,
            None => counts.push((thing.kind, 1)),
        }
    }
    counts
}

/// The report of a closure: how many of what goes where.
pub(super) fn closure(schema: &'static str) -> Report {
    let mut report = report(schema, vec![left("unit"), left("what"), right("count"), left("successor"), left("effective_on")]);
    report.key = 0;
    report
}

/// The lines of one unit that is closed.
pub(super) fn closure_of(report: &mut Report, unit: &Unit, owned: &Owned, successor: Option<&str>, on: Date) {
    report.push(vec![unit.code.clone().into(), "closed".into(), 1_i64.into(), successor.into(), on.into()]);
    for (kind, count) in owned.counts() {
        report.push(vec![unit.code.clone().into(), kind.into(), count.into(), successor.into(), on.into()]);
    }
}

/// A unit that is there and not closed.
pub(crate) fn active(db: &mut Db, code: &str) -> Result<Unit> {
    let unit = units::by_code(db, code)?.ok_or_else(|| super::unknown(code))?;
    if unit.status == "active" { Ok(unit) } else { Err(super::closed(code)) }
}

/// The organisation itself is not closed, merged or split: everything hangs on it.
pub(super) fn not_the_organisation(db: &mut Db, unit: &Unit) -> Result<()> {
    if settings::get(db, settings::ORGANISATION)?.as_deref() == Some(unit.code.as_str()) {
        return Err(Failure::new("unit.organisation", Exit::Conflict, say!("unit-organisation", code = unit.code.clone()))
            .hint(say!("unit-organisation-hint"))
            .into());
    }
    Ok(())
}

/// Refuses what would leave a unit on the OA (全员网上运转) without an information officer it had before (三级网络).
pub(crate) fn keeps_officer(db: &mut Db, unit: Option<i64>, had: bool) -> Result<()> {
    let Some(id) = unit.filter(|_| had) else { return Ok(()) };
    let (all, _) = super::all(db)?;
    let Some(unit) = all.into_iter().find(|unit| unit.id == id) else { return Ok(()) };
    if unit.status != "active" || !needs_officer(&unit.kind, &unit.oa_mode) || units::has_officer(db, id)? {
        return Ok(());
    }
    Err(Failure::new("unit.officer", Exit::Conflict, say!("unit-officer", code = unit.code.clone()))
        .hint(say!("unit-officer-hint", code = unit.code))
        .into())
}
