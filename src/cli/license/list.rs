use anyhow::Result;

use crate::catalogue::name_key;
use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};
use crate::db::licenses::{self, ItemFilter};
use crate::view::Cell;

/// List licence items as they stand today, or on the --as-of day
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only items whose name holds all these words
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only items of this organ
    #[arg(long, value_name = "NAME")]
    organ: Option<String>,
    /// Only items of this type (事项类型): 01 is a licence
    #[arg(long = "type", value_name = "CODE")]
    kind: Option<String>,
    /// Only items of this level
    #[arg(long, value_parser = ["main", "sub", "handling"])]
    level: Option<String>,
    /// Only items with this status
    #[arg(long, value_parser = ["active", "withdrawn", "draft"])]
    status: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let filter = ItemFilter {
        status: args.status.clone(),
        level: args.level.clone(),
        search: args.search.iter().flat_map(|text| text.split_whitespace()).map(name_key).collect(),
        organ: args.organ.as_deref().map(name_key),
        kind: args.kind.clone(),
        below: None,
    };
    let today = ctx.clock.today();
    let mut report = report(
        "license.list",
        vec![
            right("id"),
            left("code"),
            left("name"),
            left("level"),
            left("organ"),
            left("legal_limit"),
            left("promise_limit"),
            left("case_kind"),
            left("status"),
            left("valid_from"),
        ],
    );
    for (item, organ, version) in licenses::list(ctx.db()?, &filter, today.into())? {
        report.push(vec![
            Cell::Int(item.id),
            item.code.into(),
            version.name.into(),
            item.level.into(),
            version.organs_text.or(organ).into(),
            version.legal_text.into(),
            version.promise_text.into(),
            version.case_kind.into(),
            item.status.into(),
            Cell::Date(version.valid_from.0),
        ]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
