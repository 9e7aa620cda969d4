use anyhow::Result;

use super::sheet;
use crate::calendar::Period;
use crate::context::{Context, Outcome};
use crate::disclosure::sheet::Cycle;
use crate::failure::{Exit, Failure};
use crate::say;

/// Monthly statistics of disclosure, per unit: this month and the year so far
///
/// Any form of statistics can be filled instead: one of `stats forms`, or a site's own file.
/// Months that are frozen are read as they were frozen; --live counts them anew.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Month, such as 2026-10
    month: String,
    #[command(flatten)]
    sheet: sheet::Args,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let month = Period::read(&args.month).filter(|period| Cycle::of(period) == Cycle::Month).ok_or_else(|| {
        Failure::new("usage.month", Exit::Usage, say!("usage-month", value = args.month.clone())).hint(say!("usage-month-hint"))
    })?;
    sheet::run(ctx, "stats.month", &month, &args.sheet, "monthly")
}
