use anyhow::Result;

use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};
use crate::view::Cell;

/// Export units as a table that imports back without a change
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(ctx: &mut Context, _: &Args) -> Result<Outcome> {
    let (units, codes) = super::all(ctx.db()?)?;
    let mut report = report(
        "unit.export",
        vec![
            left("code"),
            left("name"),
            left("short_name"),
            left("kind"),
            left("parent"),
            left("uscc"),
            left("division_code"),
            left("oa_mode"),
            left("opened_on"),
            right("sort_no"),
        ],
    );
    for unit in units.into_iter().filter(|unit| unit.status == "active") {
        let parent = unit.parent_id.and_then(|id| codes.get(&id).cloned());
        report.push(vec![
            unit.code.into(),
            unit.name.into(),
            unit.short_name.into(),
            unit.kind.into(),
            parent.into(),
            unit.uscc.into(),
            unit.division_code.into(),
            unit.oa_mode.into(),
            Cell::Date(unit.opened_on.0),
            Cell::Int(unit.sort_no),
        ]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
