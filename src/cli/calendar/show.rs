use anyhow::Result;
use jiff::ToSpan;
use jiff::civil::date;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::calendar as table;
use crate::say;

/// Show the days off and the working weekends of a year
///
/// The total of working days is in the json summary and under the table.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Year; this one if not given
    #[arg(value_parser = clap::value_parser!(i16).range(1949..=2200))]
    year: Option<i16>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let year = args.year.unwrap_or_else(|| ctx.clock.today().year());
    let workdays = super::workdays(ctx)?;
    let first = date(year, 1, 1);
    let working = workdays.between(first.saturating_sub(1.day()), first.last_of_year());
    let covered = workdays.covers(first);
    let mut report = report("calendar.show", vec![left("day"), left("weekday"), left("kind"), left("name"), left("notice_no")])
        .with_summary("year", i64::from(year))
        .with_summary("working_days", working)
        .with_summary("provisional", !covered)
        .with_note(say!("calendar-total", year = year.to_string(), days = working.to_string()));
    for day in table::all(ctx.db()?)?.into_iter().filter(|day| day.day.0.year() == year) {
        let kind = if day.is_workday { "work" } else { "off" };
        report.push(vec![day.day.0.into(), day.day.0.strftime("%a").to_string().into(), kind.into(), day.name.into(), day.source.into()]);
    }
    if !covered {
        let sentence = say!("calendar-uncovered", years = year.to_string());
        ctx.remark(&sentence);
        report.warn("provisional", sentence);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
