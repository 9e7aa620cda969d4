use anyhow::Result;

use super::{item_report, logged_item, one};
use crate::context::{Context, Outcome, parse_day};
use crate::db::disclosures::{self, NewItem};
use crate::db::{requests, units};
use crate::disclosure::PROACTIVE_DAYS;
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;

/// Register an item with the next index number (索引号) of its year
///
/// The number is organisation code / year - five digits; it is unique and never changes. An
/// item is 主动公开, 依申请公开 or 不予公开 from the start, the last with its reason; what is
/// 主动公开 must be out within 20 working days of being made (条例 2019 Art. 26), after a second
/// person has reviewed it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Title
    title: String,
    /// Unit that made it: its code
    #[arg(long, value_name = "CODE")]
    unit: String,
    /// Attribute fixed when it was made
    #[arg(long, value_name = "WORD", value_parser = ["active", "on_request", "none"])]
    attribute: String,
    /// Why it is withheld
    #[arg(long, value_name = "TEXT", required_if_eq("attribute", "none"))]
    reason: Option<String>,
    /// Day it was made; today if not given
    #[arg(long, value_name = "DATE")]
    formed: Option<String>,
    /// Number of the document
    #[arg(long, value_name = "NUMBER")]
    doc_no: Option<String>,
    /// Category
    #[arg(long, value_name = "TEXT", default_value = "其他")]
    category: String,
    /// Whether it is a rule (规章) or a normative document
    #[arg(long, value_parser = ["rule", "normative", "other"], default_value = "other")]
    normative: String,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let formed = args.formed.as_deref().map(parse_day).transpose()?.unwrap_or_else(|| ctx.clock.today());
    crate::cli::case::in_order(ctx, formed, jiff::civil::Date::MIN)?;
    let unit = units::by_code(ctx.db()?, &args.unit)?.ok_or_else(|| {
        Failure::new("unit.unknown", Exit::NotFound, say!("unit-unknown", code = args.unit.clone())).hint(say!("unit-unknown-hint"))
    })?;
    let prefix = organ_code(ctx)?;
    let workdays = crate::cli::calendar::workdays(ctx)?;
    let now = ctx.clock.now();
    let author = ctx.actor().login_or_user();
    let index_no = ctx.write(|db, log| {
        let year = i64::from(formed.year());
        let index_no = loop {
            // A number that came with a register is passed over.
            let no = format!("{prefix}/{year}-{:05}", requests::next_no(db, "index", &prefix, year)?);
            if disclosures::by_index(db, &no)?.is_none() {
                break no;
            }
        };
        let new = NewItem {
            index_no: index_no.clone(),
            title: args.title.clone(),
            doc_no: args.doc_no.clone(),
            publisher_unit_id: unit.id,
            category: args.category.clone(),
            formed_on: formed.into(),
            due_on: (args.attribute == "active").then(|| workdays.after(formed, PROACTIVE_DAYS).on.into()),
            attribute: args.attribute.clone(),
            reason: args.reason.clone(),
            attribute_set_on: Some(formed.into()),
            published_at: None,
            url: None,
            status: if args.attribute == "none" { "exempt" } else { "pending" }.to_owned(),
            normative: args.normative.clone(),
        };
        disclosures::add(db, &new, now)?;
        disclosures::set_author(db, &index_no, &author)?;
        log.push(Entry {
            verb: "disclosure add",
            table: Some("disclosure_item"),
            key: Some(index_no.clone()),
            old: None,
            new: Some(new.logged(&unit.code)),
        });
        Ok(index_no)
    })?;
    // A rehearsal has nothing to read back.
    let mut report = item_report("disclosure.add");
    match disclosures::by_index(ctx.db()?, &index_no)? {
        Some(item) => one(&mut report, &item),
        None => report.push(logged_item(&index_no, &args.title, &unit.code, formed)),
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}

/// What index numbers begin with: the setting, else the organisation code in the organisation's credit code.
fn organ_code(ctx: &mut Context) -> Result<String> {
    if let Some(code) = ctx.config.get("disclosure.organ_code").filter(|code| !code.is_empty()) {
        return Ok(code.to_owned());
    }
    let root = units::list(ctx.db()?, &units::UnitFilter::default())?.into_iter().min_by_key(|unit| (unit.level, unit.id));
    // Characters 9 to 17 of the 18 are the organisation code (GB 32100).
    let code = root.and_then(|unit| unit.uscc).filter(|uscc| uscc.len() == 18 && uscc.is_ascii()).map(|uscc| uscc[8..17].to_owned());
    code.ok_or_else(|| {
        Failure::new("disclosure.no-organ-code", Exit::Usage, say!("disclosure-no-organ-code"))
            .hint(say!("disclosure-no-organ-code-hint"))
            .into()
    })
}
