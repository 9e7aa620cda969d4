use anyhow::Result;
use serde_json::json;

use super::sheet;
use super::year::{form_of, unit_of};
use crate::calendar::Period;
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::facts::{self, Noted};
use crate::db::stats;
use crate::disclosure::annual::Form;
use crate::disclosure::figure::Amount;
use crate::disclosure::sheet::{Cycle, Row};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;

/// Note a figure the database does not know, with its source
///
/// Of a year, codes are those of table 二: 20.5.1 行政许可, 20.6.1 行政处罚, 20.6.2 行政强制,
/// 20.8.1 行政事业性收费 (万元); in the form of 2019 a row has several values, 20.5.1:2 is the
/// second. Of any other form (--form), they are the rows that are not counted.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// 2026, or of another form 2026-10, 2026-Q3, 2026-H1
    period: String,
    /// Code of the row, with `:n` for its n-th value
    code: String,
    /// The figure
    #[arg(allow_hyphen_values = true)]
    value: String,
    /// Where it comes from
    #[arg(long, value_name = "TEXT")]
    source: String,
    /// Form the row is of: its code (see `stats forms`), or a file
    #[arg(long, value_name = "CODE|FILE")]
    form: Option<String>,
    /// Unit it is the figure of, without those below it, by its code; the organisation if not given
    #[arg(long, value_name = "CODE", requires = "form")]
    unit: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let period = Period::read(&args.period).ok_or_else(|| {
        Failure::new("usage.period", Exit::Usage, say!("usage-period", value = args.period.clone())).hint(say!("usage-period-hint"))
    })?;
    let value = Amount::read(&args.value).ok_or_else(|| {
        Failure::new("usage.figure", Exit::Usage, say!("usage-figure", value = args.value.clone())).hint(say!("usage-figure-hint"))
    })?;
    if let Some(form) = &args.form {
        return of_sheet(ctx, args, form, &period, value);
    }
    let year = period.from.year();
    if Cycle::of(&period) != Cycle::Year {
        return Err(Failure::new("usage.figure-form", Exit::Usage, say!("usage-figure-form")).hint(say!("usage-figure-form-hint")).into());
    }
    let form = form_of(year)?;
    let (code, at) = args.code.split_once(':').map_or((args.code.as_str(), Some(1)), |(code, at)| (code, at.parse::<usize>().ok()));
    let columns = form.proactive_columns(code).len();
    if columns == 0 || at.is_none_or(|at| at == 0 || at > columns) {
        let known: Vec<&str> = form.rows(0).map(|row| row.code.as_str()).filter(|code| *code != "h").collect();
        return Err(no_row(&args.code, &known));
    }
    let counts = !(code.starts_with("20.8") || (form == Form::Of2019 && at != Some(1)));
    if counts && (value.negative() || value.as_whole().is_none()) {
        return Err(Failure::new("usage.count", Exit::Usage, say!("usage-count", value = args.value.clone()))
            .hint(say!("usage-count-hint"))
            .into());
    }
    // The first value of a row is the row's: one name for one cell.
    let code = if at == Some(1) { code.to_owned() } else { args.code.clone() };
    let (text, source) = (value.to_string(), args.source.clone());
    let before = ctx.write(|db, log| {
        let before = stats::set_decision(db, year, &code, &text, &source)?;
        log.push(Entry {
            verb: "stats figure",
            table: Some("disclosure_decision_count"),
            key: Some(format!("{year}/{code}")),
            old: before.as_ref().map(|value| json!({ "value": Amount::read(value).map(|value| value.to_string()) })),
            new: Some(json!({ "value": text, "source": source })),
        });
        Ok(before)
    })?;
    done(ctx, &args.period, &args.code, before.as_deref(), text, source)
}

fn done(ctx: &mut Context, period: &str, code: &str, before: Option<&str>, after: String, source: String) -> Result<Outcome> {
    let mut report = report("stats.figure", vec![left("period"), left("row"), left("before"), left("after"), left("source")]);
    let before = before.and_then(Amount::read).map(|value| value.to_string());
    report.push(vec![period.to_owned().into(), code.to_owned().into(), before.into(), after.into(), source.into()]);
    ctx.show(report)?;
    Ok(Outcome::Done)
}

fn no_row(code: &str, known: &[&str]) -> anyhow::Error {
    Failure::new("usage.no-row", Exit::Usage, say!("usage-no-row", code = code.to_owned()))
        .hint(say!("usage-no-row-hint", known = known.join(", ")))
        .into()
}

/// Notes a row of a form of statistics that nothing is counted for.
fn of_sheet(ctx: &mut Context, args: &Args, form: &str, period: &Period, value: Amount) -> Result<Outcome> {
    let sheet = sheet::named(ctx, form)?;
    let open = |row: &&Row| row.count.is_none() && !row.heading;
    if sheet.row(&args.code).filter(open).is_none() {
        let known: Vec<&str> = sheet.rows.iter().filter(open).map(|row| row.code.as_str()).collect();
        return Err(no_row(&args.code, &known));
    }
    let (unit, _) = unit_of(ctx, args.unit.as_deref())?;
    let now = ctx.clock.now();
    let (from, to) = (period.from, period.to);
    let noted = Noted { form: sheet.code, row: args.code.clone(), unit, from, to, value: value.to_string(), source: args.source.clone() };
    let before = ctx.write(|db, log| {
        let before = facts::noted(db, Some(&noted.form), from, to)?
            .into_iter()
            .find(|other| (&other.row, other.unit, other.from, other.to) == (&noted.row, unit, from, to));
        facts::note(db, &noted, now)?;
        let logged = |noted: &Noted| json!({ "value": Amount::read(&noted.value).map(|value| value.to_string()), "source": noted.source });
        log.push(Entry {
            verb: "stats figure",
            table: Some("disclosure_noted"),
            key: Some(format!("{}/{}/{unit}/{}", noted.form, noted.row, period.name)),
            old: before.as_ref().map(logged),
            new: Some(logged(&noted)),
        });
        Ok(before)
    })?;
    let frozen = facts::frozen_months(ctx.db()?, to.first_of_month(), to)?;
    done(ctx, &args.period, &args.code, before.as_ref().map(|noted| noted.value.as_str()), noted.value, noted.source)?;
    // A longer time is sealed with its last month.
    if let Some((month, ..)) = frozen.last() {
        ctx.remark(&say!("figure-month-frozen", period = month.clone()));
    }
    Ok(Outcome::Done)
}
