use std::collections::{HashMap, HashSet};

use anyhow::Result;

use crate::cli::import::{ImportArgs, moved, plan_report};
use crate::context::{Context, Outcome};
use crate::db::units::{self, UnitFilter};
use crate::db::users::{self, UserFilter, masked};
use crate::ledger::Entry;
use crate::people::{USER_FIELDS, UserFacts, read_user};
use crate::plan::{Change, Reject, compare};

/// Import users from a table
///
/// Adds accounts that are not there and brings the others up to date. New accounts
/// have no password yet; nothing is hashed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    import: ImportArgs,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let db = ctx.db()?;
    let all = units::list(db, &UnitFilter::default())?;
    let closed: HashSet<String> = all.iter().filter(|unit| unit.status != "active").map(|unit| unit.code.clone()).collect();
    let units: HashMap<String, i64> = all.into_iter().map(|unit| (unit.code, unit.id)).collect();
    let there = users::list(db, &UserFilter::default())?;
    let gone: HashSet<String> = there.iter().filter(|(user, _)| user.status == "closed").map(|(user, _)| user.login_name.clone()).collect();
    let known: HashMap<String, UserFacts> = there
        .into_iter()
        .map(|(user, unit)| (user.login_name.clone(), super::facts(&user, unit.as_ref().map(|(code, _)| code.as_str()))))
        .collect();
    let mut gathered = args.import.gather(ctx, USER_FIELDS, |row| {
        let known = row.get("login_name").and_then(|login| known.get(&login.to_lowercase()));
        let facts = read_user(row, known, &|code| units.contains_key(code), &masked)?;
        let refuse = |column, rule, value: &str| {
            Err(vec![Reject { line: row.line, column, rule, value: value.to_owned(), cells: row.original().to_vec() }])
        };
        match &facts.unit {
            _ if gone.contains(&facts.login_name) => refuse("login_name", "account-closed", &facts.login_name),
            Some(code) if closed.contains(code) && known.is_none_or(|known| known.unit.as_ref() != Some(code)) => {
                refuse("unit", "unit-is-closed", code)
            }
            _ => Ok((row.line, facts, row.original().to_vec())),
        }
    })?;
    let rows = std::mem::take(&mut gathered.rows);
    let mut plan = compare(&known, rows);
    let mut report = plan_report("user.import", &plan.changes);
    hide_phones(&mut report);
    let summary = gathered.planned(&mut plan);
    args.import.finish(ctx, summary, report, |ctx| write(ctx, plan.changes, &units))
}

/// Telephone numbers are masked in every output (个人信息保护法 Art. 6, 51).
fn hide_phones(report: &mut crate::view::Report) {
    for row in report.rows.iter_mut().filter(|row| row[3] == "phone".into()) {
        for cell in &mut row[4..=5] {
            if let crate::view::Cell::Text(number) = cell {
                *number = masked(number);
            }
        }
    }
}

fn write(ctx: &mut Context, changes: Vec<Change<UserFacts>>, units: &HashMap<String, i64>) -> Result<()> {
    let at = ctx.clock.now();
    let progress = ctx.progress(&crate::say!("progress-writing"), Some(changes.len() as u64));
    ctx.write(|db, log| {
        crate::db::units::one_at_a_time(db)?;
        for change in &changes {
            let unit_id = change.after.unit.as_ref().and_then(|code| units.get(code)).copied();
            let row = super::row(&change.after, unit_id);
            match &change.before {
                None => {
                    users::add(db, &row, None, at, None)?;
                }
                Some(before) => {
                    let login = change.after.login_name.as_str();
                    let user = users::by_login(db, login)?.ok_or_else(|| super::unknown(login))?;
                    let unit = user.unit_id.and_then(|id| units.iter().find(|(_, known)| **known == id)).map(|(code, _)| code.as_str());
                    if super::facts(&user, unit) != *before || user.status == "closed" {
                        return Err(moved(login));
                    }
                    users::edit(db, user.id, &row)?;
                }
            }
            log.push(Entry {
                verb: "user import",
                table: Some("oa_user"),
                key: Some(change.after.login_name.clone()),
                old: change.before.as_ref().map(|before| super::row(before, None).logged(before.unit.as_deref())),
                new: Some(row.logged(change.after.unit.as_deref())),
            });
            progress.advance(1);
        }
        Ok(())
    })
}
