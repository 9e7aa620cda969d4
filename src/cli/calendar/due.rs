use anyhow::Result;
use jiff::civil::{Date, Weekday};
use serde_json::json;

use crate::calendar::{NoRule, Pause, Reckoning, Runs, Unit, Why, rule_on};
use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome, parse_day};
use crate::failure::{Exit, Failure};
use crate::say;
use crate::view::Cell;

/// Work out the last day of a time limit, and every day passed over
///
/// Day 0 is not counted. A working day is a weekday no notice makes a day off, or a
/// weekend day a notice makes a working day. A pause does not count from the day after
/// it begins to the day it ends; pauses that overlap count once. Natural days that end on a
/// day off end on the next working day. A year without a notice makes the day provisional.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Day 0: acceptance, receipt, or for limits before a day that day
    #[arg(long, value_name = "DATE")]
    from: String,
    /// Working days to count
    #[arg(long, value_name = "N", conflicts_with = "rule", required_unless_present = "rule", value_parser = clap::value_parser!(u32).range(0..=3660))]
    days: Option<u32>,
    /// Rule of the law instead of a number; `calendar rules` lists them
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// Time that does not count: a hearing, an expert review
    #[arg(long, value_name = "A..B")]
    pause: Vec<String>,
    /// Refuse a provisional day instead of marking it
    #[arg(long)]
    strict: bool,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let from = parse_day(&args.from)?;
    let pauses = args.pause.iter().map(|text| pause(text)).collect::<Result<Vec<_>, _>>()?;
    let rule = args.rule.as_deref().map(|name| rule_on(name, from).map_err(|error| no_rule(name, from, error))).transpose()?;
    let (days, unit, runs) = match &rule {
        Some(rule) => (rule.days, rule.unit, rule.runs),
        None => (args.days.unwrap_or_default(), Unit::Working, Runs::After),
    };
    let found = super::workdays(ctx)?.reckon(from, days, unit, runs, &pauses);
    let years = found.uncovered.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if found.due.provisional && args.strict {
        return Err(Failure::new("calendar.uncovered", Exit::Conflict, say!("calendar-uncovered", years = years))
            .hint(say!("calendar-uncovered-hint"))
            .into());
    }
    let mut report = report(
        "calendar.due",
        vec![left("due_on"), left("provisional"), left("from"), right("days"), left("unit"), left("rule"), left("source"), left("skipped")],
    );
    report.push(vec![
        found.due.on.into(),
        found.due.provisional.into(),
        from.into(),
        days.into(),
        unit.word().into(),
        rule.as_ref().map(|rule| rule.name.clone()).into(),
        rule.map(|rule| rule.source.clone()).into(),
        skipped(&found),
    ]);
    if found.due.provisional {
        report.warn("provisional", say!("calendar-uncovered", years = years.clone()));
    }
    explain(ctx, &found, &years);
    ctx.show(report)?;
    Ok(Outcome::Done)
}

/// Every day passed over, as data.
pub(crate) fn skipped(found: &Reckoning) -> Cell {
    let days: Vec<_> = found
        .skipped
        .iter()
        .map(|skipped| {
            let (why, name, notice_no) = match &skipped.why {
                Why::Weekend => ("weekend", None, None),
                Why::Holiday { name, notice_no } => ("holiday", Some(name), notice_no.as_ref()),
                Why::Paused => ("paused", None, None),
                Why::MovedOn => ("moved_on", None, None),
            };
            json!({"day": skipped.day.to_string(), "why": why, "name": name, "notice_no": notice_no})
        })
        .collect();
    Cell::Json(days.into())
}

/// Every day passed over, for a person.
fn explain(ctx: &Context, found: &Reckoning, years: &str) {
    for skipped in &found.skipped {
        let why = match &skipped.why {
            Why::Weekend => say!("skip-weekend"),
            Why::Holiday { name, notice_no } => {
                let notice = notice_no.clone().unwrap_or_else(|| say!("skip-notice-unknown"));
                say!("skip-holiday", name = name.clone(), notice = notice)
            }
            Why::Paused => say!("skip-paused"),
            Why::MovedOn => say!("skip-moved-on"),
        };
        ctx.remark(&format!("{} {}  {why}", skipped.day, weekday(skipped.day)));
    }
    for worked in &found.worked {
        let notice = worked.notice_no.clone().unwrap_or_else(|| say!("skip-notice-unknown"));
        ctx.remark(&format!(
            "{} {}  {}",
            worked.day,
            weekday(worked.day),
            say!("counted-make-up", name = worked.name.clone(), notice = notice)
        ));
    }
    if found.due.provisional {
        ctx.remark(&say!("calendar-uncovered", years = years.to_owned()));
    }
}

/// A weekday in the person's language.
pub(crate) fn weekday(day: Date) -> String {
    match day.weekday() {
        Weekday::Monday => say!("weekday-monday"),
        Weekday::Tuesday => say!("weekday-tuesday"),
        Weekday::Wednesday => say!("weekday-wednesday"),
        Weekday::Thursday => say!("weekday-thursday"),
        Weekday::Friday => say!("weekday-friday"),
        Weekday::Saturday => say!("weekday-saturday"),
        Weekday::Sunday => say!("weekday-sunday"),
    }
}

fn pause(text: &str) -> Result<Pause, Failure> {
    let bad = || Failure::new("usage.pause", Exit::Usage, say!("usage-pause", value = text.to_owned())).hint(say!("usage-pause-hint"));
    let (from, to) = text.split_once("..").ok_or_else(bad)?;
    let (from, to) = (parse_day(from)?, parse_day(to)?);
    if from <= to { Ok(Pause { from, to }) } else { Err(bad()) }
}

/// The failure of a rule that is not there on a day.
pub(crate) fn no_rule(name: &str, on: Date, error: NoRule) -> Failure {
    match error {
        NoRule::Unknown { known } => {
            Failure::new("calendar.rule-unknown", Exit::NotFound, say!("limit-rule-unknown", name = name.to_owned()))
                .hint(say!("limit-rule-unknown-hint", known = known.join(", ")))
        }
        NoRule::NotYet { from } => Failure::new(
            "calendar.rule-not-yet",
            Exit::Conflict,
            say!("limit-rule-not-yet", name = name.to_owned(), on = on.to_string(), from = from.to_string()),
        )
        .hint(say!("limit-rule-versions-hint")),
        NoRule::Ended { to } => Failure::new(
            "calendar.rule-ended",
            Exit::Conflict,
            say!("limit-rule-ended", name = name.to_owned(), on = on.to_string(), to = to.to_string()),
        )
        .hint(say!("limit-rule-versions-hint")),
    }
}
