use anyhow::Result;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::{units, users};
use crate::people::named;
use crate::view::Cell;

/// Show what became of a unit, and by which documents
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Code of the unit
    code: String,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let day = ctx.clock.today();
    let db = ctx.db()?;
    let unit = units::by_code(db, &args.code)?.ok_or_else(|| super::unknown(&args.code))?;
    let mut changes: Vec<_> = units::changes(db)?.into_iter().filter(|change| change.unit_id == unit.id).collect();
    let mut report = report(
        "unit.history",
        vec![left("effective_on"), left("change"), left("before"), left("after"), left("basis"), left("done_by"), left("done_at")],
    );
    if changes.first().is_none_or(|first| first.kind != "open") {
        // What came by an import or before there was a history began on its first day.
        let name = changes.iter().find(|change| change.kind == "rename").and_then(|change| change.old_value.clone());
        let name = name.as_deref().and_then(named).map_or_else(|| unit.name.clone(), |(name, _)| name);
        report.push(vec![unit.opened_on.0.into(), "open".into(), Cell::Empty, name.into(), Cell::Empty, Cell::Empty, Cell::Empty]);
    }
    changes.retain(|change| change.effective_on.0 <= day);
    for change in changes {
        let by = match change.done_by {
            Some(id) => users::login_of(db, id)?,
            None => None,
        };
        let shown = |value: Option<String>| match (change.kind.as_str(), value) {
            ("rename", Some(noted)) => Some(named(&noted).map_or(noted, |(name, _)| name)),
            (_, value) => value,
        };
        report.push(vec![
            change.effective_on.0.into(),
            change.kind.clone().into(),
            shown(change.old_value.clone()).into(),
            shown(change.new_value.clone()).into(),
            change.basis_doc_no.into(),
            by.into(),
            change.done_at.map(|at| at.rfc3339()).into(),
        ]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
