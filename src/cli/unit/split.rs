use std::collections::HashMap;

use anyhow::Result;
use serde_json::json;

use super::change::{Change, Owned, When, active, closure, closure_of, keeps_officer, needs_officer, not_the_organisation};
use crate::cli::import::{moved, on_one_line, remedy_of, rule_broken};
use crate::context::{Context, Outcome};
use crate::db::units::{self, NewUnit, Unit};
use crate::db::users::{self, User};
use crate::db::{Db, holdings};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::people::valid_unit_code;
use crate::say;
use crate::view::{Cell, Report};

/// Split a unit into parts (分立)
///
/// Parts that are not there yet are made beside the unit. People go where --give says; everything else
/// goes to the --successor, and the unit is closed. With --keep it stays (存续分立) and keeps what is
/// not given. A new part takes part in the OA only if an information officer goes along.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Code of the unit
    code: String,
    /// Code of a part, and its name if it is new; once for each part
    #[arg(long, required = true, value_name = "CODE[:NAME]")]
    into: Vec<String>,
    /// Who goes where, separated by commas
    #[arg(long, value_name = "LOGIN=CODE", value_delimiter = ',')]
    give: Vec<String>,
    /// Code of the part that takes over whatever is not given to another
    #[arg(long, value_name = "CODE")]
    successor: Option<String>,
    /// The unit itself stays
    #[arg(long, conflicts_with = "successor")]
    keep: bool,
    #[command(flatten)]
    when: When,
}

/// What is to be done.
#[derive(Clone, PartialEq)]
struct Plan {
    unit: Unit,
    /// Code, name, and the unit if it is there already.
    parts: Vec<(String, String, Option<Unit>)>,
    /// Who goes to which part, by place in `parts`.
    given: Vec<(User, usize)>,
    heir: Option<usize>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let change = Change::new(ctx, "unit split", &args.when)?;
    let plan = planned(ctx.db()?, &change, args)?;
    let report = shown(ctx.db()?, &change, &plan, args.keep)?;
    ctx.show_plan(&report)?;
    ctx.go_ahead(&say!("unit-close-question", codes = plan.unit.code.clone()))?;
    let made = ctx.write(|db, log| {
        units::one_at_a_time(db)?;
        if planned(db, &change, args)? != plan {
            return Err(moved(&plan.unit.code));
        }
        carry_out(db, log, &change, &plan, args.keep)
    })?;
    ctx.show(report)?;
    let without = made.iter().filter(|unit| unit.oa_mode == "none").map(|unit| unit.code.clone()).collect::<Vec<_>>();
    ctx.remark(&if ctx.globals.dry_run { say!("dry-run") } else { say!("unit-split-done", code = plan.unit.code) });
    if !without.is_empty() {
        ctx.remark(&say!("unit-without-oa", codes = without.join(", ")));
    }
    Ok(Outcome::Done)
}

fn planned(db: &mut Db, change: &Change, args: &Args) -> Result<Plan> {
    let unit = active(db, &args.code)?;
    not_the_organisation(db, &unit)?;
    change.in_order(db, &unit)?;
    if !args.keep {
        change.nothing_below_later(db, &unit)?;
    }
    let mut parts = Vec::new();
    for text in &args.into {
        let (code, name) = text.split_once([':', '：']).map_or((text.trim(), ""), |(code, name)| (code.trim(), name.trim()));
        let there = units::by_code(db, code)?;
        if there.is_none() && (name.is_empty() || !valid_unit_code(code)) {
            return Err(Failure::new("unit.part", Exit::Usage, say!("unit-part", part = text.clone())).hint(say!("unit-part-hint")).into());
        }
        on_one_line("unit.part", name)?;
        let part = there.map(|_| active(db, code)).transpose()?;
        if code == unit.code || parts.iter().any(|(other, _, _)| other == code) {
            return Err(Failure::new("unit.itself", Exit::Usage, say!("unit-itself", code = code.to_owned()))
                .hint(say!("unit-itself-hint"))
                .into());
        }
        if let Some(part) = part.as_ref().filter(|part| part.opened_on.0 > change.on) {
            return Err(super::relocate::not_there_yet(part, change));
        }
        parts.push((code.to_owned(), name.to_owned(), part));
    }
    let place = |code: &str| {
        parts
            .iter()
            .position(|(part, _, _)| part == code)
            .ok_or_else(|| Failure::new("unit.part", Exit::Usage, say!("unit-part", part = code.to_owned())).hint(say!("unit-part-hint")))
    };
    let heir = args.successor.as_deref().map(place).transpose()?;
    let mut given: Vec<(User, usize)> = Vec::new();
    for text in &args.give {
        let (login, code) = text.split_once('=').map_or((text.trim(), ""), |(login, code)| (login.trim(), code.trim()));
        let at = place(code)?;
        let user = users::by_login(db, login)?.ok_or_else(|| crate::cli::user::unknown(login))?;
        if user.unit_id != Some(unit.id) || user.status == "closed" || given.iter().any(|(other, _)| other.id == user.id) {
            let (login, code) = (login.to_owned(), unit.code.clone());
            return Err(Failure::new("unit.not-theirs", Exit::Usage, say!("unit-not-theirs", login = login, code = code))
                .hint(say!("unit-not-theirs-hint"))
                .into());
        }
        given.push((user, at));
    }
    Ok(Plan { unit, parts, given, heir })
}

