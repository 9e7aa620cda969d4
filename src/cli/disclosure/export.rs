use anyhow::Result;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::disclosures::{self, ItemFilter};

/// Export the register as a table that imports back without a change
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only items of this unit itself, by its code
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    if let Some(code) = &args.unit {
        crate::cli::unit::known(ctx, code)?;
    }
    let filter = ItemFilter { unit: args.unit.clone(), ..ItemFilter::default() };
    let mut report = report(
        "disclosure.export",
        vec![
            left("index_no"),
            left("title"),
            left("doc_no"),
            left("publisher"),
            left("category"),
            left("formed_on"),
            left("attribute"),
            left("reason"),
            left("published_on"),
            left("withdrawn_on"),
            left("url"),
            left("normative"),
            left("validity"),
            left("abolished_on"),
        ],
    );
    for (item, (unit, _)) in disclosures::list(ctx.db()?, &filter)? {
        report.push(vec![
            item.index_no.into(),
            item.title.into(),
            item.doc_no.into(),
            unit.into(),
            item.category.into(),
            item.formed_on.0.into(),
            item.attribute.into(),
            item.reason.into(),
            item.published_at.map(|at| at.day()).into(),
            item.withdrawn_on.map(|day| day.0).into(),
            item.url.into(),
            item.normative.into(),
            item.validity.into(),
            item.abolished_on.map(|day| day.0).into(),
        ]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
