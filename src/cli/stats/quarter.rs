use anyhow::Result;

use super::month::filled;
use crate::calendar::Period;
use crate::context::{Context, Outcome};
use crate::failure::{Exit, Failure};
use crate::say;

/// Quarterly statistics of disclosure, per unit: this quarter and the year so far
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Quarter, such as 2026-Q3
    quarter: String,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let period = Period::read(&args.quarter).filter(|period| period.name.contains('Q')).ok_or_else(|| {
        Failure::new("usage.quarter", Exit::Usage, say!("usage-quarter", value = args.quarter.clone())).hint(say!("usage-quarter-hint"))
    })?;
    let title = format!("政府信息公开情况统计季报（{}年第{}季度）", period.from.year(), (period.from.month() + 2) / 3);
    filled(ctx, "stats.quarter", &period, &title)
}
