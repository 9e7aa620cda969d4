use std::collections::HashMap;

use anyhow::Result;

use crate::calendar::Workdays;
use crate::cli::import::{ImportArgs, plan_report};
use crate::context::{Context, Outcome};
use crate::db::Instant;
use crate::db::disclosures::{self, Item, ItemFilter, NewItem};
use crate::db::units::{self, Unit, UnitFilter};
use crate::disclosure::{ITEM_FIELDS, ItemFacts, PROACTIVE_DAYS, read_item};
use crate::ledger::Entry;
use crate::plan::{Change, compare};

/// Import a register of disclosure items
///
/// The index number (索引号) is the key and never changes. The last day for publishing
/// is 20 working days after the item was made.
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
    let known: HashMap<String, ItemFacts> = disclosures::list(db, &ItemFilter::default())?
        .into_iter()
        .map(|(item, (unit, _))| (item.index_no.clone(), facts(&item, unit)))
        .collect();
    let mut gathered = args.import.gather(ctx, ITEM_FIELDS, |row| {
        let known = row.get("index_no").and_then(|no| known.get(no));
        read_item(row, known, today, &|name| unit_code(&units, name)).map(|facts| (row.line, facts, row.original().to_vec()))
    })?;
    let rows = std::mem::take(&mut gathered.rows);
    let mut plan = compare(&known, rows);
    let report = plan_report("disclosure.import", &plan.changes);
    let summary = gathered.planned(&mut plan);
    args.import.finish(ctx, summary, report, |ctx| write(ctx, &plan.changes, &units, &workdays))
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
    }
}

fn row(facts: &ItemFacts, unit: i64, workdays: &Workdays) -> NewItem {
    NewItem {
        index_no: facts.index_no.clone(),
        title: facts.title.clone(),
        doc_no: facts.doc_no.clone(),
        publisher_unit_id: unit,
        category: facts.category.clone(),
        formed_on: facts.formed_on.into(),
        due_on: (facts.attribute == "active").then(|| workdays.after(facts.formed_on, PROACTIVE_DAYS).on.into()),
        attribute: facts.attribute.clone(),
        reason: facts.reason.clone(),
        attribute_set_on: Some(facts.formed_on.into()),
        // A register gives the day only; the hour is not known and stays midnight.
        published_at: facts.published_on.map(|day| Instant::at_beijing(day.at(0, 0, 0, 0))),
        url: facts.url.clone(),
        status: facts.status().to_owned(),
        normative: facts.normative.clone(),
    }
}

fn write(ctx: &mut Context, changes: &[Change<ItemFacts>], units: &[Unit], workdays: &Workdays) -> Result<()> {
    let at = ctx.clock.now();
    let ids: HashMap<&str, i64> = units.iter().map(|unit| (unit.code.as_str(), unit.id)).collect();
    let progress = ctx.progress(&crate::say!("progress-writing"), Some(changes.len() as u64));
    ctx.write(|db, log| {
        for change in changes {
            let after = row(&change.after, ids[change.after.publisher.as_str()], workdays);
            match &change.before {
                None => disclosures::add(db, &after, at)?,
                Some(_) => disclosures::edit(db, &after)?,
            }
            log.push(Entry {
                verb: "disclosure import",
                table: Some("disclosure_item"),
                key: Some(after.index_no.clone()),
                old: change.before.as_ref().map(|before| row(before, 0, workdays).logged(&before.publisher)),
                new: Some(after.logged(&change.after.publisher)),
            });
            progress.advance(1);
        }
        Ok(())
    })
}
