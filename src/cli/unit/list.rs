use std::collections::HashSet;

use anyhow::Result;

use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};
use crate::people::{Wanted, below};
use crate::view::Cell;

/// List units
///
/// With --as-of as they were named, hung and open on that day. Every choice narrows the list;
/// -f ids prints the codes alone, one a line, for another command.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this unit and those below it
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
    /// Only units with these letters in code or name
    #[arg(long, value_name = "WORDS")]
    text: Option<String>,
    /// Only units of this kind
    #[arg(long, value_parser = ["bureau", "office", "subordinate", "district", "external"])]
    kind: Option<String>,
    /// Only units with this status
    #[arg(long, value_parser = ["active", "closed", "planned"])]
    status: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let (day, asked) = (ctx.clock.today(), ctx.globals.as_of.is_some());
    let (mut units, codes) = super::as_they_stood(ctx.db()?, day)?;
    // The tree of the day in question, not today's.
    let parents = units.iter().map(|unit| (unit.code.as_str(), unit.parent_id.and_then(|id| codes.get(&id)).map(String::as_str)));
    let within: Option<HashSet<String>> = args.unit.as_deref().map(|code| below(code, parents).into_iter().map(str::to_owned).collect());
    if let Some(code) = args.unit.as_deref().filter(|_| within.as_ref().is_some_and(HashSet::is_empty)) {
        return Err(super::unknown(code));
    }
    let wanted = args.text.as_deref().map(Wanted::new);
    units.retain(|unit| {
        let words = [unit.code.as_str(), &unit.name, &unit.short_name];
        // Of a past day what came later is no news; today it is.
        !(asked && args.status.is_none() && unit.status == "planned")
            && within.as_ref().is_none_or(|within| within.contains(&unit.code))
            && wanted.as_ref().is_none_or(|wanted| wanted.is_in(words))
            && args.kind.as_ref().is_none_or(|kind| unit.kind == *kind)
            && args.status.as_ref().is_none_or(|status| unit.status == *status)
    });
    let mut report = report(
        "unit.list",
        vec![
            left("code"),
            left("name"),
            left("short_name"),
            left("kind"),
            left("parent"),
            right("level"),
            left("uscc"),
            left("oa_mode"),
            left("status"),
        ],
    );
    for unit in units {
        let parent = unit.parent_id.and_then(|id| codes.get(&id).cloned());
        report.push(vec![
            unit.code.into(),
            unit.name.into(),
            unit.short_name.into(),
            unit.kind.into(),
            parent.into(),
            Cell::Int(unit.level),
            unit.uscc.into(),
            unit.oa_mode.into(),
            unit.status.into(),
        ]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
