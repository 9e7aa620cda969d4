use std::cmp::Reverse;

use anyhow::Result;

use crate::calendar::Period;
use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};
use crate::db::stats::{self, Standing};
use crate::failure::{Exit, Failure};
use crate::say;
use crate::view::Cell;

/// Rank units by their rate of active disclosure, with timeliness beside it
///
/// Rates stand with numerator and denominator. Timely is what was disclosed within 20 working
/// days of being made; in time is what was answered within its limit. Equal rates share a
/// place; units that made nothing have none and stand last.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// 2026-10, 2026-Q3, 2026-H1 or 2026
    period: String,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let period = Period::read(&args.period).ok_or_else(|| {
        Failure::new("usage.period", Exit::Usage, say!("usage-period", value = args.period.clone())).hint(say!("usage-period-hint"))
    })?;
    let mut units = stats::standings(ctx.db()?, period.from, period.to)?;
    // a/b against c/d without a fraction; nothing of nothing goes last.
    units.sort_by(|one, other| {
        (one.made == 0).cmp(&(other.made == 0)).then_with(|| {
            let cross = |a: &Standing, b: &Standing| i128::from(a.disclosed) * i128::from(b.made);
            cross(other, one).cmp(&cross(one, other)).then_with(|| Reverse(one.made).cmp(&Reverse(other.made)))
        })
    });
    let mut report =
        report("stats.rank", vec![right("place"), left("unit"), left("unit_name"), left("rate"), left("timely"), left("in_time")])
            .with_title(format!("政府信息主动公开率排名（{}）", period.name))
            .with_summary("period", period.name.as_str())
            .with_note("公开率 = 主动公开数 ÷ 制发数；及时率 = 20个工作日内公开数 ÷ 主动公开数；按期答复率 = 期限内答复数 ÷ 答复数。");
    report.key = 1;
    let rate = |numerator: i64, denominator: i64| Cell::Rate { numerator, denominator, decimals: 1 };
    let mut place = 0;
    for (at, unit) in units.iter().enumerate() {
        let same = at > 0 && {
            let before = &units[at - 1];
            before.made > 0 && i128::from(before.disclosed) * i128::from(unit.made) == i128::from(unit.disclosed) * i128::from(before.made)
        };
        if !same {
            place = at + 1;
        }
        report.push(vec![
            if unit.made == 0 { Cell::Empty } else { place.into() },
            unit.unit.clone().into(),
            unit.short_name.clone().into(),
            rate(unit.disclosed, unit.made),
            rate(unit.timely, unit.disclosed),
            rate(unit.in_time, unit.answered),
        ]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
