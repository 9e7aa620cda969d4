use anyhow::Result;

use super::{Desk, view};
use crate::context::{Context, Outcome};
use crate::db::cases;

/// List cases as they stand today, or on the --as-of day
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only cases with this status
    #[arg(long, value_parser = ["received", "supplement", "accepted", "decided", "delivered", "refused", "withdrawn"])]
    status: Option<String>,
    /// Only cases with this light
    #[arg(long, value_parser = ["green", "yellow", "red", "double-red"])]
    light: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let desk = Desk::open(ctx)?;
    let mut report = view::table("case.list");
    for case in cases::list(ctx.db()?, args.status.as_deref())? {
        // On an earlier day there were fewer.
        if case.received_on.0 > desk.today {
            continue;
        }
        let light = desk.standing(&case).light.map(|light| light.word());
        if args.light.is_none() || args.light.as_deref() == light {
            report.push(view::line(&desk, &case));
        }
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
