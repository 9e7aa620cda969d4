use anyhow::Result;

use super::sheet;
use crate::calendar::Period;
use crate::context::{Context, Outcome};
use crate::disclosure::sheet::Cycle;
use crate::failure::{Exit, Failure};
use crate::say;

/// Quarterly statistics of disclosure, per unit: this quarter and the year so far
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Quarter, such as 2026-Q3
    quarter: String,
    #[command(flatten)]
    sheet: sheet::Args,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let period = Period::read(&args.quarter).filter(|period| Cycle::of(period) == Cycle::Quarter).ok_or_else(|| {
        Failure::new("usage.quarter", Exit::Usage, say!("usage-quarter", value = args.quarter.clone())).hint(say!("usage-quarter-hint"))
    })?;
    sheet::run(ctx, "stats.quarter", &period, &args.sheet, "monthly")
}
