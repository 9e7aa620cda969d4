use anyhow::Result;

use super::{Desk, view};
use crate::context::{Context, Outcome, parse_day};
use crate::db::requests::{self, RequestFilter};

/// List requests: the ledger (台账), without personal data
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only requests with this status
    #[arg(long, value_parser = ["unconfirmed", "open", "supplement", "consulting", "reasons", "fee", "closed"])]
    status: Option<String>,
    /// Only requests of this unit itself, by its code
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
    /// Arrived on this day or later
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Arrived on this day or earlier
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    /// Only open requests past their limit
    #[arg(long)]
    overdue: bool,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let day = |text: &Option<String>| text.as_deref().map(parse_day).transpose();
    if let Some(code) = &args.unit {
        crate::cli::unit::known(ctx, code)?;
    }
    let filter = RequestFilter {
        status: args.status.clone(),
        unit: args.unit.clone(),
        from: day(&args.from)?.map(Into::into),
        to: day(&args.to)?.map(Into::into),
        open: args.overdue,
    };
    let desk = Desk::open(ctx)?;
    let mut report = view::table("request.list");
    for (request, unit) in requests::list(ctx.db()?, &filter)? {
        if !args.overdue || desk.overdue(&request) {
            report.push(view::line(&desk, &request, &unit));
        }
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
