use anyhow::Result;
use jiff::civil::Date;

use super::sheet;
use super::year::{form_of, unit_of};
use crate::calendar::Period;
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::stats::{self, Scope, Source};
use crate::db::{facts, units};
use crate::disclosure::annual::{COLUMNS, Form, GROUPS, RESULTS};
use crate::disclosure::figure::Amount;
use crate::disclosure::request::OUTCOMES;
use crate::disclosure::sheet::{Cycle, Sheet};
use crate::failure::{Exit, Failure};
use crate::say;

/// List the rows behind a figure
///
/// FORM:PERIOD:ROW/COLUMN, as year:2026:3.2/natural_person, year:2026:R.1, year:2026:20.1.2/1,
/// or month:2026-10:2/101 for indicator 2 of unit 101 (`*` for the total), or the code of any
/// form: luan-2019:2026-Q3:11. Rows and columns are those of `stats year -f csv` and
/// `stats month`. No personal data are shown.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Figure to explain
    figure: String,
    /// Of this unit and those below it: its code
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let unknown = || {
        Failure::new("usage.figure-name", Exit::Usage, say!("usage-figure-name", figure = args.figure.clone()))
            .hint(say!("usage-figure-name-hint"))
    };
    let mut parts = args.figure.splitn(3, ':');
    let (form, period, place) = (parts.next().unwrap_or_default(), parts.next().ok_or_else(unknown)?, parts.next().ok_or_else(unknown)?);
    let period = Period::read(period).ok_or_else(unknown)?;
    let (row, column) = place.split_once('/').map_or((place, None), |(row, column)| (row, Some(column)));
    let mut scope = Scope { unit: args.unit.clone(), alone: false };
    let today = ctx.clock.today();
    if let Some(code) = &args.unit {
        unit_of(ctx, Some(code))?;
    }
    let rows = if form == "year" {
        if Cycle::of(&period) != Cycle::Year {
            return Err(unknown().into());
        }
        let official = form_of(period.from.year())?;
        let source = of_year(official, row, column).ok_or_else(unknown)?;
        let (root, _) = unit_of(ctx, None)?;
        if !stats::editions(ctx.db()?, official.code(), &period.name, root)?.is_empty() {
            ctx.remark(&say!("explain-frozen", period = period.name.clone()));
        }
        // What another system counted goes before what is counted here, in the report and in its explanation.
        let noted = match (&args.unit, row.starts_with("20.")) {
            (None, true) => {
                let at = column.and_then(|at| at.parse::<usize>().ok()).unwrap_or(1);
                let code = if at == 1 { row.to_owned() } else { format!("{row}:{at}") };
                stats::explain(ctx.db()?, &Source::Noted { code }, period.from, period.to, &scope)?
            }
            _ => Vec::new(),
        };
        if noted.is_empty() { stats::explain(ctx.db()?, &source, period.from, period.to, &scope)? } else { noted }
    } else {
        if let Some(code) = column.filter(|code| *code != "*") {
            unit_of(ctx, Some(code))?;
            scope = Scope { unit: Some(code.to_owned()), alone: true };
        }
        let suits = match form {
            "month" => Cycle::of(&period) == Cycle::Month,
            "quarter" => Cycle::of(&period) == Cycle::Quarter,
            "halfyear" => Cycle::of(&period) == Cycle::Halfyear,
            _ => true,
        };
        if !suits {
            return Err(unknown().into());
        }
        let sheet = sheet::named(ctx, if matches!(form, "month" | "quarter" | "halfyear") { "monthly" } else { form })?;
        of_sheet(ctx, &sheet, row, (period.from, period.to), today, &scope)?.ok_or_else(unknown)?
    };
    let mut report =
        report("stats.explain", vec![left("source"), left("key"), left("unit"), left("words"), left("from"), left("to"), left("class")])
            .with_summary("figure", args.figure.as_str())
            .with_summary("rows", rows.len());
    report.key = 1;
    let filled = |text: String| Some(text).filter(|text| !text.is_empty());
    for mut row in rows {
        if matches!(row[0].as_str(), "disclosure_noted" | "disclosure_decision_count")
            && let Some(amount) = Amount::read(&row[6])
        {
            row[6] = amount.to_string();
        }
        report.push(row.into_iter().map(|cell| filled(cell).into()).collect());
    }
    let n = report.rows.len();
    ctx.show(report)?;
    ctx.remark(&say!("explain-count", n = n.to_string()));
    Ok(Outcome::Done)
}

