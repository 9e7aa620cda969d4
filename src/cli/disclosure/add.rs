use anyhow::Result;

use super::{item_report, one};
use crate::context::{Context, Outcome, parse_day};
use crate::db::disclosures::{self, NewItem};
use crate::db::{Db, requests, units};
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
    #[arg(value_parser = super::filled)]
    title: String,
    /// Unit that made it: its code
    #[arg(long, value_name = "CODE")]
    unit: String,
    /// Attribute fixed when it was made
    #[arg(long, value_name = "WORD", value_parser = ["active", "on_request", "none"])]
    attribute: String,
    /// Why it is withheld
    #[arg(long, value_name = "TEXT", required_if_eq("attribute", "none"), value_parser = super::filled)]
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
    crate::cli::case::in_order(ctx, formed, jiff::civil::Date::MIN).map_err(|failure| failure.hint(say!("disclosure-formed-hint")))?;
    let unit = units::by_code(ctx.db()?, &args.unit)?.ok_or_else(|| {
        Failure::new("unit.unknown", Exit::NotFound, say!("unit-unknown", code = args.unit.clone())).hint(say!("unit-unknown-hint"))
    })?;
    let prefix = organ_code(ctx)?;
    let digits = serial_digits(ctx)?;
    let workdays = crate::cli::calendar::workdays(ctx)?;
    let now = ctx.clock.now();
    let author = ctx.actor().login_or_user();
    let due = workdays.after(formed, PROACTIVE_DAYS);
    let item = ctx.write(|db, log| {
        let index_no = next_index(db, &prefix, digits, formed)?;
        let new = NewItem {
            index_no: index_no.clone(),
            title: args.title.clone(),
            doc_no: args.doc_no.clone(),
            publisher_unit_id: unit.id,
            category: args.category.clone(),
            formed_on: formed.into(),
            due_on: (args.attribute == "active").then(|| due.on.into()),
            attribute: args.attribute.clone(),
            reason: args.reason.clone(),
            attribute_set_on: Some(formed.into()),
            published_at: None,
            url: None,
            status: if args.attribute == "none" { "exempt" } else { "pending" }.to_owned(),
            normative: args.normative.clone(),
            validity: "valid".to_owned(),
            abolished_on: None,
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
        Ok(disclosures::by_index(db, &index_no)?)
    })?;
    let mut report = item_report("disclosure.add");
    if let Some(item) = &item {
        one(&mut report, item);
    }
    ctx.show(report)?;
    if args.attribute == "active" && due.provisional {
        ctx.remark(&say!("disclosure-provisional", due = due.on.to_string()));
    }
    Ok(Outcome::Done)
}

/// How many digits the serial of an index number has: five, or more by configuration.
pub(super) fn serial_digits(ctx: &Context) -> Result<usize> {
    let digits = ctx.config.number("disclosure.serial_digits")?;
    Ok(usize::try_from(digits).ok().filter(|digits| (5..=12).contains(digits)).ok_or_else(|| {
        Failure::new("config.serial-digits", Exit::Usage, say!("disclosure-serial-digits", value = digits.to_string()))
            .hint(say!("disclosure-serial-digits-hint"))
    })?)
}

/// The next index number of the year; a number that came with a register is passed over.
pub(super) fn next_index(db: &mut Db, prefix: &str, digits: usize, formed: jiff::civil::Date) -> Result<String> {
    let year = formed.year();
    loop {
        let no = format!("{prefix}/{year}-{:0digits$}", requests::next_no(db, "index", prefix, year.into())?);
        if disclosures::by_index(db, &no)?.is_none() {
            return Ok(no);
        }
    }
}

/// An organisation code (GB 11714, nine characters) or a credit code (GB 32100, eighteen); a wrong check character
/// is said and taken, since numbers in use are never changed.
fn fit(ctx: &Context, code: &str) -> Result<String> {
    let shaped = code.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    let sound = match code.len() {
        9 if shaped => crate::identifiers::check_org(code).valid(),
        18 if shaped => crate::identifiers::check_uscc(code).valid(),
        _ => {
            return Err(Failure::new("config.organ-code", Exit::Usage, say!("disclosure-organ-code", code = code.to_owned()))
                .hint(say!("disclosure-organ-code-hint"))
                .into());
        }
    };
    if !sound {
        ctx.remark(&say!("disclosure-organ-code-check", code = code.to_owned()));
    }
    Ok(code.to_owned())
}

/// What index numbers begin with: the setting, else the organisation code in the organisation's credit code.
pub(super) fn organ_code(ctx: &mut Context) -> Result<String> {
    if let Some(code) = ctx.config.get("disclosure.organ_code").filter(|code| !code.is_empty()) {
        return fit(ctx, code);
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
