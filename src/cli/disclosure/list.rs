use anyhow::Result;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::disclosures::{self, ItemFilter};
use crate::view::Cell;

/// List items of disclosure
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only items of this unit itself, by its code
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
    /// Only items with this attribute
    #[arg(long, value_parser = ["active", "on_request", "none"])]
    attribute: Option<String>,
    /// Only items with this status
    #[arg(long, value_parser = ["pending", "published", "withdrawn", "exempt"])]
    status: Option<String>,
    /// Made on this day or later
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Made on this day or earlier
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    /// Only what should be out by now and is not
    #[arg(long)]
    overdue: bool,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let day = |text: &Option<String>| text.as_deref().map(crate::context::parse_day).transpose();
    if let Some(code) = &args.unit {
        crate::cli::unit::known(ctx, code)?;
    }
    let filter = ItemFilter {
        unit: args.unit.clone(),
        attribute: args.attribute.clone(),
        status: args.status.clone(),
        from: day(&args.from)?.map(Into::into),
        to: day(&args.to)?.map(Into::into),
    };
    let today = ctx.clock.today();
    let mut report = report(
        "disclosure.list",
        vec![
            left("index_no"),
            left("title"),
            left("doc_no"),
            left("unit"),
            left("unit_name"),
            left("category"),
            left("formed_on"),
            left("attribute"),
            left("due_on"),
            left("published_on"),
            left("status"),
            left("reason"),
        ],
    );
    for (item, (unit, name)) in disclosures::list(ctx.db()?, &filter)? {
        let late = item.attribute == "active" && item.status == "pending" && item.due_on.is_some_and(|due| due.0 < today);
        if args.overdue && !late {
            continue;
        }
        report.push(vec![
            item.index_no.into(),
            item.title.into(),
            item.doc_no.into(),
            unit.into(),
            name.into(),
            item.category.into(),
            Cell::Date(item.formed_on.0),
            item.attribute.into(),
            item.due_on.map(|day| day.0).into(),
            item.published_at.map(|at| at.day()).into(),
            item.status.into(),
            item.reason.into(),
        ]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
