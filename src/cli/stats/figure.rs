use anyhow::Result;
use serde_json::json;

use super::year::form_of;
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::stats;
use crate::disclosure::figure::Amount;
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;

/// Note a figure of table 二 that another system counts, with its source
///
/// Codes are those of the form: 20.5.1 行政许可, 20.6.1 行政处罚, 20.6.2 行政强制, 20.8.1
/// 行政事业性收费 (万元); in the form of 2019 a row has several values, 20.5.1:2 is the second.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Year, such as 2026
    year: i16,
    /// Code of the row, with `:n` for its n-th value
    code: String,
    /// The figure
    #[arg(allow_hyphen_values = true)]
    value: String,
    /// Where it comes from
    #[arg(long, value_name = "TEXT")]
    source: String,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let form = form_of(args.year)?;
    let (code, at) = args.code.split_once(':').map_or((args.code.as_str(), Some(1)), |(code, at)| (code, at.parse::<usize>().ok()));
    let columns = form.proactive_columns(code).len();
    if columns == 0 || at.is_none_or(|at| at == 0 || at > columns) {
        let known: Vec<&str> = form.rows(0).map(|row| row.code.as_str()).filter(|code| *code != "h").collect();
        return Err(Failure::new("usage.no-row", Exit::Usage, say!("usage-no-row", code = args.code.clone()))
            .hint(say!("usage-no-row-hint", known = known.join(", ")))
            .into());
    }
    let value = Amount::read(&args.value).ok_or_else(|| {
        Failure::new("usage.figure", Exit::Usage, say!("usage-figure", value = args.value.clone())).hint(say!("usage-figure-hint"))
    })?;
    let (year, code, text, source) = (args.year, args.code.clone(), value.to_string(), args.source.clone());
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
    let mut report = report("stats.figure", vec![left("year"), left("row"), left("before"), left("after"), left("source")]);
    let before = before.and_then(|value| Amount::read(&value)).map(|value| value.to_string());
    report.push(vec![args.year.to_string().into(), args.code.clone().into(), before.into(), text.into(), source.into()]);
    ctx.show(report)?;
    Ok(Outcome::Done)
}
