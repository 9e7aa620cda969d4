use anyhow::Result;

use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};
use crate::view::Cell;

/// List units
///
/// With --as-of as they were named, hung and open on that day.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
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
    units.retain(|unit| {
        // Of a past day what came later is no news; today it is.
        !(asked && args.status.is_none() && unit.status == "planned")
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
