use anyhow::Result;
use jiff::civil::date;

use crate::calendar::Period;
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::stats;
use crate::failure::{Exit, Failure};
use crate::say;
use crate::view::Cell;

/// Rate of active disclosure, with numerator and denominator
///
/// 主动公开率 = information actively disclosed ÷ information made, over the whole
/// database or one period.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// 2026-10, 2026-Q3, 2026-H1 or 2026; everything if not given
    period: Option<String>,
    /// One line per unit too
    #[arg(long)]
    by_unit: bool,
    /// Decimals of the percentage
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=4))]
    decimals: u8,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let period = match &args.period {
        None => Period { name: "all".to_owned(), from: date(1, 1, 1), to: date(9999, 12, 31) },
        Some(text) => Period::read(text).ok_or_else(|| {
            Failure::new("usage.period", Exit::Usage, say!("usage-period", value = text.clone())).hint(say!("usage-period-hint"))
        })?,
    };
    let lines = stats::rate(ctx.db()?, period.from, period.to)?;
    let mut report = report("stats.rate", vec![left("unit"), left("unit_name"), left("rate")]).with_summary("period", period.name.as_str());
    for line in lines {
        if line.unit.is_some() && !args.by_unit {
            continue;
        }
        report.push(vec![
            line.unit.unwrap_or_else(|| "*".to_owned()).into(),
            line.short_name.unwrap_or_else(|| "合计".to_owned()).into(),
            Cell::Rate { numerator: line.disclosed, denominator: line.made, decimals: args.decimals },
        ]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
