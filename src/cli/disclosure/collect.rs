use anyhow::Result;
use jiff::civil::Date;

use super::add::{next_index, organ_code, serial_digits};
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome, parse_day};
use crate::db::disclosures::{self, Document, NewItem};
use crate::disclosure::PROACTIVE_DAYS;
use crate::ledger::Entry;
use crate::say;

/// Register issued documents (公文) that are not in the register yet, with their attribute
///
/// Each gets the next index number of its year, its attribute fixed when it was drafted, and, if
/// 主动公开, 20 working days from the day of issue. A document without an attribute, or withheld
/// without a reason, is listed and left alone; classified ones stay out of the register.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Issued on this day or later
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Issued on this day or earlier; today if not given
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
}

/// Why a document cannot be registered as it is.
fn lacks(document: &Document) -> Option<&'static str> {
    match (document.attribute.as_deref(), &document.reason) {
        (None, _) => Some("no-attribute"),
        (Some("none"), None) => Some("no-reason"),
        _ => None,
    }
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let day = |text: &Option<String>| text.as_deref().map(parse_day).transpose();
    let (from, to) = (day(&args.from)?.unwrap_or(jiff::civil::date(1, 1, 1)), day(&args.to)?.unwrap_or_else(|| ctx.clock.today()));
    let documents = disclosures::not_registered(ctx.db()?, from.into(), to.into())?;
    let mut report = report(
        "disclosure.collect",
        vec![
            left("index_no"),
            left("title"),
            left("doc_no"),
            left("unit"),
            left("formed_on"),
            left("attribute"),
            left("due_on"),
            left("fault"),
        ],
    );
    let (whole, lacking): (Vec<_>, Vec<_>) = documents.into_iter().partition(|document| lacks(document).is_none());
    let mut made: Vec<(String, &Document, Option<Date>)> = Vec::new();
    if !whole.is_empty() {
        ctx.go_ahead(&say!("disclosure-collect-question", n = whole.len().to_string()))?;
        let (prefix, digits) = (organ_code(ctx)?, serial_digits(ctx)?);
        let workdays = crate::cli::calendar::workdays(ctx)?;
        let (now, author) = (ctx.clock.now(), ctx.actor().login_or_user());
        ctx.write(|db, log| {
            for document in &whole {
                let attribute = document.attribute.clone().unwrap_or_default();
                let due = (attribute == "active").then(|| workdays.after(document.issued_on.0, PROACTIVE_DAYS).on);
                let new = NewItem {
                    index_no: next_index(db, &prefix, digits, document.issued_on.0)?,
                    title: document.title.clone(),
                    doc_no: document.doc_no.clone(),
                    publisher_unit_id: document.unit_id,
                    category: "公文".to_owned(),
                    formed_on: document.issued_on,
                    due_on: due.map(Into::into),
                    reason: document.reason.clone().filter(|_| attribute == "none"),
                    attribute_set_on: Some(document.issued_on),
                    published_at: None,
                    url: None,
                    status: if attribute == "none" { "exempt" } else { "pending" }.to_owned(),
                    attribute,
                    normative: "other".to_owned(),
                    validity: "valid".to_owned(),
                    abolished_on: None,
                };
                disclosures::add(db, &new, now)?;
                disclosures::set_author(db, &new.index_no, &author)?;
                disclosures::set_document(db, &new.index_no, document.id)?;
                log.push(Entry {
                    verb: "disclosure collect",
                    table: Some("disclosure_item"),
                    key: Some(new.index_no.clone()),
                    old: None,
                    new: Some(new.logged(&document.unit)),
                });
                made.push((new.index_no, document, due));
            }
            Ok(())
        })?;
    }
    for (index_no, document, due) in
        made.into_iter().map(|(no, document, due)| (Some(no), document, due)).chain(lacking.iter().map(|d| (None, d, None)))
    {
        report.push(vec![
            index_no.into(),
            document.title.clone().into(),
            document.doc_no.clone().into(),
            document.unit.clone().into(),
            document.issued_on.0.into(),
            document.attribute.clone().into(),
            due.into(),
            lacks(document).into(),
        ]);
    }
    report = report.with_summary("registered", whole.len()).with_summary("left", lacking.len());
    ctx.show(report)?;
    ctx.remark(&say!("disclosure-collected", n = whole.len().to_string(), left = lacking.len().to_string()));
    Ok(if lacking.is_empty() { Outcome::Done } else { Outcome::LookAtIt })
}
