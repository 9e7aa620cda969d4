use anyhow::Result;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::year::{counted, flat, form_of, unit_of};
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::stats::{self, Frozen, Scope};
use crate::db::{canonical, hex};
use crate::disclosure::filling::{members, read};
use crate::ledger::Entry;
use crate::say;
use crate::view::Cell;

/// Seal the figures of a year with a hash; later data make a new edition
///
/// Frozen again, nothing happens as long as the figures are the same; otherwise the next
/// edition is written and its differences are listed. An edition never changes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Year, such as 2026
    year: i16,
    /// Of this unit and those below it: its code
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let form = form_of(args.year)?;
    let (unit, org) = unit_of(ctx, args.unit.as_deref())?;
    let annual = counted(ctx, args.year, form, &org, &Scope { unit: args.unit.clone(), alone: false })?;
    let mut whole = Map::new();
    whole.insert("schema".to_owned(), json!("swj.disclosure.annual_report/1"));
    whole.extend(members(&annual).into_iter().map(|(key, value)| (key.to_owned(), value)));
    let figures = canonical(&Value::Object(whole));
    let sha256 = hex(&Sha256::digest(figures.as_bytes()));
    let period = args.year.to_string();
    let newest = stats::editions(ctx.db()?, form.code(), &period, unit)?.pop();
    let mut report =
        report("stats.freeze", vec![left("row"), left("column"), left("before"), left("after")]).with_summary("sha256", sha256.as_str());
    if let Some(newest) = newest.as_ref().filter(|newest| newest.sha256 == sha256) {
        let edition = newest.edition;
        ctx.show(report.with_summary("edition", edition))?;
        ctx.remark(&say!("stats-frozen-already", period = period, edition = edition.to_string()));
        return Ok(Outcome::Done);
    }
    if let Some(before) = newest.as_ref().and_then(|newest| read(&serde_json::from_str(&newest.figures).ok()?)) {
        for (old, new) in flat(&before).rows.into_iter().zip(flat(&annual).rows) {
            if old[5] != new[5] {
                report.push(vec![new[1].clone(), new[3].clone(), old[5].clone(), new[5].clone()]);
            }
        }
    }
    let edition = newest.map_or(1, |newest| newest.edition + 1);
    ctx.show_plan(&report)?;
    ctx.go_ahead(&say!("stats-freeze-question", period = period.clone(), edition = edition.to_string()))?;
    let now = ctx.clock.now();
    ctx.write(|db, log| {
        let frozen = Frozen { edition, figures: figures.clone(), sha256: sha256.clone(), frozen_at: String::new() };
        stats::freeze(db, (form.code(), "政府信息公开工作年度报告", "year"), &period, unit, &frozen, now)?;
        log.push(Entry {
            verb: "stats freeze",
            table: Some("disclosure_report"),
            key: Some(format!("{}/{period}/{unit}/{edition}", form.code())),
            old: None,
            new: Some(json!({ "sha256": sha256 })),
        });
        Ok(())
    })?;
    ctx.show(report.with_summary("edition", Cell::Int(edition)))?;
    ctx.remark(&say!("stats-frozen", period = period, edition = edition.to_string(), sha256 = sha256[..16].to_owned()));
    Ok(Outcome::Done)
}
