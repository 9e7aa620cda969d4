use anyhow::Result;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::users::{self, UserFilter};

/// Show one unit
///
/// With --as-of under the name and the parent it had on that day.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Code of the unit
    code: String,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let day = ctx.clock.today();
    let db = ctx.db()?;
    let (all, codes) = super::as_they_stood(db, day)?;
    let unit = all.iter().find(|unit| unit.code == args.code).ok_or_else(|| super::unknown(&args.code))?;
    let children = all.iter().filter(|child| child.parent_id == Some(unit.id) && child.status == "active").count();
    let people = users::list(db, &UserFilter { unit: Some(unit.code.clone()), status: Some("active".into()), ..UserFilter::default() })?;
    let officers: Vec<_> = people.iter().filter(|(user, _)| user.is_info_officer).map(|(user, _)| user.real_name.clone()).collect();
    let mut report = report("unit.show", vec![left("field"), left("value")]);
    let mut line = |field: &str, value: Option<String>| report.push(vec![field.into(), value.into()]);
    line("code", Some(unit.code.clone()));
    line("name", Some(unit.name.clone()));
    line("short_name", Some(unit.short_name.clone()));
    line("kind", Some(unit.kind.clone()));
    line("parent", unit.parent_id.and_then(|id| codes.get(&id).cloned()));
    line("level", Some(unit.level.to_string()));
    line("uscc", unit.uscc.clone());
    line("division_code", unit.division_code.clone());
    line("oa_mode", Some(unit.oa_mode.clone()));
    line("status", Some(unit.status.clone()));
    line("opened_on", Some(unit.opened_on.to_string()));
    line("closed_on", unit.closed_on.map(|day| day.to_string()));
    line("successor", unit.successor_id.filter(|_| unit.status == "closed").and_then(|id| codes.get(&id).cloned()));
    line("units_below", Some(children.to_string()));
    line("active_users", Some(people.len().to_string()));
    line("info_officers", Some(officers.join("、")).filter(|names| !names.is_empty()));
    ctx.show(report)?;
    Ok(Outcome::Done)
}
