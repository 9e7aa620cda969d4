use anyhow::Result;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::sheet::cube;
use super::year::{changed_behind, counted, fees, fees_of, flat, form_of, scope_of, unit_of};
use crate::calendar::Period;
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::stats::{self, Frozen};
use crate::db::{canonical, facts, hex, units};
use crate::disclosure::cube::{Cube, Window};
use crate::disclosure::filling::{members, read};
use crate::disclosure::sheet::{Cycle, FACTS};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;
use crate::view::{Cell, Report};

/// Seal the figures of a year or of months with a hash; later data make a new edition
///
/// A year is sealed as its annual report; a quarter or half-year as its months, from which
/// every form is filled afterwards without counting their rows again. Frozen again, nothing
/// happens as long as the figures are the same; otherwise the next edition is written and its
/// differences are listed. An edition never changes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// 2026-10, 2026-Q3, 2026-H1 or 2026
    period: String,
    /// Of a year: only this unit and those below it, by its code
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
}

/// A form's code, its title and its cycle.
type FormName = (&'static str, &'static str, &'static str);

/// One edition to be written.
struct Edition {
    form: FormName,
    period: String,
    unit: i64,
    frozen: Frozen,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let period = Period::read(&args.period).ok_or_else(|| {
        Failure::new("usage.period", Exit::Usage, say!("usage-period", value = args.period.clone())).hint(say!("usage-period-hint"))
    })?;
    if Cycle::of(&period) == Cycle::Year { year(ctx, &period, args) } else { months(ctx, &period, args) }
}

fn sealed(form: FormName, period: &str, unit: i64, edition: i64, figures: String) -> Edition {
    let sha256 = hex(&Sha256::digest(figures.as_bytes()));
    Edition { form, period: period.to_owned(), unit, frozen: Frozen { edition, figures, sha256, frozen_at: String::new() } }
}

fn differences() -> Report {
    report("stats.freeze", vec![left("row"), left("column"), left("before"), left("after")])
}

/// Refuses a period that is not over.
fn over(ctx: &Context, period: &Period) -> Result<(), Failure> {
    if period.to < ctx.clock.today() {
        return Ok(());
    }
    Err(Failure::new("stats.not-over", Exit::Conflict, say!("stats-not-over", last = period.to.to_string()))
        .hint(say!("stats-not-over-hint")))
}

fn year(ctx: &mut Context, period: &Period, args: &Args) -> Result<Outcome> {
    let form = form_of(period.from.year())?;
    let (unit, org) = unit_of(ctx, args.unit.as_deref())?;
    over(ctx, period)?;
    let scope = scope_of(ctx, args.unit.as_deref(), false)?;
    let annual = counted(ctx, period.from.year(), form, &org, &scope)?;
    let mut whole = Map::new();
    whole.insert("schema".to_owned(), json!("swj.disclosure.annual_report/1"));
    whole.extend(members(&annual).into_iter().map(|(key, value)| (key.to_owned(), value)));
    // Part 六 is handed in with the tables.
    let (requests, yuan) = fees(ctx, period.from.year(), &scope)?;
    whole.insert("fees".to_owned(), json!({ "requests": requests, "yuan": yuan }));
    let newest = stats::editions(ctx.db()?, form.code(), &period.name, unit)?.pop();
    if let Some(newest) = newest.as_ref().filter(|newest| !newest.intact()) {
        return Err(changed_behind(&period.name, newest.edition));
    }
    let edition = newest.as_ref().map_or(1, |newest| newest.edition + 1);
    let name = (form.code(), "政府信息公开工作年度报告", "year");
    let edition = sealed(name, &period.name, unit, edition, canonical(&Value::Object(whole)));
    let mut report = differences().with_summary("sha256", edition.frozen.sha256.as_str());
    let document: Option<Value> = newest.as_ref().and_then(|newest| serde_json::from_str(&newest.figures).ok());
    let before = document.as_ref().and_then(read);
    let paid = document.as_ref().and_then(fees_of).unwrap_or((requests, yuan));
    // A new name of the organisation is no new figure.
    let same = paid == (requests, yuan) && before.as_ref().is_some_and(|before| flat(before).rows == flat(&annual).rows);
    if let Some(newest) = newest.as_ref().filter(|_| same) {
        let edition = newest.edition;
        report.summary = vec![("sha256", newest.sha256.as_str().into())];
        ctx.show(report.with_summary("edition", edition))?;
        ctx.remark(&say!("stats-frozen-already", period = period.name.clone(), edition = edition.to_string()));
        return Ok(Outcome::Done);
    }
    if let Some(before) = before {
        for (old, new) in flat(&before).rows.into_iter().zip(flat(&annual).rows) {
            if old[5] != new[5] {
                report.push(vec![new[1].clone(), new[3].clone(), old[5].clone(), new[5].clone()]);
            }
        }
    }
    for (what, old, new) in [("requests", paid.0, requests), ("yuan", paid.1, yuan)].into_iter().filter(|(_, old, new)| old != new) {
        report.push(vec!["fees".into(), what.into(), old.to_string().into(), new.to_string().into()]);
    }
    let number = Cell::Int(edition.frozen.edition);
    write(ctx, period, report.with_summary("edition", number), &[edition])
}

/// Seals months: the counts of every fact by unit and class, and what was noted for them.
fn months(ctx: &mut Context, period: &Period, args: &Args) -> Result<Outcome> {
    if args.unit.is_some() {
        return Err(Failure::new("usage.month-unit", Exit::Usage, say!("stats-month-unit")).hint(say!("stats-month-unit-hint")).into());
    }
    let today = ctx.clock.today();
    over(ctx, period)?;
    let (unit, _) = unit_of(ctx, None)?;
    let every: Vec<&str> = FACTS.iter().map(|(fact, _)| *fact).collect();
    let known = units::list(ctx.db()?, &units::UnitFilter::default())?;
    let code = |id: i64| known.iter().find(|unit| unit.id == id).map_or_else(|| id.to_string(), |unit| unit.code.clone());
    let (mut report, mut editions, mut standing) = (differences(), Vec::new(), Vec::new());
    let mut first = period.from;
    while first <= period.to {
        let month = Window { from: first, to: first.last_of_month() };
        let name = format!("{:04}-{:02}", first.year(), first.month());
        let (now, newest) = ctx.db()?.one_picture(|db| {
            let now = cube(db, &every, month, &[], today, true)?;
            Ok::<_, crate::db::DbError>((now, facts::frozen_months(db, month.from, month.to)?.pop()))
        })?;
        let (now, _) = now.map_err(|(month, edition)| changed_behind(&month, edition))?;
        first = month.to.tomorrow()?;
        let mut before = Cube::default();
        if let Some((_, edition, sha256, figures)) = &newest {
            if !stats::intact(figures, sha256) {
                return Err(changed_behind(&name, *edition));
            }
            before.unseal(month, &serde_json::from_str(figures)?);
            if before.flat(month) == now.flat(month) {
                standing.push(format!("{name}/{edition}"));
                continue;
            }
            let (old, new) = (before.flat(month), now.flat(month));
            let places: std::collections::BTreeSet<_> = old.keys().chain(new.keys()).collect();
            for place in places.into_iter().filter(|place| old.get(place) != new.get(place)) {
                let (fact, unit, class) = place;
                let row = if class.is_empty() { format!("{name} {fact}") } else { format!("{name} {fact}.{class}") };
                let figure =
                    |side: Option<&crate::disclosure::figure::Amount>| Cell::from(side.map_or_else(|| "0".to_owned(), ToString::to_string));
                report.push(vec![row.into(), code(*unit).into(), figure(old.get(place)), figure(new.get(place))]);
            }
        }
        let mut whole = Map::new();
        whole.insert("schema".to_owned(), json!("swj.disclosure.month/1"));
        whole.insert("period".to_owned(), json!(name));
        let named: Map<String, Value> = now.units().into_iter().map(|id| (id.to_string(), json!(code(id)))).collect();
        whole.insert("units".to_owned(), named.into());
        whole.extend(now.sealed(month).as_object().cloned().unwrap_or_default());
        let edition = newest.map_or(1, |(_, edition, ..)| edition + 1);
        let form = (facts::MONTH_FORM, "政府信息公开情况统计月度数据", "month");
        editions.push(sealed(form, &name, unit, edition, canonical(&Value::Object(whole))));
    }
    let written = editions.iter().map(|edition| format!("{}/{}", edition.period, edition.frozen.edition));
    report = report.with_summary("frozen", standing.into_iter().chain(written).collect::<Vec<_>>().join(" "));
    if editions.is_empty() {
        ctx.show(report)?;
        ctx.remark(&say!("stats-months-frozen-already", period = period.name.clone()));
        return Ok(Outcome::Done);
    }
    if let [only] = editions.as_slice() {
        report = report.with_summary("edition", only.frozen.edition).with_summary("sha256", only.frozen.sha256.as_str());
    }
    write(ctx, period, report, &editions)
}

fn write(ctx: &mut Context, period: &Period, report: Report, editions: &[Edition]) -> Result<Outcome> {
    let highest = editions.iter().map(|edition| edition.frozen.edition).max().unwrap_or(1);
    ctx.show_plan(&report)?;
    ctx.go_ahead(&say!("stats-freeze-question", period = period.name.clone(), edition = highest.to_string()))?;
    let now = ctx.clock.now();
    ctx.write(|db, log| {
        for edition in editions {
            stats::freeze(db, edition.form, &edition.period, edition.unit, &edition.frozen, now)?;
            log.push(Entry {
                verb: "stats freeze",
                table: Some("disclosure_report"),
                key: Some(format!("{}/{}/{}/{}", edition.form.0, edition.period, edition.unit, edition.frozen.edition)),
                old: None,
                new: Some(json!({ "sha256": edition.frozen.sha256 })),
            });
        }
        Ok(())
    })?;
    ctx.show(report)?;
    if ctx.globals.dry_run {
        return Ok(Outcome::Done);
    }
    for edition in editions {
        let (number, sha256) = (edition.frozen.edition.to_string(), edition.frozen.sha256[..16].to_owned());
        ctx.remark(&say!("stats-frozen", period = edition.period.clone(), edition = number, sha256 = sha256));
    }
    Ok(Outcome::Done)
}
