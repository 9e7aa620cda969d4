use anyhow::Result;
use jiff::civil::Date;
use serde_json::json;

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
    match (document.attribute.as_deref(), document.reason.as_deref().map(str::trim)) {
        (None, _) => Some("no-attribute"),
        (Some("none"), None | Some("")) => Some("no-reason"),
        _ => None,
    }
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let day = |text: &Option<String>| text.as_deref().map(parse_day).transpose();
    let (from, to) = (day(&args.from)?.unwrap_or(jiff::civil::date(1, 1, 1)), day(&args.to)?.unwrap_or_else(|| ctx.clock.today()));
    crate::cli::case::in_order(ctx, to, from)?;
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
    // What came with an imported register is there already: it is given its document, not a second number.
    let mut linked: Vec<(String, Document)> = Vec::new();
    let mut doubtful: Vec<Document> = Vec::new();
    let mut rest = Vec::new();
    for document in documents {
        match disclosures::perhaps_of(ctx.db()?, &document)?.as_slice() {
            [] => rest.push(document),
            [(index_no, title)] if title.trim() == document.title.trim() && !linked.iter().any(|(no, _)| no == index_no) => {
                linked.push((index_no.clone(), document));
            }
            _ => doubtful.push(document),
        }
    }
    let (whole, lacking): (Vec<_>, Vec<_>) = rest.into_iter().partition(|document| lacks(document).is_none());
    let mut made: Vec<(String, &Document, Option<Date>)> = Vec::new();
    if !whole.is_empty() || !linked.is_empty() {
        ctx.go_ahead(&say!("disclosure-collect-question", n = whole.len().to_string(), linked = linked.len().to_string()))?;
        let (prefix, digits) = (organ_code(ctx)?, serial_digits(ctx)?);
        let workdays = crate::cli::calendar::workdays(ctx)?;
        let (now, author) = (ctx.clock.now(), ctx.actor().login_or_user());
        ctx.write(|db, log| {
            for (index_no, document) in &linked {
                disclosures::set_document(db, index_no, document.id)?;
                log.push(Entry {
                    verb: "disclosure collect",
                    table: Some("disclosure_item"),
                    key: Some(index_no.clone()),
                    old: None,
                    new: Some(json!({ "document": document.id })),
                });
            }
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
    let registered = made.into_iter().map(|(no, document, due)| (Some(no), document, due, None));
    let known = linked.iter().map(|(no, document)| (Some(no.clone()), document, None, Some("linked")));
    let left_alone = lacking.iter().map(|document| (None, document, None, lacks(document)));
    let doubts = doubtful.iter().map(|document| (None, document, None, Some("number-taken")));
    for (index_no, document, due, fault) in registered.chain(known).chain(left_alone).chain(doubts) {
        report.push(vec![
            index_no.into(),
            document.title.clone().into(),
            document.doc_no.clone().into(),
            document.unit.clone().into(),
            document.issued_on.0.into(),
            document.attribute.clone().into(),
            due.into(),
            fault.into(),
        ]);
    }
    let left = lacking.len() + doubtful.len();
    report = report.with_summary("registered", whole.len()).with_summary("linked", linked.len()).with_summary("left", left);
    ctx.show(report)?;
    let (n, linked, left_alone) = (whole.len().to_string(), linked.len().to_string(), left.to_string());
    ctx.remark(&if ctx.globals.dry_run {
        say!("dry-run")
    } else {
        say!("disclosure-collected", n = n, linked = linked, left = left_alone)
    });
    Ok(if left == 0 { Outcome::Done } else { Outcome::LookAtIt })
}
