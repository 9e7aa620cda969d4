//! `swj disclosure`: information disclosed on the bureau's own initiative (主动公开) and its register.

mod add;
mod change;
mod collect;
mod export;
mod import;
mod list;
mod register;

use anyhow::Result;

use crate::calendar::Workdays;
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::disclosures::{self, Whole};
use crate::db::{Day, Db};
use crate::disclosure::PROACTIVE_DAYS;
use crate::ledger::Entry;
use crate::view::Report;

/// Items of disclosure
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Add(add::Args),
    Collect(collect::Args),
    Set(change::SetArgs),
    Review(change::ReviewArgs),
    Publish(change::PublishArgs),
    Withdraw(change::WithdrawArgs),
    Abolish(change::AbolishArgs),
    Assess(change::AssessArgs),
    Register(register::Args),
    List(list::Args),
    Import(import::Args),
    Export(export::Args),
}

impl Command {
    pub(crate) fn run(&self, ctx: &mut Context) -> Result<Outcome> {
        match self {
            Self::Add(args) => add::run(ctx, args),
            Self::Collect(args) => collect::run(ctx, args),
            Self::Set(args) => change::set(ctx, args),
            Self::Review(args) => change::review(ctx, args),
            Self::Publish(args) => change::publish(ctx, args),
            Self::Withdraw(args) => change::withdraw(ctx, args),
            Self::Abolish(args) => change::abolish(ctx, args),
            Self::Assess(args) => change::assess(ctx, args),
            Self::Register(args) => register::run(ctx, args),
            Self::List(args) => list::run(ctx, args),
            Self::Import(args) => import::run(ctx, args),
            Self::Export(args) => export::run(ctx, args),
        }
    }
}

/// A text with something in it.
fn filled(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() { Err("TEXT".to_owned()) } else { Ok(text.to_owned()) }
}

/// What a verb shows of the item it changed.
fn item_report(schema: &'static str) -> Report {
    report(
        schema,
        vec![
            left("index_no"),
            left("title"),
            left("unit"),
            left("formed_on"),
            left("attribute"),
            left("due_on"),
            left("review"),
            left("published_on"),
            left("status"),
        ],
    )
}

fn one(report: &mut Report, item: &Whole) {
    report.push(vec![
        item.index_no.clone().into(),
        item.title.clone().into(),
        item.unit.clone().into(),
        item.formed_on.0.into(),
        item.attribute.clone().into(),
        item.due_on.map(|day| day.0).into(),
        item.review.clone().into(),
        item.published_on.clone().into(),
        item.status.clone().into(),
    ]);
}

/// Works out the last days of what is still to be published anew after the calendar has changed; returns how many moved.
///
/// # Errors
/// The database.
pub(crate) fn recompute(db: &mut Db, log: &mut Vec<Entry>, workdays: &Workdays) -> Result<u64> {
    let mut moved = 0;
    for (index_no, since, before) in disclosures::still_due(db)? {
        let due: Day = workdays.after(since.0, PROACTIVE_DAYS).on.into();
        if before != Some(due) {
            disclosures::set_due(db, &index_no, due)?;
            moved += 1;
            let day = |day: Option<Day>| serde_json::json!({ "due_on": day.map(|day| day.to_string()) });
            log.push(Entry {
                verb: "calendar import",
                table: Some("disclosure_item"),
                key: Some(index_no),
                old: Some(day(before)),
                new: Some(day(Some(due))),
            });
        }
    }
    Ok(moved)
}
