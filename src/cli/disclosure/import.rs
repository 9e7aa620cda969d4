use std::collections::HashMap;

use anyhow::Result;
use jiff::civil::Date;

use crate::calendar::Workdays;
use crate::cli::import::{ImportArgs, plan_report};
use crate::context::{Context, Outcome};
use crate::db::Instant;
use crate::db::disclosures::{self, Item, ItemFilter, NewItem};
use crate::db::units::{self, Unit, UnitFilter};
use crate::disclosure::{ITEM_FIELDS, ItemFacts, PROACTIVE_DAYS, read_item};
use crate::ledger::Entry;
use crate::plan::{Change, Reject, compare};

/// Import a register of disclosure items
///
/// The index number (索引号) is the key and never changes. The last day for publishing
/// is 20 working days after the item was made. A published item with an address was published
/// on the site (政府网站); of one without, no channel is counted.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    import: ImportArgs,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let today = ctx.clock.today();
    let workdays = crate::cli::calendar::workdays(ctx)?;
    let db = ctx.db()?;
    let units = units::list(db, &UnitFilter::default())?;
    let items = disclosures::list(db, &ItemFilter::default())?;
    let known: HashMap<String, ItemFacts> =
        items.iter().map(|(item, (unit, _))| (item.index_no.clone(), facts(item, unit.clone()))).collect();
    // 2026-a1 and 2026-A1 are one number to whoever reads them.
    let spelled: HashMap<String, String> = known.keys().map(|no| (no.to_uppercase(), no.clone())).collect();
    let items: HashMap<String, Item> = items.into_iter().map(|(item, _)| (item.index_no.clone(), item)).collect();
    let mut gathered = args.import.gather(ctx, ITEM_FIELDS, |row| {
        let known = row.get("index_no").and_then(|no| known.get(no));
        let facts = read_item(row, known, today, &|name| unit_code(&units, name))?;
        match spelled.get(&facts.index_no.to_uppercase()) {
            Some(there) if *there != facts.index_no => Err(vec![Reject {
                line: row.line,
                column: "index_no",
                rule: "index-case",
                value: there.clone(),
                cells: row.original().to_vec(),
            }]),
            _ => Ok((row.line, facts, row.original().to_vec())),
        }
    })?;
    let rows = std::mem::take(&mut gathered.rows);
    let mut plan = compare(&known, rows);
    let report = plan_report("disclosure.import", &plan.changes);
    let summary = gathered.planned(&mut plan);
    args.import.finish(ctx, summary, report, |ctx| write(ctx, &plan.changes, &items, &units, &workdays))
}

fn unit_code(units: &[Unit], name: &str) -> Option<String> {
    let found = units.iter().find(|unit| unit.code == name || unit.name == name || unit.short_name == name);
    found.map(|unit| unit.code.clone())
}

fn facts(item: &Item, unit: String) -> ItemFacts {
    ItemFacts {
        index_no: item.index_no.clone(),
        title: item.title.clone(),
        doc_no: item.doc_no.clone(),
        publisher: unit,
        category: item.category.clone(),
        formed_on: item.formed_on.0,
        attribute: item.attribute.clone(),
        reason: item.reason.clone(),
        published_on: item.published_at.map(|at| at.day()),
        url: item.url.clone(),
        normative: item.normative.clone(),
        validity: item.validity.clone(),
        abolished_on: item.abolished_on.map(|day| day.0),
        withdrawn_on: item.withdrawn_on.map(|day| day.0),
        reviewed: item.review_result.as_deref() == Some("pass"),
    }
}

/// The row of an item. Of a known one, what the file does not change stays: the limit and the day its attribute
/// was set move only with the attribute (counted from the day of the import) or with the day it was made.
fn row(facts: &ItemFacts, unit: i64, known: Option<&Item>, today: Date, workdays: &Workdays) -> NewItem {
    let since = match known {
        None => facts.formed_on,
        Some(known) if known.attribute != facts.attribute => today,
        Some(known) => match known.attribute_set_on.map(|day| day.0) {
            Some(set) if set != known.formed_on.0 => set,
            _ => facts.formed_on,
        },
    };
    // A register gives the day only; an hour that is known stays, else it is midnight.
    let published_at = facts.published_on.map(|day| {
        let same = known.and_then(|known| known.published_at).filter(|at| at.day() == day);
        same.unwrap_or_else(|| Instant::at_beijing(day.at(0, 0, 0, 0)))
    });
    NewItem {
        index_no: facts.index_no.clone(),
        title: facts.title.clone(),
        doc_no: facts.doc_no.clone(),
        publisher_unit_id: unit,
        category: facts.category.clone(),
        formed_on: facts.formed_on.into(),
        due_on: (facts.attribute == "active").then(|| workdays.after(since, PROACTIVE_DAYS).on.into()),
        attribute: facts.attribute.clone(),
        reason: facts.reason.clone(),
        attribute_set_on: Some(since.into()),
        published_at,
        url: facts.url.clone(),
        status: facts.status().to_owned(),
        normative: facts.normative.clone(),
        validity: facts.validity.clone(),
        abolished_on: facts.abolished_on.map(Into::into),
    }
}

fn write(
    ctx: &mut Context,
    changes: &[Change<ItemFacts>],
    items: &HashMap<String, Item>,
    units: &[Unit],
    workdays: &Workdays,
) -> Result<()> {
    let (at, today, author) = (ctx.clock.now(), ctx.clock.today(), ctx.actor().login_or_user());
    let ids: HashMap<&str, i64> = units.iter().map(|unit| (unit.code.as_str(), unit.id)).collect();
    let progress = ctx.progress(&crate::say!("progress-writing"), Some(changes.len() as u64));
    ctx.write(|db, log| {
        for change in changes {
            let known = items.get(&change.after.index_no);
            let after = row(&change.after, ids[change.after.publisher.as_str()], known, today, workdays);
            match known {
                None => {
                    disclosures::add(db, &after, at)?;
                    disclosures::set_author(db, &after.index_no, &author)?;
                    if let Some(on) = change.after.withdrawn_on {
                        disclosures::set_withdrawn(db, &after.index_no, on.into())?;
                    }
                }
                Some(known) => {
                    if known.attribute != after.attribute {
                        disclosures::note_change(db, &after.index_no, today.into())?;
                    }
                    // Who reviewed it reviewed what it said then.
                    let same = known.title == after.title
                        && known.doc_no == after.doc_no
                        && known.publisher_unit_id == after.publisher_unit_id
                        && known.category == after.category
                        && known.formed_on == after.formed_on;
                    if known.status == "pending" && !same {
                        disclosures::no_review(db, &after.index_no)?;
                    }
                    disclosures::edit(db, &after)?;
                }
            }
            // An address is where it is out; of an item without one no channel is known.
            let moved = known.is_none_or(|known| known.published_at != after.published_at || known.url != after.url);
            if let (Some(on), Some(url), true) = (change.after.published_on, &after.url, moved) {
                disclosures::on_site(db, &after.index_no, on.into(), url)?;
            }
            log.push(Entry {
                verb: "disclosure import",
                table: Some("disclosure_item"),
                key: Some(after.index_no.clone()),
                old: change.before.as_ref().map(|before| row(before, 0, known, today, workdays).logged(&before.publisher)),
                new: Some(after.logged(&change.after.publisher)),
            });
            progress.advance(1);
        }
        Ok(())
    })
}