/// The rows a row of a form was counted from, its parts' where it is their sum, or what was noted for it.
fn of_sheet(
    ctx: &mut Context,
    sheet: &Sheet,
    code: &str,
    (from, to): (Date, Date),
    today: Date,
    scope: &Scope,
) -> Result<Option<Vec<Vec<String>>>> {
    let Some(row) = sheet.row(code) else { return Ok(None) };
    let mut rows = Vec::new();
    for (fact, class) in row.count.iter().flatten() {
        rows.extend(facts::explain(ctx.db()?, fact, class, from, to, today, scope)?);
    }
    if row.count.is_none() {
        let units = units::list(ctx.db()?, &units::UnitFilter::default())?;
        let noted: Vec<_> = facts::noted(ctx.db()?, Some(&sheet.code), from, to)?
            .into_iter()
            .filter(|noted| noted.row == code && noted.from >= from)
            .collect();
        // What was noted for the quarter stands for its months.
        let within = |one: &facts::Noted, other: &facts::Noted| {
            one.unit == other.unit && (one.from, one.to) != (other.from, other.to) && other.from <= one.from && one.to <= other.to
        };
        for noted in noted.iter().filter(|one| !noted.iter().any(|other| within(one, other))) {
            let unit = units.iter().find(|unit| unit.id == noted.unit).map(|unit| unit.code.clone()).unwrap_or_default();
            let key = format!("{}/{}", noted.form, noted.row);
            let (from, to) = (noted.from.to_string(), noted.to.to_string());
            rows.push(vec!["disclosure_noted".to_owned(), key, unit, noted.source.clone(), from, to, noted.value.clone()]);
        }
        if rows.is_empty() {
            for part in &row.parts {
                rows.extend(of_sheet(ctx, sheet, part, (from, to), today, scope)?.unwrap_or_default());
            }
        }
    }
    Ok(Some(rows))
}

/// Where a cell of the annual report comes from; none for a row or column its form does not have.
fn of_year(form: Form, row: &str, column: Option<&str>) -> Option<Source> {
    if row == "fee" {
        return Some(Source::Fees);
    }
    if let Some((group, n)) = row.split_once('.')
        && let Some(at) = GROUPS.iter().position(|(key, _)| *key == group)
    {
        let n: usize = n.parse().ok().filter(|n| (1..=RESULTS.len()).contains(n))?;
        let kind = ["review", "suit_direct", "suit_after_review"][at];
        let result = ["upheld", "corrected", "other", "pending"].get(n - 1).copied();
        return Some(Source::Disputes { kind, result });
    }
    if row.starts_with("20.") {
        let at = column.unwrap_or("1").parse::<usize>().ok()?;
        if !(1..=form.proactive_columns(row).len()).contains(&at) {
            return None;
        }
        let code = if at == 1 { row.to_owned() } else { format!("{row}:{at}") };
        return Some(match (form, row) {
            (Form::Of2021, "20.1.1") => Source::Normative { kind: "rule", at },
            (Form::Of2021, "20.1.2") => Source::Normative { kind: "normative", at },
            (Form::Of2021, "20.5.1") => Source::Licences,
            _ => Source::Noted { code },
        });
    }
    if !form.rows(1).any(|known| known.code == row) {
        return None;
    }
    let column = column.unwrap_or("total");
    if !COLUMNS.iter().any(|(key, _)| *key == column) {
        return None;
    }
    let applicant = Some(column.to_owned()).filter(|column| column != "total");
    Some(match row {
        "1" => Source::New { applicant },
        "2" => Source::Carried { applicant },
        "4" => Source::Remaining { applicant },
        "3.7" => Source::Closed { applicant, row: None },
        // The form of 2019 has one row for 其他处理; that of 2021 takes what has no item under 其他.
        "3.6" => Source::Closed { applicant, row: Some(vec!["3.6", "3.6.1", "3.6.2", "3.6.3"]) },
        "3.6.3" => Source::Closed { applicant, row: Some(vec!["3.6", "3.6.3"]) },
        row => Source::Closed { applicant, row: OUTCOMES.iter().find(|known| **known == row).map(|row| vec![*row]) },
    })
}