fn shown(db: &mut Db, change: &Change, plan: &Plan, keep: bool) -> Result<Report> {
    let mut report = closure("unit.split");
    for (at, (code, name, there)) in plan.parts.iter().enumerate() {
        let what = if there.is_none() { "new" } else { "part" };
        let count = plan.given.iter().filter(|(_, part)| *part == at).count() as i64;
        let name = there.as_ref().map_or(name, |unit| &unit.name);
        report.push(vec![code.clone().into(), what.into(), Cell::Int(1), name.into(), change.on.into()]);
        if count > 0 {
            report.push(vec![plan.unit.code.clone().into(), "users".into(), count.into(), code.into(), change.on.into()]);
        }
    }
    if !keep {
        let mut owned = Owned::of(db, &plan.unit)?;
        owned.things.retain(|thing| thing.kind != "users" || !plan.given.iter().any(|(user, _)| user.login_name == thing.key));
        if plan.heir.is_none() && !owned.counts().is_empty() {
            return Err(owned.refusal(&plan.unit));
        }
        closure_of(&mut report, &plan.unit, &owned, plan.heir.map(|at| plan.parts[at].0.as_str()), change.on);
    }
    Ok(report)
}

/// Returns the parts that were made.
fn carry_out(db: &mut Db, log: &mut Vec<Entry>, change: &Change, plan: &Plan, keep: bool) -> Result<Vec<Unit>> {
    let unit = &plan.unit;
    let had_officer = units::has_officer(db, unit.id)?;
    let (mut parts, mut made) = (Vec::new(), Vec::new());
    for (at, (code, name, there)) in plan.parts.iter().enumerate() {
        let part = match there {
            Some(part) => part.clone(),
            None => {
                let part = found(db, log, change, plan, keep, at, (code, name))?;
                made.push(part.clone());
                part
            }
        };
        change.note(db, &part, "split", Some(unit.code.clone()), Some(part.code.clone()))?;
        parts.push(part);
    }
    for (user, at) in &plan.given {
        let part = &parts[*at];
        users::place(db, user.id, part.id)?;
        holdings::move_posts_of(db, user.id, unit.id, part.id, change.on.into())?;
        log.push(Entry {
            verb: change.verb,
            table: Some("oa_user"),
            key: Some(user.login_name.clone()),
            old: Some(json!({ "unit": unit.code })),
            new: Some(json!({ "unit": part.code })),
        });
    }
    if keep {
        let codes = parts.iter().map(|part| part.code.clone()).collect::<Vec<_>>().join(",");
        change.note(db, unit, "split", Some(unit.name.clone()), Some(codes))?;
        keeps_officer(db, Some(unit.id), had_officer)?;
    } else {
        change.dissolve(db, log, unit, "split", plan.heir.map(|at| &parts[at]))?;
    }
    change.relevel(db, log)?;
    Ok(made)
}

/// Makes a part beside the unit, on the OA if an information officer goes along.
fn found(
    db: &mut Db,
    log: &mut Vec<Entry>,
    change: &Change,
    plan: &Plan,
    keep: bool,
    at: usize,
    (code, name): (&str, &str),
) -> Result<Unit> {
    let unit = &plan.unit;
    let mut officer = plan.given.iter().any(|(user, part)| *part == at && user.is_info_officer && user.status == "active");
    if !officer && !keep && plan.heir == Some(at) {
        let given: HashMap<i64, usize> = plan.given.iter().map(|(user, part)| (user.id, *part)).collect();
        officer = users::officers_of(db, unit.id)?.iter().any(|id| !given.contains_key(id));
    }
    let mode = if needs_officer(&unit.kind, &unit.oa_mode) && !officer { "none" } else { &unit.oa_mode };
    let row = NewUnit {
        code: code.to_owned(),
        name: name.to_owned(),
        short_name: name.to_owned(),
        uscc: None,
        oa_mode: mode.to_owned(),
        opened_on: change.on.into(),
        ..super::as_row(unit)
    };
    if let Some((column, rule, value)) = super::facts_of(&row).faults(None).first() {
        return Err(Failure::new("unit.rule", Exit::Usage, format!("{column}: {}", rule_broken(rule, value))).hint(remedy_of(rule)).into());
    }
    let part = units::add(db, &row)?;
    change.note(db, &part, "open", None, Some(part.name.clone()))?;
    let (_, codes) = super::all(db)?;
    let parent = part.parent_id.and_then(|id| codes.get(&id).cloned());
    log.push(Entry {
        verb: change.verb,
        table: Some("unit"),
        key: Some(part.code.clone()),
        old: None,
        new: Some(part.logged(parent.as_deref())),
    });
    Ok(part)
}
