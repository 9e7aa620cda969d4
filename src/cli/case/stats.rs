use std::collections::BTreeMap;

use anyhow::Result;

use super::Desk;
use crate::calendar::Period;
use crate::casework::{Light, Timing};
use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};
use crate::db::cases;
use crate::failure::{Exit, Failure};
use crate::say;
use crate::view::Cell;

/// Count the cases of a period by organ and item
///
/// Received, accepted (by silence too), decided and how: early is before the promised day,
/// on time on it, late after it, late by law after the legal day. The open and overdue ones
/// are those at the end of the period. The last line is the total.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// 2026-10, 2026-Q3, 2026-H1 or 2026
    period: String,
}

#[derive(Clone, Copy, Default)]
struct Figures([i64; 14]);

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let period = Period::read(&args.period).ok_or_else(|| {
        Failure::new("usage.period", Exit::Usage, say!("usage-period", value = args.period.clone())).hint(say!("usage-period-hint"))
    })?;
    let mut desk = Desk::open(ctx)?;
    // The period is judged as it stood on its last day, or today while it runs.
    let now = desk.today;
    let end = now.min(period.to);
    let within = |day: Option<jiff::civil::Date>| day.is_some_and(|day| period.from <= day && day <= period.to);
    let mut lines: BTreeMap<(String, String), Figures> = BTreeMap::new();
    let mut total = Figures::default();
    for case in cases::list(ctx.db()?, None)? {
        let Some(item) = desk.item(&case).cloned() else { continue };
        if case.received_on.0 > period.to {
            continue;
        }
        // Silence is told by today: a month must not miss what was accepted by law after its end.
        desk.today = now;
        let accepted = desk.standing(&case);
        desk.today = end;
        let found = desk.standing(&case);
        let decided = case.decided_on.map(|day| day.0);
        let outcome = case.outcome.as_deref().unwrap_or_default();
        let timing = found.timing.filter(|_| within(decided) && ["granted", "refused"].contains(&outcome));
        let waiting = decided.is_none_or(|on| on > period.to);
        let facts = [
            within(Some(case.received_on.0)),
            within(accepted.accepted_on),
            within(accepted.accepted_on) && (case.deemed_accepted || accepted.deemed_accepted),
            within(decided) && outcome == "not_accepted",
            within(decided) && outcome == "granted",
            within(decided) && outcome == "refused",
            within(decided) && outcome == "withdrawn",
            within(decided) && outcome == "terminated",
            timing == Some(Timing::Early),
            timing == Some(Timing::OnTime),
            timing == Some(Timing::Late),
            timing == Some(Timing::Unlawful),
            waiting,
            waiting && found.light.is_some_and(|light| light >= Light::Red),
        ];
        let line = lines.entry((item.organ.clone(), item.name.clone())).or_default();
        for (at, fact) in facts.into_iter().enumerate() {
            line.0[at] += i64::from(fact);
            total.0[at] += i64::from(fact);
        }
    }
    let columns = vec![
        left("organ"),
        left("item"),
        right("received"),
        right("accepted"),
        right("deemed"),
        right("not_accepted"),
        right("granted"),
        right("refused"),
        right("withdrawn"),
        right("terminated"),
        right("early"),
        right("on_time"),
        right("late"),
        right("late_by_law"),
        right("open"),
        right("overdue"),
    ];
    let keys: Vec<&'static str> = columns.iter().skip(2).map(|column| column.key).collect();
    let mut report = report("case.stats", columns).with_summary("period", period.name.as_str());
    for ((organ, item), figures) in lines.into_iter().filter(|(_, figures)| figures.0.iter().any(|n| *n > 0)) {
        report.push([Cell::from(organ), item.into()].into_iter().chain(figures.0.map(Cell::from)).collect());
    }
    report.push([Cell::from("合计"), Cell::Empty].into_iter().chain(total.0.map(Cell::from)).collect());
    for (key, n) in keys.into_iter().zip(total.0) {
        report = report.with_summary(key, n);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
