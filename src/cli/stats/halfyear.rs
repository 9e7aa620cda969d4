use anyhow::Result;

use super::sheet;
use crate::calendar::Period;
use crate::context::{Context, Outcome};
use crate::disclosure::sheet::Cycle;
use crate::failure::{Exit, Failure};
use crate::say;

/// Half-yearly statistics of disclosure, per unit: this half and the year so far
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Half-year, such as 2026-H1
    half: String,
    #[command(flatten)]
    sheet: sheet::Args,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let period = Period::read(&args.half).filter(|period| Cycle::of(period) == Cycle::Halfyear).ok_or_else(|| {
        Failure::new("usage.halfyear", Exit::Usage, say!("usage-halfyear", value = args.half.clone())).hint(say!("usage-halfyear-hint"))
    })?;
    sheet::run(ctx, "stats.halfyear", &period, &args.sheet, "monthly")
}
