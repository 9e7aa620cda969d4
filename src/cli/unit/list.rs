use anyhow::Result;

use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};
use crate::db::units::{self, UnitFilter};
use crate::view::Cell;

/// List units
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only units of this kind
    #[arg(long, value_parser = ["bureau", "office", "subordinate", "district", "external"])]
    kind: Option<String>,
    /// Only units with this status
    #[arg(long, value_parser = ["active", "closed"])]
    status: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let filter = UnitFilter { kind: args.kind.clone(), status: args.status.clone() };
    let db = ctx.db()?;
    let (_, codes) = super::all(db)?;
    let units = units::list(db, &filter)?;
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
