use anyhow::Result;

use super::month::filled;
use crate::calendar::Period;
use crate::context::{Context, Outcome};
use crate::failure::{Exit, Failure};
use crate::say;

/// Half-yearly statistics of disclosure, per unit: this half and the year so far
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Half-year, such as 2026-H1
    half: String,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let period = Period::read(&args.half).filter(|period| period.name.contains('H')).ok_or_else(|| {
        Failure::new("usage.halfyear", Exit::Usage, say!("usage-halfyear", value = args.half.clone())).hint(say!("usage-halfyear-hint"))
    })?;
    let half = if period.from.month() == 1 { "上" } else { "下" };
    let title = format!("政府信息公开情况统计半年报（{}年{half}半年）", period.from.year());
    filled(ctx, "stats.halfyear", &period, &title)
}
